package form_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts/form"
)

// Given a block with everything in it, when Caddy reads it, then the JSON that
// it becomes says the same.
func TestCaddyfileBecomesJSON(t *testing.T) {
	const block = `form https://records.example.com/login?lang=zh {
		fields login[user] login[pass]
		success status 302
		success location /home
		success cookie SID
		success not body "Wrong password"
		failure body "Wrong password"
		failure status 403
		success json user.active=true
		failure json "error.code=wrong password"
		expired location /password/change
		second_factor json need=otp
		second_factor body "one-time code"
		confirm /home "Log out"
		account "User: ([a-z]{1,64})"
		logout /logout?token=
	}`
	const want = `{
		"url": "https://records.example.com/login?lang=zh",
		"user_field": "login[user]",
		"password_field": "login[pass]",
		"success": [
			{"sign": "status", "value": "302"},
			{"sign": "location", "value": "/home"},
			{"sign": "cookie", "value": "SID"},
			{"not": true, "sign": "body", "value": "Wrong password"},
			{"sign": "json", "value": "user.active=true"}
		],
		"failure": [
			{"sign": "body", "value": "Wrong password"},
			{"sign": "status", "value": "403"},
			{"sign": "json", "value": "error.code=wrong password"}
		],
		"expired": [{"sign": "location", "value": "/password/change"}],
		"second_factor": [
			{"sign": "json", "value": "need=otp"},
			{"sign": "body", "value": "one-time code"}
		],
		"confirm": {"path": "/home", "text": "Log out"},
		"account": "User: ([a-z]{1,64})",
		"logout": "/logout?token="
	}`
	var f form.Form
	if err := f.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(&f)
	if err != nil {
		t.Fatal(err)
	}
	var same strings.Builder
	for _, line := range strings.Split(want, "\n") {
		same.WriteString(strings.TrimSpace(line))
	}
	if squeezed := strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(same.String()); string(got) != squeezed {
		t.Errorf("JSON = %s\nwant   %s", got, squeezed)
	}
	if _, err := tryLoad(block); err != nil {
		t.Errorf("loading it: %v", err)
	}
}

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected and, where the text shows it, the file and line.
func TestMistakesInTheCaddyfile(t *testing.T) {
	const fields = "\n\tfields user pass"
	for _, tt := range []struct {
		name, block string
		want        []string
	}{
		{"no address", "form {" + fields + "\n}", []string{"address of the login page", ":1"}},
		{"two addresses", "form http://a http://b {" + fields + "\n}", []string{"found 'http://b'", ":1"}},
		{"no block", "form http://a/", []string{"fields <user> <password>"}},
		{"no fields", "form http://a/ {\n\tlogout /out\n}", []string{"fields <user> <password>"}},
		{"one field", "form http://a/ {\n\tfields user\n}", []string{"too little", "fields <user> <password>", ":2"}},
		{"three fields", "form http://a/ {\n\tfields user pass token\n}", []string{"found 3 words", ":2"}},
		{"fields twice", "form http://a/ {" + fields + fields + "\n}", []string{"second 'fields'", ":3"}},
		{"logout twice", "form http://a/ {" + fields + "\n\tlogout /a\n\tlogout /b\n}", []string{"second 'logout'", ":4"}},
		{"confirm twice", "form http://a/ {" + fields + "\n\tconfirm /a b\n\tconfirm /a b\n}", []string{"second 'confirm'", ":4"}},
		{"account twice", "form http://a/ {" + fields + "\n\taccount a\n\taccount a\n}", []string{"second 'account'", ":4"}},
		{"unknown option", "form http://a/ {" + fields + "\n\tsucces body Hello\n}", []string{"unknown option 'succes'", "did you mean 'success'?", ":3"}},
		{"far from any option", "form http://a/ {" + fields + "\n\ttimeout 5s\n}", []string{"unknown option 'timeout'", "fields, success, failure, expired, second_factor, confirm, account, logout"}},
		{"unknown sign", "form http://a/ {" + fields + "\n\tsuccess boddy Hello\n}", []string{"unknown sign 'boddy'", "did you mean 'body'?", ":3"}},
		{"a far sign", "form http://a/ {" + fields + "\n\tsuccess header ok\n}", []string{"unknown sign 'header'", "status, location, cookie, body, json"}},
		{"json without a value", "form http://a/ {" + fields + "\n\tsuccess json ok\n}", []string{"success 1", "<path>=<value>"}},
		{"json with a gap in its path", "form http://a/ {" + fields + "\n\tfailure json a..b=1\n}", []string{"failure 1", "a name in the path is empty"}},
		{"json with no path", "form http://a/ {" + fields + "\n\texpired json =1\n}", []string{"expired 1", "a name in the path is empty"}},
		{"json too deep", "form http://a/ {" + fields + "\n\tsuccess json a.b.c.d.e.f.g.h.i=1\n}", []string{"found 9 names", "at most 8"}},
		{"a cookie is no sign of a state", "form http://a/ {" + fields + "\n\texpired cookie SID\n}", []string{"expired: an unknown sign 'cookie'", ":3"}},
		{"not is no state", "form http://a/ {" + fields + "\n\tsecond_factor not body x\n}", []string{"second_factor: an unknown sign 'not'", ":3"}},
		{"a near option", "form http://a/ {" + fields + "\n\tsecondfactor body x\n}", []string{"did you mean 'second_factor'?"}},
		{"a cookie is no sign of failure", "form http://a/ {" + fields + "\n\tfailure cookie SID\n}", []string{"unknown sign 'cookie'", ":3"}},
		{"not is for success", "form http://a/ {" + fields + "\n\tfailure not body Hello\n}", []string{"unknown sign 'not'", ":3"}},
		{"text without quotes", "form http://a/ {" + fields + "\n\tsuccess body Hello you\n}", []string{"quotes", ":3"}},
		{"no value", "form http://a/ {" + fields + "\n\tsuccess not body\n}", []string{"too little", ":3"}},
		{"empty value", "form http://a/ {" + fields + "\n\tsuccess body \"\"\n}", []string{"too little", ":3"}},
		{"no sign", "form http://a/ {" + fields + "\n\tsuccess\n}", []string{"too little", ":3"}},
		{"a block in the block", "form http://a/ {" + fields + " {\n\t}\n}", []string{"'{'"}},

		{"only an absence", "form http://a/ {" + fields + "\n\tsuccess not body Wrong\n}", []string{"at least one rule must be without 'not'"}},
		{"not a status", "form http://a/ {" + fields + "\n\tsuccess status OK\n}", []string{"success 1", "such as 200"}},
		{"a status of trouble", "form http://a/ {" + fields + "\n\tfailure status 503\n}", []string{"failure 1", "cannot check now"}},
		{"a location with a host", "form http://a/ {" + fields + "\n\tsuccess location http://a/home\n}", []string{"begins with /"}},
		{"not http", "form ftp://a/ {" + fields + "\n}", []string{"http://"}},
		{"no host", "form http:///login {" + fields + "\n}", []string{"host name"}},
		{"not an address", "form http://%zz/?key=hidden {" + fields + "\n}", []string{"url: not an address"}},
		{"a password in the address", "form http://me:hidden@a/ {" + fields + "\n}", []string{"not allowed"}},
		{"a fragment", "form http://a/#login {" + fields + "\n}", []string{"#fragment"}},
		{"one field for both", "form http://a/ {\n\tfields user user\n}", []string{"same field"}},
		{"a pattern that is none", "form http://a/ {" + fields + "\n\taccount \"(\"\n}", []string{"account: ", "missing closing )"}},
		{"confirm at another host", "form http://a/ {" + fields + "\n\tconfirm //b/home Hello\n}", []string{"confirm: expected a path"}},
		{"logout at another host", "form http://a/ {" + fields + "\n\tlogout http://b/\n}", []string{"logout: expected a path"}},
		{"a variable that is not set", "form http://a/ {" + fields + "\n\tsuccess body {env.IAMSMART_NOT_SET}\n}", []string{"success: {env.IAMSMART_NOT_SET} is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryLoad(tt.block)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not hold %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %q repeats a secret", err)
			}
		})
	}
}

// Given settings that stand in the environment, when the module is loaded, then
// they are used, and braces of other kinds are left alone.
func TestPlaceholdersAreResolved(t *testing.T) {
	app := newCareless(t)
	t.Setenv("IAMSMART_TEST_APP", app.URL)
	t.Setenv("IAMSMART_TEST_TEXT", "Welcome")
	f := load(t, block("{env.IAMSMART_TEST_APP}/login", "success body {env.IAMSMART_TEST_TEXT}", `account "[a-zA-Z]{7}"`))
	got, err := f.CheckPassword(t.Context(), "alice", "secret")
	if err != nil || got.Name != "Welcome" {
		t.Errorf("account %q, %v", got.Name, err)
	}
}

// Given JSON with a mistake that a Caddyfile cannot make, when it is loaded,
// then it is refused.
func TestMistakesInJSON(t *testing.T) {
	for name, change := range map[string]func(*form.Form){
		"a failure with not":     func(f *form.Form) { f.Failure = []form.Rule{{Not: true, Sign: "body", Value: "x"}} },
		"a failure by cookie":    func(f *form.Form) { f.Failure = []form.Rule{{Sign: "cookie", Value: "x"}} },
		"an unknown sign":        func(f *form.Form) { f.Success = []form.Rule{{Sign: "header", Value: "x"}} },
		"a path without value":   func(f *form.Form) { f.Success = []form.Rule{{Sign: "json", Value: "x"}} },
		"a state with not":       func(f *form.Form) { f.Expired = []form.Rule{{Not: true, Sign: "body", Value: "x"}} },
		"a factor by cookie":     func(f *form.Form) { f.SecondFactor = []form.Rule{{Sign: "cookie", Value: "x"}} },
		"a rule without value":   func(f *form.Form) { f.Success = []form.Rule{{Sign: "body"}} },
		"a confirm that is bare": func(f *form.Form) { f.Confirm = &form.Confirm{Path: "/"} },
		"no fields":              func(f *form.Form) { f.UserField = "" },
		"no address":             func(f *form.Form) { f.URL = "" },
	} {
		t.Run(name, func(t *testing.T) {
			f := &form.Form{URL: "http://a/", UserField: "u", PasswordField: "p"}
			if err := provision(f); err != nil {
				t.Fatalf("without the mistake: %v", err)
			}
			change(f)
			if provision(f) == nil {
				t.Error("it was accepted")
			}
		})
	}
}
