package session_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func (d *desk) end(l session.Linked) {
	d.t.Helper()
	if err := d.End(context.Background(), l); err != nil {
		d.t.Fatal(err)
	}
}

func TestT40ALoggedOutCookieIsDeadEverywhere(t *testing.T) {
	d := open(t)
	cookie, other := d.login(session.Nobody{}), d.login(session.Nobody{})
	d.end(d.linked(cookie))
	d.nobody(cookie, "at once")
	d.restarted().nobody(cookie, "after a restart")
	d.linked(other)
	d.restarted().linked(other)
}

func TestT42ANewLoginEndsTheOneThatStood(t *testing.T) {
	d := open(t)
	preset := d.login(session.Nobody{})
	stood := d.linked(preset)
	fresh := d.login(stood)
	if fresh == preset {
		t.Fatal("the cookie did not change")
	}
	d.nobody(preset, "the one that stood")
	d.restarted().nobody(preset, "the one that stood, after a restart")
	if d.linked(fresh).Row() == stood.Row() {
		t.Error("the id did not change")
	}

	t.Run("but not when the new one cannot begin", func(t *testing.T) {
		draft, err := d.Draft(store.Link{ID: 4711, ClientID: "client", App: "app", AccountName: "x", AccountKey: "name:x"})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := d.Open(context.Background(), w, draft, d.linked(fresh)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session without a link: %v", err)
		}
		if len(w.Result().Cookies()) != 0 {
			t.Error("a cookie is set all the same")
		}
		d.linked(fresh)
		d.restarted().linked(fresh)
	})
}

func TestADraftIsNoSessionUntilItsRowIsWritten(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	stood := d.login(session.Nobody{})
	draft, err := d.Draft(d.link)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.Adopt(w, draft)
	cookie := only(t, w, d.SessionCookie()).Value
	d.nobody(cookie, "only drafted")

	// As a link-up does: its own transaction writes the row and ends the other.
	old := d.linked(stood)
	if err := d.rows.CreateSession(ctx, draft.Row, old.Row()); err != nil {
		t.Fatal(err)
	}
	d.Forget(old)
	d.nobody(stood, "ended by the link-up")
	l := d.linked(cookie)
	if l.Account() != "chan.sm" || l.Person() != d.link.Person || l.Way() != "password" || l.UserType() != "default" ||
		!l.LoginAt().Equal(*d.clock) || l.Row() != draft.Row.ID {
		t.Errorf("the session is %+v", l)
	}
}

func TestT33WithoutTheStoreOnlyKnownSessionsGoOn(t *testing.T) {
	d := open(t)
	known, unknown := d.login(session.Nobody{}), d.login(session.Nobody{})
	l := d.linked(known)
	if err := d.rows.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	d.linked(known)
	if v, err := d.Identify(ctx, unknown, 1, true); err == nil || v != (session.Nobody{}) {
		t.Errorf("one that must be looked up: %#v, %v", v, err)
	}
	d.nobody("rubbish", "a forged one needs no store")

	d.pass(16 * time.Minute)
	if v, err := d.Identify(ctx, known, 1, true); err == nil || v != (session.Nobody{}) {
		t.Errorf("idle, and no other node can be asked after: %#v, %v", v, err)
	}
	d.pass(13 * time.Hour)
	if v, err := d.Identify(ctx, known, 1, true); err == nil || v != (session.Nobody{Why: session.Expired}) {
		t.Errorf("too old: %#v, %v", v, err)
	}
	d.nobody(known, "ended here, whatever the store says")
	if err := d.End(ctx, l); err == nil {
		t.Error("an end that the store did not learn of is none")
	}
	if err := d.cache.Flush(ctx, d.rows, *d.clock); err == nil {
		t.Error("a flush that failed says nothing")
	}
	d.nobody(known, "after a flush that failed")
}

func TestALogoutThatDidNotReachTheStoreGetsThereWithTheNextFlush(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	l := d.linked(cookie)
	gone, leave := context.WithCancel(context.Background())
	leave() // the browser did not wait
	if err := d.End(gone, l); !errors.Is(err, context.Canceled) {
		t.Fatalf("ending in vain: %v", err)
	}
	d.nobody(cookie, "here it is over")
	if err := d.cache.Flush(context.Background(), d.rows, *d.clock); err != nil {
		t.Fatal(err)
	}
	d.nobody(cookie, "after the flush")
	d.restarted().nobody(cookie, "after the flush and a restart")
}

func TestFlushForgetsWhatIsOver(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	over, ended := d.login(session.Nobody{}), d.login(session.Nobody{})
	d.linked(over)
	d.end(d.linked(ended))
	d.pass(10 * time.Minute)
	stands := d.login(session.Nobody{})
	d.linked(stands)
	if err := d.cache.Flush(ctx, d.rows, d.clock.Add(13*time.Hour-5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := d.rows.Close(); err != nil {
		t.Fatal(err)
	}
	// What is forgotten has to be looked up; that is how one can tell.
	for name, cookie := range map[string]string{"over by the clock": over, "logged out": ended} {
		if _, err := d.Identify(ctx, cookie, 1, false); err == nil {
			t.Errorf("%s: is still remembered", name)
		}
	}
	if _, ok := d.who(d.Manager, stands, false).(session.Linked); !ok {
		t.Error("one that stands is forgotten")
	}
}

// gatedKeys hold up who opens a session's secret: between its first look at the
// row and its entry in the cache.
type gatedKeys struct {
	session.Keys
	gate atomic.Pointer[gate] // for the next caller only
}

type gate struct{ reached, passes chan struct{} }

func newGate() *gate { return &gate{make(chan struct{}), make(chan struct{})} }

func (k *gatedKeys) Open(sealed []byte, labels ...string) ([]byte, error) {
	if g := k.gate.Swap(nil); g != nil {
		close(g.reached)
		<-g.passes
	}
	return k.Keys.Open(sealed, labels...)
}

// slow begins a look-up that stops half-way, and returns how to let it go on
// and what it found.
func (d *desk) slow(ctx context.Context, cookie string) (goOn func() session.Visitor) {
	keys := &gatedKeys{Keys: d.keys}
	held := *d
	held.keys = keys
	held.Manager = held.manager("realm", "client", "app", "records.example")
	g := newGate()
	keys.gate.Store(g)
	found := make(chan session.Visitor, 1)
	go func() {
		v, _ := held.Identify(ctx, cookie, 1, true)
		found <- v
	}()
	<-g.reached
	return func() session.Visitor { close(g.passes); return <-found }
}

func TestALookupUnderWayDoesNotBringALoggedOutSessionBack(t *testing.T) {
	d := open(t)
	for range 40 {
		d.cache = new(session.Cache)
		d.Manager = d.manager("realm", "client", "app", "records.example")
		cookie := d.login(session.Nobody{})
		goOn := d.slow(context.Background(), cookie)
		d.end(d.linked(cookie))

		// Many ask while the slow one goes on. None may be told yes.
		var back atomic.Int64
		var stop atomic.Bool
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for !stop.Load() {
					v, err := d.Identify(context.Background(), cookie, 1, true)
					if _, ok := v.(session.Linked); ok || err != nil {
						back.Add(1)
					}
				}
			})
		}
		v := goOn()
		d.nobody(cookie, "after all")
		stop.Store(true)
		all.Wait()
		if _, ok := v.(session.Linked); ok {
			t.Fatal("the slow one says yes after the logout")
		}
		if n := back.Load(); n > 0 {
			t.Fatalf("after the logout %d requests were told yes, or failed", n)
		}
	}
}

func TestALookupThatBreaksOffLeavesNoSecondEntry(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	ctx, leave := context.WithCancel(context.Background())
	goOn := d.slow(ctx, cookie)
	l := d.linked(cookie)
	leave()
	if _, ok := goOn().(session.Linked); ok {
		t.Error("a look-up that broke off says yes")
	}
	d.linked(cookie) // nobody logged out
	d.end(l)         // by the entry that was there before
	d.nobody(cookie, "logged out")
}

func TestLogoutsAmongManyRequests(t *testing.T) {
	d := open(t)
	for range 25 {
		d.cache = new(session.Cache)
		d.Manager = d.manager("realm", "client", "app", "records.example")
		cookie := d.login(session.Nobody{})
		var over atomic.Bool
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for after := 0; after < 3; {
					ended := over.Load()
					v, err := d.Identify(context.Background(), cookie, 1, true)
					_, yes := v.(session.Linked)
					if err != nil || ended && yes {
						t.Errorf("ended %v: %#v, %v", ended, v, err)
						return
					}
					if ended {
						after++
					}
				}
			})
		}
		d.end(d.linked(cookie))
		over.Store(true)
		all.Wait()
	}
}

func TestT65ManyPeopleAtOnceStayWhoTheyAre(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	type person struct {
		account, cookie string
	}
	var people []person
	for n := range 100 {
		link := d.link
		link.Person, link.AccountName = [32]byte{2, byte(n)}, "user"+string(rune('0'+n/10))+string(rune('0'+n%10))
		link.AccountKey = "name:" + link.AccountName
		err := d.rows.Update(ctx, func(tx *store.Tx) (err error) {
			link.ID, err = tx.InsertLink(link)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		one := *d
		one.link = link
		people = append(people, person{link.AccountName, one.login(session.Nobody{})})
	}
	var all sync.WaitGroup
	for _, p := range people {
		all.Go(func() {
			for range 20 {
				v, err := d.Identify(ctx, p.cookie, 1, true)
				l, ok := v.(session.Linked)
				if !ok || l.Account() != p.account {
					t.Errorf("%s is %#v, %v", p.account, v, err)
					return
				}
			}
		})
	}
	all.Wait()
}
