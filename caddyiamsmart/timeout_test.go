package caddyiamsmart_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	_ "modernc.org/sqlite"
)

// asIf changes the store while Caddy is stopped, as if time had passed.
func (w *world) asIf(statement string, args ...any) {
	w.t.Helper()
	if err := caddy.Stop(); err != nil {
		w.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db")
	if err != nil {
		w.t.Fatal(err)
	}
	result, err := db.Exec(statement, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		w.t.Fatal("no row was changed")
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.load()
}

func TestWhoIsLoggedOutByTimeIsToldWhyAndReturnsToThePage(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	past := func(d time.Duration) int64 { return time.Now().Add(-d).UnixMilli() }
	for name, change := range map[string]string{
		"idle":     "UPDATE sessions SET last_seen = ?",
		"too long": "UPDATE sessions SET ends = ?",
	} {
		b.at = w.Gate + "/"
		if p := b.visit("/"); p.StatusCode == 401 {
			b.follow(b.decide(p, "chan", "approve"))
		}
		w.asIf(change, past(16*time.Minute))
		b.at = w.Gate + "/"
		p := b.visit("/residents/101").want(t, 401, "You were logged out automatically", "Login with iAM Smart")
		p = b.follow(b.decide(p, "chan", "approve"))
		if p.user() != "chan.sm" || p.text("path") != "/residents/101" {
			t.Errorf("%s: %d at %q as %q", name, p.StatusCode, p.text("path"), p.user())
		}
	}
}

func TestALinkUpThatIsTooLateLinksNobody(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	confirm := b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?")
	w.asIf("UPDATE pendings SET expires = ?", time.Now().Add(-time.Second).UnixMilli())
	b.submit(confirm, "/iamsmart/link", map[string][]string{"answer": {"yes"}}).want(t, 403, "No confirmation came in time")
	b.login("chan", "approve").want(t, 200, "First login")
}
