package caddyiamsmart_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// Given a person in an application that has a session of its own, when they log out
// at the gate, then the application's own logout is called as if they had gone there,
// and the page says what came of it.
func TestLoggingOutOfBoth(t *testing.T) {
	w := newWorld(t, site{Gate: english + "app_logout /bye?really=1"})
	w.arrive("chan", "chan.sm", "night-shift-7")
	var farewell atomic.Pointer[http.HandlerFunc]
	var came callsOf
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bye" {
			came.add(r)
			(*farewell.Load())(rw, r)
			return
		}
		http.SetCookie(rw, &http.Cookie{Name: "PHPSESSID", Value: "5e55", Path: "/"})
	}
	hangs := make(chan struct{})
	defer close(hangs)
	for _, c := range []struct {
		app    string
		answer http.HandlerFunc
		says   string
	}{
		{"ends its session and leads on", func(rw http.ResponseWriter, r *http.Request) {
			http.SetCookie(rw, &http.Cookie{Name: "PHPSESSID", MaxAge: -1, Path: "/"})
			http.Redirect(rw, r, "/login", http.StatusFound)
		}, "logged out here and in"},
		{"ends its session with a page", func(rw http.ResponseWriter, r *http.Request) {
			http.SetCookie(rw, &http.Cookie{Name: "PHPSESSID", MaxAge: -1, Path: "/"})
			_, _ = rw.Write([]byte("Goodbye"))
		}, "logged out here and in"},
		{"asks whether one is sure", func(rw http.ResponseWriter, r *http.Request) { _, _ = rw.Write([]byte("Sure?")) }, "too if it is still open"},
		{"has no such page", http.NotFound, "We could not log you out of"},
		{"fails", func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }, "We could not log you out of"},
		{"breaks off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "We could not log you out of"},
		{"sends what never ends", func(rw http.ResponseWriter, r *http.Request) {
			for err := error(nil); err == nil && r.Context().Err() == nil; _, err = rw.Write(make([]byte, 64<<10)) {
			}
		}, "too if it is still open"},
	} {
		t.Run(c.app, func(t *testing.T) {
			b := w.browser()
			b.login("chan", "approve")
			b.visit("/records")
			before := len(came.all())
			farewell.Store(&c.answer)
			p := b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
			p.want(t, 200, c.says)
			b.visit("/records").want(t, 401)
			if n := len(came.all()) - before; n != 1 && c.app != "breaks off" { // a broken connection is tried again
				t.Fatalf("the application's logout was called %d times", n)
			}
			r := came.all()[before]
			cookie, _ := r.Cookie("PHPSESSID")
			if r.Method != http.MethodGet || r.URL.RawQuery != "really=1" || r.Header.Get("X-Remote-User") != "chan.sm" || cookie == nil || cookie.Value != "5e55" {
				t.Errorf("the application got %s %s of %q with %v", r.Method, r.URL, r.Header.Get("X-Remote-User"), r.Cookies())
			}
			for _, name := range []string{"Content-Type", "Content-Length", "Origin", "Sec-Fetch-Mode"} {
				if r.Header.Get(name) != "" {
					t.Errorf("it came with %s of another request", name)
				}
			}
			if strings.Contains(strings.Join(r.Header["Cookie"], ";"), "iamsmart") {
				t.Error("a cookie of the gate reached the application")
			}
			taken := strings.Contains(strings.Join(p.Header["Set-Cookie"], "\n"), "PHPSESSID=;")
			if want := strings.HasPrefix(c.app, "ends"); taken != want {
				t.Errorf("the application's cookie was taken away: %v", taken)
			}
		})
	}
	t.Run("on all devices", func(t *testing.T) {
		b := w.browser()
		b.login("chan", "approve")
		ends := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusNoContent) })
		farewell.Store(&ends)
		before := len(came.all())
		b.submit(b.visit("/iamsmart/account"), "/iamsmart/account", map[string][]string{"step": {"everywhere"}}).want(t, 200, "logged out here and in", "other devices")
		if len(came.all()) != before+1 {
			t.Error("the application's logout was not called")
		}
	})
	t.Run("nobody's click calls nothing", func(t *testing.T) {
		before := len(came.all())
		b := w.browser()
		b.ask(http.MethodPost, w.Gate+"/iamsmart/logout", map[string][]string{"token": {"x"}}, nil)
		if len(came.all()) != before {
			t.Error("the application's logout was called for nobody")
		}
	})
	t.Run("an application that does not answer is not waited for any longer", func(t *testing.T) {
		defer caddyiamsmart.WaitForAppLogout(200 * time.Millisecond)()
		silent := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			select {
			case <-hangs:
			case <-r.Context().Done():
			}
		})
		b := w.browser()
		b.login("chan", "approve")
		p := b.visit("/iamsmart/logout")
		farewell.Store(&silent)
		began := time.Now()
		b.submit(p, "/iamsmart/logout", nil).want(t, 200, "We could not log you out of")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// callsOf are requests that came to a page of the application.
type callsOf struct {
	mu   sync.Mutex
	came []*http.Request
}

func (c *callsOf) add(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came = append(c.came, r.Clone(context.Background()))
}

func (c *callsOf) all() []*http.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.came)
}
