package caddyiamsmart_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// keyIsKept waits until the content key lies in the store: no login waits for
// that. It returns what lies there.
func (w *world) keyIsKept() (sealed []byte) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if db.QueryRow("SELECT sealed FROM content_keys WHERE client_id = ?", w.ClientID).Scan(&sealed) == nil {
			return sealed
		}
	}
	w.t.Fatal("the content key is not kept")
	return nil
}

// Given a gate that has fetched its content key, neither a reload nor a restart
// asks iAM Smart for it again.
func TestAContentKeyOutlivesReloadAndRestart(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	w.keyIsKept()
	for _, again := range []func(){
		func() {},
		func() {
			if err := caddy.Stop(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		again()
		w.load()
		if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
			t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
		}
	}
	if n := w.sim.Calls("security/getKey"); n != 1 {
		t.Errorf("getKey was called %d times, want once", n)
	}
}

// Given a stored key that was damaged, or put there for another client, people log
// in all the same, and the log says so once.
func TestAStoredContentKeyThatIsOfNoUse(t *testing.T) {
	for name, spoil := range map[string]string{
		"damaged":          `UPDATE content_keys SET sealed = randomblob(length(sealed)) WHERE client_id = 'client-one'`,
		"cut off":          `UPDATE content_keys SET sealed = substr(sealed, 1, 20) WHERE client_id = 'client-one'`,
		"another client's": `UPDATE content_keys SET client_id = CASE client_id WHEN 'client-two' THEN 'client-one' ELSE 'gone' END`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, More: secondRealm})
			w.arrive("chan", "chan.sm", "night-shift-7")
			w.keyIsKept()
			if strings.Contains(name, "another") {
				w.sim.DropKey(w.ClientID) // its key is not what opens the other's
				client := w.ClientID
				w.ClientID = w.Client2
				b := w.browser()
				b.at = w.Gate2
				b.follow(b.decide(b.visit(w.Gate2+"/"), "wong", "approve"))
				w.keyIsKept()
				w.ClientID = client
			}
			w.asIf(spoil)
			for range 2 {
				if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
					t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
				}
			}
			if n := strings.Count(w.log(), "reading stored content key"); n != 1 {
				t.Errorf("the log tells of it %d times, want once", n)
			}
		})
	}
}

// secondRealm is a second gate, of the second realm.
const secondRealm = `http://localhost:{{.Port2}} {
	iamsmart {
		public_url {{.Gate2}}
		realm second
		accounts form {{.App2}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
	}
	reverse_proxy {{.App2Host}}
}`
