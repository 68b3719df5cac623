package caddyiamsmart_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// entrance is an application that asks the header at its entrance alone. From
// then on it trusts its own cookie, and its logout ends nothing.
type entrance struct {
	mu       sync.Mutex
	sessions map[string]string // id → account
	seen     []string          // the Cookie lines of the last request
}

func (e *entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = slices.Clone(r.Header["Cookie"])
	who := "nobody"
	if c, err := r.Cookie("PHPSESSID"); err == nil && e.sessions[c.Value] != "" {
		who = e.sessions[c.Value]
	}
	if r.URL.Path == "/enter" {
		id := rand.Text()
		who = r.Header.Get("X-Remote-User")
		e.sessions[id] = who
		w.Header().Add("Set-Cookie", "PHPSESSID="+id+"; path=/; HttpOnly")
		w.Header().Add("Set-Cookie", "theme=dark; path=/")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<p id=user>%s</p>", who)
}

// ids are the sessions of an account, as the application knows them.
func (e *entrance) ids(account string) (ids []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, who := range e.sessions {
		if who == account {
			ids = append(ids, id)
		}
	}
	return ids
}

func (e *entrance) cookies() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.seen, "\n")
}

// sharedPC is a world with that application, two people who are linked, and one
// browser that both use.
func sharedPC(t *testing.T, options string) (*world, *entrance, *browser) {
	t.Helper()
	app := &entrance{sessions: make(map[string]string)}
	w := newWorld(t, site{Gate: english + "public /open/*\napp_logout /logout\n" + options})
	w.arrive("chan", "chan.sm", "night-shift-7")
	w.arrive("wong", "wong.ml", "ward-two-4")
	w.legacy.Answer = app.ServeHTTP
	return w, app, w.browser()
}

// behind runs a statement in the store while Caddy has it open, as an operator's
// shell does, which does not ask for foreign keys.
func (w *world) behind(statement string, args ...any) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.Dir+"/iamsmart.db?_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(statement, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		w.t.Fatal("no row was changed")
	}
}

// loggedOut waits until the gate lets a browser pass no more.
func (b *browser) loggedOut() {
	b.t.Helper()
	start := time.Now()
	for b.visit("/records").StatusCode != http.StatusUnauthorized {
		if time.Since(start) > 20*time.Second {
			b.t.Fatal("the session goes on")
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Logf("over after %v; two seconds are promised", time.Since(start).Round(10*time.Millisecond))
}

// leavings are the ways in which A's stay at the PC ends.
var leavings = map[string]func(w *world, b *browser){
	"logout at the gate": func(w *world, b *browser) {
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil).want(w.t, 200, "logged out")
	},
	"the app's own logout": func(w *world, b *browser) { b.visit("/logout").want(w.t, 200) },
	"idle time": func(w *world, b *browser) {
		w.asIf("UPDATE sessions SET last_seen = ?", time.Now().Add(-16*time.Minute).UnixMilli())
	},
	"longest time": func(w *world, b *browser) {
		w.asIf("UPDATE sessions SET ends = ?", time.Now().Add(-time.Second).UnixMilli())
	},
	"T40 a session ended in the store": func(w *world, b *browser) {
		w.behind("DELETE FROM sessions WHERE account = 'chan.sm'")
		b.loggedOut()
	},
	"T40 a link deleted in the store": func(w *world, b *browser) {
		w.behind("DELETE FROM links WHERE account_name = 'chan.sm'")
		b.loggedOut()
	},
}

func TestNobodySeesInTheAppWhoWasThereBefore(t *testing.T) {
	for name, leave := range leavings {
		t.Run(name, func(t *testing.T) {
			w, app, b := sharedPC(t, "")
			// Given A, whom the application knows from its entrance on,
			b.login("chan", "approve")
			if p := b.visit("/enter"); p.user() != "chan.sm" {
				t.Fatalf("at the entrance: %d %q", p.StatusCode, p.user())
			}
			for _, path := range []string{"/records", "/open/page"} {
				if p := b.visit(path); p.user() != "chan.sm" {
					t.Fatalf("%s greets A as %q", path, p.user())
				}
			}
			if got := app.cookies(); !strings.Contains(got, "PHPSESSID="+app.ids("chan.sm")[0]) || !strings.Contains(got, "theme=dark") {
				t.Errorf("the application's cookies came back as %q", got)
			}
			// when A leaves,
			left := maps.Clone(b.cookies["localhost"])
			leave(w, b)
			b.at = w.Gate + "/"
			// then nobody is A, not even where no login is needed,
			b.visit("/records").want(t, 401)
			if p := b.visit("/open/page"); p.user() != "nobody" || !strings.Contains(app.cookies(), "theme=dark") {
				t.Errorf("without a login the application greets %q", p.user())
			}
			// B is not A,
			b.login("wong", "approve")
			b.wongNotChan("/records")
			// whatever is left of A's cookies, with the MAC or without,
			for name, value := range left {
				if _, has := b.cookies["localhost"][name]; !has {
					b.cookies["localhost"][name] = value
				}
			}
			b.wongNotChan("/records")
			for _, id := range app.ids("chan.sm") {
				for _, spelling := range []string{"PHPSESSID", "phpsessid"} {
					b.cookies["localhost"][spelling] = id
					b.wongNotChan("/records")
					delete(b.cookies["localhost"], spelling)
				}
			}
			// and B's own session is as good as A's was.
			if p := b.visit("/enter"); p.user() != "wong.ml" {
				t.Errorf("at the entrance B is %q", p.user())
			}
			if p := b.visit("/records"); p.user() != "wong.ml" {
				t.Errorf("later on B is %q", p.user())
			}
		})
	}
}

// wongNotChan fails where the application takes B for A.
func (b *browser) wongNotChan(path string) {
	b.t.Helper()
	if p := b.visit(path); p.StatusCode != http.StatusOK || p.user() != "nobody" {
		b.t.Errorf("%s: %d, the application greets B as %q", path, p.StatusCode, p.user())
	}
}

func TestBInAnotherTabOfAsBrowserIsNotA(t *testing.T) {
	w, _, b := sharedPC(t, "")
	// Given a login page that stood open in one tab while A works in another,
	open := b.visit("/")
	b.follow(b.decide(open, "chan", "approve"))
	b.visit("/enter")
	// when B logs in there,
	b.at = w.Gate + "/"
	b.follow(b.decide(open, "wong", "approve"))
	// then the application takes B for nobody until they pass its entrance, in
	// A's tab too,
	b.wongNotChan("/records")
	b.visit("/enter")
	if p := b.visit("/records"); p.user() != "wong.ml" {
		t.Errorf("B is %q", p.user())
	}
	// and A, back again, is not B, nor has what A had before.
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	b.login("chan", "approve")
	if p := b.visit("/records"); p.user() != "nobody" {
		t.Errorf("A is %q", p.user())
	}
}

func TestTheAppsCookieOfAnotherBrowserIsWorthNothing(t *testing.T) {
	w, app, a := sharedPC(t, "")
	a.login("chan", "approve")
	a.visit("/enter")
	b := w.browser()
	b.login("wong", "approve")
	thief := w.browser() // nobody
	again := w.browser() // the same person, by another login
	again.login("chan", "approve")
	thief.visit("/open/page")
	for name, other := range map[string]*browser{"another person": b, "nobody": thief, "the same person elsewhere": again} {
		other.cookies["localhost"]["PHPSESSID"] = a.cookies["localhost"]["PHPSESSID"]
		if p := other.visit("/open/page"); p.user() != "nobody" {
			t.Errorf("%s is taken for %q", name, p.user())
		}
		delete(other.cookies["localhost"], "PHPSESSID")
	}
	// Nor is a session that a visitor of a public page had, once they log in: who
	// set it there may know it.
	if p := thief.visit("/open/page"); p.user() != "nobody" {
		t.Fatalf("greeted as %q", p.user())
	}
	app.mu.Lock()
	app.sessions["FIXED"] = "chan.sm"
	app.mu.Unlock()
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Set-Cookie", "PHPSESSID=FIXED; path=/")
		app.ServeHTTP(rw, r)
	}
	thief.visit("/open/page")
	if p := thief.visit("/open/page"); p.user() != "chan.sm" { // as nobody, it is theirs
		t.Fatalf("the application does not know its own cookie: %q", p.user())
	}
	w.legacy.Answer = app.ServeHTTP
	thief.login("wong", "approve")
	thief.wongNotChan("/open/page")
}

func TestAnAppSessionThatIsOffIsLeftAlone(t *testing.T) {
	_, app, b := sharedPC(t, "app_session off")
	b.login("chan", "approve")
	b.visit("/enter")
	if got := b.cookies["localhost"]["PHPSESSID"]; got != app.ids("chan.sm")[0] {
		t.Errorf("the browser has %q", got)
	}
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	b.login("wong", "approve")
	if p := b.visit("/records"); p.user() != "chan.sm" { // which is why it is warned of
		t.Errorf("the application greets %q", p.user())
	}
}

func TestNamesOfItsOwnTieNoOthers(t *testing.T) {
	_, app, b := sharedPC(t, "app_session RECORDS*\napp_session OTHER")
	b.login("chan", "approve")
	b.visit("/enter")
	if got := b.cookies["localhost"]["PHPSESSID"]; got != app.ids("chan.sm")[0] {
		t.Errorf("the browser has %q", got)
	}
	b.cookies["localhost"]["RECORDSID"] = "x"
	b.visit("/records")
	if got := app.cookies(); strings.Contains(got, "RECORDSID") || !strings.Contains(got, "PHPSESSID") {
		t.Errorf("the application sees %q", got)
	}
}

func TestTheAppsSessionOutlivesReloadAndRestart(t *testing.T) {
	w, _, b := sharedPC(t, "")
	b.login("chan", "approve")
	b.visit("/enter")
	w.load()
	if p := b.visit("/records"); p.user() != "chan.sm" {
		t.Errorf("after a reload: %q", p.user())
	}
	w.asIf("UPDATE sessions SET last_seen = last_seen + 1")
	if p := b.visit("/records"); p.user() != "chan.sm" {
		t.Errorf("after a restart: %q", p.user())
	}
}
