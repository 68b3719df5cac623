package caddyiamsmart_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// smallPage is what a recorder answers unless told otherwise.
const smallPage = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"

// recorder is an application that keeps what it is sent byte for byte, where a
// server of a library would tidy it up.
type recorder struct {
	host string // address without scheme

	mu     sync.Mutex
	got    []arrival
	answer func(arrival) string

	sockets int // open websockets
}

// arrival is one request as it came over the wire.
type arrival struct {
	line     string   // request line
	lines    []string // header lines in their order
	body     string   // decoded, where it was chunked
	trailers []string
}

// newRecorder listens until the test ends.
func newRecorder(t *testing.T) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &recorder{host: l.Addr().String()}
	var open sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			open.Go(func() { e.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return e
}

func (e *recorder) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		a, err := readArrival(in)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.got = append(e.got, a)
		answer := smallPage
		if e.answer != nil {
			answer = e.answer(a)
		}
		e.mu.Unlock()
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
		if strings.HasPrefix(answer, "HTTP/1.1 101") && a.value("upgrade") == "websocket" {
			e.socket(1)
			_, _ = io.Copy(c, in) // the rest is an echo, until somebody hangs up
			e.socket(-1)
			return
		}
	}
}

func (e *recorder) socket(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sockets += n
}

// noSockets waits until every websocket is closed. Of one that outlives Caddy bytes
// are counted without a lock when it stops.
func (e *recorder) noSockets() {
	for ; ; time.Sleep(10 * time.Millisecond) {
		e.mu.Lock()
		n := e.sockets
		e.mu.Unlock()
		if n == 0 {
			return
		}
	}
}

// answers sets what is answered; nil is the small page.
func (e *recorder) answers(f func(arrival) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

// count is how many requests have arrived.
func (e *recorder) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.got)
}

// settle waits until no more requests come of those that were sent: a client that
// hangs up does not see its last one arrive.
func (e *recorder) settle() {
	for quiet, last := 0, -1; quiet < 5; time.Sleep(10 * time.Millisecond) {
		if n := e.count(); n != last {
			quiet, last = 0, n
			continue
		}
		quiet++
	}
}

// since are the requests that arrived after the first n.
func (e *recorder) since(n int) []arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]arrival(nil), e.got[n:]...)
}

func readArrival(in *bufio.Reader) (arrival, error) {
	var a arrival
	var err error
	if a.line, err = readLine(in); err != nil {
		return a, err
	}
	if a.lines, err = readLines(in); err != nil {
		return a, err
	}
	if strings.EqualFold(a.value("transfer-encoding"), "chunked") {
		return a, a.readChunks(in)
	}
	if length := a.value("content-length"); length != "" {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > 1<<20 {
			return a, fmt.Errorf("content length %q", length)
		}
		body := make([]byte, n)
		_, err = io.ReadFull(in, body)
		a.body = string(body)
		return a, err
	}
	return a, nil
}

func (a *arrival) readChunks(in *bufio.Reader) error {
	for {
		size, err := readLine(in)
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(size, 16, 20)
		if err != nil {
			return err
		}
		if n == 0 {
			a.trailers, err = readLines(in)
			return err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return err
		}
		a.body += string(chunk[:n])
	}
}

// readLines reads lines up to an empty one.
func readLines(in *bufio.Reader) ([]string, error) {
	var lines []string
	for len(lines) < 1000 {
		line, err := readLine(in)
		if err != nil || line == "" {
			return lines, err
		}
		lines = append(lines, line)
	}
	return nil, fmt.Errorf("too many lines")
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	return strings.TrimSuffix(line, "\r\n"), err
}

// value is the value of the first header line of a name.
func (a arrival) value(name string) string {
	for _, line := range a.lines {
		if key, value, _ := strings.Cut(line, ":"); strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// called are the header lines that an application may take for one of name.
func (a arrival) called(name string) []string {
	var found []string
	for _, line := range a.lines {
		if key, _, _ := strings.Cut(line, ":"); upstream.Fold(key) == upstream.Fold(name) {
			found = append(found, line)
		}
	}
	return found
}

// names tells whether a header or trailer line of exactly that name came, but
// for its case.
func (a arrival) names(name string) bool {
	for _, lines := range [][]string{a.lines, a.trailers} {
		for _, line := range lines {
			if key, _, _ := strings.Cut(line, ":"); strings.EqualFold(key, name) {
				return true
			}
		}
	}
	return false
}

func (a arrival) String() string {
	text := a.line + "\n" + strings.Join(a.lines, "\n") + "\n\n" + a.body
	if len(a.trailers) > 0 {
		text += "\ntrailers:\n" + strings.Join(a.trailers, "\n")
	}
	return text
}

// holds tells whether anything of the request holds the text, in any case.
func (a arrival) holds(text string) bool {
	return strings.Contains(strings.ToLower(a.String()), strings.ToLower(text))
}

const spoofed = "spoofed" // is part of whatever a test sends to pass for somebody else

// clean fails where a request carries what no client may say, or a cookie of a
// gate. Where account is "", it must carry no identity at all; else exactly one
// line of the mapped header, with the account.
func (a arrival) clean(t *testing.T, mapped, account string) {
	t.Helper()
	want := []string{}
	if account != "" {
		want = append(want, account)
	}
	got := []string{}
	for _, line := range a.called(mapped) {
		_, value, _ := strings.Cut(line, ":")
		got = append(got, strings.TrimPrefix(value, " "))
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("under any spelling of %s the application got %q, want %q:\n%s", mapped, got, want, a)
	}
	for _, never := range []string{spoofed, session.CookiePrefix} {
		if a.holds(never) {
			t.Errorf("%q reached the application:\n%s", never, a)
		}
	}
	if len(a.trailers) > 0 || a.names("Trailer") {
		t.Errorf("trailers reached the application:\n%s", a)
	}
}

// deadline bounds each exchange of a test.
func exchangeDeadline() time.Time { return time.Now().Add(10 * time.Second) }
