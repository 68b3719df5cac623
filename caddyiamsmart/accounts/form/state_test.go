package form_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// barring is an app that gives a right password an answer of the test, with all
// signs of a login, and a wrong one the login form. It counts logouts.
func barring(t *testing.T, answer string) (url string, logouts *atomic.Int32) {
	t.Helper()
	logouts = new(atomic.Int32)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/out":
			logouts.Add(1)
		case r.Method == http.MethodPost && r.PostFormValue("user") == "alice" && r.PostFormValue("pass") == "secret":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: fmt.Sprint(logouts.Load())})
			if strings.HasPrefix(answer, "{") {
				w.Header().Set("Content-Type", "application/json")
			}
			fmt.Fprint(w, answer)
		case r.Method == http.MethodPost:
			fmt.Fprint(w, loginForm+"<p>Wrong password.</p>")
		default:
			fmt.Fprint(w, loginForm)
		}
	}))
	t.Cleanup(app.Close)
	return app.URL, logouts
}

// Given an app that takes a right password and then wants a new one, or a second
// factor, when a login is checked, then that is told apart from a wrong password
// and is never a yes, whatever the rules of success say; and the visit is ended.
func TestAStateOfTheAccountIsNoYes(t *testing.T) {
	const change = `<form method=post><input type=password name=old><input type=password name=new><input type=password name=again></form>`
	code := func(attributes string) string {
		return "<p>Welcome</p><form method=post><input " + attributes + "></form>"
	}
	welcome := []string{"success body Welcome"}
	for _, tt := range []struct {
		name, answer string
		rules        []string
		want, told   string
	}{
		{"a page for a new password", "<p>Welcome</p>" + change, nil, "state", "new password"},
		{"the same, where success is stated", "<p>Welcome</p>" + change, welcome, "state", "new password"},
		{"a page for a new password, without a form", "<p>Welcome</p><input type=password><input type=password>", welcome, "state", "new password"},
		{"a field that asks for a one-time code", code(`name=x autocomplete="section-a one-time-code"`), nil, "state", "second factor"},
		{"with a password beside it", code(`name=x autocomplete=ONE-TIME-CODE><input type=password name=y`), welcome, "state", "second factor"},
		{"by its name", code("name=otp"), welcome, "state", "second factor"},
		{"by its name, in capitals", code("name=OTPCode type=tel"), welcome, "state", "second factor"},
		{"by its name, in humps", code("name=twoFactorCode"), welcome, "state", "second factor"},
		{"by its name, in brackets", code("name=login[totp]"), welcome, "state", "second factor"},
		{"by a name of several words", code("name=verification_code type=number"), welcome, "state", "second factor"},
		{"by a name with a digit", code("name=user-2fa-token"), welcome, "state", "second factor"},

		{"a hidden token is no code", code(`type=hidden name=otp_token`), nil, "yes", ""},
		{"a name that holds the letters", code("name=hotpot><input name=option><input name=token><input name=postcode><input name=search_2"), nil, "yes", ""},
		{"one password on a page", "<p>Welcome</p>" + `<form method=post action=/residents><input type=password name=pin></form>`, welcome, "yes", ""},
		{"two passwords in two forms", "<p>Welcome</p>" + strings.Repeat(`<form method=post><input type=password name=pin></form>`, 2), welcome, "yes", ""},
		{"rules say that such a page is none", "<p>Welcome</p>" + change, append([]string{`expired body "has expired"`}, welcome...), "yes", ""},
		{"rules say that such a field is none", code("name=otp"), []string{"second_factor location /otp"}, "yes", ""},

		{"expired, by rule", "<p>Welcome. Your password has expired.</p>", append([]string{`expired body "has expired"`}, welcome...), "state", "new password"},
		{"expired, by rule, on a page with the login form", loginForm + "<p>Your password has expired.</p>", []string{`expired body "has expired"`}, "state", "new password"},
		{"expired, by one rule of two", "<p>Welcome. Please renew.</p>", []string{"expired status 401", `expired body "Please renew"`}, "state", "new password"},
		{"a second factor, by rule", "<p>Welcome. Open your app.</p>", []string{`second_factor body "Open your app"`}, "state", "second factor"},
		{"expired, in JSON", `{"ok":true,"must_change":true}`, []string{"success json ok=true", "expired json must_change=true"}, "state", "new password"},
		{"a second factor, in JSON", `{"ok":true,"need":"otp"}`, []string{"success json ok=true", "second_factor json need=otp"}, "state", "second factor"},
		{"a state and a stated no", "<p>Has expired. Denied.</p>", []string{`expired body "Has expired"`, "failure body Denied", "failure body Wrong"}, "cannot check", "both"},
		{"a field for a code beside the login form", loginForm + code("autocomplete=one-time-code"), []string{"failure body Wrong"}, "cannot check", "neither"},
		{"a page that looks so, and a stated no", "<p>Denied.</p>" + change, []string{"failure body Denied", "failure body Wrong", "success body Welcome"}, "wrong", "said no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, logouts := barring(t, tt.answer)
			f := checker{load(t, block(url, append(tt.rules, "logout /out")...))}
			if err := f.check(t, "alice", "sesame"); outcome(err) != "wrong" {
				t.Errorf("a wrong password came to %s (%v)", outcome(err), err)
			}
			err := f.check(t, "alice", "secret")
			if outcome(err) != tt.want {
				t.Fatalf("the right password came to %s, want %s (%v)", outcome(err), tt.want, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.told) {
				t.Errorf("%v does not say %q", err, tt.told)
			}
			if tt.want == "state" && logouts.Load() != 1 {
				t.Errorf("%d logouts, want 1", logouts.Load())
			}
		})
	}
}

// Given an app that shows a wrong password what a right one gets too, or shows
// its login form with a field for a code, when logins are checked, then no wrong
// password is told as right.
func TestAStateThatAnybodySeesIsNone(t *testing.T) {
	everybody := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprint(w, `<form method=post><input name=otp></form>`)
			return
		}
		fmt.Fprint(w, loginForm)
	}))
	t.Cleanup(everybody.Close)
	if err := (checker{load(t, block(everybody.URL))}).check(t, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("a code is asked of everybody: %v", err)
	}

	const beside = `<form method=post><input name=user><input name=pass type=password><input name=otp autocomplete=one-time-code></form>` +
		`<form method=post action=/new><input type=password name=a><input type=password name=b></form>`
	optional := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("user") == "alice" && r.PostFormValue("pass") == "secret" {
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
			fmt.Fprint(w, "Welcome")
			return
		}
		fmt.Fprint(w, beside)
	}))
	t.Cleanup(optional.Close)
	f := checker{load(t, block(optional.URL))}
	if err := f.check(t, "alice", "sesame"); outcome(err) != "wrong" {
		t.Errorf("a wrong password, where the login page has a field for a code: %v", err)
	}
	if err := f.check(t, "alice", "secret"); err != nil {
		t.Errorf("the right one: %v", err)
	}

	var tries atomic.Int32 // of alice: the code is asked for after a wrong password alone
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.PostFormValue("user") != "alice":
			fmt.Fprint(w, loginForm)
		case r.PostFormValue("pass") == "secret":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: fmt.Sprint(tries.Add(1))})
			fmt.Fprint(w, "Welcome")
		default:
			fmt.Fprint(w, `<form method=post><input name=otp></form>`)
		}
	}))
	t.Cleanup(odd.Close)
	if err := (checker{load(t, block(odd.URL))}).check(t, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("a yes whose wrong password looks right: %v", err)
	}
}
