package caddyiamsmart_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// damage is done to the session of one person.
type damage struct {
	name   string
	change string // of the sessions of one account
	status int    // what a protected path answers then
	public bool   // whether a public path still works, without an identity
}

var damages = []damage{
	{"account is empty", `UPDATE sessions SET account = ''`, 503, true},
	{"account is not UTF-8", `UPDATE sessions SET account = CAST(x'6576696cff' AS TEXT)`, 503, true},
	{"account has a line end", `UPDATE sessions SET account = 'evil' || char(13, 10) || 'X-Admin: 1'`, 503, true},
	{"account has a NUL", `UPDATE sessions SET account = 'evil' || char(0) || 'admin'`, 503, true},
	{"account is 257 bytes", `UPDATE sessions SET account = 'evil' || printf('%.*c', 253, 'x')`, 503, true},
	{"account is 5000 bytes", `UPDATE sessions SET account = 'evil' || printf('%.*c', 4996, 'x')`, 503, true},
	{"account runs right to left", `UPDATE sessions SET account = 'evil' || char(8238) || 'nimda'`, 503, true},
	{"account is a list", `UPDATE sessions SET account = 'evil,admin'`, 503, true},
	{"form secret is garbage", `UPDATE sessions SET form_secret = x'00'`, 503, true},
	{"form secret is gone", `UPDATE sessions SET form_secret = NULL`, 503, true},
	{"another host", `UPDATE sessions SET host = 'evil.example'`, 401, true},
	{"another app", `UPDATE sessions SET app = 'other'`, 401, true},
	{"another Client ID", `UPDATE sessions SET client_id = 'client-two'`, 401, true},
	{"made in the future", `UPDATE sessions SET created_at = created_at + 3600000`, 401, true},
	{"its time is up", `UPDATE sessions SET ends = created_at`, 401, true},
	{"idle for long", `UPDATE sessions SET last_seen = last_seen - 86400000`, 401, true},
	{"another id", `UPDATE sessions SET id = randomblob(32)`, 401, true},
	{"the session is gone", `DELETE FROM sessions`, 401, true},
	{"the link is gone", `DELETE FROM links`, 401, true},
}

// rowsArena has one person, logged in and linked, for each account.
func rowsArena(t *testing.T, s site, accounts int) (*arena, []string) {
	t.Helper()
	for i := range accounts {
		s.Simulator.Persons = append(s.Simulator.Persons, simulator.Person{Name: rowAccount(i), EnglishName: "CHAN, Test"})
	}
	g := arenaOn(t, "X-Iam-User", s)
	var cookies []string
	for i := range accounts {
		g.legacy.mu.Lock()
		g.legacy.accounts[rowAccount(i)] = "night-shift-7"
		g.legacy.mu.Unlock()
		cookies = append(cookies, cookieLine(g.arrive(rowAccount(i), rowAccount(i), "night-shift-7")))
	}
	return g, cookies
}

func rowAccount(i int) string { return fmt.Sprintf("user%02d", i) }

// afresh starts Caddy again, which then remembers no session, and changes the
// store before anybody asks. A store that breaks its own rules would not open.
func (g *arena) afresh(t *testing.T, changes ...string) {
	t.Helper()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	g.load()
	g.change(t, changes...)
}

func (g *arena) change(t *testing.T, changes ...string) {
	t.Helper()
	db := g.database(t)
	defer db.Close()
	db.SetMaxOpenConns(1) // the pragma is the connection's
	for _, change := range append([]string{`PRAGMA ignore_check_constraints = 1`}, changes...) {
		if _, err := db.Exec(change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
	}
}

func TestT12RowsThatCannotBeRead(t *testing.T) {
	// Given many who are logged in, and a store that is damaged under them,
	g, cookies := rowsArena(t, site{Header: "header_up X-Iam-User {iamsmart.account}"}, len(damages)+1)
	var changes []string
	for i, d := range damages {
		column := "account"
		if strings.HasSuffix(d.change, " links") {
			column = "account_name"
		}
		changes = append(changes, fmt.Sprintf("%s WHERE %s = '%s'", d.change, column, rowAccount(i)))
	}
	g.afresh(t, changes...)
	lines := lie("X-Iam-User", "X-Remote-User")
	for i, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			protected := rawRequest{method: "GET", target: "/records", lines: append(lines, cookies[i])}
			public := rawRequest{method: "GET", target: "/open/page", lines: append(lines, cookies[i])}
			before := g.e.count()
			p := overH1(t, g.host, protected)
			if p.status != d.status || g.e.count() != before {
				t.Errorf("status %d, want %d; %v", p.status, d.status, g.e.since(before))
			}
			if ref := p.header.Get("X-IAmSmart-Ref"); d.status >= 500 && !g.logged(ref) {
				t.Errorf("the log does not hold the reference %q", ref)
			}
			reached := notAtAll
			if d.public {
				reached = withoutIdentity
			}
			for _, over := range bothProtocols {
				g.expect(t, over.send, protected, notAtAll)
				g.expect(t, over.send, public, reached)
			}
		})
	}
	if strings.Contains(g.log(), "evil") {
		t.Error("the log holds the name of an account that cannot be told")
	}
	t.Run("the others go on", func(t *testing.T) {
		before := g.e.count()
		overH1(t, g.host, rawRequest{method: "GET", target: "/records", lines: append(lines, cookies[len(damages)])})
		got := g.e.since(before)
		if len(got) != 1 {
			t.Fatalf("%d requests arrived", len(got))
		}
		got[0].clean(t, g.mapped, rowAccount(len(damages)))
	})
	t.Run("no sessions at all", func(t *testing.T) {
		g.change(t, `DELETE FROM sessions WHERE account = ''`)
		g.afresh(t, `DROP TABLE sessions`)
		q := rawRequest{method: "GET", target: "/records", lines: append(lines, cookies[len(damages)])}
		if p := overH1(t, g.host, q); p.status != 503 || !g.logged(p.header.Get("X-IAmSmart-Ref")) {
			t.Errorf("status %d, want 503 and a reference that the log holds", p.status)
		}
		g.expect(t, overH1, q, notAtAll)
		q.target = "/open/page"
		g.expect(t, overH1, q, withoutIdentity)
	})
}

// TestT04AHeaderWithoutAValue: the record of one person lacks the field behind
// a header that others have.
func TestT04AHeaderWithoutAValue(t *testing.T) {
	// Given two gates before one application, of which one requires the header,
	g, cookies := rowsArena(t, site{
		Header: "header_up X-Iam-User {iamsmart.account}\nheader_up X-Iam-Type {iamsmart.user_type}\nheader_up X_Iam_Way way-{iamsmart.link_method}",
		More: `http://localhost:{{.Port2}} {
			iamsmart {
				public_url {{.Gate2}}
				accounts form {{.App}}/login {
					fields user pass
				}
				header_up X-Iam-User {iamsmart.account}
				header_up X-Iam-Type {iamsmart.user_type} required
			}
			reverse_proxy {{.Recorder}}
		}`,
	}, 2)
	g.afresh(t, `UPDATE sessions SET user_type = '', way = '' WHERE account = 'user01'`)
	lines := lie("X-Iam-User", "X-Iam-Type", "x-iam-type", "X-IAM-TYPE-", "X~Iam~Type", "X-Iam-Way", "X!Iam!Way", "XIamWay")
	for _, over := range bothProtocols {
		for i, want := range []struct{ kind, way string }{{"default", "way-password"}, {"", ""}} {
			t.Run(fmt.Sprintf("%s %s", over.name, rowAccount(i)), func(t *testing.T) {
				for _, target := range []string{"/records", "/open/page"} {
					before := g.e.count()
					over.send(t, g.host, rawRequest{method: "GET", target: target, lines: append(lines, cookies[i])})
					got := g.e.since(before)
					if len(got) != 1 {
						t.Fatalf("%d requests arrived", len(got))
					}
					got[0].clean(t, "X-Iam-User", rowAccount(i))
					got[0].clean(t, "X-Iam-Type", want.kind)
					got[0].clean(t, "X-Iam-Way", want.way)
				}
			})
		}
	}
	t.Run("required", func(t *testing.T) {
		q := rawRequest{method: "GET", target: "/records", lines: append(lines, cookies[0])}
		if p := overH1(t, g.open, q); p.status != 200 {
			t.Errorf("with the field: status %d", p.status)
		}
		before := g.e.count()
		q.lines[len(q.lines)-1] = cookies[1]
		if p := overH1(t, g.open, q); p.status != 502 || !g.logged(p.header.Get("X-IAmSmart-Ref")) || g.e.count() != before {
			t.Errorf("without it: status %d, want 502 and a reference that the log holds; %v", p.status, g.e.since(before))
		}
	})
}
