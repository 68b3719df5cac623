package form_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts/form"
)

// Given a login page that this kind cannot use, when it is probed, then that is
// said by its name, and before a password is sent where the page shows it.
func TestProbeSaysWhatItCannotDo(t *testing.T) {
	const fields = `<input name=user><input type=password name=pass>`
	post := func(inner string) string { return "<form method=post>" + inner + "</form>" }
	for _, tt := range []struct {
		name string
		manner
		want form.Kind
		sent bool // the login
	}{
		{"a picture to read", manner{form: post(fields + `<img src="/captcha.php"><input name=code>`)}, form.Captcha, false},
		{"a picture to read, in Chinese", manner{form: post(fields + `驗證碼 <input name=v>`)}, form.Captcha, false},
		{"a widget", manner{form: post(fields + `<div class="g-recaptcha" data-sitekey=x></div>`)}, form.Captcha, false},
		{"another widget", manner{form: post(fields) + `<script src="https://js.hcaptcha.com/1/api.js"></script>`}, form.Captcha, false},
		{"a page that script builds", manner{form: `<div id="root"></div><script src=/app.js></script>`}, form.Scripted, false},
		{"fields without a form", manner{form: fields + `<button onclick="go()">Log in</button>`}, form.Scripted, false},
		{"fields without names", manner{form: post(`<input id=u><input type=password id=p>`)}, form.Scripted, false},
		{"an action that is script", manner{form: `<form method=post action="javascript:go()">` + fields + `</form>`}, form.Scripted, false},
		{"a password that is hashed first", manner{form: `<script src=/js/md5.js></script><form method=post onsubmit="pass.value=hex_md5(pass.value)">` + fields + `</form>`}, form.Hashed, false},
		{"a password that is encrypted first", manner{form: post(fields) + `<script>$('form').on('submit', function(){ $('#p').val(new JSEncrypt().encrypt($('#p').val())) })</script>`}, form.Hashed, false},
		{"GET", manner{form: `<form>` + fields + `</form>`}, form.SentByGET, false},
		{"another host", manner{form: `<form method=post action=https://sso.example.com/in>` + fields + `</form>`}, form.SentAway, false},
		{"another port", manner{form: `<form method=post action=//127.0.0.1:1/in>` + fields + `</form>`}, form.SentAway, false},
		{"text/plain", manner{form: `<form method=post enctype=text/plain>` + fields + `</form>`}, form.Unsendable, false},
		{"no form", manner{form: `<p>Hello</p>`}, form.NoForm, false},
		{"a search", manner{form: post(`<input name=q>`)}, form.NoForm, false},
		{"the name first, the password on another page", manner{form: post(`<input name=user>`)}, form.NoForm, false},
		{"a form in a frame", manner{form: `<frameset><frame src=/in.php></frameset>`}, form.Framed, false},
		{"a form to register with", manner{form: post(`<input name=user><input type=password name=a><input type=password name=b>`)}, form.NoForm, false},

		{"a second factor", manner{right: `<p>Enter the code from your authenticator.</p>` + post(`<input name=otp>`)}, form.SecondFactor, true},
		{"a second factor, in Chinese", manner{home: "/two.php", right: `<p>請輸入短訊驗證碼</p>` + post(`<input name=code>`) + home}, form.SecondFactor, true},
		{"a password that has ended", manner{right: `<p>Your password has expired.</p>` + post(`<input type=password name=a><input type=password name=b>`)}, form.NewPassword, true},
		{"a page for a new password that says no word of it", manner{home: "/new.php", right: home + post(`<input type=password name=a><input type=password name=b>`)}, form.NewPassword, true},
		{"a field for a code that says no word of it", manner{right: home + post(`<input name=c autocomplete=one-time-code>`)}, form.SecondFactor, true},
		{"data for a script", manner{right: `{"ok":true}`, page: func(s string) string { return s }}, form.JSONAnswer, true},
		{"nothing that shows a login", manner{right: `<p>Please wait.</p>`}, form.NoSign, true},
		{"an app that always says no", manner{name: "nobody"}, form.Refused, true},
		{"a no without the form", manner{name: "nobody", wrong: `<p>密碼錯誤</p>`}, form.Refused, true},
		{"yes and no alike", manner{onGET: true, right: home, wrong: home}, form.Alike, true},
		{"nothing but an address", manner{onGET: true, knows: true, home: "/main.php", right: `<p>-</p>`}, form.Alike, true},
		{"a captcha after a wrong login", manner{home: "/index.php", right: home, wrong: post(fields + `<img src=/captcha.php><input name=code>`), locks: 1, locked: "<p>Type what you see</p>" + post(`<input name=code>`)}, form.Captcha, true},
		{"a redirect to another host", manner{home: "//127.0.0.1:1/in", right: home}, form.Unfollowed, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newStaffApp(t, tt.manner)
			f, err := probe(t, app.URL+"/login.php", staffName, staffPass)
			var cause *form.Finding
			if !errors.As(err, &cause) || cause.Kind != tt.want {
				t.Fatalf("%v (block %q), want %s", err, f.block, tt.want)
			}
			app.told(t, err.Error())
			app.mu.Lock()
			defer app.mu.Unlock()
			if sent := app.rights+len(app.wrongs) > 0; sent != tt.sent {
				t.Errorf("a login was sent = %t, want %t", sent, tt.sent)
			}
			if app.wrongs[staffName] > 1 {
				t.Errorf("%d wrong logins for the account", app.wrongs[staffName])
			}
		})
	}
}

// Given an address at which no form is, when it is probed, then it is said what
// is there instead.
func TestProbeOfWhatIsNoLoginPage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"HTTP Basic", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Records"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, string(form.HTTPLogin) + ": Basic"},
		{"not found", http.NotFound, string(form.NoPage) + ": 404"},
		{"another origin", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.com/in?secret=1", http.StatusFound)
		}, string(form.Elsewhere) + ": https://login.example.com"},
		{"trouble", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "reading the login page: the app answered with status 502"},
		{"a loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "reading the login page: more than three redirects"},
		{"a long page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 3<<20)) }, "reading the login page: an answer of more than 2 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := httptest.NewServer(tt.answer)
			defer app.Close()
			if _, err := probe(t, app.URL, staffName, staffPass); err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	for _, address := range []string{"", "app.example", "ftp://app.example", "http://name:secret@app.example/", "http://app.example/#top", "http://%zz"} {
		_, err := form.Look(t.Context(), address)
		var cause *form.Finding
		if !errors.As(err, &cause) || cause.Kind != form.BadAddress || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want a bad address", address, err)
		}
	}
}

// Given an app without a way out, or one that does not lead out, when it is
// probed, then that is said, and the block does not pretend otherwise.
func TestProbeOfAppsWithoutAWayOut(t *testing.T) {
	for _, tt := range []struct {
		name, link string
		want       form.Kind
	}{
		{"none", ``, form.StaysOpen},
		{"one by script", `<a href="javascript:logout()">Log out</a>`, form.StaysOpen},
		{"one at another host", `<a href="https://sso.example.com/logout">Log out</a>`, form.StaysOpen},
		{"one that does nothing", `<a href="/logout.php?k=x">Log out</a>`, form.NotEnded},
		{"others that lead out", `<a href="/discharge.php?id=1">退出</a><a href="/cancel.php">註銷</a><a href="/out.php">Signing out medicines</a><a href="/round/signoff.php">Sign off</a><a href="/residents/signout.php?id=5">Sign out</a><a href="/residents/5/signout">Sign out</a>`, form.StaysOpen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newStaffApp(t, manner{home: "/index.php", right: "<!-- {token} --><h1>Welcome</h1>" + tt.link})
			f, err := probe(t, app.URL+"/login.php", staffName, staffPass)
			if err != nil {
				t.Fatal(err)
			}
			if !f.noted(tt.want) || strings.Contains(f.block, "logout") {
				t.Errorf("notes %v, block\n%s", f.notes, f.block)
			}
			if len(app.sent) > 0 {
				t.Errorf("followed by itself: %q", app.sent)
			}
		})
	}
}

// Given what cannot be a login, when it is typed, then nothing is sent.
func TestProbeSendsNothingThatIsNoLogin(t *testing.T) {
	app := newStaffApp(t, manner{})
	probing, err := form.Look(t.Context(), app.URL+"/login.php")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := probing.Use("user", "pass"); err != nil {
		t.Fatal(err)
	}
	for _, typed := range [][2]string{{"", "x"}, {"x", ""}, {"a\x00b", "x"}, {"x", "a\nb"}, {strings.Repeat("x", 300), "x"}, {"\xff", "x"}} {
		if _, err := probing.Compare(t.Context(), typed[0], typed[1]); outcome(err) != "wrong" {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if len(app.wrongs) > 0 {
		t.Errorf("sent: %v", app.wrongs)
	}
}
