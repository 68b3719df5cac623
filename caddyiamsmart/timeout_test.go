package caddyiamsmart_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	_ "modernc.org/sqlite"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// asIf changes the store while Caddy is stopped, as if time had passed: what had a
// seal has one again.
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
	w.reseal(db)
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.load()
}

// reseal seals link-ups under way, and the right to undo one, as they now are.
func (w *world) reseal(db *sql.DB) {
	w.t.Helper()
	rows, keys := w.openStore()
	defer rows.Close()
	seal := func(table, column string, sealOf func(store.ID) (store.Seal, error)) {
		for _, id := range idsIn(w.t, db, `SELECT `+column+` FROM `+table) {
			seal, err := sealOf(id)
			if err == nil {
				_, err = db.Exec(`UPDATE `+table+` SET seal = ? WHERE `+column+` = ?`, seal[:], id[:])
			}
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
	seal("pendings", "id", func(id store.ID) (store.Seal, error) {
		row, err := rows.Pending(w.t.Context(), id, time.Time{})
		return keys.SealOfPending(row), err
	})
	seal("fresh_links", "session", func(session store.ID) (store.Seal, error) {
		row, err := rows.FreshLink(w.t.Context(), session, time.Time{})
		return keys.SealOfFreshLink(row), err
	})
}

func idsIn(t testing.TB, db *sql.DB, query string) (ids []store.ID) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, store.ID(id))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// openStore opens the store, as who has the root key.
func (w *world) openStore() (*store.Store, *store.Keys) {
	w.t.Helper()
	rows, err := store.OpenSQLite(w.t.Context(), w.Dir+"/iamsmart.db")
	if err != nil {
		w.t.Fatal(err)
	}
	root, err := store.LoadRootKey(w.Dir+"/iamsmart.key", false)
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := store.OpenKeys(w.t.Context(), rows, root)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows, keys
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

// A computer that nobody sits at is logged out although the application's
// scripts go on asking; whoever works stays.
func TestOnlyPeopleKeepASessionAlive(t *testing.T) {
	w := newWorld(t, site{Gate: english + "session {\n passive /poll/*\n}"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	script := map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-User": ""}
	for name, c := range map[string]struct {
		method, path string
		headers      map[string]string
		counts       bool
	}{
		"a page that is opened":        {http.MethodGet, "/residents", nil, true},
		"a form that is sent":          {http.MethodPost, "/residents", nil, true},
		"what a script saves":          {http.MethodPost, "/save", script, true},
		"a script that polls":          {http.MethodGet, "/notices", script, false},
		"a page that reloads itself":   {http.MethodGet, "/residents", map[string]string{"Sec-Fetch-User": ""}, false},
		"a script that polls by POST":  {http.MethodPost, "/poll/notices", script, false},
		"the same by another spelling": {http.MethodPost, "/poll/../save", script, true},
	} {
		t.Run(name, func(t *testing.T) {
			w.asIf("UPDATE sessions SET last_seen = ?", time.Now().Add(-10*time.Minute).UnixMilli())
			form := url.Values{"a": {"b"}}
			if c.method == http.MethodGet {
				form = nil
			}
			if p := b.ask(c.method, w.Gate+c.path, form, with(c.headers)); p.user() != "chan.sm" {
				t.Fatalf("status %d", p.StatusCode)
			}
			var state struct {
				Left int `json:"idle_seconds_left"`
			}
			if err := json.Unmarshal([]byte(b.ask(http.MethodGet, w.Gate+"/iamsmart/session", nil, with(script)).body), &state); err != nil {
				t.Fatal(err)
			}
			if counted := state.Left > 8*60; counted != c.counts {
				t.Errorf("%d seconds are left", state.Left)
			}
		})
	}
}
