package caddyiamsmart_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// caddyArguments is the variable that turns this test program into Caddy.
const caddyArguments = "IAMSMART_TEST_CADDY_ARGUMENTS"

// TestProcessOfCaddy is what caddyCommand starts; without its variable there is
// nothing to do.
func TestProcessOfCaddy(t *testing.T) {
	var arguments []string
	if json.Unmarshal([]byte(os.Getenv(caddyArguments)), &arguments) != nil {
		return
	}
	os.Args = append([]string{"caddy"}, arguments...)
	caddycmd.Main()
	os.Exit(0)
}

// caddyCommand is `caddy …` with the gate in it, as a process of its own.
func caddyCommand(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestProcessOfCaddy$")
	cmd.Env = append(os.Environ(), caddyArguments+"="+string(text), "LC_ALL=C.UTF-8", "HOME="+t.TempDir())
	return cmd
}

// probed is how one run of `caddy iamsmart accounts probe` went.
type probed struct {
	block, talk string
	code        int
}

func probe(t *testing.T, input string, arguments ...string) probed {
	t.Helper()
	cmd := caddyCommand(t, append([]string{"iamsmart", "accounts", "probe"}, arguments...)...)
	var out, talk bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	return probed{out.String(), talk.String(), cmd.ProcessState.ExitCode()}
}

// Given DokuWiki as nobody here has set it up, when its login page is probed
// from a script, then what comes out on standard output is a block with which
// Caddy starts and a person links their account, and nothing secret is shown.
func TestProbedBlockLinksAnAccountOfDokuWiki(t *testing.T) {
	wiki, users := servertest.DokuWiki(t)
	login := "alice\n" + users["alice"] + "\n"
	got := probe(t, login, wiki+"/doku.php?do=login")
	if got.code != 0 || !strings.HasPrefix(got.block, "accounts form ") {
		t.Fatalf("exit %d, block %q\n%s", got.code, got.block, got.talk)
	}
	if formatted := caddyfile.Format([]byte(got.block)); string(formatted) != got.block {
		t.Errorf("caddy fmt would change the block to\n%s", formatted)
	}
	for _, want := range []string{"sectok               hidden", "account 'alice'", "status 403, login form again"} {
		if !strings.Contains(got.talk, want) {
			t.Errorf("it does not say %q:\n%s", want, got.talk)
		}
	}
	if text := got.block + got.talk; strings.Contains(text, users["alice"]) {
		t.Errorf("the password is shown:\n%s", text)
	}

	w := newWorld(t, site{Gate: english, More: strings.NewReplacer("WIKIHOST", strings.TrimPrefix(wiki, "http://"), "BLOCK", got.block).Replace(`
http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		app wiki
		public_url {{.Gate2}}
		BLOCK
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	reverse_proxy WIKIHOST
}`)})
	b := w.browser()
	p := b.visit(w.Gate2 + "/doku.php?id=start")
	b.follow(b.decide(p.want(t, 401, "Log in"), "chan", "approve")).want(t, 200, "First login")
	b.password("alice", users["bob"]).want(t, 422, "not correct")
	p = b.password("alice", users["alice"]).want(t, 200, "Is this your account?", "alice")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "alice")
}

// twoForms is an app with two login forms on one page; the second is the
// staff's. Its pages hold what a terminal would obey.
func twoForms(t *testing.T) string {
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Cookie("STAFF")
		switch {
		case r.URL.Path == "/in" && r.PostFormValue("staff") == "chan.sm" && r.PostFormValue("word") == "night-shift-7":
			http.SetCookie(w, &http.Cookie{Name: "STAFF", Value: "c0ffee0123456789", Path: "/"})
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		case r.URL.Path == "/out":
			http.SetCookie(w, &http.Cookie{Name: "STAFF", Path: "/", MaxAge: -1})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case r.URL.Path == "/home" && c != nil:
			fmt.Fprint(w, "<a href=/out?logout>Log out</a>")
		default:
			fmt.Fprint(w, "<form method=post action=/family><input name=\"\x1b]0;owned\x07\"><input name=no><input type=password name=pin></form>"+
				"<form method=post action=/in><input type=hidden name=key value=hidden-value><input name=staff><input type=password name=word></form>")
		}
	}))
}

// Given any way to call the command, when it ends, then its exit status and its
// words, in either language, say how it went, and standard output holds a block
// only where there is one.
func TestProbeCommandSaysHowItWent(t *testing.T) {
	app := twoForms(t)
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	const login = "chan.sm\nnight-shift-7\n"
	for _, tt := range []struct {
		name      string
		input     string
		arguments []string
		code      int
		says      []string
	}{
		{"several forms", login, []string{app}, 1, []string{"1. POST /family   (login form)", "2. POST /in   (login form)", "--form <number>"}},
		{"by number", login, []string{app, "--form", "2"}, 0, []string{"account 'chan.sm'"}},
		{"by fields, lines of Windows", "chan.sm\r\nnight-shift-7\r\n", []string{app, "--fields", "staff,word"}, 0, []string{"user name goes into 'staff'"}},
		{"without a last line end", "chan.sm\nnight-shift-7", []string{app, "--form", "2", "--lang", "zh-HK"}, 0, []string{"（登入表格）", "隨機名稱", "帳戶「chan.sm」"}},
		{"no such form", login, []string{app, "--form", "3"}, 1, []string{"form 3 is no login form"}},
		{"no such fields", login, []string{app, "--fields", "staff,pin"}, 2, []string{"no form of the page has both fields"}},
		{"one field", login, []string{app, "--fields", "staff"}, 1, []string{"two names"}},
		{"both", login, []string{app, "--fields", "staff,word", "--form", "2"}, 1, []string{"none of the others can be"}},
		{"no login", "", []string{app, "--form", "2"}, 1, []string{"two lines are expected"}},
		{"half a login", "chan.sm\n", []string{app, "--form", "2", "--lang", "zh-HK"}, 1, []string{"標準輸入須有兩行"}},
		{"an empty password", "chan.sm\n\n", []string{app, "--form", "2"}, 1, []string{"the password is empty"}},
		{"a line without end", strings.Repeat("x", 5000), []string{app, "--form", "2"}, 1, []string{"a line of more than"}},
		{"a wrong login", "chan.sm\nday-shift-8\n", []string{app, "--form", "2"}, 2, []string{"login form again", "no block was written"}},
		{"a wrong login, in Chinese", "chan.sm\nday-shift-8\n", []string{app, "--form", "2", "--lang", "zh-HK"}, 2, []string{"拒絕", "沒有寫出設定"}},
		{"nobody there", login, []string{away.URL}, 3, []string{"refused"}},
		{"no address", login, []string{"records"}, 1, []string{"expected http://"}},
		{"nothing", login, nil, 1, []string{"accepts 1 arg"}},
		{"another language", login, []string{app, "--lang", "fr"}, 1, []string{"expected en or zh-HK"}},
		{"a password on the command line", login, []string{app, "chan.sm", "night-shift-7"}, 1, []string{"accepts 1 arg"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := probe(t, tt.input, tt.arguments...)
			if got.code != tt.code {
				t.Errorf("exit %d, want %d", got.code, tt.code)
			}
			for _, want := range tt.says {
				if !strings.Contains(strings.ToLower(got.talk), strings.ToLower(want)) {
					t.Errorf("it does not say %q", want)
				}
			}
			want := ""
			if tt.code == 0 {
				want = "accounts form " + app + " {\n\tfields staff word\n\tlogout /out?logout\n}\n"
			}
			if got.block != want {
				t.Errorf("standard output is %q, want %q", got.block, want)
			}
			for _, secret := range []string{"night-shift-7", "day-shift-8", "c0ffee0123456789", "hidden-value", "\x1b", "\x07"} {
				if strings.Contains(got.talk+got.block, secret) {
					t.Errorf("%q is shown", secret)
				}
			}
			if t.Failed() {
				t.Log(got.talk)
			}
		})
	}
}

// TestProbeHasASentenceForEachFinding: what the form checker's package can find,
// the command can say, in both languages.
func TestProbeHasASentenceForEachFinding(t *testing.T) {
	spoken := make(map[string]bool)
	var kinds []string
	for _, f := range house(t) {
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if f.dir == "caddyiamsmart/accounts/form" && n.Type != nil && isName(n.Type, "Kind") {
					kinds = append(kinds, n.Names[0].Name)
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.SelectorExpr); ok && f.name == "command_probe_words.go" {
					words := n.Value.(*ast.CompositeLit).Elts
					en, _ := literalText(words[0])
					zh, _ := literalText(words[1])
					han := strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) })
					same := strings.Contains(en, "%[1]s") == strings.Contains(zh, "%[1]s")
					spoken[key.Sel.Name] = en != "" && han && same
				}
			}
			return true
		})
	}
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds were found", len(kinds))
	}
	for _, kind := range kinds {
		if !spoken[kind] {
			t.Errorf("no sentence for %s, or not in both languages with the same values", kind)
		}
	}
}
