package caddyiamsmart_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// kindOfAccounts is a place where accounts live, and what it can do.
type kindOfAccounts struct {
	home func(t *testing.T) homeOfAccounts
	at   func(address string) string // the block that asks the server at an address; nil for a file

	closed    string // what a closed account with the right password is told as
	reads     bool   // accounts without their password, so it knows which names it has
	finds     bool   // accounts by the number of an identity card
	hashed    bool   // and holds these as keyed hashes
	lists     bool
	tells     bool   // whether a password was sent
	attribute string // that holds the ward
}

// homeOfAccounts is one of these places with the staff of one home in it.
type homeOfAccounts struct {
	block   string // what follows the word "accounts"
	change  func(what string)
	secrets []string
}

// kindsOfAccounts are all that the gate has: a new kind has to be put here. SQL stands
// once for each server that there is to try it with.
var kindsOfAccounts = map[string]kindOfAccounts{
	"form": {
		home: atForm, closed: "state", tells: true,
		at: func(address string) string { return "form http://" + address + "/login {\n fields u p\n}" },
	},
	"basic": {
		home: atBasic, closed: "cannot check", tells: true,
		at: func(address string) string { return "basic http://" + address + "/ping" },
	},
	"ldap": {
		home: atSlapd, closed: "state", reads: true, finds: true, lists: true, tells: true, attribute: "departmentnumber",
		at: func(address string) string {
			return "ldap ldap://" + address + " {\n tls off\n bind cn=service-user service-pass\n base dc=example,dc=com\n user (uid={username})\n}"
		},
	},
	"sql PostgreSQL": {
		home: atPostgres, closed: "state", reads: true, finds: true, attribute: "ward",
		at: func(address string) string {
			return `sql postgres "postgres://service-user:service-pass@` + address + `/records?sslmode=disable" {` + statements + `}`
		},
	},
	"sql MariaDB": {
		home: atMariaDB, closed: "state", reads: true, finds: true, attribute: "ward",
		at: func(address string) string {
			return `sql mysql "service-user:service-pass@tcp(` + address + `)/records" {` + statements + `}`
		},
	},
	"sql SQLite": {home: atSQLite, closed: "state", reads: true, finds: true, attribute: "ward"},
	"file":       {home: atList, closed: "state", reads: true, finds: true, hashed: true, lists: true, attribute: "ward"},
}

// Given what Caddy knows of kinds of accounts, then each of them is in the suite.
func TestEachKindOfAccountsIsInTheSuite(t *testing.T) {
	known := make(map[string]bool)
	for _, m := range caddy.GetModules("iamsmart.accounts") {
		known[m.ID.Name()] = false
	}
	for name := range kindsOfAccounts {
		word, _, _ := strings.Cut(name, " ")
		if _, is := known[word]; !is {
			t.Errorf("%s is no kind", name)
		}
		known[word] = true
	}
	for word, tried := range known {
		if !tried {
			t.Errorf("nothing of the suite tries the kind %s", word)
		}
	}
}

// The staff whom each place has. Ho.KM has left, and two have one number by mistake.
func staffOfAll(t *testing.T) []employee {
	return []employee{
		{login: "KChan", name: "CHAN Siu Ming", card: card(t, "Z000001")},
		{login: "Wong.ML", name: "WONG Mei Ling", card: "z 000002 (" + card(t, "Z000002")[8:]},
		{login: "Ho.KM", name: "HO Ka Man", card: card(t, "Z000003"), left: true},
		{login: "Lee.A", name: "LEE A", card: card(t, "C111111")},
		{login: "Lee.B", name: "LEE B", card: "c 111111" + card(t, "C111111")[7:]},
	}
}

func appOfAll(t *testing.T) (*careApp, string) {
	app := newCareApp()
	for _, e := range staffOfAll(t) {
		app.staff[strings.ToLower(e.login)] = colleague{e.login, "correct horse", e.left}
	}
	return app, serve(t, app)
}

const carePattern = `account "Logged in as <b>([^<]+)</b>"`

func atForm(t *testing.T) homeOfAccounts {
	app, base := appOfAll(t)
	t.Cleanup(func() {
		if n := app.open(); n != 0 {
			t.Errorf("%d sessions of the application were left open", n)
		}
	})
	return homeOfAccounts{block: "form " + base + "/login {\n fields user pass\n logout /logout\n " + carePattern + "\n}"}
}

func atBasic(t *testing.T) homeOfAccounts {
	_, base := appOfAll(t)
	return homeOfAccounts{block: "basic " + base + "/ping {\n " + carePattern + "\n}"}
}

func atSlapd(t *testing.T) homeOfAccounts {
	d, block := directoryOf(t, staffOfAll(t)...)
	dn := func(uid string) string { return "uid=" + uid + ",ou=staff," + d.Suffix }
	change := func(what string) {
		c, err := ldapv3.DialURL(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err = c.Bind(d.Admin, d.Password); err != nil {
			t.Fatal(err)
		}
		switch what {
		case "password":
			q := ldapv3.NewModifyRequest(dn("KChan"), nil)
			q.Replace("userPassword", []string{"battery staple"})
			err = c.Modify(q)
		case "renamed":
			err = c.ModifyDN(ldapv3.NewModifyDNRequest(dn("KChan"), "uid=KChan2", true, ""))
		case "reused":
			err = c.ModifyDN(ldapv3.NewModifyDNRequest(dn("Wong.ML"), "uid=KChan", true, ""))
		case "fired":
			err = c.Del(ldapv3.NewDelRequest(dn("KChan2"), nil))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return homeOfAccounts{strings.TrimPrefix(block, "accounts "), change, []string{d.Password}}
}

func atPostgres(t *testing.T) homeOfAccounts { return inRecords(inPostgres(t, staffOfAll(t)...)) }
func atMariaDB(t *testing.T) homeOfAccounts  { return inRecords(inMariaDB(t, staffOfAll(t)...)) }

func atSQLite(t *testing.T) homeOfAccounts {
	r := staffFile(t, staffOfAll(t)...)
	return inRecords(r, r.block())
}

func inRecords(r records, block string) homeOfAccounts {
	change := func(what string) {
		r.exec(map[string]string{
			"password": `UPDATE staff SET pw = '` + bcryptOfOther + `' WHERE login = 'KChan'`,
			"renamed":  `UPDATE staff SET login = 'KChan2' WHERE login = 'KChan'`,
			"reused":   `UPDATE staff SET login = 'KChan' WHERE login = 'Wong.ML'`,
			"fired":    `DELETE FROM staff WHERE login = 'KChan2'`,
		}[what])
	}
	return homeOfAccounts{strings.TrimPrefix(block, "accounts "), change, []string{"gate-hidden", bcryptOfFile}}
}

func atList(t *testing.T) homeOfAccounts {
	text := "name,key,hash,state,display_name,hkic_hash,ward\n"
	for i, e := range staffOfAll(t) {
		text += fmt.Sprintf("%s,%d,%s,%t,%s,%s,2A\n", e.login, i+1, bcryptOfFile, !e.left, e.name, hashOfNumber(accounts.CanonicalHKIC(e.card)))
	}
	l := newStaffList(t, text)
	change := func(what string) {
		switch what {
		case "password":
			text = strings.Replace(text, bcryptOfFile, bcryptOfOther, 1)
		case "renamed":
			text = strings.Replace(text, "\nKChan,", "\nKChan2,", 1)
		case "reused":
			text = strings.Replace(text, "\nWong.ML,", "\nKChan,", 1)
		case "fired":
			before, row, _ := strings.Cut(text, "\nKChan2,")
			_, after, _ := strings.Cut(row, "\n")
			text = before + "\n" + after
		}
		l.write(text)
	}
	return homeOfAccounts{"file " + l.path, change, []string{bcryptOfFile}}
}

func hashOfNumber(canonical string) string {
	return accounts.HKICHashText(sha256.Sum256([]byte("a key of the gate " + canonical)))
}

// loadKind brings a kind of accounts to life as Caddy does, from the block that follows
// the word "accounts".
func loadKind(t *testing.T, block string) accounts.PasswordChecker {
	t.Helper()
	kind, _, _ := strings.Cut(block, " ")
	info, err := caddy.GetModule("iamsmart.accounts." + kind)
	if err != nil {
		t.Fatal(err)
	}
	written := info.New()
	if err := written.(caddyfile.Unmarshaler).UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	source, err := tryKind(kind, string(config))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := source.(caddy.CleanerUpper); ok {
		t.Cleanup(func() { _ = c.Cleanup() })
	}
	return source
}

func tryKind(kind, config string) (accounts.PasswordChecker, error) {
	info, err := caddy.GetModule("iamsmart.accounts." + kind)
	if err != nil {
		return nil, err
	}
	module := info.New()
	if err := caddy.StrictUnmarshalJSON([]byte(config), module); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	if err := module.(caddy.Provisioner).Provision(ctx); err != nil {
		return nil, err
	}
	if v, ok := module.(caddy.Validator); ok {
		err = v.Validate()
	}
	return module.(accounts.PasswordChecker), err
}
