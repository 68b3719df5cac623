package caddyiamsmart_test

import (
	"net/url"
	"testing"
)

// asksScope presses a button of the person's own page, and returns what iAM Smart is
// asked to allow.
func (b *browser) asksScope(act string) string {
	b.t.Helper()
	b.at = ""
	to, err := url.Parse(b.press(b.visit("/iamsmart/account"), "/iamsmart/account", url.Values{"step": {act}, "device": {"this"}}).Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	return to.Query().Get("scope")
}

// Given what an operator has configured, when somebody logs in, unlinks or links one
// more account, then iAM Smart is asked to allow what that needs, and no more: where it
// was not granted, that alone would refuse them.
func TestIAmSmartIsAskedToAllowNoMoreThanIsNeeded(t *testing.T) {
	const least, profiles = "eidapi_auth", "eidapi_auth eidapi_profiles"
	staff := staffFile(t, employee{login: "KChan", name: "CHAN Siu Ming Test"}, employee{login: "Wong", card: card(t, "Z000002")})
	w := newWorld(t, site{Gate: english, Accounts: staff.block(), Scopes: profileScopes})
	b := w.arrive("chan", "KChan", "correct horse")
	for _, c := range []struct {
		name, gate, header string
		imports            bool
		login, add         string
	}{
		{name: "passwords", login: least, add: least},
		{name: "a code", gate: "link password code", login: least, add: least},
		{name: "numbers", gate: "link password hkic", login: profiles, add: profiles},
		{name: "names are compared", gate: "link_name_match warn", login: profiles, add: profiles},
		{name: "a header", header: "\nheader_up X-Gender {iamsmart.gender}", login: profiles, add: profiles},
		{name: "accounts on request", gate: "link password register", login: profiles, add: profiles},
		{
			name: "a form that takes nothing of iAM Smart", login: least, add: least,
			gate: "link password register\nregister form {{.App}}/register {\nfield user {iamsmart.username}\nfield pass {iamsmart.password}\n}",
		},
		{name: "imports of others", imports: true, login: profiles, add: least},
	} {
		w.Site.Gate, w.Site.Header = english+"accounts_per_person 2\n"+w.fill(c.gate)+"\n", "header_up X-Remote-User {iamsmart.account}"+c.header
		w.load()
		if c.imports {
			w.imports(card(t, "Z000002"), "Wong")
		}
		if got := w.scope(); got != c.login {
			t.Errorf("%s: a login asks for %q", c.name, got)
		}
		if got := b.asksScope("add"); got != c.add {
			t.Errorf("%s: one more account asks for %q", c.name, got)
		}
		if got := b.asksScope("unlink"); got != least {
			t.Errorf("%s: unlinking asks for %q", c.name, got)
		}
	}
}
