package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

const shortRecheck = time.Second

// recheckWorld is a gate before real records that looks at accounts often, whose
// application is a recorder.
func recheckWorld(t *testing.T, r liveRecords, attribute string) *arena {
	t.Helper()
	t.Cleanup(caddyiamsmart.RecheckFrom(time.Millisecond))
	r.act("reset")
	g := arenaOn(t, "X-Iam-User", site{
		Gate:     english + "recheck " + shortRecheck.String() + "\n",
		Header:   "header_up X-Iam-User {iamsmart.account}\nheader_up X-Ward {iamsmart.account." + attribute + "}",
		Accounts: r.accounts,
	})
	return g
}

// until asks a page of the application until the answer fits.
func (b *browser) until(t *testing.T, what string, fits func(*shown) bool) *shown {
	t.Helper()
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		p := b.ask(http.MethodGet, b.w.Gate+"/page", nil, nil)
		if fits(p) {
			return p
		}
		if time.Since(start) > 10*shortRecheck+5*time.Second {
			t.Fatalf("%s: still %d\n%s", what, p.StatusCode, p.body)
		}
	}
}

func status(n int) func(*shown) bool { return func(p *shown) bool { return p.StatusCode == n } }

// T54: an account that was closed, deleted, renamed or given another password since,
// or whose name is somebody else's now, ends the session and its websockets; the next
// login says what to do.
func TestT54TheAccountIsNoMoreWhatItWas(t *testing.T) {
	for kind, make := range map[string]func(*testing.T) liveRecords{"PostgreSQL": livePostgres, "OpenLDAP": liveDirectory} {
		t.Run(kind, func(t *testing.T) {
			r := make(t)
			for _, c := range []struct {
				what, says string
				status     int
				next       func(t *testing.T, b *browser)
			}{
				{"disabled", "This account cannot be used now", 403, nil},
				{"deleted", "Your link has ended", 200, func(t *testing.T, b *browser) {
					b.password("nchan", "correct horse").want(t, 422, "not correct")
					b.linkUp("nlee", "correct horse").want(t, 200, "nlee") // in the place of what is gone
				}},
				{"renamed", "", 200, nil},
				{"reused", "Your link has ended", 200, func(t *testing.T, b *browser) {
					b.linkUp("nchan", "correct horse").want(t, 200, "has been linked") // by proof, never by the name alone
				}},
				{"password", "Your link has ended", 200, func(t *testing.T, b *browser) {
					b.password("nchan", "correct horse").want(t, 422, "not correct")
					b.password("nlee", "correct horse") // another account renews nothing
					if p := b.submit(b.visit("/iamsmart/link"), "/iamsmart/link", url.Values{"answer": {"yes"}}); p.StatusCode != 409 {
						t.Errorf("another account: %d", p.StatusCode)
					}
				}},
			} {
				t.Run(c.what, func(t *testing.T) {
					g := recheckWorld(t, r, map[string]string{"PostgreSQL": "ward", "OpenLDAP": "departmentnumber"}[kind])
					b := g.arrive("chan", "nchan", "correct horse")
					quiet := g.browser() // in which nobody does anything meanwhile
					quiet.login("chan", "approve")
					g.e.answers(switching)
					own := g.websocket(t, "/live", cookieLine(b))
					g.e.answers(nil)
					b.ask(http.MethodGet, g.Gate+"/page", nil, nil).want(t, 200)
					r.act(c.what)
					changed := time.Now()
					b.until(t, c.what, status(401))
					if took := time.Since(changed); took > shortRecheck+2*time.Second {
						t.Errorf("it took %s", took)
					}
					closes(t, own, 10*time.Second)
					before := g.e.count()
					b.ask(http.MethodGet, g.Gate+"/page", nil, nil).want(t, 401)
					time.Sleep(time.Until(changed.Add(shortRecheck)))
					quiet.ask(http.MethodGet, g.Gate+"/page", nil, nil).want(t, 401, "You were logged out automatically")
					if g.e.count() != before {
						t.Error("a request reached the application")
					}
					rows := g.trail("session_ended")
					for start := time.Now(); len(rows) < 2 && time.Since(start) < 5*time.Second; rows = g.trail("session_ended") {
						time.Sleep(10 * time.Millisecond)
					}
					if len(rows) != 2 || rows[0].Actor != "gate" {
						t.Errorf("the trail says %v", rows)
					}
					next := g.browser()
					p := next.login("chan", "approve").want(t, c.status, c.says)
					if c.what == "renamed" {
						before := g.e.count()
						next.ask(http.MethodGet, g.Gate+"/page", nil, nil)
						if got := g.e.since(before); len(got) != 1 || got[0].value("X-Iam-User") != "NChan2" {
							t.Errorf("after a rename arrives %v, %d", got, p.StatusCode)
						}
					} else {
						next.ask(http.MethodGet, g.Gate+"/page", nil, nil).want(t, 401)
					}
					if c.next != nil {
						c.next(t, next)
					}
				})
			}
		})
	}
}

// Given records that tell attributes, when one changes, then its header does too,
// within recheck.
func TestAttributesAreRefreshed(t *testing.T) {
	for kind, make := range map[string]func(*testing.T) liveRecords{"PostgreSQL": livePostgres, "OpenLDAP": liveDirectory} {
		t.Run(kind, func(t *testing.T) {
			r := make(t)
			g := recheckWorld(t, r, map[string]string{"PostgreSQL": "ward", "OpenLDAP": "departmentnumber"}[kind])
			b := g.arrive("chan", "nchan", "correct horse")
			ward := func() string {
				before := g.e.count()
				b.ask(http.MethodGet, g.Gate+"/page", nil, nil)
				got := g.e.since(before)
				if len(got) != 1 || got[0].value("X-Iam-User") != "NChan" {
					t.Fatalf("%v arrives", got)
				}
				return got[0].value("X-Ward")
			}
			if w := ward(); w != "East" {
				t.Errorf("at first: %q", w)
			}
			r.act("ward")
			for start := time.Now(); ward() != "North"; time.Sleep(20 * time.Millisecond) {
				if time.Since(start) > shortRecheck+3*time.Second {
					t.Fatal("the header stays as it was")
				}
			}
		})
	}
}

// Given records that cannot be reached, then who is logged in goes on until recheck is
// over, gets 503 from then on, and goes on when they are back; nobody is logged out,
// and nobody logs in meanwhile.
func TestRecordsThatCannotBeReached(t *testing.T) {
	for kind, make := range map[string]func(*testing.T) liveRecords{"PostgreSQL": livePostgres, "OpenLDAP": liveDirectory} {
		t.Run(kind, func(t *testing.T) {
			r := make(t)
			g := recheckWorld(t, r, map[string]string{"PostgreSQL": "ward", "OpenLDAP": "departmentnumber"}[kind])
			b := g.arrive("chan", "nchan", "correct horse")
			g.e.answers(switching)
			own := g.websocket(t, "/live", cookieLine(b))
			g.e.answers(nil)
			b.until(t, "before", status(200))
			r.line.set(true)
			cut := time.Now()
			if p := b.ask(http.MethodGet, g.Gate+"/page", nil, nil); p.StatusCode != 200 {
				t.Errorf("at once: %d", p.StatusCode)
			}
			b.until(t, "cut off", status(503))
			if took := time.Since(cut); took < shortRecheck/4 {
				t.Errorf("503 after %s", took)
			}
			closes(t, own, 30*time.Second)
			g.browser().login("chan", "approve").want(t, 503, "Ref")
			if len(b.named("-s")) != 1 || len(g.trail("session_ended")) != 0 {
				t.Error("somebody was logged out")
			}
			r.line.set(false)
			b.until(t, "back", status(200))
		})
	}
}
