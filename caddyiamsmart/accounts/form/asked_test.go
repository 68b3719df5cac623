package form_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Given an app that cannot be asked, when a check fails, then the error says that
// nothing was sent only where that is so: a try that reached the app must count.
func TestT62ACheckSaysWhetherTheAppWasAsked(t *testing.T) {
	form := func(w http.ResponseWriter) { fmt.Fprint(w, loginForm) }
	trouble := func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
	in := func(w http.ResponseWriter) {
		http.SetCookie(w, &http.Cookie{Name: "SID", Value: time.Now().String()})
		fmt.Fprint(w, "<p>Welcome</p>")
	}
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	elsewhere := func(w http.ResponseWriter) {
		w.Header().Set("Location", "http://192.0.2.1/")
		w.WriteHeader(http.StatusFound)
	}
	type act = func(http.ResponseWriter)
	for name, c := range map[string]struct {
		page, stranger, alice act
		user                  string
		want                  string
		asked                 bool
	}{
		"a no":                          {page: form, stranger: form, alice: form, want: "wrong", asked: true},
		"a yes":                         {page: form, stranger: form, alice: in, want: "yes", asked: true},
		"an app in trouble":             {page: trouble, want: "cannot check"},
		"an app that hangs up":          {page: hangUp, want: "cannot check"},
		"a page without the form":       {page: in, want: "cannot check"},
		"a page at another host":        {page: elsewhere, want: "cannot check"},
		"a stranger brings trouble":     {page: form, stranger: trouble, want: "cannot check"},
		"a stranger is let in":          {page: form, stranger: in, want: "unusable"},
		"the password brings trouble":   {page: form, stranger: form, alice: trouble, want: "cannot check", asked: true},
		"it hangs up on the password":   {page: form, stranger: form, alice: hangUp, want: "cannot check", asked: true},
		"it leads elsewhere after it":   {page: form, stranger: form, alice: elsewhere, want: "cannot check", asked: true},
		"a name that no rule can judge": {user: "alice\x00", want: "wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet:
					c.page(w)
				case r.PostFormValue("user") != "alice":
					c.stranger(w)
				case r.PostFormValue("pass") != "secret": // which a yes is held against
					form(w)
				default:
					asked.Add(1)
					c.alice(w)
				}
			}))
			t.Cleanup(app.Close)
			user := c.user
			if user == "" {
				user = "alice"
			}
			err := checker{load(t, block(app.URL))}.check(t, user, "secret")
			if outcome(err) != c.want {
				t.Fatalf("came to %s, want %s (%v)", outcome(err), c.want, err)
			}
			if (asked.Load() > 0) != c.asked {
				t.Fatalf("the app was asked %d times", asked.Load())
			}
			doubt := errors.Is(err, accounts.ErrCannotCheck) || errors.Is(err, accounts.ErrUnusable)
			if told := errors.Is(err, accounts.ErrNotAsked); told != (doubt && !c.asked) {
				t.Errorf("is told as not asked: %v (%v)", told, err)
			}
		})
	}
	t.Run("a visitor who leaves before it", func(t *testing.T) {
		stop := make(chan struct{})
		app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
		t.Cleanup(app.Close)
		defer close(stop)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := load(t, block(app.URL)).CheckPassword(ctx, "alice", "secret"); !errors.Is(err, accounts.ErrNotAsked) {
			t.Errorf("is told as asked: %v", err)
		}
	})
}
