package form_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/form"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// tryRegister brings a block to life by way of its JSON, as Caddy does.
func tryRegister(block string) (*form.Registration, error) {
	var written form.Registration
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	r := new(form.Registration)
	if err := caddy.StrictUnmarshalJSON(config, r); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	if err := r.Provision(ctx); err != nil {
		return nil, err
	}
	return r, r.Validate()
}

func register(t *testing.T, block string) *form.Registration {
	t.Helper()
	r, err := tryRegister(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	return r
}

func opening(url string, lines ...string) string {
	return "form " + url + " {\n\t" + strings.Join(lines, "\n\t") + "\n}"
}

// carol is who registers.
func carol() map[string]string {
	return map[string]string{
		"username": "carol", "password": "day&shift {iamsmart.email}", "name_en": "Carol Ho", "name_zh": "何嘉樂",
		"birth_date": "1990-01-05", "gender": "F", "mobile": "61234567", "email": "carol@example.com",
	}
}

// Given the real DokuWiki, where people may register, when an account is opened
// by its form, then its password is right by the login form, and the same name
// cannot be had again.
func TestRegistrationAtDokuWiki(t *testing.T) {
	base, users := servertest.DokuWiki(t, servertest.ChosenPasswords)
	r := register(t, opening(base+"/doku.php?id=start&do=register",
		"field login {iamsmart.username}", "field pass {iamsmart.password}", "field passchk {iamsmart.password}",
		`field fullname "{iamsmart.name.en} {iamsmart.name.zh}"`, "field email {iamsmart.email}"))
	login := checker{load(t, documented(t, base))}

	taken := carol()
	taken["username"] = "alice"
	if err := r.OpenAccount(t.Context(), taken); outcome(err) != "wrong" {
		t.Errorf("a name that is taken: %v", err)
	}
	nowhere := carol()
	nowhere["email"] = "no-address"
	if err := r.OpenAccount(t.Context(), nowhere); outcome(err) != "wrong" {
		t.Errorf("an address that is none: %v", err)
	}
	if err := login.check(t, "carol", carol()["password"]); outcome(err) != "wrong" {
		t.Errorf("before there is an account: %v", err)
	}
	if err := r.OpenAccount(t.Context(), carol()); err != nil {
		t.Fatal(err)
	}
	if err := login.check(t, "carol", carol()["password"]); err != nil {
		t.Errorf("the new account's password: %v", err)
	}
	if err := r.OpenAccount(t.Context(), carol()); outcome(err) != "wrong" {
		t.Errorf("a second time: %v", err)
	}
	if err := login.check(t, "alice", users["alice"]); err != nil {
		t.Errorf("alice, whose name was asked for: %v", err)
	}
}

// clinic is an app with a registration form that wants a token and a session.
type clinic struct {
	*httptest.Server
	mu     sync.Mutex
	people map[string]string // passwords by name
	sent   []string          // bodies
	answer http.HandlerFunc  // in place of the app's own, after the form was sent
	page   string            // in place of the registration form
}

const clinicForm = `<form><input name=q></form>
<form method=post action=/join><input type=hidden name=csrf value=token-8Q>
<input name=user><input type=password name=pass><input type=password name=pass2><input name=name_en><input name=born>
<input type=radio name=sex value=M checked><input type=radio name=sex value=F>
<select name=ward><option value=1>East<option value=2>West</select>
<input type=checkbox name=terms value=yes><input name=note value="as it is"><button name=go value=now>Join</button></form>`

func newClinic(t *testing.T) *clinic {
	t.Helper()
	app := &clinic{people: make(map[string]string), page: clinicForm}
	app.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		app.mu.Lock()
		defer app.mu.Unlock()
		c, _ := r.Cookie("SID")
		switch {
		case r.Method == http.MethodGet && r.URL.Path == "/join":
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "s-1"})
			fmt.Fprint(w, app.page)
		case r.URL.Path == "/join" && (r.PostFormValue("csrf") != "token-8Q" || c == nil || c.Value != "s-1"):
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/join":
			app.sent = append(app.sent, r.PostForm.Encode())
			if app.answer != nil {
				app.answer(w, r)
				return
			}
			if _, taken := app.people[r.PostFormValue("user")]; taken || r.PostFormValue("pass") != r.PostFormValue("pass2") {
				fmt.Fprint(w, clinicForm+"<p>Taken.</p>")
				return
			}
			app.people[r.PostFormValue("user")] = r.PostFormValue("pass")
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case r.Method == http.MethodPost && app.people[r.PostFormValue("user")] == r.PostFormValue("pass"):
			http.SetCookie(w, &http.Cookie{Name: "SID", Value: "in"})
			fmt.Fprint(w, "Welcome")
		default:
			fmt.Fprint(w, loginForm)
		}
	}))
	t.Cleanup(app.Close)
	return app
}

func (app *clinic) posts() []string {
	app.mu.Lock()
	defer app.mu.Unlock()
	return slices.Clone(app.sent)
}

var clinicFields = []string{
	"field user {iamsmart.username}", "field pass {iamsmart.password}", "field pass2 {iamsmart.password}",
	`field name_en "Ms {iamsmart.name.en}"`, `field born "{iamsmart.birth_date} \{x\}"`, "field sex {iamsmart.gender}", "field ward 2", "field terms yes",
}

// Given an app with a token, a session and every kind of field, when an account
// is opened, then the form arrives as a browser would send it, values are not
// expanded again, and the login form knows the account.
func TestRegistrationFillsInTheForm(t *testing.T) {
	app := newClinic(t)
	r := register(t, opening(app.URL+"/join", clinicFields...))
	if err := r.OpenAccount(t.Context(), carol()); err != nil {
		t.Fatal(err)
	}
	const want = "born=1990-01-05+%7Bx%7D&csrf=token-8Q&go=now&name_en=Ms+Carol+Ho&note=as+it+is&pass=day%26shift+%7Biamsmart.email%7D" +
		"&pass2=day%26shift+%7Biamsmart.email%7D&sex=F&terms=yes&user=carol&ward=2"
	if got := app.posts(); len(got) != 1 || got[0] != want {
		t.Errorf("sent %q\nwant %q", got, want)
	}
	if err := (checker{load(t, block(app.URL+"/login"))}).check(t, "carol", carol()["password"]); err != nil {
		t.Errorf("the new account's password: %v", err)
	}
	if err := r.OpenAccount(t.Context(), carol()); outcome(err) != "wrong" {
		t.Errorf("a name that is taken: %v", err)
	}
	few := map[string]string{"username": "dan", "password": "secret-1"}
	if err := r.OpenAccount(t.Context(), few); err != nil {
		t.Fatal(err)
	}
	if got := app.posts()[2]; !strings.Contains(got, "born=&") || !strings.Contains(got, "name_en=&") || !strings.Contains(got, "sex=M") {
		t.Errorf("without values it sent %q", got)
	}
}

// Given an app that answers a registration in every way but clearly, when an
// account is to be opened, then that is a doubt and no yes, the form was sent once
// and to nobody else, and nothing of it is told.
func TestADoubtIsNoAccount(t *testing.T) {
	say := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	to := func(address string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, status) }
	}
	var elsewhere int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		rules  []string
		want   string
	}{
		{"a page", say(200, "text/html", "Thank you"), nil, "yes"},
		{"the login page", say(200, "text/html", loginForm), nil, "yes"},
		{"trouble", say(500, "text/html", "Thank you"), []string{"success body Thank"}, "cannot check"},
		{"too many", say(429, "text/html", "Thank you"), []string{"success body Thank"}, "cannot check"},
		{"refused by status", say(403, "text/html", "Thank you"), nil, "cannot check"},
		{"refused by a status that is stated", say(403, "text/html", "No"), []string{"failure status 403"}, "wrong"},
		{"the form again", say(200, "text/html", clinicForm), nil, "wrong"},
		{"the form again, outside of a form and switched off", say(200, "text/html", strings.ReplaceAll(strings.ReplaceAll(clinicForm, "<form", "<div"), "<input", "<input disabled")), nil, "wrong"},
		{"the form again, with words of success", say(200, "text/html", clinicForm+"Thank you"), []string{"success body Thank"}, "cannot check"},
		{"passwords are asked for once more", say(200, "text/html", `<form><input type=password name=pass><input type=password name=pass2></form>`), nil, "cannot check"},
		{"a code is asked for", say(200, "text/html", `<form><input name=code autocomplete=one-time-code></form>`), nil, "cannot check"},
		{"data", say(200, "application/json", `{"ok":true}`), nil, "cannot check"},
		{"data that says yes", say(200, "application/json", `{"ok":true}`), []string{"success json ok=true"}, "yes"},
		{"data that says no", say(200, "application/json", `{"ok":false}`), []string{"success json ok=true", "failure json ok=false"}, "wrong"},
		{"data that cannot be read", say(200, "application/json", `{"ok":true,"ok":false}`), []string{"success json ok=true"}, "cannot check"},
		{"words that are missing", say(200, "text/html", "Please wait"), []string{"success body Thank"}, "cannot check"},
		{"both", say(200, "text/html", "Thank you. Taken."), []string{"success body Thank", "failure body Taken"}, "cannot check"},
		{"another host", to(other.URL, 302), []string{"success status 302"}, "cannot check"},
		{"another host, form and all", to(other.URL, 307), nil, "cannot check"},
		{"once more", to("/join", 308), nil, "cannot check"},
		{"an address that is none", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/%zz", http.StatusFound) }, nil, "cannot check"},
		{"nothing", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, "cannot check"},
		{"too long", say(200, "text/html", strings.Repeat("x", 3<<20)), nil, "cannot check"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newClinic(t)
			app.answer = tt.answer
			err := register(t, opening(app.URL+"/join", append(clinicFields, tt.rules...)...)).OpenAccount(t.Context(), carol())
			if outcome(err) != tt.want {
				t.Errorf("came to %s, want %s (%v)", outcome(err), tt.want, err)
			}
			if errors.Is(err, accounts.ErrNotAsked) || len(app.posts()) != 1 {
				t.Errorf("sent %d times, told as not sent = %t", len(app.posts()), errors.Is(err, accounts.ErrNotAsked))
			}
			for _, value := range carol() {
				mustNotTell(t, err, value)
			}
		})
	}
	const short = `<form method=post><input type=hidden name=csrf value=token-8Q><input name=user></form>`
	for rule, want := range map[string]string{"": "wrong", "failure body Taken": "cannot check"} {
		app := newClinic(t)
		app.page, app.answer = short, say(200, "text/html", short)
		err := register(t, opening(app.URL+"/join", clinicFields[0], rule)).OpenAccount(t.Context(), carol())
		if outcome(err) != want {
			t.Errorf("a short form again, with %q: %v, want %s", rule, err, want)
		}
	}
	if elsewhere != 0 {
		t.Errorf("another host was asked %d times", elsewhere)
	}
}

// Given a page or values that no account can be opened with, when one is to be
// opened, then nothing is sent, and it is said that nothing was.
func TestNothingIsSentThatCannotOpenAnAccount(t *testing.T) {
	for _, tt := range []struct {
		name, page string
		change     map[string]string
		want       string // with ErrNotAsked where it is a doubt
	}{
		{name: "no form", page: "<p>Closed</p>", want: "cannot check"},
		{name: "a form that lacks a field", page: strings.Replace(clinicForm, "name=pass2", "name=other", 1), want: "cannot check"},
		{name: "a field that is switched off", page: strings.Replace(clinicForm, "name=pass2", "name=pass2 disabled", 1), want: "cannot check"},
		{name: "a field that is hidden", page: strings.Replace(clinicForm, "<input name=user", "<input type=hidden name=user", 1), want: "cannot check"},
		{name: "GET", page: strings.Replace(clinicForm, "method=post", "method=get", 1), want: "cannot check"},
		{name: "another host", page: strings.Replace(clinicForm, "action=/join", "action=//127.0.0.1:1/join", 1), want: "cannot check"},
		{name: "a list that lacks the choice", page: strings.Replace(clinicForm, "value=2", "value=3", 1), want: "cannot check"},
		{name: "a gender that is no choice", change: map[string]string{"gender": "X"}, want: "cannot check"},
		{name: "a value of a name that is none", change: map[string]string{"user": "x"}, want: "cannot check"},
		{name: "a charset that lacks a letter", page: strings.Replace(clinicForm, "method=post", "method=post accept-charset=big5", 1), change: map[string]string{"name_en": "한"}, want: "wrong"},
		{name: "no name", change: map[string]string{"username": ""}, want: "wrong"},
		{name: "no password", change: map[string]string{"password": ""}, want: "wrong"},
		{name: "a line end", change: map[string]string{"name_en": "a\r\nb"}, want: "wrong"},
		{name: "no UTF-8", change: map[string]string{"password": "sec\xffret"}, want: "wrong"},
		{name: "a long value", change: map[string]string{"email": strings.Repeat("e", 1025)}, want: "wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newClinic(t)
			if tt.page != "" {
				app.page = tt.page
			}
			values := carol()
			for key, value := range tt.change {
				values[key] = value
			}
			err := register(t, opening(app.URL+"/join", clinicFields...)).OpenAccount(t.Context(), values)
			if outcome(err) != tt.want || errors.Is(err, accounts.ErrNotAsked) != (tt.want == "cannot check") || len(app.posts()) > 0 {
				t.Errorf("came to %s, want %s, sent %d (%v)", outcome(err), tt.want, len(app.posts()), err)
			}
			for _, value := range values {
				mustNotTell(t, err, value)
			}
		})
	}
	away := register(t, opening(fmt.Sprintf("http://127.0.0.1:%d/join", servertest.FreePort(t)), clinicFields...))
	if err := away.OpenAccount(t.Context(), carol()); outcome(err) != "cannot check" || !errors.Is(err, accounts.ErrNotAsked) {
		t.Errorf("an app that is away: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := away.OpenAccount(gone, carol()); outcome(err) != "cannot check" {
		t.Errorf("a visitor who has gone: %v", err)
	}
}
