package caddyiamsmart_test

import (
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// lie is a header line by which a client would pass for somebody else.
func lie(names ...string) []string {
	var lines []string
	for _, name := range names {
		lines = append(lines, name+": "+spoofed)
	}
	return lines
}

// knownNames are those under which applications expect an identity, or another
// path or method, from a proxy.
var knownNames = []string{
	"Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Authenticated-User", "X-Auth-User",
	"X-Webauth-User", "X-User", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method", "X-HTTP-Method-Override",
	"X-Method-Override", "Remote-Groups", "X-Remote-Groups", "X-Remote-Roles", "X-Auth-Request-User", "X-Auth-Request-Groups", "X-Forwarded-Groups",
	"X-Forwarded-Preferred-Username", "X-Webauth-Role", "X-Original-URI", "X-IAmSmart-Assertion", "X-IAmSmart-Anything",
	"X-Auth-Username", "X-Email", "X-Authentik-Username", "X-Ms-Client-Principal-Name", "X-Goog-Authenticated-User-Email", "X-SSL-Client-S-DN",
}

// spelled writes names with another separator.
func spelled(separator string, names ...string) []string {
	var out []string
	for _, name := range names {
		out = append(out, strings.ReplaceAll(name, "-", separator))
	}
	return out
}

// TestT01UnderscoresT02Dots: an operator has told Caddy to let names with
// underscores and dots through; CGI and its kin take them for the real ones.
func TestT01UnderscoresT02Dots(t *testing.T) {
	const names = "expected_underscore_headers x_* remote_* ssl_* x-iam_user\nexpected_dot_headers x.* remote.* ssl.* x-iam.user x_iam.user x.iam_user"
	g := newArena(t, names, "X-Iam-User")
	for _, c := range []struct {
		name  string
		lines []string
	}{
		{"T01 underscores", lie(append(spelled("_", append(knownNames, "X-Iam-User", "X-Path-Role")...), "SSL_CLIENT_S_DN", "x_iam-user", "X-Iam_User", "X__Iam_User_")...)},
		{"T02 dots", lie(append(spelled(".", append(knownNames, "X-Iam-User", "X-Path-Role")...), "ssl.client.s.dn", "x.iam-user", "X-Iam.User", "X_Iam.User", "X.Iam_User")...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, over := range bothProtocols {
				g.unguarded(t, over.send, c.lines...)
			}
			g.everywhere(t, c.lines...)
		})
	}
}

// plainArena is one where Caddy stands as it comes.
func plainArena(t *testing.T) *arena { return newArena(t, "", "x-iam-USER") }

func TestT03SeparatorsAndTheOperatorsSpelling(t *testing.T) {
	var names []string
	for _, separator := range append(strings.Split("! # $ % & ' * + ^ ` | ~", " "), "", "-", "--", "-~-") {
		names = append(names, spelled(separator, "X-Iam-User", "X-IAmSmart-Account", "Remote-User", "X-Path-Role")...)
	}
	names = append(names, "-X-Iam-User", "X-Iam-User-", "~X-~Iam~-User~", "X-I-A-M-U-S-E-R", "xiamuser", "XIAMUSER", "x-iam-user")
	for _, header := range []string{"x-iam-USER", "X_Iam_User", "X~Iam~User"} {
		t.Run(header, func(t *testing.T) {
			g := newArena(t, "", header)
			for _, over := range bothProtocols {
				g.unguarded(t, over.send, lie(names...)...)
			}
			g.everywhere(t, lie(names...)...)
		})
	}
}

// TestT05EveryKindOfRequest sends what a naive attacker would.
func TestT05EveryKindOfRequest(t *testing.T) {
	g := plainArena(t)
	g.everywhere(t, lie("X-Iam-User", "X-Remote-User", "X-IAmSmart-Account", "X-Path-Role")...)
	t.Run("OPTIONS of the server", func(t *testing.T) {
		g.expect(t, overH1, rawRequest{method: "OPTIONS", target: "*", lines: append(lie("X-Iam-User"), g.cookie)}, notAtAll)
	})
	t.Run("another host name", func(t *testing.T) {
		// Given the same session cookie by a name that is not the public one,
		// nobody is withIdentity by it.
		other := *g
		other.host = strings.Replace(g.host, "localhost", "127.0.0.1", 1)
		other.expect(t, overH1, rawRequest{method: "GET", target: "/open/page", lines: append(lie("X-Iam-User"), g.cookie)}, withoutIdentity)
		other.expect(t, overH1, rawRequest{method: "GET", target: "/records", lines: append(lie("X-Iam-User"), g.cookie)}, notAtAll)
	})
}

func TestT09LinesThatServersReadDifferently(t *testing.T) {
	g := plainArena(t)
	readable := map[string][]string{
		"twice":                 {"X-Iam-User: spoofed", "X-Iam-User: spoofed-2"},
		"as a list":             {"X-Iam-User: chan.sm, spoofed"},
		"blanks":                {"X-Iam-User: \t  spoofed \t "},
		"no blank":              {"X-Iam-User:spoofed"},
		"empty":                 {"X-Iam-User:"},
		"empty, then not":       {"X-Iam-User:", "x-iam-user: spoofed"},
		"8-bit value":           {"X-Iam-User: spoofed\xe9\xff"},
		"UTF-8 value":           {"X-Iam-User: spoofed 陳"},
		"a value that looks so": {"X-Iam-User: {iamsmart.account} {http.auth.user.id} spoofed"},
	}
	for name, lines := range readable {
		t.Run(name, func(t *testing.T) { g.everywhere(t, lines...) })
	}

	// HTTP/1.1 alone knows these.
	folded := map[string][]string{
		"folded":           {"X-Iam-User:", " spoofed"},
		"folded by a tab":  {"X-Iam-User: a", "\tspoofed", " , spoofed"},
		"bare line feed":   {"Other: x\nX-Iam-User: spoofed\nX-Remote-User: spoofed"},
		"cut by line feed": {"X-Iam-User: spoofed\n spoofed"},
	}
	for name, lines := range folded {
		t.Run(name, func(t *testing.T) {
			for _, p := range positions {
				g.expect(t, overH1, p.request.with(lines...).with(g.cookie), p.in)
				g.expect(t, overH1, p.request.with(lines...), p.out)
			}
		})
	}
	t.Run("a header within a header", func(t *testing.T) {
		// Given a folded line whose second part looks like a header,
		before := g.e.count()
		overH1(t, g.host, rawRequest{method: "GET", target: "/records", lines: []string{"Other: a", " X-Iam-User: nobody", g.cookie}})
		// then it stays part of the first.
		got := g.e.since(before)
		if len(got) != 1 || got[0].value("Other") != "a X-Iam-User: nobody" {
			t.Fatalf("got %v", got)
		}
		got[0].clean(t, g.mapped, arenaAccount)
	})

	refused := map[string]string{
		"blank before the colon": "X-Iam-User : spoofed",
		"tab before the colon":   "X-Iam-User\t: spoofed",
		"blank in the name":      "X Iam User: spoofed",
		"8-bit name":             "X-Iam-\xdcser: spoofed",
		"UTF-8 name":             "X-Iam-Üser: spoofed",
		"full-width name":        "Ｘ-Iam-User: spoofed",
		"NUL in the name":        "X-Iam-User\x00: spoofed",
		"NUL in the value":       "X-Iam-User: spoofed\x00",
		"control in the value":   "Other: x\x01spoofed",
		"carriage return":        "Other: x\rX-Iam-User: spoofed",
		"no name":                ": spoofed",
		"no colon":               "X-Iam-User spoofed",
		"brackets":               "X[Iam]User: spoofed",
		"parentheses":            "X(Iam)User: spoofed",
		"slash":                  "X/Iam/User: spoofed",
		"quoted":                 `"X-Iam-User": spoofed`,
	}
	for name, line := range refused {
		t.Run(name, func(t *testing.T) {
			for _, target := range []string{"/records", "/open/page", "/iamsmart/login"} {
				for _, lines := range [][]string{{line, g.cookie}, {line}} {
					before := g.e.count()
					p := overH1(t, g.host, rawRequest{method: "GET", target: target, lines: lines})
					if p.status != 400 || g.e.count() != before {
						t.Errorf("%s with %q: status %d, want 400; %v", target, line, p.status, g.e.since(before))
					}
				}
			}
		})
	}
	t.Run("folded before any header", func(t *testing.T) {
		before := g.e.count()
		p := sendRaw(t, g.host, "GET", "GET /open/page HTTP/1.1\r\n X-Iam-User: spoofed\r\nHost: "+g.host+"\r\n\r\n")
		if p.status != 400 || g.e.count() != before {
			t.Errorf("status %d, want 400; %v", p.status, g.e.since(before))
		}
	})
	t.Run("h2 names", func(t *testing.T) { g.badNamesOverH2(t) })
}

// badNamesOverH2 sends what no client library would. The server may refuse it
// or drop it; it may not hand it on.
func (g *arena) badNamesOverH2(t *testing.T) {
	session := hpack.HeaderField{Name: "cookie", Value: strings.TrimPrefix(g.cookie, "Cookie: ")}
	for _, bad := range []hpack.HeaderField{
		{Name: "X-Iam-User", Value: spoofed}, {Name: "x-iam-user ", Value: spoofed}, {Name: " x-iam-user", Value: spoofed},
		{Name: "x-iam-user:", Value: spoofed}, {Name: "x iam user", Value: spoofed}, {Name: "x-iam-\xdcser", Value: spoofed},
		{Name: "x-iam-user\x00", Value: spoofed}, {Name: "", Value: spoofed}, {Name: ":x-iam-user", Value: spoofed},
		{Name: "other\r\nx-iam-user", Value: spoofed}, {Name: "other: x\r\nx-iam-user", Value: spoofed},
		{Name: "other", Value: "x\r\nx-iam-user: " + spoofed}, {Name: "other", Value: "x\nx-iam-user: " + spoofed},
		{Name: "other", Value: spoofed + "\x00"}, {Name: "connection", Value: "x-iam-user"}, {Name: "transfer-encoding", Value: "chunked"},
		{Name: "te", Value: "trailers, x-iam-user"}, {Name: "keep-alive", Value: "x-iam-user"}, {Name: "proxy-connection", Value: "x-iam-user"},
		{Name: "upgrade", Value: "websocket"},
	} {
		t.Run(bad.Name, func(t *testing.T) {
			for _, target := range []string{"/records", "/open/page"} {
				for _, fields := range [][]hpack.HeaderField{{bad, session}, {bad}} {
					before := g.e.count()
					p := overH2Raw(t, g.host, "GET", target, fields, "", nil)
					arrived := g.e.since(before)
					if p.status != 0 && p.status != 400 || len(arrived) > 0 {
						t.Errorf("%s with %q: status %d, want a refusal; %v", target, bad, p.status, arrived)
					}
				}
			}
		})
	}
}

func TestT11NamesThatApplicationsKnow(t *testing.T) {
	g := plainArena(t)
	lines := lie(knownNames...)
	for _, over := range bothProtocols {
		g.unguarded(t, over.send, lines...)
	}
	g.everywhere(t, lines...)
	g.everywhere(t, lie(spelled("", knownNames...)...)...)

	t.Run("Authorization is the application's where it is not mapped", func(t *testing.T) {
		for _, line := range []string{"Authorization: Basic dXNlcjpwYXNz", "Authorization: Bearer abc.def"} {
			for _, q := range []rawRequest{
				{method: "GET", target: "/records", lines: []string{line, g.cookie}},
				{method: "GET", target: "/open/page", lines: []string{line}},
			} {
				for _, over := range bothProtocols {
					before := g.e.count()
					over.send(t, g.host, q)
					got := g.e.since(before)
					if len(got) != 1 || got[0].value("Authorization") != strings.TrimPrefix(line, "Authorization: ") {
						t.Errorf("%s: %s did not pass: %v", over.name, line, got)
					}
				}
			}
		}
	})
}

func TestT11AuthorizationIsScrubbedWhereItIsMapped(t *testing.T) {
	g := newArena(t, "", "Authorization")
	g.everywhere(t, lie("Authorization", "authorization-", "Author-ization")...)
	g.everywhere(t, "Authorization: Basic c3Bvb2ZlZA== "+spoofed)
}
