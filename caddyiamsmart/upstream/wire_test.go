package upstream_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// app is a legacy app that remembers the last request it got.
type app struct {
	*httptest.Server
	mu      sync.Mutex
	target  string
	header  http.Header
	trailer http.Header
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.target, a.header, a.trailer = r.RequestURI, r.Header.Clone(), r.Trailer.Clone()
	}))
	t.Cleanup(a.Close)
	return a
}

// seen returns what the app got and forgets it.
func (a *app) seen() (target string, header, trailer http.Header) {
	a.mu.Lock()
	defer a.mu.Unlock()
	target, header, trailer = a.target, a.header, a.trailer
	a.target, a.header, a.trailer = "", nil, nil
	return target, header, trailer
}

// gated serves the app behind a gate. copyFirst hands the gate a copy of the
// server's request, as handlers before it may.
func gated(t *testing.T, a *app, copyFirst bool) *httptest.Server {
	t.Helper()
	return serving(t, a, newGate(t), copyFirst)
}

// gatedBy serves the app behind a gate with these headers.
func gatedBy(t *testing.T, a *app, specs ...upstream.HeaderSpec) *httptest.Server {
	t.Helper()
	headers := mustHeaders(t, specs...)
	rendered := headers.Render(upstream.Identity{Realm: "r", Attributes: map[string][]string{"ward": {"許", "功"}}})
	server := serving(t, a, gate{upstream.NewScrubber(headers.Names()), nil, rendered}, false)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func serving(t *testing.T, a *app, g gate, copyFirst bool) *httptest.Server {
	t.Helper()
	address, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = address.Scheme, address.Host
		p.Out.Trailer = p.In.Trailer // as a proxy does that passes trailers on
	}}
	return httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if copyFirst {
			r = r.WithContext(r.Context())
		}
		g.scrubber.Scrub(r)
		upstream.Repair(r.URL)
		path, err := upstream.ParsePath(r.URL, r.RequestURI)
		if err != nil {
			t.Error(err)
			return
		}
		if err := g.rendered.Stamp(r.Header, path); err != nil {
			t.Error(err)
		}
		proxy.ServeHTTP(w, r)
		if len(r.Trailer) > 0 {
			t.Errorf("the request has trailers at its end: %q", r.Trailer)
		}
	}))
}

// say sends raw bytes and returns the status of the answer.
func say(t *testing.T, server *httptest.Server, raw string) int {
	t.Helper()
	conn, err := net.DialTimeout("tcp", server.Listener.Addr().String(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestRawRequestsReachTheAppWithTheGatesNameAlone(t *testing.T) {
	const head = "GET /a HTTP/1.1\r\nHost: x\r\n"
	const chunks = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
	for _, c := range []struct{ name, raw string }{
		{"T01 underscores", head + "X_Iam_User: admin\r\nx_iam-user: admin\r\n\r\n"},
		{"T02 dots", head + "X.Iam.User: admin\r\n\r\n"},
		{"T03 tildes", head + "X~Iam~User: admin\r\nX--Iam--User: admin\r\n\r\n"},
		{"T06 named in Connection", head + "Connection: close, X-Iam-User\r\n\r\n"},
		{"T07 several lines", head + "connection: x-iam-user\r\nConnection: Keep-Alive, X-Iam-User\r\nProxy-Connection: X-Iam-User\r\nKeep-Alive: X-Iam-User\r\n\r\n"},
		{"T08 declared trailer", "POST /a HTTP/1.1\r\nHost: x\r\nTrailer: X-Iam-User, X-Note\r\n" + chunks + "X-Iam-User: admin\r\nX-Note: n\r\n\r\n"},
		{"T08 undeclared trailer", "POST /a HTTP/1.1\r\nHost: x\r\n" + chunks + "X_Iam_User: admin\r\n\r\n"},
		{"T08 both", "POST /a HTTP/1.1\r\nHost: x\r\nTrailer: X-Note\r\n" + chunks + "X-Note: n\r\nX-Iam-User: admin\r\n\r\n"},
		{"T09 duplicate lines", head + "X-Iam-User: admin\r\nX-Iam-User: root\r\nX-Iam-User:\r\n\r\n"},
		{"T09 continuation", head + "X-Other: a\r\n X-Iam-User: admin\r\nX-Iam-User: admin\r\n\r\n"},
	} {
		// The header of a block for other paths is as much the gate's as the general ones.
		extra := strings.NewReplacer("User: admin", "Extra: admin", "User: root", "Extra: root", "user: admin", "extra: admin",
			"X-Iam-User", "X-Iam-Extra", "x-iam-user", "x-iam-extra").Replace(c.raw)
		for _, copyFirst := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s copied %v", c.name, copyFirst), func(t *testing.T) {
				a := newApp(t)
				server := gated(t, a, copyFirst)
				server.Start()
				t.Cleanup(server.Close)
				if status := say(t, server, extra); status != http.StatusOK {
					t.Fatalf("status %d", status)
				}
				_, header, _ := a.seen()
				requireOnlyGate(t, header)
				if status := say(t, server, c.raw); status != http.StatusOK {
					t.Fatalf("status %d", status)
				}
				_, header, trailer := a.seen()
				requireOnlyGate(t, header)
				if len(trailer) > 0 {
					t.Errorf("the app got trailers %q", trailer)
				}
			})
		}
	}
}

// requireOnlyGate checks that one name reached the app, and that it is ours.
func requireOnlyGate(t *testing.T, header http.Header) {
	t.Helper()
	for name, values := range header {
		if folded := referenceFold(name); folded == "xiamextra" || folded == "xiamuser" && (name != "X-Iam-User" || len(values) != 1 || values[0] != "chan.tm") {
			t.Errorf("the app got %s: %q", name, values)
		}
	}
	if header.Get("X-Iam-User") != "chan.tm" {
		t.Errorf("the gate's own header is lost; the app got %q", header)
	}
}

func TestT09MalformedNamesNeverReachTheApp(t *testing.T) {
	for _, line := range []string{"X-Iam-User : admin", "X-Iam-\xffUser: admin", "X-Iam-\xc5\xbfUser: admin", "X-Iam-User\x00: admin", "X-Iam-User: a\x00b"} {
		a := newApp(t)
		server := gated(t, a, false)
		server.Start()
		t.Cleanup(server.Close)
		if status := say(t, server, "GET /a HTTP/1.1\r\nHost: x\r\n"+line+"\r\n\r\n"); status != http.StatusBadRequest {
			_, header, _ := a.seen()
			t.Errorf("%q was answered %d", line, status)
			requireOnlyGate(t, header)
		}
	}
}

func TestT08TrailersOverHTTP2(t *testing.T) {
	a := newApp(t)
	server := gated(t, a, false)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	request, err := http.NewRequest("POST", server.URL+"/a", struct{ io.Reader }{strings.NewReader("abc")})
	if err != nil {
		t.Fatal(err)
	}
	request.Trailer = http.Header{"X-Iam-User": {"admin"}, "X-Note": {"n"}}
	request.Header.Set("X_iam_user", "admin")
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.ProtoMajor != 2 {
		t.Fatalf("the test spoke %s", answer.Proto)
	}
	_, header, trailer := a.seen()
	requireOnlyGate(t, header)
	if len(trailer) > 0 {
		t.Errorf("the app got trailers %q", trailer)
	}
}

func TestT08TrailersOfAClosedBodyVanish(t *testing.T) {
	// The server keeps its own map of declared trailers and fills it when the
	// body is closed unread.
	declared := http.Header{"X-Iam-User": nil}
	r := &http.Request{Header: http.Header{}, Trailer: declared}
	r.Body = &lateTrailers{into: declared, request: r}
	upstream.NewScrubber(nil).Scrub(r)
	if r.Trailer != nil || len(declared) > 0 {
		t.Fatalf("declared trailers are left: %q", declared)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.Trailer) > 0 || len(declared) > 0 {
		t.Errorf("trailers are left: %q and %q", r.Trailer, declared)
	}
}

type lateTrailers struct {
	into    http.Header
	request *http.Request
}

func (b *lateTrailers) Read([]byte) (int, error) { return 0, io.EOF }

func (b *lateTrailers) Close() error {
	maps.Copy(b.into, http.Header{"X-Iam-User": {"admin"}})
	b.request.Trailer = http.Header{"X-Iam-User": {"admin"}}
	return nil
}

func TestScrubLeavesAnEmptyBodyAlone(t *testing.T) {
	for _, body := range []io.ReadCloser{nil, http.NoBody} {
		r := &http.Request{Header: http.Header{}, Body: body}
		upstream.NewScrubber(nil).Scrub(r)
		if r.Body != body {
			t.Errorf("body %v became %v", body, r.Body)
		}
	}
}
