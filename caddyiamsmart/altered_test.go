package caddyiamsmart_test

import (
	"database/sql"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Given a name in the store that was altered, by a disk that goes bad or by
// somebody who can write the file and has no key, then the person is not let in
// under the other name, neither by the session that stands nor by a new login.
func TestANameThatWasAlteredInTheStoreIsNobodys(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("wong", "wong.ml", "ward-two-4")
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	alter := func(statement string) {
		t.Helper()
		if err := caddy.Stop(); err != nil { // so that nothing is remembered
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	alter(`UPDATE sessions SET account = 'wong.ml' WHERE account = 'chan.sm'`)
	w.load()
	if p := b.visit("/").want(t, 503, "Ref"); p.user() != "" {
		t.Errorf("the session is greeted as %q", p.user())
	}
	alter(`UPDATE links SET account_name = 'wong.ml' WHERE account_name = 'chan.sm'`)
	w.load()
	fresh := w.browser()
	if p := fresh.login("chan", "approve").want(t, 503, "Ref"); p.user() != "" || len(fresh.named("-s")) != 0 {
		t.Errorf("the login is greeted as %q", p.user())
	}
	if p := w.browser().login("wong", "approve"); p.user() != "wong.ml" {
		t.Errorf("wong: %d, greeted as %q", p.StatusCode, p.user())
	}
}
