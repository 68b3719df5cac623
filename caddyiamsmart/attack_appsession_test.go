package caddyiamsmart_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	phpLine  = `Set-Cookie: PHPSESSID="x y, z"; path=/; HttpOnly`
	javaLine = "Set-Cookie: JSESSIONID=\xe91A2B.node;Path=/app;  Secure "
)

// answersThatSet are ways in which an application sets cookies, and how many
// heads with them the client gets.
func answersThatSet(lines []string) map[string]struct {
	text  string
	heads int
} {
	block := strings.Join(lines, "\r\n") + "\r\n"
	final := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + block + "\r\nok"
	return map[string]struct {
		text  string
		heads int
	}{
		"200":     {final, 1},
		"302":     {"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n" + block + "\r\n", 1},
		"304":     {"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n" + block + "\r\n", 1},
		"500":     {"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n" + block + "\r\nno", 1},
		"chunked": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + block + "\r\n2\r\nok\r\n0\r\n\r\n", 1},
		"101":     {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + block + "\r\n", 1},
		"103 and 200": {"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n" + block + "\r\n" +
			"HTTP/1.1 103 Early Hints\r\n" + block + "\r\n" + final, 3},
	}
}

// setCookies sends a request and returns the Set-Cookie lines of the heads.
func setCookies(t *testing.T, g *arena, q rawRequest, upgrade bool, heads int) []string {
	t.Helper()
	q = q.with("Connection: close")
	if upgrade {
		q = rawRequest{method: q.method, target: q.target, lines: q.lines[:len(q.lines)-1]}.with("Connection: Upgrade").with(handshake...)
	}
	var got []string
	for _, line := range allHeads(t, g.host, q.bytes(g.host), heads) {
		if strings.HasPrefix(line, "Set-Cookie:") {
			got = append(got, line)
		}
	}
	return got
}

func TestT13TheAppsSessionComesBackAsItWasSet(t *testing.T) {
	g := newArena(t, "", "X-Iam-User")
	other := []string{"Set-Cookie: a=1;;  Secure ; samesite=NONE", "Set-Cookie: PHPSESSID=gone; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", "Set-Cookie: JSESSIONID=; Max-Age=0"}
	for name, answer := range answersThatSet([]string{phpLine, other[0], strings.TrimRight(javaLine, " "), other[1], other[2]}) {
		for _, c := range []struct {
			name  string
			q     rawRequest
			other rawRequest // of another login
		}{
			{"logged in", rawRequest{method: "GET", target: "/records", lines: []string{g.cookie}}, rawRequest{method: "GET", target: "/open/page"}},
			{"logged in, public", rawRequest{method: "GET", target: "/open/page", lines: []string{g.cookie}}, rawRequest{method: "GET", target: "/open/page"}},
			{"nobody, public", rawRequest{method: "GET", target: "/open/page"}, rawRequest{method: "GET", target: "/records", lines: []string{g.cookie}}},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				g.e.answers(func(arrival) string { return answer.text })
				got := setCookies(t, g, c.q, name == "101", answer.heads)
				g.e.answers(nil)
				if len(got) != 5*answer.heads {
					t.Fatalf("the browser got %q", got)
				}
				if first := got[:5]; !slices.Equal(got, slices.Repeat(first, answer.heads)) {
					t.Errorf("the heads differ: %q", got)
				}
				if got[1] != other[0] || got[3] != other[1] || got[4] != other[2] {
					t.Errorf("others are altered: %q", got)
				}
				php, java := pairOf(got[0]), pairOf(got[2])
				if got[0] != strings.Replace(phpLine, `PHPSESSID="x y, z"`, php, 1) || len(php) != len(`PHPSESSID="x y, z"`)+23 ||
					got[2] != strings.Replace(strings.TrimRight(javaLine, " "), "JSESSIONID=\xe91A2B.node", java, 1) || len(java) != len("JSESSIONID=\xe91A2B.node")+23 {
					t.Fatalf("the browser got %q", got)
				}
				// Beside whatever other cookies, both come back as they were set,
				for _, lines := range appCookies {
					own := []string{php + "; " + lines[0], "z=1; " + java}
					own = append(own, lines[1:]...)
					want := []string{`PHPSESSID="x y, z"; ` + lines[0], "z=1; JSESSIONID=\xe91A2B.node"}
					want = append(want, lines[1:]...)
					g.cookies(t, c.q.with(cookieLines(own)...), accountOf(c.q), want)
				}
				// and in another login neither does.
				g.cookies(t, c.other.with("Cookie: a=1; "+php+"; b=2", "Cookie: "+java), accountOf(c.other), []string{"a=1; b=2"})
			})
		}
	}
}

// pairOf is name and value of a Set-Cookie line.
func pairOf(line string) string {
	pair, _, _ := strings.Cut(strings.TrimPrefix(line, "Set-Cookie: "), ";")
	return pair
}

func accountOf(q rawRequest) string {
	if len(q.lines) > 0 {
		return arenaAccount
	}
	return ""
}

func TestErrorRoutesNeitherGetNorSetTheAppsSession(t *testing.T) {
	g := newArena(t, "", "X-Iam-User")
	set := []string{phpLine, "Set-Cookie: a=1"}
	answer := answersThatSet(set)["200"].text
	g.e.answers(func(arrival) string { return answer })
	own := pairOf(setCookies(t, g, rawRequest{method: "GET", target: "/records", lines: []string{g.cookie}}, false, 1)[0])
	for name, q := range map[string]rawRequest{
		"before the gate": {method: longMethod, target: "/records", lines: []string{g.cookie}},
		"behind the gate": {method: "GET", target: "/broken", lines: []string{g.cookie}},
		"public":          {method: "GET", target: "/open/broken"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, pair := range []string{own, `PHPSESSID="x y, z"`, "phpsessid=abc", "b=1,PHPSESSID=abc"} {
				g.cookies(t, q.with("Cookie: a=1; "+pair), "", []string{"a=1"})
			}
			if got := setCookies(t, g, q, false, 1); !slices.Equal(got, set[1:]) {
				t.Errorf("the browser got %q", got)
			}
		})
	}
	t.Run("behind the gate, without the directive, it is that of this login", func(t *testing.T) {
		g.cookies(t, rawRequest{method: "GET", target: "/plain", lines: []string{g.cookie}}.with("Cookie: a=1; "+own), "", []string{`a=1; PHPSESSID="x y, z"`})
		g.cookies(t, rawRequest{method: "GET", target: "/open/plain"}.with("Cookie: a=1; "+own), "", []string{"a=1"})
	})
}

// TestT13NoCookieComesInATrailer: what comes behind the body has met no filter.
func TestT13NoCookieComesInATrailer(t *testing.T) {
	g := newArena(t, "", "X-Iam-User")
	gates, _, _ := strings.Cut(strings.TrimPrefix(g.cookie, "Cookie: "), "=")
	const set = "a=1; Path=/"
	block := "Set-Cookie: PHPSESSID=abc\r\nset-cookie: other=abc\r\nSet-Cookie2: JSESSIONID=abc\r\nSet-Cookie: " + gates + "=abc\r\nX-Sum: 42\r\n"
	for name, announced := range map[string]string{
		"not announced":        "",
		"announced":            "Trailer: Set-Cookie, X-Sum, Set-Cookie2\r\n",
		"announced in parts":   "Trailer: set-cookie\r\nTrailer: X-Sum\r\ntrailer: SET-COOKIE2\r\n",
		"announced only these": "Trailer: Set-Cookie\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			g.e.answers(func(arrival) string {
				return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie2: x=abc\r\nSet-Cookie: " + set + "\r\n" + announced + "\r\n2\r\nok\r\n0\r\n" + block + "\r\n"
			})
			defer g.e.answers(nil)
			for _, q := range []rawRequest{
				{method: "GET", target: "/records", lines: []string{g.cookie}},
				{method: "GET", target: "/open/page"},
				{method: "GET", target: "/broken", lines: []string{g.cookie}},
				{method: "GET", target: "/open/broken"},
			} {
				over1 := everyByte(t, g.host, q.with("Connection: close", "TE: trailers").bytes(g.host))
				for protocol, answer := range map[string]string{"h1": over1, "h2": overH2(t, g.host, q.with("TE: trailers")).head} {
					answer = strings.ToLower(answer)
					if strings.Contains(answer, "abc") || strings.Count(answer, "set-cookie") != 1 || !strings.Contains(answer, "set-cookie: "+strings.ToLower(set)) || !strings.Contains(answer, "x-sum: 42") {
						t.Errorf("%s of %s: the browser gets\n%s", protocol, q.target, answer)
					}
				}
			}
		})
	}
}

// A handler before the gate may hold the headers back until all is written, as
// the one that compresses does where there is no body.
func TestTheAppsCookiesOutliveWhoHoldsHeadersBack(t *testing.T) {
	g := arenaOn(t, "X-Iam-User", site{Servers: "order encode before iamsmart", Before: "encode"})
	cookie := cookieLine(g.arrive("chan", arenaAccount, "night-shift-7"))
	g.e.answers(func(arrival) string {
		return "HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: a=1\r\nSet-Cookie: PHPSESSID=2\r\nContent-Length: 0\r\n\r\n"
	})
	answer := overH1(t, g.host, rawRequest{method: "GET", target: "/records", lines: []string{cookie, "Accept-Encoding: gzip"}})
	if got := answer.header["Set-Cookie"]; len(got) != 2 || got[0] != "a=1" || !strings.HasPrefix(got[1], "PHPSESSID=2.") {
		t.Errorf("the browser gets %q", answer.head)
	}
}

// everyByte is all that a server says until it hangs up.
func everyByte(t *testing.T, host, request string) string {
	t.Helper()
	c := dialRaw(t, host)
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// TestT31NoParserFindsASessionOnTheWire: what some servers pass over before a
// name reaches the application by no protocol, nor as a websocket begins.
func TestT31NoParserFindsASessionOnTheWire(t *testing.T) {
	g := newArena(t, "", "X-Iam-User")
	ours := strings.TrimPrefix(g.cookie, "Cookie: ")
	gates, _, _ := strings.Cut(ours, "=")
	pairs := []string{
		"(JSESSIONID=abc", "?JSESSIONID=abc", "{.AspNetCore.Cookies=abc", `x=1".AspNetCore.Session=abc`, `a="b"sessionid=abc`, "$JSESSIONID=abc",
		"%u0073ession=abc", "__Host-session=abc", "(" + gates + "=abc", `a="b"` + gates + "=abc",
	}
	for _, pair := range pairs {
		for _, over := range bothProtocols {
			for _, p := range positions {
				if p.in != withIdentity {
					continue
				}
				before := g.e.count()
				over.send(t, g.host, p.request.with("Cookie: "+ours+"; a=1; "+pair))
				got := g.e.since(before)
				if len(got) != 1 || got[0].value("Cookie") != "a=1" {
					t.Errorf("%s %s: of %q arrives %v", over.name, p.name, pair, got)
				}
			}
		}
		before := g.e.count()
		overH1(t, g.host, rawRequest{method: "GET", target: "/live", lines: append([]string{"Connection: Upgrade", "Cookie: " + ours + "; a=1; " + pair}, handshake...)})
		if got := g.e.since(before); len(got) != 1 || got[0].value("Cookie") != "a=1" {
			t.Errorf("websocket: of %q arrives %v", pair, got)
		}
	}
}

func TestT40AWebsocketEndsWithItsSession(t *testing.T) {
	g := newArena(t, "", "X-Iam-User")
	for name, end := range map[string]func(*browser){
		"logout":     func(b *browser) { b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil) },
		"next login": func(b *browser) { b.follow(b.decide(g.world.browser().visit("/"), "chan", "approve")) },
		"ended in the store": func(b *browser) {
			g.behind("DELETE FROM sessions WHERE id = (SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1)")
		},
	} {
		t.Run(name, func(t *testing.T) {
			g.e.answers(switching)
			b := g.browser()
			b.at = g.Gate + "/"
			g.e.answers(nil)
			b.login("chan", "approve")
			g.e.answers(switching)
			t.Cleanup(g.e.noSockets) // once the last is closed
			open := func(cookie string) (send func() (string, error)) {
				c := dialRaw(t, g.host)
				t.Cleanup(func() {
					_ = c.(*net.TCPConn).SetLinger(0) // a reset ends both directions at once
					c.Close()
				})
				in := bufio.NewReader(c)
				q := rawRequest{method: "GET", target: "/open/live", lines: append([]string{"Connection: Upgrade"}, handshake...)}
				if cookie != "" {
					q.target = "/live"
					q = q.with(cookie)
				}
				if _, err := io.WriteString(c, q.bytes(g.host)); err != nil {
					t.Fatal(err)
				}
				if head, err := readLines(in); err != nil || !strings.HasPrefix(head[0], "HTTP/1.1 101 ") {
					t.Fatalf("%v: %q", err, head)
				}
				return func() (string, error) {
					if err := c.SetDeadline(exchangeDeadline()); err != nil {
						t.Fatal(err)
					}
					if _, err := io.WriteString(c, "ping\r\n"); err != nil {
						return "", err
					}
					return readLine(in)
				}
			}
			own, nobodys, another := open(cookieLine(b)), open(""), open(g.cookie)
			if echo, err := own(); echo != "ping" {
				t.Fatalf("the websocket says %q, %v", echo, err)
			}
			g.e.answers(nil)
			end(b)
			start := time.Now()
			for {
				echo, err := own()
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal("the websocket is silent, and open")
				}
				if err != nil {
					break
				}
				if time.Since(start) > 20*time.Second {
					t.Fatalf("the websocket goes on: %q", echo)
				}
				time.Sleep(20 * time.Millisecond)
			}
			for who, send := range map[string]func() (string, error){"nobody's": nobodys, "another person's": another} {
				if echo, err := send(); echo != "ping" {
					t.Errorf("%s websocket says %q, %v", who, echo, err)
				}
			}
		})
	}
}
