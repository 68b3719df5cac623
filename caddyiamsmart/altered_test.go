package caddyiamsmart_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// Given a name in the store that was altered, by a disk that goes bad or by
// somebody who can write the file and has no key, then the person is not let in
// under the other name, neither by the session that stands nor by a new login.
func TestANameThatWasAlteredInTheStoreIsNobodys(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("wong", "wong.ml", "ward-two-4")
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.alter(`UPDATE sessions SET account = 'wong.ml' WHERE account = 'chan.sm'`)
	if p := b.visit("/").want(t, 503, "Ref"); p.user() != "" {
		t.Errorf("the session is greeted as %q", p.user())
	}
	w.alter(`UPDATE links SET account_name = 'wong.ml' WHERE account_name = 'chan.sm'`)
	w.refused("chan", "delete this link from the store")
	if p := w.browser().login("wong", "approve"); p.user() != "wong.ml" {
		t.Errorf("wong: %d, greeted as %q", p.StatusCode, p.user())
	}
}

// alter changes the store past Caddy, which then remembers nothing.
func (w *world) alter(statements ...string) {
	w.t.Helper()
	if err := caddy.Stop(); err != nil {
		w.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		result, err := db.ExecContext(w.t.Context(), statement)
		if err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
		if n, _ := result.RowsAffected(); n == 0 {
			w.t.Fatalf("%s: changed nothing", statement)
		}
	}
	w.load()
}

// refused wants a login to be refused, and the log to say which row it is about
// and what to do, and to name nobody.
func (w *world) refused(person, remedy string) {
	w.t.Helper()
	b := w.browser()
	_, before := w.legacy.last()
	p := b.login(person, "approve").want(w.t, 503, "Not ready yet", "Ref")
	if _, after := w.legacy.last(); p.user() != "" || len(b.named("-s")) != 0 || after != before {
		w.t.Errorf("%s is greeted as %q", person, p.user())
	}
	w.told(p, remedy)
}

// told wants the log to hold the line about a page, with what to do, and without a
// name.
func (w *world) told(p *shown, remedy string) {
	w.t.Helper()
	ref := p.ref()
	if ref == "" {
		w.t.Fatal("the page has no reference")
	}
	for line := range strings.Lines(w.log()) {
		if !strings.Contains(line, `"ref":"`+ref+`"`) {
			continue
		}
		if !strings.Contains(line, "store is damaged") || !strings.Contains(line, remedy) {
			w.t.Errorf("the log says: %s", line)
		}
		for _, name := range []string{"chan", "wong", "boss", "client-one"} {
			if strings.Contains(line, name) {
				w.t.Errorf("the log names %q: %s", name, line)
			}
		}
		return
	}
	w.t.Errorf("the log does not hold the reference %q", ref)
}

// Given somebody who can write to the store and has no root key, then no link can
// be made to open another account: not by another name and key, nor by the seal of
// another row, nor by taking the seals away and starting again.
func TestALinkThatWasPointedElsewhereOpensNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	w.arrive("wong", "wong.ml", "ward-two-4")
	const (
		mine, theirs = ` WHERE account_name = 'chan.sm'`, ` WHERE account_name = 'wong.ml'`
	)
	w.alter(`UPDATE links SET slot = 1`+mine, `UPDATE links SET person = (SELECT person FROM links`+mine+`)`+theirs)
	w.refused("chan", "delete this link from the store")
	w.alter(`UPDATE links SET seal = NULL`)
	w.refused("chan", "it has no seal")
	w.alter(`UPDATE links SET account_name = 'boss', account_key = 'name:boss', slot = 0, person = zeroblob(32)` + mine)
	w.refused("chan", "delete this link from the store")
	// Deleting it is what helps: who proves an account is let in again.
	w.alter(`DELETE FROM links`)
	w.arrive("chan", "chan.sm", "night-shift-7")
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

// Given a person who has proven an account of their own and can write to the
// store, then their yes links no other.
func TestALinkUpThatWasPointedElsewhereLinksNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	confirm := b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?")
	w.alter(`UPDATE pendings SET proof_account_name = 'boss', proof_account_key = 'name:boss'`)
	const remedy = "delete all rows of the table pendings"
	w.told(b.visit("/iamsmart/link").want(t, 503, "Not ready yet"), remedy)
	w.told(b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 503), remedy)
	w.refused("chan", remedy)
	if n := w.rows("links"); n != 0 {
		t.Errorf("%d links", n)
	}
	w.alter(`DELETE FROM pendings`)
	w.arrive("chan", "chan.sm", "night-shift-7")

	// Nor does the right to undo one's own link undo another's.
	other := w.firstTime("wong")
	linked := other.linkUp("wong.ml", "ward-two-4")
	w.alter(`UPDATE fresh_links SET link_id = (SELECT id FROM links WHERE account_name = 'chan.sm') WHERE link_id <> (SELECT id FROM links WHERE account_name = 'chan.sm')`)
	w.told(other.undo(linked).want(t, 503), "delete all rows of the table fresh_links")
	if n := w.rows("links"); n != 2 {
		t.Errorf("%d links", n)
	}
}

// Given a store of the version before links had seals, when the program is updated
// then everybody is let in as before, and from then on an altered link is seen.
func TestLinksOfTheVersionBeforeGoOn(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(w.Dir + "/iamsmart.db" + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	w.write("iamsmart.key", []byte("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")) // that the file was made with
	before, err := os.ReadFile("store/testdata/version4.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(before)); err != nil {
		t.Fatal(err)
	}
	// The openIDs of the simulator's persons are made for this test.
	rows, keys := w.openStore()
	for account, person := range map[string]string{"chan.sm": "chan", "wong.ml": "wong"} {
		hash := keys.PersonHash(w.ClientID, w.sim.OpenID(w.ClientID, person))
		// When their records in iAM Smart last changed was not known then.
		if _, err := db.Exec(`UPDATE links SET person = ?, last_modified = ? WHERE account_name = ?`, hash[:], time.Time{}.UnixMilli(), account); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	w.load()
	for person, account := range map[string]string{"chan": "chan.sm", "wong": "wong.ml"} {
		if p := w.browser().login(person, "approve"); p.user() != account {
			t.Errorf("%s: %d, greeted as %q", person, p.StatusCode, p.user())
		}
	}
	if log := w.log(); !strings.Contains(log, "sealed the links of an older version") || !strings.Contains(log, `"links":3`) {
		t.Error("the log does not tell of it")
	}
	w.alter(`UPDATE links SET account_name = 'boss', account_key = 'name:boss', seal = NULL WHERE account_name = 'chan.sm'`)
	w.refused("chan", "it has no seal")
}
