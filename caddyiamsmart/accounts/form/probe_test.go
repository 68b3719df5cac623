package form_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts/form"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// found is what a probe came to.
type found struct {
	block, account string
	notes          []form.Finding
	seen           *form.Comparison
}

// probe does what an operator does: look, take the only login form, log in.
func probe(t *testing.T, address, user, password string) (found, error) {
	t.Helper()
	var f found
	app, err := form.Look(t.Context(), address)
	if err != nil {
		return f, err
	}
	var fields []string
	for _, seen := range app.Forms() {
		if seen.User != "" && fields == nil {
			fields = []string{seen.User, seen.Password}
		}
	}
	if fields == nil {
		return f, app.Missing()
	}
	if f.notes, err = app.Use(fields[0], fields[1]); err != nil {
		return f, err
	}
	if f.seen, err = app.Compare(t.Context(), user, password); err != nil {
		return f, err
	}
	f.notes = append(f.notes, f.seen.Notes...)
	if f.block, err = f.seen.Block("if nobody can change it:"); err != nil {
		return f, err
	}
	account, err := app.Confirm(t.Context(), f.block, f.seen, user, password)
	f.account = account.Name
	return f, err
}

func (f found) noted(kind form.Kind) bool {
	for _, n := range f.notes {
		if n.Kind == kind {
			return true
		}
	}
	return false
}

const home = `<p>Good day. <a href="/logout.php?k={token}">Log out</a></p><a href="/residents.php">Residents</a>`

// Given an app of the old kind, when its login page is probed, then the block
// says what tells right from wrong there, and no more; nothing in it is of one
// visit; and it was tried with the form checker.
func TestProbeFindsTheBlock(t *testing.T) {
	for _, tt := range []struct {
		name string
		manner
		want []string // lines after fields
	}{
		{"redirect on success, the form with its token again on failure",
			manner{home: "/index.php", right: home},
			[]string{"logout /logout.php"}},
		{"a session from the login page on, so that no cookie changes",
			manner{onGET: true, home: "/index.php", right: home},
			[]string{"success body /logout", "logout /logout.php"}},
		{"a session from the login page on, a frameset, no text",
			manner{onGET: true, home: "/main.php?v=1", right: `<frameset><frame src="/top.php"><frame src="/list.php"></frameset>`,
				further: map[string]string{"/top.php": `<a href="/logout.php?k={token}" target=_top>登出</a>`, "/list.php": "<table></table>"}},
			[]string{"success location /main.php?v=1", "confirm /top.php /logout", "logout /logout.php"}},
		{"200 on both, told apart by text alone",
			manner{onGET: true, right: `<h1>歡迎使用</h1><a href="/bye.php?k={token}">登出</a>`, logout: "/bye.php", wrong: "<p>登入失敗，請重試。</p>"},
			[]string{"success body 登出", "failure body 登入失敗，請重試。", "logout /bye.php"}},
		{"a way out of another name",
			manner{onGET: true, home: "/index.php", right: `<a href="/staff/sign_out">Leave</a>`, logout: "/staff/sign_out"},
			[]string{"success body /staff/sign_out", "logout /staff/sign_out"}},
		{"a folder with a version",
			manner{onGET: true, home: "/records2024/index.php", right: `<a href="/records2024/logout.php">Leave</a>`, logout: "/records2024/logout.php"},
			[]string{"success body /logout", "logout /records2024/logout.php"}},
		{"a no in a box of script, the way in by script",
			manner{onGET: true, right: `<script>top.location.href='/index.php';</script>`, further: map[string]string{"/index.php": home},
				wrong: `<script>alert("Wrong password, 2 tries left");history.back();</script>`},
			[]string{"success body /index.php", `failure body "Wrong password,"`, "confirm /index.php /logout", "logout /logout.php"}},
		{"another no for an unknown name",
			manner{right: home, wrong: "<p>{name} is unknown.</p>"},
			[]string{`failure body "is unknown."`, "logout /logout.php"}},
		{"a no by status",
			manner{right: home, wrong: "<p>-</p>", status: http.StatusForbidden},
			[]string{"failure status 403", "logout /logout.php"}},
		{"a no by redirect",
			manner{right: home, wrong: "<p>-</p>", away: "/denied.php?why=login&at=1764000000"},
			[]string{"failure location /denied.php?why=login", "logout /logout.php"}},
		{"a new cookie on every login, right or wrong",
			manner{always: true, home: "/index.php", right: home},
			[]string{"success body /logout", "logout /logout.php"}},
		{"tokens and times on every page",
			manner{onGET: true, home: "/index.php?sid=0123456789abcdef", right: home, page: func(s string) string {
				now := time.Now().Format(time.RFC3339Nano)
				return "<!-- " + now + " --><a href='/help.php?t=" + now + "'>Help</a><p>Served in " + now[len(now)-9:] + " s</p>" + s
			}},
			[]string{"success body /logout", "logout /logout.php"}},
		{"much that everybody sees before what only staff see",
			manner{onGET: true, knows: true, right: `<a href="/residents.php">Residents</a>`, wrong: "<p>No entry.</p>", page: func(s string) string {
				for c := 'a'; c <= 'z'; c++ {
					s = fmt.Sprintf(`<a href="/notice/%[1]c">Notice %[1]c</a> `, c) + s
				}
				return s
			}},
			[]string{"success body /residents.php", `failure body "No entry."`}},
		{"the account's name in the address after a login",
			manner{onGET: true, home: "/home/" + staffName, right: "<h1>Welcome</h1>"},
			[]string{"success body Welcome"}},
		{"no sign that would be enough alone",
			manner{onGET: true, home: "/main.php?v=1&sid=0123456789abcdef", right: `<h1>Welcome</h1><a href="/residents.php">Residents</a>`},
			[]string{"success location /main.php?v=1", "success body Welcome"}},
		{"a button whose script does something to a record",
			manner{home: "/index.php", right: home + `<script>function go(){location.href='/discharge.php?id=1'}</script><button onclick="go()">Discharge</button>`},
			[]string{"logout /logout.php"}},
		{"the login form on every page, also inside",
			manner{home: "/index.php", right: home + `<form method=post action=/login.php><input name=user><input type=password name=pass></form>`, wrong: `<p class=e>Invalid login</p><form method=post><input name=user><input type=password name=pass></form>`},
			[]string{"success body /logout", `failure body "Invalid login"`, "logout /logout.php"}},
		{"the account's name on the page",
			manner{home: "/index.php", right: `<p>Logged in as: Siu Ming (<b class="u">` + staffName + `</b>)</p>` + home},
			[]string{"logout /logout.php", "# if nobody can change it:", "# account `(?s)Logged in as:.{0,300}?\\(<b class=\"u\">([^<]+)</b>`"}},
		{"the account's name behind a name that could hold the same brackets",
			manner{home: "/index.php", right: `<p>使用者：陳小明（` + staffName + `）</p>` + home},
			[]string{"logout /logout.php"}},
		{"the account's name in another spelling than the default's",
			manner{home: "/index.php", name: "Chan.SM", right: `<p>User: Chan.SM</p>` + home},
			[]string{`account "User: ([^<]+)</p>"`, "logout /logout.php"}},
		{"the name in a list of users is nobody's account",
			manner{home: "/index.php", right: `<table><tr><td>` + staffName + `</td></tr><tr><td>wong.ml</td></tr></table>` + home},
			[]string{"logout /logout.php"}},
		{"a page in Big5, a name in Chinese",
			manner{big5: true, name: "陳大文", home: "/index.php", right: `<p>使用者：<b>陳大文</b></p><a href="/logout.php?k={token}">登出</a>`},
			[]string{`account "(?s)使用者：.{0,300}?<b>([^<]+)</b>"`, "logout /logout.php"}},
		{"a name that is chosen from a list",
			manner{form: `<form method=post><select name=user><option>` + staffName + `</select><input type=password name=pass></form>`, home: "/index.php", right: home},
			[]string{"logout /logout.php"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newStaffApp(t, tt.manner)
			address := app.URL + "/login.php"
			f, err := probe(t, address, app.name, staffPass)
			if err != nil {
				t.Fatalf("%v; seen %+v", err, f.seen)
			}
			want := "accounts form " + address + " {\n\tfields user pass\n\t" + strings.Join(tt.want, "\n\t") + "\n}\n"
			if f.block != want {
				t.Errorf("the block is\n%swant\n%s", f.block, want)
			}
			if formatted := caddyfile.Format([]byte(f.block)); string(formatted) != f.block {
				t.Errorf("caddy fmt would change the block to\n%s", formatted)
			}
			if !strings.EqualFold(f.account, app.name) {
				t.Errorf("account = %q, want %q", f.account, app.name)
			}
			app.unhurt(t, f)
		})
	}
}

// unhurt holds the probe to what was said beforehand: at most one wrong login
// for the account and one for nobody's, three right ones, none left open, no
// link followed but the way out, and nothing secret told.
func (a *staffApp) unhurt(t *testing.T, f found) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	wrongs := 0
	for _, n := range a.wrongs {
		wrongs += n
	}
	if a.rights != form.RightLogins || wrongs != form.WrongLogins || a.wrongs[a.name] != 1 {
		t.Errorf("%d right logins and %d wrong ones, %d of them for the account", a.rights, wrongs, a.wrongs[a.name])
	}
	if open := len(a.sessions); open != 0 && !f.noted(form.StaysOpen) {
		t.Errorf("%d sessions stayed open", open)
	}
	if len(a.sent) != 0 {
		t.Errorf("followed by itself: %q", a.sent)
	}
	a.told(t, fmt.Sprintf("%s %+v %+v %+v %+v", f.block, f.notes, f.seen.Seen[0], f.seen.Seen[1], f.seen.Seen[2]))
}

func (a *staffApp) told(t *testing.T, text string) {
	t.Helper()
	for _, secret := range append(a.secrets, staffPass) {
		if strings.Contains(text, secret) {
			t.Errorf("%q is told in %s", secret, text)
		}
	}
}

// Given an app whose every login sets a new cookie and whose page about a locked
// account has no form, when somebody locks an account by wrong passwords, then
// the block that was found does not take that page for a yes.
func TestProbeDoesNotTrustACookieThatWrongLoginsChange(t *testing.T) {
	app := newStaffApp(t, manner{always: true, locks: 3, home: "/index.php", right: home})
	found, err := probe(t, app.URL+"/login.php", staffName, staffPass)
	if err != nil {
		t.Fatal(err)
	}
	f := load(t, strings.TrimPrefix(found.block, "accounts "))
	for range 3 {
		if err := (checker{f}).check(t, staffName, "sesame"); err == nil {
			t.Error("a wrong password is a yes")
		}
	}
	if err := (checker{f}).check(t, staffName, "sesame"); outcome(err) != "cannot check" {
		t.Errorf("a locked account and a wrong password: %v, want cannot check", err)
	}
}

// Given a page with several forms, when it is probed, then they are listed with
// their fields and without values, the login forms among them are marked, and
// the one that is asked for is used.
func TestProbeListsForms(t *testing.T) {
	app := newStaffApp(t, manner{home: "/index.php", right: home, form: `
		<form action="/search.php"><input name=q value=find-me><button>Go</button></form>
		<form method=POST action="/family.php?lang=zh&s=0123456789abcdef"><input name=no><input type=password name=pin></form>
		<form method=post><input type=hidden name=csrf value="%s"><select name=ward><option>East</select><input name=user type=text><input type=password name=pass><input type=checkbox name=keep><input name=centre></form>
		<form method=post action=/new.php><input name=mail><input type=password name=one><input type=password name=two></form>`})
	probing, err := form.Look(t.Context(), app.URL+"/login.php")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"{GET /search.php [{q text} { button}]  }",
		"{POST /family.php?lang=zh&s=… [{no text} {pin password}] no pin}",
		"{POST /login.php [{csrf hidden} {ward select} {user text} {pass password} {keep checkbox} {centre text}] user pass}",
		"{POST /new.php [{mail text} {one password} {two password}]  }",
	}
	for i, f := range probing.Forms() {
		if got := fmt.Sprint(f); got != want[i] {
			t.Errorf("form %d is %s, want %s", i+1, got, want[i])
		}
	}
	for _, fields := range [][2]string{{"user", "pin"}, {"q", "pass"}, {"user", "user"}, {"csrf", "pass"}, {"", ""}} {
		if _, err := probing.Use(fields[0], fields[1]); err == nil || err.Error() != string(form.NoFields) {
			t.Errorf("fields %q: %v", fields, err)
		}
	}
	notes, err := probing.Use("user", "pass")
	if err != nil || fmt.Sprint(notes) != fmt.Sprint([]form.Finding{{Kind: form.ThirdField, Detail: "centre"}}) {
		t.Errorf("the login form: %v, %v", notes, err)
	}
	c, err := probing.Compare(t.Context(), staffName, staffPass)
	if err != nil {
		t.Fatal(err)
	}
	block, err := c.Block("")
	if err != nil || !strings.Contains(block, "\tfields user pass\n\tlogout /logout.php\n") {
		t.Errorf("%v:\n%s", err, block)
	}
}

// Given an operator who gives up while the app is slow, when a login has just
// worked, then it is logged out all the same.
func TestProbeThatIsStoppedLogsOut(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	app := newStaffApp(t, manner{home: "/index.php", right: `<meta http-equiv=refresh content="0; url=/slow.php">` + home})
	inner := app.Config.Handler
	app.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow.php" {
			stop()
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	})
	probing, err := form.Look(t.Context(), app.URL+"/login.php")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := probing.Use("user", "pass"); err != nil {
		t.Fatal(err)
	}
	if _, err := probing.Compare(ctx, staffName, staffPass); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	app.mu.Lock()
	defer app.mu.Unlock()
	if app.rights != 1 || len(app.sessions) != 0 {
		t.Errorf("%d logins, %d left open", app.rights, len(app.sessions))
	}
}

// Given the real DokuWiki, when its login page is probed with a name in
// capitals, then the block logs people in, and the wiki sees each visit end.
func TestProbeOfDokuWiki(t *testing.T) {
	base, users := servertest.DokuWiki(t)
	f, err := probe(t, base+"/doku.php?id=start&do=login", "Alice", users["alice"])
	if err != nil {
		t.Fatal(err)
	}
	want := "accounts form " + base + "/doku.php?id=start&do=login {\n\tfields u p\n\tlogout /doku.php?id=start&do=logout\n" +
		"\t# if nobody can change it:\n\t# account \"(?s)Logged in as:.{0,300}?\\(<bdi>([^<]+)</bdi>\"\n}\n"
	if f.block != want || f.account != "alice" {
		t.Errorf("account %q, block\n%swant\n%s", f.account, f.block, want)
	}
	read := load(t, strings.NewReplacer("accounts form", "form", "# account", "account").Replace(f.block))
	for user, password := range users {
		if got, err := read.CheckPassword(t.Context(), strings.ToUpper(user), password); err != nil || got.Name != user {
			t.Errorf("%s by the pattern: account %q, %v", user, got.Name, err)
		}
	}
	if err := (checker{read}).check(t, "alice", users["bob"]); outcome(err) != "wrong" {
		t.Errorf("a wrong password: %v", err)
	}
}
