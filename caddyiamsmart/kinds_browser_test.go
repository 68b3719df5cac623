package caddyiamsmart_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// walk is a home whose accounts live in one kind of place, and its application.
type walk struct {
	app      string // of the gate, unlike every other
	accounts string // the directive
	behind   string // address of the application
	opens    string // page of the application that the person wants
	landed   string // selector of what only that page has
	types    string // in the form; "" where an import has said whose account it is
	password string
	account  string // whom the application greets
}

// kindWalks starts a server for each kind of place and fills it.
func kindWalks(t *testing.T, legacy string) []walk {
	nurse := employee{login: "KChan", name: "CHAN Siu Ming", card: "none"}
	plain := walk{behind: legacy, opens: "/residents", landed: "#user", types: "kchan", password: "correct horse", account: "KChan"}
	at := func(app, accounts string) walk {
		w := plain
		w.app, w.accounts = app, accounts
		return w
	}
	_, postgres := inPostgres(t, nurse)
	_, mariaDB := inMariaDB(t, nurse)
	care := serve(t, newCareApp(colleague{name: "KChan", password: "correct horse"}))
	imported := at("import", postgres)
	imported.types = ""
	wiki, users := servertest.DokuWiki(t)
	return []walk{
		{
			app: "form", behind: wiki, opens: "/doku.php?id=start", landed: ".dokuwiki", types: "Alice", password: users["alice"], account: "alice",
			accounts: strings.ReplaceAll(`accounts form "WIKI/doku.php?id=start&do=login" {
				fields u p
				success status 302
				success body "Logged in as:"
				failure status 403
				confirm "/doku.php?id=start&do=profile" "Update Profile"
				account "\(<bdi>([^<]+)</bdi>\)"
				logout "/doku.php?id=start&do=logout"
			}`, "WIKI", wiki),
		},
		at("basic", "accounts basic "+care+"/ping {\n"+carePattern+"\n}"),
		at("ldap", inSlapd(t, nurse)),
		at("postgres", postgres),
		at("mariadb", mariaDB),
		imported,
	}
}

// Given homes whose accounts live in DokuWiki, behind Basic, in OpenLDAP, in PostgreSQL and
// in MariaDB, and one that has imported its staff, when a person comes for the first time
// with a real browser, then each page leads to the next up to the application, which greets
// them by the name of the records; and from a fresh browser they go straight in.
func TestEachKindOfAccountsInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	// The application greets by the header, and stands before the wiki at one path.
	legacy := serve(t, newLegacy())
	walks := kindWalks(t, legacy)
	gates := make([]string, len(walks))
	var blocks strings.Builder
	for i, k := range walks {
		gates[i] = fmt.Sprintf("http://localhost:%d", freePort(t))
		fmt.Fprintf(&blocks, `
%s {
	iamsmart {
		app %s
		public_url %[1]s
		%[3]s
		header_up X-Remote-User {iamsmart.account}
		%[4]s
	}
	reverse_proxy /greet %[5]s
	reverse_proxy %[6]s
}`, gates[i], k.app, k.accounts, english, strings.TrimPrefix(legacy, "http://"), strings.TrimPrefix(k.behind, "http://"))
	}
	dir, err := os.MkdirTemp("", "iamsmart") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin.sock")
	w := newWorld(t, site{Admin: "admin unix/" + socket, Gate: english, Scopes: profileScopes, Portal: registered(gates), More: blocks.String()})
	o := &office{w, socket}
	o.does("bans", "list", "--app=import").want(t, 0) // the gate has opened its store by then
	list := sheet(t, "account,hkic_hash\nkchan,"+hashOf(t, filepath.Join(w.Dir, "iamsmart.key"), card(t, "Z000001"))+"\n")
	o.does("links", "import", "--app=import", list).want(t, 0, "New 1,")

	for i, k := range walks {
		t.Run(k.app, func(t *testing.T) {
			here := *w
			here.t, here.Gate = t, gates[i]
			v := &victim{t: t, w: &here, ctx: ctx}
			v.walks(k)
			way := "password"
			if k.types == "" {
				way = "import"
			}
			links := o.in(t).does("links", "list", "--app="+k.app, "--json")
			links.want(t, 0, `"account": "`+k.account+`"`, `"way": "`+way+`"`, `"source": "`+strings.Fields(k.accounts)[1]+`"`)
			if strings.Count(links.out, `"account":`) != 1 {
				t.Errorf("the links are\n%s", links.out)
			}
		})
	}
	for _, secret := range []string{"correct horse", "gate-hidden", bcryptOfFile, card(t, "Z000001")[:7]} {
		if strings.Contains(w.log(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// registered says in the portal where further gates are.
func registered(gates []string) func(*world, *simulator.Client) {
	return func(_ *world, client *simulator.Client) {
		for _, gate := range gates {
			client.RedirectURIs = append(client.RedirectURIs, gate+"/iamsmart/callback")
			client.CallbackURIs = append(client.CallbackURIs, gate+"/iamsmart/callback/profile")
		}
	}
}

// walks is a first login, and one from a fresh browser.
func (v *victim) walks(k walk) {
	v.t.Helper()
	const user, word, yes = `main form input[autocomplete="off"]`, `main form input[autocomplete="new-password"]`, "button[name=answer][value=yes]"
	press := func(selector, next string) {
		v.t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	says := func(words ...string) {
		v.t.Helper()
		text := v.text()
		for _, one := range words {
			if !strings.Contains(text, one) {
				v.t.Errorf("the page does not say %q:\n%s", one, text)
			}
		}
	}
	logsIn := func(next string) {
		v.t.Helper()
		v.becomes(nil)
		v.opens(k.opens)
		press("form.start button.iamsmart", "#approve")
		do(v, chromedp.Click(chromedp.CSS("#person-chan")))
		press("#approve", next)
	}
	const linked, goesOn = "form.undo", "main a.button"
	if k.types == "" {
		logsIn("#waiting")
		says("identity card number")
		v.w.answers("chan", "approve")
		do(v, chromedp.WaitVisible(chromedp.CSS(linked)))
	} else {
		logsIn(`main a[href*="way=password"]`)
		press(`main a[href*="way=password"]`, user)
		v.enters(user, k.types)
		v.enters(word, k.password)
		press("main form button.button", yes)
		says("Is this your account?", k.account)
		press(yes, linked)
	}
	says("has been linked", k.account)
	press(goesOn, k.landed)
	v.greeted(k.account)

	logsIn(k.landed) // nothing is asked for any more
	v.greeted(k.account)
}

// greeted looks at whom the headers tell the application.
func (v *victim) greeted(account string) {
	v.t.Helper()
	v.opens("/greet")
	do(v, chromedp.WaitVisible(chromedp.CSS("#user")))
	if text := v.text(); !strings.Contains(text, "<p id=\"user\">"+account+"</p>") {
		v.t.Errorf("the application does not greet %s:\n%s", account, text)
	}
}
