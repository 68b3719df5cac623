package caddyiamsmart_test

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// tricks name the identity header as one that ends at the next hop, so that the
// proxy would take it away after the gate has set it.
var tricks = map[string][]string{
	"close":                {"Connection: close, X-Iam-User"},
	"lower case":           {"connection: x-iam-user"},
	"keep-alive":           {"Connection: keep-alive, X-IAM-USER,"},
	"alone":                {"Connection: X-Iam-User"},
	"several lines":        {"Connection: keep-alive", "Connection: X-Iam-User", "connection: x-iam-user, close"},
	"another spelling":     {"Connection: X_Iam_User, X.Iam.User, \"X-Iam-User\""},
	"Proxy-Connection":     {"Proxy-Connection: X-Iam-User"},
	"Keep-Alive":           {"Keep-Alive: X-Iam-User, timeout=5", "Connection: Keep-Alive, X-Iam-User"},
	"TE":                   {"TE: trailers, X-Iam-User", "Connection: TE, X-Iam-User"},
	"trailer":              {"Connection: Trailer, X-Iam-User", "Trailer: X-Iam-User"},
	"folded":               {"Connection: close,", "\tX-Iam-User"},
	"blanks":               {"Connection:  \t close \t,\t X-Iam-User \t"},
	"other headers":        {"Connection: Host, Cookie, Connection, Content-Length, X-Iam-User"},
	"an upgrade":           {"Connection: Upgrade, X-Iam-User", "Upgrade: websocket"},
	"an upgrade, reversed": {"Connection: x-iam-user", "Connection: upgrade", "Upgrade: websocket"},
	"the word upgrade":     {"Connection: Upgrade-Insecure-Requests, X-Iam-User, Upgrade", "Upgrade: X-Iam-User"},
}

func TestT06T07HopByHopTricks(t *testing.T) {
	g := plainArena(t)
	for name, lines := range tricks {
		t.Run(name, func(t *testing.T) {
			for _, p := range positions {
				if strings.HasPrefix(name, "an upgrade") && strings.Contains(strings.Join(p.request.lines, ""), "elsewhere.example") {
					continue // of another site; see TestT40AWebsocketOfAnotherSite
				}
				// A lie would have to stay away even where the truth is lost.
				with := p.request.with(lie("X-Iam-User")...).with(lines...)
				g.expect(t, overH1, with.with(g.cookie), p.in)
				g.expect(t, overH1, with, p.out)
			}
		})
	}
	t.Run("h2", func(t *testing.T) { // which knows only one of them
		g.everywhere(t, "TE: trailers")
	})
	t.Run("a websocket opens with the identity", g.aWebsocketOpens)
	t.Run("no other protocol", g.noOtherProtocol)
}

// handshake is what a browser sends to open a websocket.
var handshake = []string{
	"Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// switching answers like an application that agrees to any other protocol.
func switching(a arrival) string {
	if protocol := a.value("Upgrade"); protocol != "" {
		return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n"
	}
	return smallPage
}

func (g *arena) aWebsocketOpens(t *testing.T) {
	g.e.answers(switching)
	lines := append([]string{"Connection: keep-alive, X-Iam-User", "Connection: Upgrade"}, handshake...)
	lines = append(lines, lie("X-Iam-User", "X-Remote-User")...)

	// Given somebody who is logged in, a websocket opens, and the application
	// knows whose it is.
	before := g.e.count()
	c := dialRaw(t, g.host)
	defer c.Close()
	in := bufio.NewReader(c)
	if _, err := io.WriteString(c, rawRequest{method: "GET", target: "/live", lines: append(lines, g.cookie)}.bytes(g.host)); err != nil {
		t.Fatal(err)
	}
	head, err := readLines(in)
	if err != nil || !strings.HasPrefix(head[0], "HTTP/1.1 101 ") {
		t.Fatalf("%v: %q", err, head)
	}
	got := g.e.since(before)
	if len(got) != 1 {
		t.Fatalf("%d requests arrived", len(got))
	}
	got[0].clean(t, g.mapped, arenaAccount)
	if _, err := io.WriteString(c, "ping\r\n"); err != nil {
		t.Fatal(err)
	}
	if echo, err := readLine(in); echo != "ping" {
		t.Fatalf("the websocket says %q, %v", echo, err)
	}

	// Logged out, it does not open, and on a public path nobody's does.
	g.expect(t, overH1, rawRequest{method: "GET", target: "/live", lines: lines}, notAtAll)
	before = g.e.count()
	if p := overH1(t, g.host, rawRequest{method: "GET", target: "/open/live", lines: lines}); p.status != 101 {
		t.Errorf("a public websocket: status %d", p.status)
	}
	if got = g.e.since(before); len(got) != 1 {
		t.Fatalf("%d requests arrived", len(got))
	}
	got[0].clean(t, g.mapped, "")
}

// noOtherProtocol: after a switch of protocols bytes go through unseen. A
// websocket can carry no request; another HTTP can, with any header, and many
// servers agree to one.
func (g *arena) noOtherProtocol(t *testing.T) {
	g.e.answers(switching)
	for _, protocol := range []string{"h2c", "H2C", "HTTP/2.0", "TLS/1.2, HTTP/1.1", "h2c, websocket", "websocket, h2c", "websocket\r\nUpgrade: h2c", "h2c\r\nUpgrade: websocket", "spdy/3.1"} {
		t.Run(protocol, func(t *testing.T) {
			for _, q := range []rawRequest{
				{method: "GET", target: "/records"}, {method: "GET", target: "/open/page"}, {method: "GET", target: "/broken"},
				{method: "GET", target: "/open/broken"}, {method: longMethod, target: "/records"},
			} {
				for _, lines := range [][]string{{g.cookie}, nil} {
					q := q.with(lines...).with("Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__", "Upgrade: "+protocol)
					within := rawRequest{method: "GET", target: "/within", lines: lie("X-Iam-User")}
					before := g.e.count()
					p := sendRaw(t, g.host, q.method, q.bytes(g.host)+within.bytes(g.host))
					for _, a := range g.e.since(before) {
						if strings.Contains(a.line, "/within") || a.names("Upgrade") || a.names("HTTP2-Settings") {
							t.Errorf("%.8s %s (status %d): this reached the application:\n%s", q.method, q.target, p.status, a)
						}
					}
				}
			}
		})
	}
}

func TestT08Trailers(t *testing.T) {
	g := plainArena(t)
	body := strings.Repeat("body ", 2000)
	for _, c := range []struct {
		name  string
		lines []string
	}{
		{"declared", []string{"Trailer: X-Iam-User, X-Remote-User, Harmless"}},
		{"declared in parts", []string{"Trailer: X-Iam-User", "trailer: x-remote-user"}},
		{"undeclared", nil},
		{"declared and wanted", []string{"Trailer: X-Iam-User", "TE: trailers"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trailers := append(lie("X-Iam-User", "X-Remote-User", "X-IAmSmart-Account"), "Harmless: x")
			q := rawRequest{method: "POST", target: "/records", lines: c.lines, body: body, trailers: trailers}

			// Given the same request to a site without a gate, they arrive.
			if c.lines != nil {
				before := g.e.count()
				overH1(t, g.open, q)
				if got := g.e.since(before); len(got) != 1 || !got[0].holds("X-Iam-User: "+spoofed) {
					t.Errorf("without a gate the trailers did not arrive either: %v", got)
				}
			}
			for _, over := range bothProtocols {
				for _, p := range positions {
					with := p.request.with(c.lines...)
					with.body, with.trailers = body, trailers
					g.expect(t, over.send, with.with(g.cookie), p.in)
					g.expect(t, over.send, with, p.out)
				}
			}

			// Then the body still arrives whole.
			before := g.e.count()
			overH1(t, g.host, q.with(g.cookie))
			if got := g.e.since(before); len(got) != 1 || got[0].body != body {
				t.Errorf("the body did not arrive whole: %v", got)
			}
		})
	}
}
