package form_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// careless is an app that an operator can break and mend: while open, it lets
// anyone in; while down, it is in trouble. It counts the strangers that it saw.
type careless struct {
	*httptest.Server
	open, down atomic.Bool
	strangers  atomic.Int32
}

func newCareless(t *testing.T) *careless {
	t.Helper()
	app := &careless{}
	app.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password := r.PostFormValue("user"), r.PostFormValue("pass")
		if r.Method == http.MethodPost && user != "alice" {
			app.strangers.Add(1)
		}
		switch {
		case app.down.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == http.MethodPost && (app.open.Load() || user == "alice" && password == "secret"):
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
			fmt.Fprint(w, "Welcome")
		default:
			fmt.Fprint(w, loginForm)
		}
	}))
	t.Cleanup(app.Close)
	return app
}

// Given an app that comes to let anyone in, when time passes, then the canary
// finds it after ten minutes at the latest, nobody's password counts from then
// on, and it counts again once a stranger is refused.
func TestCanaryWatchesTheRules(t *testing.T) {
	app := newCareless(t)
	f := load(t, block(app.URL))
	synctest.Test(t, func(t *testing.T) {
		expect := func(when, want string, strangers int32) {
			t.Helper()
			err := checker{f}.check(t, "alice", "secret")
			if outcome(err) != want {
				t.Errorf("%s: check came to %s, want %s (%v)", when, outcome(err), want, err)
			}
			if got := app.strangers.Load(); got != strangers {
				t.Errorf("%s: the app saw %d strangers, want %d", when, got, strangers)
			}
		}
		expect("at first", "yes", 1)
		time.Sleep(9 * time.Minute)
		expect("within ten minutes", "yes", 1)
		time.Sleep(2 * time.Minute)
		expect("after ten minutes", "yes", 2)

		app.open.Store(true)
		time.Sleep(11 * time.Minute)
		expect("once the app lets anyone in", "unusable", 3)
		expect("at once again", "unusable", 3)
		time.Sleep(31 * time.Second)
		expect("half a minute later", "unusable", 4)

		app.open.Store(false)
		app.down.Store(true)
		time.Sleep(31 * time.Second)
		expect("while the app is down", "unusable", 4)
		app.down.Store(false)
		expect("mended, but tried just now", "unusable", 4)
		time.Sleep(31 * time.Second)
		expect("mended", "yes", 5)

		app.down.Store(true)
		time.Sleep(11 * time.Minute)
		expect("down when the next canary is due", "cannot check", 5)
		app.down.Store(false)
		expect("up again", "yes", 6)
	})
}

// Given an app whose state changes, when the source is asked to check itself,
// then it tries a stranger each time and tells what it saw.
func TestCheckSelfTriesAStrangerEachTime(t *testing.T) {
	app := newCareless(t)
	f := load(t, block(app.URL))
	for i, c := range []struct {
		open, down bool
		want       string
	}{{false, false, "yes"}, {true, false, "unusable"}, {false, true, "cannot check"}, {false, false, "yes"}} {
		app.open.Store(c.open)
		app.down.Store(c.down)
		err := f.CheckSelf(t.Context())
		if outcome(err) != c.want {
			t.Errorf("%d: came to %s, want %s (%v)", i, outcome(err), c.want, err)
		}
	}
	if got := app.strangers.Load(); got != 3 {
		t.Errorf("the app saw %d strangers, want 3", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.CheckSelf(ctx); outcome(err) != "cannot check" {
		t.Errorf("with no time left: %v", err)
	}
}

// Given many visitors at once before the first check, when they log in, then
// they share one canary.
func TestCanaryFliesOnce(t *testing.T) {
	app := newCareless(t)
	f := load(t, block(app.URL))
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if err := (checker{f}).check(t, "alice", "secret"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := app.strangers.Load(); got != 1 {
		t.Errorf("the app saw %d strangers, want 1", got)
	}
}
