package caddyiamsmart_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// dripping is an application whose answers do not end by themselves.
type dripping struct {
	mu   sync.Mutex
	gone map[string]int // how often the application saw that nobody reads any more
}

func (a *dripping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		a.mu.Lock()
		a.gone[r.URL.Path]++
		a.mu.Unlock()
	}()
	switch r.URL.Path {
	case "/s/events", "/s/open/events":
		w.Header().Set("Content-Type", "text/event-stream")
	case "/s/download":
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", "2000000000")
	case "/s/wait":
		<-r.Context().Done()
		return
	case "/s/upload":
		_, _ = io.Copy(io.Discard, r.Body)
		return
	}
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, "data: still here\n\n"); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(20 * time.Millisecond)
	}
}

func (a *dripping) left(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gone[path]
}

// lasting is an exchange that goes on; what is read of it goes to nobody.
type lasting struct {
	net.Conn
	over chan string // receives what the answer was at its end
}

// lasts begins an exchange and has it go on. An upload goes on sending.
func lasts(t *testing.T, host string, q rawRequest) *lasting {
	t.Helper()
	c := dialRaw(t, host)
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	l := &lasting{c, make(chan string, 1)}
	if _, err := io.WriteString(c, q.bytes(host)); err != nil {
		t.Fatal(err)
	}
	go func() {
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			l.over <- "hung up"
			return
		}
		defer answer.Body.Close()
		for err == nil { // over a network that is not fast
			_, err = io.CopyN(io.Discard, answer.Body, 256<<10)
			time.Sleep(5 * time.Millisecond)
		}
		if err == io.EOF {
			err = nil
		}
		l.over <- fmt.Sprintf("%d, whole: %v", answer.StatusCode, err == nil)
	}()
	if q.method == http.MethodPost {
		go func() {
			for {
				if _, err := io.WriteString(c, "1\r\na\r\n"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	return l
}

// large makes a file that nobody gets the whole of here.
func large(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "large.pdf")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(8 << 30); err != nil {
		t.Fatal(err)
	}
	return name
}

// Given streams of all kinds that are under way, when their session ends, then so do
// they, at once; nobody takes what there is of a download for the whole; and the
// streams of others go on.
func TestT40StreamsEndWithTheSession(t *testing.T) {
	app := &dripping{gone: make(map[string]int)}
	host := strings.TrimPrefix(serve(t, app), "http://")
	w := newWorld(t, site{Gate: english + "public /s/open/*", Before: "reverse_proxy /s/* " + host + "\nroot /f/* " + filepath.Dir(large(t)) + "\nhandle_path /f/* {\nfile_server\n}"})
	gate := fmt.Sprintf("localhost:%d", w.Port)
	other := cookieLine(w.arrive("chan", "chan.sm", "night-shift-7"))
	kinds := []struct {
		request rawRequest
		end     string
	}{
		{rawRequest{method: "GET", target: "/s/events"}, "200, whole: false"},
		{rawRequest{method: "GET", target: "/s/download"}, "200, whole: false, or hung up"}, // before its head was sent
		{rawRequest{method: "GET", target: "/f/large.pdf"}, "200, whole: false"},
		{rawRequest{method: "GET", target: "/s/wait"}, "401, whole: true"},
		{rawRequest{method: "POST", target: "/s/upload", lines: []string{"Transfer-Encoding: chunked"}}, "401, whole: true"},
	}
	begin := func(cookie string) []*lasting {
		var all []*lasting
		for _, k := range kinds {
			all = append(all, lasts(t, gate, k.request.with(cookie)))
		}
		return all
	}
	goroutines, _ := held()
	others := append(begin(other), lasts(t, gate, rawRequest{method: "GET", target: "/s/open/events"}))
	for name, end := range map[string]func(*browser){
		"logout": func(b *browser) { b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil) },
		"ended in the store": func(*browser) {
			w.behind("DELETE FROM sessions WHERE id = (SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			b.at = w.Gate + "/"
			b.login("chan", "approve")
			begun := begin(cookieLine(b))
			time.Sleep(50 * time.Millisecond)
			before := make([]int, len(kinds))
			for i, k := range kinds {
				before[i] = app.left(k.request.target)
			}
			end(b)
			deadline := time.After(5 * time.Second)
			for i, k := range kinds {
				select {
				case got := <-begun[i].over:
					if !strings.Contains(k.end, got) {
						t.Errorf("%s ended with %q, want %q", k.request.target, got, k.end)
					}
				case <-deadline:
					t.Fatalf("%s goes on", k.request.target)
				}
				for strings.HasPrefix(k.request.target, "/s/") && app.left(k.request.target) == before[i] {
					select {
					case <-deadline:
						t.Fatalf("the application was not told that %s is over", k.request.target)
					case <-time.After(5 * time.Millisecond):
					}
				}
			}
		})
	}
	for i, l := range others {
		select {
		case got := <-l.over:
			t.Errorf("stream %d of somebody else ended with them: %s", i, got)
		default:
		}
		l.Close()
	}
	const slack, idle = 10, 1 << 10 // connections that are kept for the next request are no leak
	if g, _, ok := settled(goroutines+slack, idle); !ok {
		t.Errorf("%d goroutines are held, %d before", g, goroutines)
	}
}

// Given a page of another site that opens a websocket here, then the browser's cookies
// do not help it, and neither does a path that is public; a site that is listed may.
func TestT40AWebsocketOfAnotherSite(t *testing.T) {
	g := arenaOn(t, "X-Iam-User", site{
		Servers: "servers {\n protocols h1 h2c\n}",
		Gate:    english + "ws_origins https://wards.example.com", Header: "header_up X-Iam-User {iamsmart.account}",
	})
	own := cookieLine(g.arrive0("chan", arenaAccount, "night-shift-7"))
	g.e.answers(switching)
	for name, c := range map[string]struct {
		path   string
		lines  []string
		status int
	}{
		"our own page":         {"/live", []string{own, "Origin: " + g.Gate}, 101},
		"listed":               {"/live", []string{own, "Origin: https://wards.example.com"}, 101},
		"a program":            {"/live", []string{own}, 101},
		"a sibling":            {"/live", []string{own, "Origin: https://notes.example.com"}, 403},
		"a sandbox":            {"/live", []string{own, "Origin: null"}, 403},
		"without its name":     {"/live", []string{own, "Sec-Fetch-Site: same-site"}, 403},
		"to a public path":     {"/open/live", []string{own, "Origin: https://notes.example.com"}, 403},
		"nobody's, public":     {"/open/live", []string{"Origin: https://notes.example.com"}, 101},
		"nobody's, not public": {"/live", []string{"Origin: " + g.Gate}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			before := g.e.count()
			q := rawRequest{method: "GET", target: c.path, lines: append([]string{"Connection: Upgrade"}, handshake...)}
			p := overH1(t, g.host, q.with(c.lines...))
			if p.status != c.status {
				t.Errorf("%d, want %d", p.status, c.status)
			}
			if arrived := g.e.count() > before; arrived != (c.status == 101) {
				t.Errorf("arrived: %v", arrived)
			}
		})
	}
	if p := overH1(t, g.host, rawRequest{method: "GET", target: "/live", lines: []string{own, "Origin: https://notes.example.com"}}); p.status != 200 {
		t.Errorf("what is no websocket: %d", p.status)
	}
}
