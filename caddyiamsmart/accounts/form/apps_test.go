package form_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given a real app in PHP that answers a login in its own way, when somebody
// types a name and a password, then the check says yes only to the right ones,
// no only where the app said no, and otherwise that it cannot tell.
func TestCheckOfPHPApps(t *testing.T) {
	base := servertest.PHP(t, "testdata", "")
	const right, wrongOne = "secret", "sesame"
	for _, tt := range []struct {
		name     string
		path     string
		rules    []string
		user     string // default alice
		password string
		want     string
		account  string // default alice, where yes
	}{
		{name: "right password", path: "?app=plain", password: right, want: "yes"},
		{name: "wrong password", path: "?app=plain", password: wrongOne, want: "wrong"},
		{name: "capitals are the same account", path: "?app=plain", user: "ALICE", password: right, want: "yes"},
		{name: "named cookie", path: "?app=plain", rules: []string{"success cookie SID"}, password: right, want: "yes"},
		{name: "another cookie than the named one", path: "?app=plain", rules: []string{"success cookie OTHER"}, password: right, want: "cannot check"},

		{name: "a cookie for everybody, by default", path: "?app=newcookie", password: right, want: "unusable"},
		{name: "a cookie for everybody, by body", path: "?app=newcookie", rules: []string{"success body Welcome", `failure body "Wrong password"`}, password: right, want: "yes"},
		{name: "a cookie for everybody, by body, wrong", path: "?app=newcookie", rules: []string{"success body Welcome", `failure body "Wrong password"`}, password: wrongOne, want: "wrong"},
		{name: "both signs hold", path: "?app=newcookie", rules: []string{"success cookie SID", "failure body Welcome", `failure body "Wrong"`}, password: right, want: "cannot check"},
		{name: "absence beside presence", path: "?app=newcookie", rules: []string{"success cookie SID", `success not body "Wrong"`, `failure body "Wrong"`}, password: right, want: "yes"},
		{name: "an app that lets anyone in", path: "?app=anyone", password: right, want: "unusable"},
		{name: "an app that lets anyone in, wrong", path: "?app=anyone", password: wrongOne, want: "unusable"},
		{name: "rules that let anyone in", path: "?app=plain", rules: []string{"success status 200"}, password: right, want: "cannot check"},
		{name: "a start that fits every redirect", path: "?app=anyone", rules: []string{"success location /"}, password: wrongOne, want: "unusable"},

		{name: "three redirects", path: "?app=chain&n=3", password: right, want: "yes"},
		{name: "four redirects", path: "?app=chain&n=4", password: right, want: "cannot check"},
		{name: "307 after the password", path: "?app=again&status=307", password: right, want: "cannot check"},
		{name: "308 after the password", path: "?app=again&status=308", password: right, want: "cannot check"},
		{name: "303 after the password", path: "?app=again&status=303", password: right, want: "yes"},
		{name: "away to another host", path: "?app=elsewhere&to=http://localhost.example/in", password: right, want: "cannot check"},
		{name: "away to another port", path: "?app=elsewhere&to=//127.0.0.1:1/in", rules: []string{"success status 302"}, password: right, want: "cannot check"},
		{name: "away to a file", path: "?app=elsewhere&to=file:///etc/passwd", password: right, want: "cannot check"},
		{name: "away to the cloud's metadata", path: "?app=elsewhere&to=http://169.254.169.254/", password: right, want: "cannot check"},
		{name: "location that fits", path: "?app=status", rules: []string{"success location /simple.php?app=status&step=home", "failure status 403"}, password: right, want: "yes"},
		{name: "location that does not fit", path: "?app=status", rules: []string{"success location /other", "failure status 403"}, password: right, want: "cannot check"},

		{name: "500 on the right password", path: "?app=trouble&status=500", password: right, want: "cannot check"},
		{name: "503 on the right password", path: "?app=trouble&status=503", rules: []string{"success cookie SID"}, password: right, want: "cannot check"},
		{name: "429 on the right password", path: "?app=trouble&status=429", rules: []string{"success cookie SID"}, password: right, want: "cannot check"},
		{name: "a captcha in between", path: "?app=captcha", password: right, want: "cannot check"},
		{name: "a cookie taken away is no sign", path: "?app=unset", password: right, want: "cannot check"},
		{name: "a cookie set to what it was is no sign", path: "?app=unset", rules: []string{"success cookie keep"}, password: right, want: "cannot check"},
		{name: "a no by status", path: "?app=status", rules: []string{"failure status 403"}, password: wrongOne, want: "wrong"},
		{name: "a no by status that nobody stated", path: "?app=status", password: wrongOne, want: "unusable or cannot check"},

		{name: "text that a mere echo could bring", path: "?app=echo", rules: []string{"success body welcome"}, user: "welcome", password: wrongOne, want: "cannot check"},
		{name: "the same rule for others", path: "?app=echo", rules: []string{"success body Welcome"}, password: right, want: "yes"},
		{name: "a confirm page that everybody sees", path: "?app=plain", rules: []string{"confirm /simple.php?app=open Members"}, password: right, want: "cannot check"},
		{name: "a confirm page without the text", path: "?app=plain", rules: []string{"confirm /simple.php?app=open Staff"}, password: right, want: "cannot check"},
		{name: "a form sent by GET", path: "?app=get", password: right, want: "cannot check"},
		{name: "a form with a file input", path: "?app=upload", password: right, want: "yes"},
		{name: "a form in a table", path: "?app=table", password: right, want: "yes"},
		{name: "a form in a table, wrong", path: "?app=table", password: wrongOne, want: "wrong"},
		{name: "no form", path: "?app=open", password: right, want: "cannot check"},

		{name: "the app's own spelling", path: "?app=named&as=Alice.Chan", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "yes", account: "Alice.Chan"},
		{name: "the whole match without a group", path: "?app=named&as=alice", rules: []string{`account "User: .[a-z]+"`}, password: right, want: "yes", account: "User: [alice"},
		{name: "escaped and padded", path: "?app=named&as=%20a%26amp;b%20", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "yes", account: "a&b"},
		{name: "no account in the page", path: "?app=named&as=alice", rules: []string{`account "Account: (.*)"`}, password: right, want: "cannot check"},
		{name: "an empty account", path: "?app=named&as=%20", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "cannot check"},
		{name: "an account over its bound", path: "?app=named&as=" + strings.Repeat("a", 65), rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "cannot check"},
		{name: "an account with a line end", path: "?app=named&as=a%0Ab", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "cannot check"},
		{name: "an account that reads backwards", path: "?app=named&as=a%E2%80%AEb", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "cannot check"},
		{name: "an account that cannot be decoded", path: "?app=named&as=a%FFb", rules: []string{`account "\[([^\]]*)\]"`}, password: right, want: "cannot check"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user := tt.user
			if user == "" {
				user = "alice"
			}
			f := load(t, block(base+"/simple.php"+tt.path, tt.rules...))
			got, err := f.CheckPassword(t.Context(), user, tt.password)
			mustNotTell(t, err, user, tt.password)
			if tt.want == "unusable or cannot check" {
				if err == nil || outcome(err) == "wrong" {
					t.Fatalf("check came to %s (%v)", outcome(err), err)
				}
				return
			}
			if outcome(err) != tt.want {
				t.Fatalf("check came to %s, want %s (%v)", outcome(err), tt.want, err)
			}
			want := tt.account
			if want == "" {
				want = "alice"
			}
			if err == nil && got.Name != want {
				t.Errorf("account = %q, want %q", got.Name, want)
			}
		})
	}
}

// Given an app that takes a login only from what behaves like a browser in
// every field, when the right password is checked, then it comes in, its own
// name for the account is read, and it is logged out by its own form, once for
// each yes.
func TestCheckBehavesLikeABrowser(t *testing.T) {
	base := servertest.PHP(t, "testdata", "")
	f := load(t, block(base+"/token.php",
		"success location /token.php?do=home",
		`confirm /token.php?do=home "Hello <b"`,
		`account "<b id=who>([^<]*)</b>"`,
		"logout /token.php?do=logout"))

	for range 2 {
		got, err := f.CheckPassword(t.Context(), " Alice", "correct & horse+battery")
		if err != nil {
			t.Fatalf("right password: %v", err)
		}
		if want := (accounts.Account{Name: "A&E-alice"}); got != want {
			t.Errorf("account = %+v, want %+v", got, want)
		}
	}
	if _, err := f.CheckPassword(t.Context(), "alice", "correct & horse battery"); outcome(err) != "wrong" {
		t.Errorf("wrong password: %v", err)
	}
	if got := get(t, base+"/token.php?do=logouts", ""); !strings.Contains(got, ">2 logouts") {
		t.Errorf("the app counted %q, want 2 logouts", got)
	}
}

// Given an app in Big5, when a Chinese name is typed, then it reaches the app in
// Big5, the app's pages are read as Big5, and a name that Big5 cannot write is
// refused rather than sent as something else.
func TestCheckInBig5(t *testing.T) {
	base := servertest.PHP(t, "testdata", "")
	proxy := record(t, base)
	f := load(t, block(proxy.URL+"/big5.php", "success body 歡迎", `account "<i>(.*)</i>"`))

	got, err := f.CheckPassword(t.Context(), "陳大文", "secret")
	if err != nil || got.Name != "陳大文" {
		t.Errorf("right password: account %q, %v", got.Name, err)
	}
	if _, err := f.CheckPassword(t.Context(), "李小明", "secret"); outcome(err) != "wrong" {
		t.Errorf("another name: %v, want wrong", err)
	}
	if _, err := f.CheckPassword(t.Context(), "陳大文", "sesame"); outcome(err) != "wrong" {
		t.Errorf("another password: %v, want wrong", err)
	}

	proxy.forget()
	for _, typed := range []struct{ user, password string }{
		{"🙂", "secret"}, {"한", "secret"}, {"陳大文", "secret🙂"},
	} {
		if _, err := f.CheckPassword(t.Context(), typed.user, typed.password); outcome(err) != "wrong" {
			t.Errorf("%q, which Big5 cannot write: %v, want wrong", typed, err)
		}
	}
	if sent := proxy.requests(); slices.ContainsFunc(sent, func(r string) bool { return strings.HasPrefix(r, "POST ") }) {
		t.Errorf("something was sent in place of what Big5 cannot write: %q", sent)
	}
}

// Given an app that is asked by many at once, when right and wrong passwords
// are checked in parallel, then no result lands with another visitor.
func TestCheckInParallel(t *testing.T) {
	base := servertest.PHP(t, "testdata", "")
	f := load(t, block(base+"/simple.php?app=plain"))
	var group sync.WaitGroup
	for i := range 40 {
		password, want := "secret", "yes"
		if i%2 == 1 {
			password, want = "sesame", "wrong"
		}
		group.Go(func() {
			if _, err := f.CheckPassword(t.Context(), "alice", password); outcome(err) != want {
				t.Errorf("check %d came to %s, want %s (%v)", i, outcome(err), want, err)
			}
		})
	}
	group.Wait()
}
