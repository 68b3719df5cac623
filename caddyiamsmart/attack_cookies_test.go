package caddyiamsmart_test

import (
	"bufio"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
)

// cookieArena has a second realm on the same host name, whose cookies a browser
// sends along, because cookies know no ports.
func cookieArena(t *testing.T) *arena {
	t.Helper()
	return arenaOn(t, "X-Iam-User", site{
		Servers: "servers {\n protocols h1 h2c\n}",
		Header:  "header_up X-Iam-User {iamsmart.account}",
		More: `http://localhost:{{.Port2}} {
			iamsmart {
				realm second
				public_url {{.Gate2}}
				accounts form {{.App2}}/login {
					fields user pass
				}
			}
			reverse_proxy {{.Recorder}}
		}`,
	})
}

// everyCookie logs somebody in and returns, beside their session cookie, one of
// each other kind that a gate sets: of a session in another realm, of a flow and
// a link-up under way, of a language; and some that only look like one.
func (g *arena) everyCookie(t *testing.T) (own string, others []string) {
	t.Helper()
	b := g.arrive("chan", arenaAccount, "night-shift-7")
	mine := make(map[string]bool)
	for name, value := range b.cookies["localhost"] {
		if strings.HasSuffix(name, "-s") {
			own, mine[name] = name+"="+value, true
		}
	}
	b.follow(b.decide(b.visit(g.Gate2+"/"), "chan", "approve"))
	if p := b.linkUp("maria", "tea-at-three"); p.StatusCode != 200 {
		t.Fatalf("linking in the second realm: %d\n%s", p.StatusCode, p.body)
	}
	newcomer := g.browser()
	newcomer.submit(newcomer.visit("/records"), "/iamsmart/language", url.Values{"lang": {"en"}})
	newcomer.login("wong", "approve")
	for _, who := range []*browser{b, newcomer} {
		for name, value := range who.cookies["localhost"] {
			if !mine[name] {
				others = append(others, name+"="+value)
			}
		}
	}
	for _, kind := range []string{"-s=", "-f-", "-p=", "-l="} {
		if !slices.ContainsFunc(others, func(pair string) bool { return strings.Contains(pair, kind) }) {
			t.Fatalf("no cookie of the kind %s among %q", kind, others)
		}
	}
	return own, append(others, lookalikes(session.CookiePrefix)...)
}

func lookalikes(prefix string) []string {
	return []string{
		prefix + "abcdefgh-s=made-up", prefix + "=x", prefix + "no-value", strings.ToUpper(prefix) + "abcdefgh-s=made-up",
		strings.ToLower(prefix) + "x=", `"` + prefix + `quoted"=x`, "=" + prefix + "after-a-sign=x",
		"\t" + prefix + "tab=x", "\xa0" + prefix + "eight-bit-blank=x",
	}
}

// appCookies are lines of cookies that only the application understands, and
// that any rewriting would alter.
var appCookies = [][]string{
	{"SITEID=abc; a=1"},
	{"a=1;b=2;c=3"},
	{"a = 1 ;  b=  2;\tc=3"},
	{`a="x y"; b="1\"2"; c=""; d="unfinished`},
	{"a[b]=1; c.d=2; e|f=3; (g)=4; $h=5; i j=6; k@l:m=7; {n}=8"},
	{"a=1; a=2; A=3; a=1"},
	{"=nameless; valueless; ; ;;x="},
	{"a=\xe9\xff; b=陳; c=%E9%99%B3"},
	{"a=1,b=2; c={\"json\": [1, 2]}; d=YWJj==; e=a=b=c"},
	{"a=1", "b=2; c=3", "a=4"},
	{"__Host-iamsmart-x=1; Http-iamsmart=2; x" + session.CookiePrefix + "x=3; __Host-Http-other=4; $Version=1"},
	{"a=" + strings.Repeat("long-", 800)},
	{"a=1;"},
}

func TestT13CookiesOnTheWayIn(t *testing.T) {
	g := cookieArena(t)
	own, others := g.everyCookie(t)
	places := []struct {
		name    string
		request rawRequest
		cookie  string // of the person
		account string
	}{
		{"logged in", rawRequest{method: "GET", target: "/records"}, own, arenaAccount},
		{"logged in, public", rawRequest{method: "GET", target: "/open/page"}, own, arenaAccount},
		{"logged out, public", rawRequest{method: "GET", target: "/open/page"}, session.CookiePrefix + "none=x", ""},
		{"error before the gate", rawRequest{method: longMethod, target: "/records"}, own, ""},
		{"error behind the gate", rawRequest{method: "GET", target: "/broken"}, own, ""},
		{"error behind the gate, no directive", rawRequest{method: "GET", target: "/plain"}, own, ""},
		{"websocket", rawRequest{method: "GET", target: "/live", lines: append([]string{"Connection: Upgrade"}, handshake...)}, own, arenaAccount},
	}
	for _, place := range places {
		t.Run(place.name, func(t *testing.T) {
			for i, want := range appCookies {
				// Given the application's cookies, and ours around them on lines of
				// their own, theirs arrive as they were sent.
				ours := "Cookie: " + strings.Join(append(others, place.cookie), "; ")
				g.cookies(t, place.request.with(ours).with(cookieLines(want)...), place.account, want)
				g.cookies(t, place.request.with(cookieLines(want)...).with(ours), place.account, want)

				// On the same line, nothing but ours is taken out.
				other := others[i%len(others)]
				first := append([]string{other + "; " + place.cookie + "; " + want[0]}, want[1:]...)
				g.cookies(t, place.request.with(cookieLines(first)...), place.account, want)
				shorter := append([]string{strings.TrimSuffix(want[0], ";")}, want[1:]...)
				last := append([]string{shorter[0] + "; " + other + "; " + place.cookie}, shorter[1:]...)
				g.cookies(t, place.request.with(cookieLines(last)...), place.account, shorter)
			}
			for _, other := range others {
				g.cookies(t, place.request.with("Cookie: a=1; "+other+"; b=2;"+place.cookie+";c=3"), place.account, []string{"a=1; b=2;c=3"})
				g.cookies(t, place.request.with("Cookie: "+other, "Cookie: "+place.cookie), place.account, nil)
			}
		})
	}
	t.Run("h2", func(t *testing.T) {
		for _, line := range []string{"/records", "/open/page", "/broken"} {
			before := g.e.count()
			overH2(t, g.host, rawRequest{method: "GET", target: line, lines: cookieLines(append([]string{own, "a=1; b=\"2 3\""}, others[:len(others)-1]...))})
			got := g.e.since(before)
			if len(got) != 1 || got[0].holds(session.CookiePrefix) || got[0].value("Cookie") != `a=1; b="2 3"` {
				t.Errorf("%s: %v", line, got)
			}
		}
	})
}

func cookieLines(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, "Cookie: "+line)
	}
	return out
}

// cookies fails where anything but these cookie lines arrives.
func (g *arena) cookies(t *testing.T, q rawRequest, account string, want []string) {
	t.Helper()
	before := g.e.count()
	p := overH1(t, g.host, q)
	got := g.e.since(before)
	if len(got) != 1 {
		t.Errorf("%d requests arrived (status %d) of %q", len(got), p.status, q.lines)
		return
	}
	if lines := got[0].called("Cookie"); !slices.Equal(lines, cookieLines(want)) {
		t.Errorf("of %q arrived\n%q, want\n%q", q.lines, lines, cookieLines(want))
	}
	for _, line := range got[0].lines {
		if value := strings.ReplaceAll(line, "x"+session.CookiePrefix+"x", ""); strings.Contains(strings.ToLower(value), strings.ToLower(session.CookiePrefix)) {
			t.Errorf("a cookie of ours arrived: %q", line)
		}
	}
	if values := got[0].called(g.mapped); len(values) > 1 || len(values) == 1 != (account != "") || account != "" && got[0].value(g.mapped) != account {
		t.Errorf("%q: the application got %q", q.target, values)
	}
}

func TestT13CookiesOnTheWayOut(t *testing.T) {
	g := cookieArena(t)
	own, others := g.everyCookie(t)
	theirs := []string{
		"Set-Cookie: SITEID=abc; path=/; HttpOnly", `Set-Cookie: a="x y, z"; Path=/app;expires=Wed, 21-Oct-2026 07:28:00 GMT`,
		"Set-Cookie: a=1", "Set-Cookie: a=2;;  Secure ; samesite=NONE", "Set-Cookie: __Host-Http-other=1; Secure; Path=/", "Set-Cookie: =x", "Set-Cookie: b=\xe9陳",
	}
	var set []string
	for i, line := range theirs {
		set = append(set, line, "Set-Cookie: "+others[i%len(others)]+"; Path=/; Secure")
	}
	for _, pair := range append(others, own) {
		set = append(set, "set-cookie: "+pair+"; Path=/; Secure; HttpOnly")
	}
	block := strings.Join(set, "\r\n") + "\r\n"
	final := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + block + "\r\nok"

	for _, c := range []struct {
		name, answer string
		heads        int // how many heads with cookies the client gets
	}{
		{"200", final, 1},
		{"304", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n" + block + "\r\n", 1},
		{"302", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n" + block + "\r\n", 1},
		{"500", "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n" + block + "\r\nno", 1},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + block + "\r\n2\r\nok\r\n0\r\n\r\n", 1},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + block + "\r\n", 1},
		{"103, then 200", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n" + block + "\r\n" + final, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			g.e.answers(func(arrival) string { return c.answer })
			for _, q := range []rawRequest{
				{method: "GET", target: "/records", lines: []string{"Cookie: " + own}},
				{method: "GET", target: "/open/page"},
				{method: "GET", target: "/broken", lines: []string{"Cookie: " + own}},
				{method: longMethod, target: "/records"},
			} {
				lines := []string{"Connection: close"}
				if c.name == "101" {
					lines = append([]string{"Connection: Upgrade"}, handshake...)
				}
				heads := allHeads(t, g.host, q.with(lines...).bytes(g.host), c.heads)
				var got []string
				for _, line := range heads {
					if strings.HasPrefix(strings.ToLower(line), "set-cookie:") {
						got = append(got, line)
					}
				}
				if want := slices.Repeat(theirs, c.heads); !slices.Equal(got, want) {
					t.Errorf("%.8s %s: the browser got\n%q, want\n%q", q.method, q.target, got, want)
				}
			}
		})
	}
	t.Run("h2", func(t *testing.T) {
		g.e.answers(func(arrival) string { return final })
		for _, target := range []string{"/records", "/open/page", "/broken"} {
			p := overH2(t, g.host, rawRequest{method: "GET", target: target, lines: []string{"Cookie: " + own}})
			if got := p.header.Values("Set-Cookie"); p.status != 200 || len(got) != len(theirs) || strings.Contains(strings.ToLower(p.head), strings.ToLower(session.CookiePrefix)) {
				t.Errorf("%s: status %d, %q", target, p.status, got)
			}
		}
	})
}

// allHeads sends bytes and returns the header lines of the first n answers.
func allHeads(t *testing.T, host, text string, n int) []string {
	t.Helper()
	c := dialRaw(t, host)
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	var lines []string
	for range n {
		head, err := readLines(in)
		if err != nil {
			t.Fatalf("%v after %q", err, lines)
		}
		lines = append(lines, head...)
	}
	return lines
}
