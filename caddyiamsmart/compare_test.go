package caddyiamsmart_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// comparison is a site behind the gate and the same behind plain reverse_proxy, with
// one application. Plain says itself who is calling, so that this is no difference.
type comparison struct {
	*world
	app    *teller
	cookie string
	next   chan struct{}
}

// alike is a request that is sent to both.
type alike struct {
	name   string
	send   string // its second line is Host
	answer string // of the application, once it has heard the request
	script func(*exchange)
	talk   func(*caller)
	heard  int // how many requests reach the application; 0 is one, -1 none

	// What may differ, each with its reason.
	differs map[string]string
}

// caller is the client of one exchange.
type caller struct {
	*testing.T
	w      *comparison
	conn   net.Conn
	in     *bufio.Reader
	cookie string
	all    []message
}

const waitsFor = 10 * time.Second

func (w *comparison) late() <-chan time.Time { return time.After(waitsFor) }

// write sends text; the request in it brings the cookie along.
func (c *caller) write(text string) {
	c.Helper()
	if first, rest, ok := strings.Cut(text, "\r\nHost: localhost\r\n"); ok && c.cookie != "" {
		text = first + "\r\nHost: localhost\r\n" + c.cookie + "\r\n" + rest
	}
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.Logf("writing: %v", err)
	}
}

// head reads the head of the next answer, and what is said before it.
func (c *caller) head() (m message) {
	c.Helper()
	for {
		var h message
		var err error
		if h.first, err = readLine(c.in); err == nil {
			h.lines, err = readLines(c.in)
		}
		if err != nil {
			h.first = "hung up"
			h.hints = m.hints
			return h
		}
		if strings.Contains(h.first, " 1") && !strings.Contains(h.first, " 101 ") {
			m.hints = append(m.hints, h)
			continue
		}
		h.hints = m.hints
		return h
	}
}

// answer reads the next answer to its end.
func (c *caller) answer(method string) {
	c.Helper()
	m := c.head()
	_, status, _ := strings.Cut(m.first, " ")
	status, _, _ = strings.Cut(status, " ")
	if m.first != "hung up" && method != http.MethodHead && !slices.Contains([]string{"101", "204", "304"}, status) {
		m.body(c.in, true)
	}
	c.all = append(c.all, m)
}

// hint reads what is said before the answer.
func (c *caller) hint() message {
	c.Helper()
	m := message{whole: true}
	var err error
	if m.first, err = readLine(c.in); err == nil {
		m.lines, err = readLines(c.in)
	}
	if err != nil {
		c.Fatal(err)
	}
	return m
}

// reads takes exactly this text from the wire.
func (c *caller) reads(want string) {
	c.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c.in, got); err != nil || string(got) != want {
		c.Fatalf("the client got %q, %v; want %q", got[:n], err, want)
	}
}

// proceed lets the application go on.
func (c *caller) proceed() {
	c.Helper()
	select {
	case c.w.next <- struct{}{}:
	case <-c.w.late():
		c.Fatal("the application does not wait")
	}
}

// closed tells that the server has hung up, or that it has not within a moment.
func (c *caller) closed() {
	m := message{first: "stays open"}
	_ = c.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.in.ReadByte(); err == io.EOF {
		m.first = "is closed"
	}
	c.all = append(c.all, m)
}

func newComparison(t *testing.T) *comparison {
	next := make(chan struct{})
	w := &comparison{app: newTeller(t, next), next: next}
	// Without that time Caddy asks for the body before the application has said whether
	// it wants it.
	const transport = "transport http {\n expect_continue_timeout 5s\n }\n}"
	w.world = newWorld(t, site{
		Servers: "servers {\n protocols h1 h2c\n}", Gate: english, Before: "reverse_proxy /* " + w.app.host + " {\n " + transport,
		More: "http://localhost:{{.Port2}} {\n reverse_proxy " + w.app.host + " {\n header_up X-Remote-User chan.sm\n " + transport + "\n}",
	})
	w.app.plays(func(x *exchange) {
		x.hear()
		x.say(smallPage)
	})
	w.cookie = cookieLine(w.arrive("chan", "chan.sm", "night-shift-7"))
	for len(w.app.told) > 0 {
		<-w.app.told
	}
	return w
}

// exchanges sends a case to one of the two sites.
func (w *comparison) exchanges(t *testing.T, c alike, port int, cookie string) (client, app []message) {
	t.Helper()
	w.app.plays(func(x *exchange) {
		if c.script != nil {
			c.script(x)
			return
		}
		x.hear()
		x.say(c.answer)
	})
	conn := dialRaw(t, fmt.Sprintf("localhost:%d", port))
	defer conn.Close()
	call := &caller{T: t, w: w, conn: conn, in: bufio.NewReader(conn), cookie: cookie}
	if c.talk != nil {
		c.talk(call)
	} else {
		method, _, _ := strings.Cut(c.send, " ")
		call.write(c.send)
		call.answer(method)
	}
	heard := map[int]int{0: 1, -1: 0}
	n, ok := heard[c.heard]
	if !ok {
		n = c.heard
	}
	app = w.told(t, n)
	for _, m := range app {
		for i, line := range m.lines { // over HTTP/2 the port stands there
			m.lines[i] = strings.ReplaceAll(line, fmt.Sprintf("localhost:%d", port), "localhost")
		}
	}
	return call.all, app
}

// Given the same bytes, sent to plain reverse_proxy and to the gate by who is logged
// in, then the application and the client cannot tell the two apart, but for what is
// said here.
func TestTheSameAsThroughAPlainProxy(t *testing.T) {
	w := newComparison(t)
	for _, c := range slices.Concat(alikeAnswers, alikeRequests, alikeStreams, alikeOverH2) {
		t.Run(c.name, func(t *testing.T) {
			plain, plainApp := w.exchanges(t, c, w.Port2, "")
			gate, gateApp := w.exchanges(t, c, w.Port, w.cookie)
			if len(plain) != len(gate) {
				t.Fatalf("plain:\n%v\ngate:\n%v", plain, gate)
			}
			var found []string
			for i := range plain {
				found = append(found, differences("client: ", plain[i], gate[i])...)
			}
			for i := range plainApp {
				found = append(found, differences("application: ", plainApp[i], gateApp[i])...)
			}
			for _, what := range found {
				if c.differs[what] == "" {
					t.Errorf("differs in %s\nplain:\n%v\n%v\ngate:\n%v\n%v", what, plain, plainApp, gate, gateApp)
				}
			}
			for what := range c.differs {
				if !slices.Contains(found, what) {
					t.Errorf("no longer differs in %s", what)
				}
			}
		})
	}
}
