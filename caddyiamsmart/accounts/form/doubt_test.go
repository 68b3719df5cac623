package form_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An application answers a name that exists in ways that no random name ever
// sees, and some of them look like success: a cookie is set, the login form is
// gone. None lets anybody in.
func TestAnAnswerThatOnlyLooksLikeSuccessIsNoYes(t *testing.T) {
	cookie := func(w http.ResponseWriter) {
		http.SetCookie(w, &http.Cookie{Name: "SID", Value: fmt.Sprint(time.Now().UnixNano())})
	}
	for name, c := range map[string]struct {
		rules []string
		lie   func(w http.ResponseWriter, r *http.Request, tries int32) bool // tells whether it answered
	}{
		"the account is locked after three": {nil, func(w http.ResponseWriter, r *http.Request, tries int32) bool {
			if tries > 3 {
				cookie(w)
				fmt.Fprint(w, "<p>Account locked</p>")
			}
			return tries > 3
		}},
		"the account is locked, by a rule that was stated": {[]string{"success cookie SID"}, func(w http.ResponseWriter, r *http.Request, tries int32) bool {
			cookie(w)
			fmt.Fprint(w, "<p>Account locked</p>")
			return true
		}},
		"the password holds what a filter refuses": {nil, func(w http.ResponseWriter, r *http.Request, tries int32) bool {
			if !strings.Contains(r.PostFormValue("pass"), "script") {
				return false
			}
			cookie(w)
			fmt.Fprint(w, "<p>Request blocked</p>")
			return true
		}},
		"a filter refuses it by status": {nil, func(w http.ResponseWriter, r *http.Request, tries int32) bool {
			if r.PostFormValue("pass") != "<script>" {
				return false
			}
			cookie(w)
			w.WriteHeader(http.StatusForbidden)
			return true
		}},
		"the password is asked for once more": {nil, func(w http.ResponseWriter, r *http.Request, tries int32) bool {
			if r.PostFormValue("pass") != "<script>" {
				return false
			}
			cookie(w)
			fmt.Fprint(w, `<form method=post><input type=hidden name=user value=alice><input type=password name=pass></form>`)
			return true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet:
					fmt.Fprint(w, loginForm)
				case r.PostFormValue("user") == "alice" && c.lie(w, r, tries.Add(1)):
				case r.PostFormValue("user") == "alice" && r.PostFormValue("pass") == "night-shift":
					cookie(w)
					fmt.Fprint(w, "<p>Welcome</p>")
				default:
					fmt.Fprint(w, loginForm)
				}
			}))
			t.Cleanup(app.Close)
			f := checker{load(t, block(app.URL, c.rules...))}
			for range 8 {
				if err := f.check(t, "alice", "<script>"); err == nil {
					t.Fatalf("try %d with a wrong password is let in", tries.Load())
				}
			}
		})
	}
}

// Where case matters to the application, Admin and admin are two people. The
// spelling that goes upstream is the one that the application said yes to.
func TestTheNameThatGoesUpstreamIsTheOneThatWasProven(t *testing.T) {
	passwords := map[string]string{"admin": "the-first", "Admin": "the-second"}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if want, ok := passwords[r.PostFormValue("user")]; r.Method == http.MethodPost && ok && r.PostFormValue("pass") == want {
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
			fmt.Fprintf(w, "<p>Welcome [%s]</p>", r.PostFormValue("user"))
			return
		}
		fmt.Fprint(w, loginForm)
	}))
	t.Cleanup(app.Close)
	plain := load(t, block(app.URL))
	if err := (checker{plain}).check(t, "Admin", "the-second"); outcome(err) != "wrong" {
		t.Errorf("Admin is taken for admin: %s", outcome(err))
	}
	if account, err := plain.CheckPassword(t.Context(), "ADMIN", "the-first"); err != nil || account.Name != "admin" {
		t.Errorf("admin in capitals: %q, %v", account.Name, err)
	}
	told := load(t, block(app.URL, `account "\[([^\]]*)\]"`))
	if account, err := told.CheckPassword(t.Context(), "Admin", "the-second"); err != nil || account.Name != "Admin" {
		t.Errorf("where the application says the name: %q, %v", account.Name, err)
	}
}

// Given an application that answers one wrong try in a way that looks like
// success, such as the one that locks the account, and refuses all after it, when
// wrong passwords are tried, then none of them is a yes.
func TestAnAnswerThatComesOnceIsNoYes(t *testing.T) {
	for locking := range int32(6) {
		var tries atomic.Int32
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.PostFormValue("user") == "alice" && tries.Add(1) == locking {
				http.SetCookie(w, &http.Cookie{Name: "SID", Value: "locked"})
				fmt.Fprint(w, "<p>Too many tries. The account is locked now.</p>")
				return
			}
			fmt.Fprint(w, loginForm)
		}))
		t.Cleanup(app.Close)
		f := checker{load(t, block(app.URL))}
		for range 6 {
			if err := f.check(t, "alice", "a-wrong-one"); err == nil {
				t.Errorf("the account is locked at try %d, and that is a yes", locking)
			}
		}
	}
}
