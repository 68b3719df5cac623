package caddyiamsmart_test

import (
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// framings are bytes in which servers of different minds see another number of
// requests. Each hides a second request, which would pass for somebody else or
// reach a protected page. {H} is the host, {C} the Cookie line of a person.
var framings = map[string]string{
	"CL and TE":                 "POST /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hiddenRequest,
	"TE and CL":                 "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{X}\r\n" + hiddenRequest + "\r\n0\r\n\r\n",
	"two CL":                    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\nContent-Length: {N}\r\n\r\n" + hiddenRequest,
	"CL list":                   "POST /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0, {N}\r\n\r\n" + hiddenRequest,
	"CL signed":                 "POST /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: +0\r\n\r\n" + hiddenRequest,
	"CL hex":                    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0x0\r\n\r\n" + hiddenRequest,
	"TE twice":                  "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hiddenRequest,
	"TE odd":                    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + hiddenRequest,
	"TE blank":                  "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" + hiddenRequest,
	"TE folded":                 "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n\r\n" + hiddenRequest,
	"TE tab":                    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding:\tchunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n" + hiddenRequest,
	"bare line feed at the end": "POST /open/page HTTP/1.1\nHost: {H}\nContent-Length: 0\n\n" + hiddenRequest,
	"chunk extension":           "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n0;a=b\nX: y\r\n\r\n" + hiddenRequest,
	"chunk size with a sign":    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + hiddenRequest,
	"chunk size too large":      "POST /open/page HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n" + hiddenRequest,
	"GET with a body":           "GET /open/page HTTP/1.1\r\nHost: {H}\r\nContent-Length: {N}\r\n\r\n" + hiddenRequest,
	"Expect":                    "POST /open/page HTTP/1.1\r\nHost: {H}\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n" + hiddenRequest,
	"an Expect of its own":      "POST /open/page HTTP/1.1\r\nHost: {H}\r\nExpect: 200-maybe\r\nContent-Length: 0\r\n\r\n" + hiddenRequest,
	"upgrade to h2c":            "GET /open/page HTTP/1.1\r\nHost: {H}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + hiddenRequest,
	"upgrade without a socket":  "GET /open/page HTTP/1.1\r\nHost: {H}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n\r\n" + hiddenRequest,
	"CONNECT":                   "CONNECT {H} HTTP/1.1\r\nHost: {H}\r\n\r\n" + hiddenRequest,
	"CONNECT elsewhere":         "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n" + hiddenRequest,
	"HTTP/1.0 kept alive":       "POST /open/page HTTP/1.0\r\nHost: {H}\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hiddenRequest,
	"after a refusal":           "GET /records HTTP/1.1\r\nHost: {H}\r\n\r\n" + hiddenRequest,
	"after a redirect":          "GET /records HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n" + hiddenRequest,
	"after somebody's request":  "GET /records HTTP/1.1\r\nHost: {H}\r\n{C}\r\n\r\n" + hiddenRequest,
}

// hiddenRequest is what the first one hides; {N} is its length, {X} in hexadecimal.
const hiddenRequest = "GET /records?hidden HTTP/1.1\r\nHost: {H}\r\nX-Remote-User: spoofed\r\nConnection: close\r\n\r\n"

// TestT74RequestsWithinRequests: however a request is framed, nothing of it
// reaches a protected page of the application, or carries an identity there,
// unless a person's own session did.
func TestT74RequestsWithinRequests(t *testing.T) {
	g := newArena(t, "", "X-Remote-User")
	for name, text := range framings {
		t.Run(name, func(t *testing.T) {
			before := g.e.count()
			hidden := len(strings.ReplaceAll(hiddenRequest, "{H}", g.host))
			sendAll(t, g.host, strings.NewReplacer("{H}", g.host, "{C}", g.cookie,
				"{N}", strconv.Itoa(hidden), "{X}", strconv.FormatInt(int64(hidden), 16)).Replace(text))
			g.e.settle()
			for _, a := range g.e.since(before) {
				own := strings.Contains(text, "{C}") && !strings.Contains(a.line, "hidden")
				switch {
				case own:
					a.clean(t, g.mapped, arenaAccount)
				case strings.Contains(a.line, "/records"):
					t.Errorf("a protected page was asked for by nobody:\n%s", a)
				default:
					a.body = "" // what is body to both is nobody's claim
					a.clean(t, g.mapped, "")
				}
			}
			// when the next person's request comes, then it is that and no other.
			g.expect(t, overH1, rawRequest{method: "GET", target: "/records/next", lines: []string{g.cookie}}, withIdentity)
			g.expect(t, overH1, rawRequest{method: "GET", target: "/open/next"}, withoutIdentity)
		})
	}
}

// sendAll sends bytes and reads until the server hangs up or falls silent.
func sendAll(t *testing.T, host, text string) {
	t.Helper()
	c := dialRaw(t, host)
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	io.Copy(io.Discard, c)
}
