package caddyiamsmart_test

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// message is a request or an answer as it came over the wire.
type message struct {
	first    string   // request line or status line
	lines    []string // header lines
	size     int64    // of the body
	sum      uint32   // likewise
	whole    bool     // the body came to its end
	trailers []string
	hints    []message // what came before an answer, 1xx
}

func (m message) value(name string) string { return arrival{lines: m.lines}.value(name) }

// read takes a body from the wire and keeps no more of it than its sum.
func (m *message) read(in io.Reader) {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	buf := make([]byte, 256<<10)
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{in}, buf)
	m.size, m.sum, m.whole = m.size+n, m.sum^sum.Sum32(), err == nil
}

// body reads a body by what the header lines say of it. Of an answer, one without a
// length goes on until the connection ends.
func (m *message) body(in *bufio.Reader, answer bool) {
	length := m.value("content-length")
	switch {
	case strings.EqualFold(m.value("transfer-encoding"), "chunked"):
		m.read(httputil.NewChunkedReader(in))
		if m.whole {
			var err error
			m.trailers, err = readLines(in)
			m.whole = err == nil
		}
	case length != "":
		n, err := strconv.ParseInt(length, 10, 64)
		m.read(io.LimitReader(in, n))
		m.whole = err == nil && m.size == n
	case answer:
		m.read(in)
	default:
		m.whole = true
	}
}

// teller is an application that keeps what it is told, and answers by a script.
type teller struct {
	host string

	mu     sync.Mutex
	script func(*exchange)
	told   chan message
}

// exchange is one request at the teller.
type exchange struct {
	message
	conn net.Conn
	in   *bufio.Reader
	next chan struct{} // receives when the client has seen enough to go on
	last bool          // the teller hangs up after it
}

// say answers; hearing reads the body of the request.
func (x *exchange) say(text string) { _, _ = io.WriteString(x.conn, text) }
func (x *exchange) hear()           { x.body(x.in, false) }

func newTeller(t *testing.T, next chan struct{}) *teller {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &teller{host: l.Addr().String(), told: make(chan message, 16)}
	var mu sync.Mutex
	var conns []net.Conn
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			go a.serve(c, next)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
	})
	return a
}

func (a *teller) plays(script func(*exchange)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.script = script
}

func (a *teller) serve(c net.Conn, next chan struct{}) {
	defer c.Close()
	in := bufio.NewReaderSize(c, 64<<10)
	for {
		x := &exchange{conn: c, in: in, next: next}
		var err error
		if x.first, err = readLine(in); err != nil {
			return
		}
		if x.lines, err = readLines(in); err != nil {
			return
		}
		a.mu.Lock()
		script := a.script
		a.mu.Unlock()
		script(x)
		a.told <- x.message
		if x.last {
			return
		}
	}
}

// told waits for a request to have been told; they are gone once they were looked at.
func (w *comparison) told(t *testing.T, n int) []message {
	t.Helper()
	var all []message
	for range n {
		select {
		case m := <-w.app.told:
			all = append(all, m)
		case <-w.late():
			t.Fatalf("%d of %d requests reached the application", len(all), n)
		}
	}
	select {
	case m := <-w.app.told:
		t.Fatalf("one more request reached the application: %s", m.first)
	default:
	}
	return all
}

// differences names what two messages differ in.
func differences(where string, a, b message) []string {
	var found []string
	differ := func(what string, unequal bool) {
		if unequal && !slices.Contains(found, where+what) {
			found = append(found, where+what)
		}
	}
	differ("first line", a.first != b.first)
	differ("body", a.size != b.size || a.sum != b.sum)
	differ("end of the body", a.whole != b.whole)
	ours, theirs := byName(a.lines), byName(b.lines)
	for _, name := range slices.Concat(names(a.lines), names(b.lines)) {
		differ(name, fmt.Sprintf("%q", ours[name]) != fmt.Sprintf("%q", theirs[name]))
	}
	ours, theirs = byName(a.trailers), byName(b.trailers)
	for _, name := range slices.Concat(names(a.trailers), names(b.trailers)) {
		differ("trailer "+name, fmt.Sprintf("%q", ours[name]) != fmt.Sprintf("%q", theirs[name]))
	}
	differ("hints", len(a.hints) != len(b.hints))
	for i := range min(len(a.hints), len(b.hints)) {
		found = append(found, differences(fmt.Sprintf("%shint %d ", where, i), a.hints[i], b.hints[i])...)
	}
	return found
}

// byName keeps the lines of one name in their order. Names are not folded.
func byName(lines []string) map[string][]string {
	all := make(map[string][]string)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if name == "Date" && strings.HasSuffix(value, " GMT") {
			value = "now"
		}
		all[name] = append(all[name], value)
	}
	return all
}

func names(lines []string) []string {
	var all []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		all = append(all, name)
	}
	return all
}
