package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/store/storetest"
)

// desk is a manager over a real store, with a clock that the test turns.
type desk struct {
	*session.Manager
	t     testing.TB
	rows  *store.Store
	keys  session.Keys
	cache *session.Cache
	clock *time.Time
	link  store.Link
}

func open(t testing.TB) *desk {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	file := filepath.Join(dir, "s.db")
	storetest.Make(t, file)
	rows, err := store.OpenSQLite(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	root, err := store.LoadRootKey(filepath.Join(dir, "s.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.OpenKeys(ctx, rows, root)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Millisecond)
	d := &desk{t: t, rows: rows, keys: keys, cache: new(session.Cache), clock: &now}
	d.linkIn("client", "app")
	d.Manager = d.manager("realm", "client", "app", "records.example")
	return d
}

// linkIn links the person to an account of an app, for the logins that follow.
func (d *desk) linkIn(clientID, app string) {
	d.t.Helper()
	d.link = store.Link{
		ClientID: clientID, App: app, Person: [32]byte{1}, AccountName: "chan.sm", AccountKey: "name:chan.sm",
		Source: "form", Way: "password", UserType: "default", LinkedAt: *d.clock, LastModified: *d.clock,
	}
	err := d.rows.Update(context.Background(), func(tx *store.Tx) error {
		var err error
		d.link.ID, err = tx.InsertLink(d.link)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// restarted is the same desk after a restart: nothing is in its cache.
func (d *desk) restarted() *desk {
	again := *d
	again.cache = new(session.Cache)
	again.Manager = again.manager("realm", "client", "app", "records.example")
	return &again
}

func (d *desk) manager(realm, clientID, app, host string) *session.Manager {
	return session.New(session.Config{
		Realm: realm, ClientID: clientID, App: app, Host: host,
		Idle: 15 * time.Minute, Max: 13 * time.Hour, Now: func() time.Time { return *d.clock },
	}, d.rows, d.keys, d.cache)
}

func (d *desk) pass(by time.Duration) { *d.clock = d.clock.Add(by) }

// login begins a session and returns the cookie that the browser was given.
func (d *desk) login(stood session.Visitor) string {
	d.t.Helper()
	draft, err := d.Draft(d.link)
	if err != nil {
		d.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := d.Open(context.Background(), w, draft, stood); err != nil {
		d.t.Fatal(err)
	}
	return only(d.t, w, d.SessionCookie()).Value
}

func (d *desk) who(m *session.Manager, cookie string, active bool) session.Visitor {
	d.t.Helper()
	v, err := m.Identify(context.Background(), cookie, 1, active)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// linked is the session of a cookie, which must stand.
func (d *desk) linked(cookie string) session.Linked {
	d.t.Helper()
	linked, ok := d.who(d.Manager, cookie, false).(session.Linked)
	if !ok {
		d.t.Fatal("the session does not stand")
	}
	return linked
}

// nobody wants a cookie to be nobody's, and no trouble.
func (d *desk) nobody(cookie, why string) {
	d.t.Helper()
	if got := d.who(d.Manager, cookie, true); got != (session.Nobody{}) {
		d.t.Errorf("%s: is %#v, not nobody", why, got)
	}
}

func only(t testing.TB, w *httptest.ResponseRecorder, name string) *http.Cookie {
	t.Helper()
	var found *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			if found != nil {
				t.Fatalf("cookie %s is set twice", name)
			}
			found = c
		}
	}
	if found == nil {
		t.Fatalf("cookie %s is not set", name)
	}
	return found
}

func TestASessionStandsUntilItIdlesOrItsTimeIsUp(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	linked, ok := d.who(d.Manager, cookie, true).(session.Linked)
	if !ok || linked.Account() != "chan.sm" {
		t.Fatalf("after login: %#v", d.who(d.Manager, cookie, true))
	}
	t.Run("activity prolongs it", func(t *testing.T) {
		for range 10 {
			d.pass(14 * time.Minute)
			if _, ok := d.who(d.Manager, cookie, true).(session.Linked); !ok {
				t.Fatal("ended although somebody was there")
			}
		}
	})
	t.Run("polling does not", func(t *testing.T) {
		for range 3 {
			d.pass(5*time.Minute - time.Second)
			d.who(d.Manager, cookie, false)
		}
		d.pass(time.Minute)
		if got := d.who(d.Manager, cookie, false); got != (session.Nobody{Why: session.Idled}) {
			t.Fatalf("after sixteen idle minutes: %v", got)
		}
	})
	t.Run("and it stays ended", func(t *testing.T) {
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{}) {
			t.Fatalf("came back: %v", got)
		}
	})
	t.Run("the longest time ends an active one", func(t *testing.T) {
		cookie := d.login(session.Nobody{})
		for range 13*6 - 1 {
			d.pass(10 * time.Minute)
			if _, ok := d.who(d.Manager, cookie, true).(session.Linked); !ok {
				t.Fatal("ended too early")
			}
		}
		d.pass(10 * time.Minute)
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Expired}) {
			t.Fatalf("after thirteen hours: %v", got)
		}
	})
}

// cookieOf is the cookie of a draft.
func (d *desk) cookieOf(draft session.Draft) string {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.Adopt(w, draft)
	return only(d.t, w, d.SessionCookie()).Value
}
