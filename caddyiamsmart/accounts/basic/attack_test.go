package basic_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Given an application that said no to a stranger, when it says yes to everything
// from then on, or to one name alone, then that yes proves nobody.
func TestAYesThatAPasswordDidNotEarn(t *testing.T) {
	for what, lets := range map[string]func(password string, asked int32) bool{
		"anyone, since a minute":               func(string, int32) bool { return true },
		"a locked account, told with 200":      func(_ string, asked int32) bool { return asked > 0 },
		"a try that locks, told with 200 once": func(_ string, asked int32) bool { return asked == 1 },
		"the right password, but only once":    func(password string, asked int32) bool { return password == "secret" && asked == 1 },
	} {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			if user == "alice" && lets(password, asked.Add(1)) {
				fmt.Fprint(w, "Welcome, or: your account is locked")
				return
			}
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
		}))
		if got, err := load(t, "basic "+server.URL).CheckPassword(t.Context(), "alice", "secret"); outcome(err) != "cannot check" {
			t.Errorf("%s: %+v, %v, want cannot check", what, got, err)
		} else {
			mustNotTell(t, err, "alice", "secret")
		}
		server.Close()
	}
}

// Given a cache between, which keeps the page of whoever came last, when somebody
// comes with any password, then the application itself is asked.
func TestACacheProvesNobody(t *testing.T) {
	a := newApp(t)
	var kept atomic.Bool
	cache := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if user == "alice" && kept.Load() && !strings.Contains(r.Header.Get("Cache-Control"), "no-cache") {
			fmt.Fprint(w, "Hello <b>Alice</b>")
			return
		}
		kept.Store(kept.Load() || user == "alice")
		a.Config.Handler.ServeHTTP(w, r)
	}))
	defer cache.Close()
	b := load(t, "basic "+cache.URL)
	for _, password := range []string{"secret", "wrong", "secret"} {
		want := map[bool]string{true: "yes", false: "wrong"}[password == "secret"]
		if _, err := b.CheckPassword(t.Context(), "alice", password); outcome(err) != want {
			t.Errorf("%s: %v, want %s", password, err, want)
		}
	}
}

// Attack T60: given an account whose name differs from admin in a blank, when its
// owner logs in, then the page that names it does not make an admin of it.
func TestT60ABlankMakesNoAdmin(t *testing.T) {
	known := map[string]string{"admin": "admin-pass", " admin": "evil-pass", "\u00a0admin": "evil-pass", "admin\u3000": "evil-pass"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if password == "" || known[user] != password && !(user == "me@home.hk" && password == "evil-pass") {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if user == "me@home.hk" {
			user = "\u00a0admin"
		}
		fmt.Fprintf(w, "<b>\n\t%s\n</b>", user)
	}))
	defer server.Close()
	b := load(t, "basic "+server.URL+" {\n\taccount \"<b>([^<]+)</b>\"\n}")
	for typed, want := range map[string]string{
		" admin": "wrong", "\u00a0admin": "wrong", "admin\u3000": "wrong", "me@home.hk": "cannot check", " ": "wrong",
	} {
		if got, err := b.CheckPassword(t.Context(), typed, "evil-pass"); outcome(err) != want {
			t.Errorf("%q: %+v, %v, want %s", typed, got, err, want)
		}
	}
	if got, err := b.CheckPassword(t.Context(), "admin ", "admin-pass"); err != nil || got.Name != "admin" {
		t.Errorf("the admin, with a blank that a telephone added: %+v, %v", got, err)
	}
}
