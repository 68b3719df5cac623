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
	for name, c := range map[string]struct {
		gate, header string
		imports      bool
		login, add   string
	}{
		"passwords":            {login: least, add: least},
		"a code":               {gate: "link password code", login: least, add: least},
		"numbers":              {gate: "link password hkic", login: profiles, add: profiles},
		"names are compared":   {gate: "link_name_match warn", login: profiles, add: profiles},
		"a header takes some":  {header: "header_up X-Remote-User {iamsmart.account}\nheader_up X-Gender {iamsmart.gender}", login: profiles, add: profiles},
		"accounts on request":  {gate: "link password register", login: profiles, add: profiles},
		"imports of others":    {imports: true, login: profiles, add: least},
		"a form of few fields": {gate: "link password register\nregister form {{.App}}/register {\nfield user {iamsmart.username}\nfield pass {iamsmart.password}\n}", login: least, add: least},
	} {
		t.Run(name, func(t *testing.T) {
			staff := staffFile(t, employee{login: "KChan", name: "CHAN Siu Ming Test"}, employee{login: "Wong", card: card(t, "Z000002")})
			w := newWorld(t, site{Gate: english + "accounts_per_person 2\n", Accounts: staff.block(), Scopes: profileScopes})
			b := w.arrive("chan", "KChan", "correct horse")
			w.Site.Gate += w.fill(c.gate) + "\n"
			if c.header != "" {
				w.Site.Header = c.header
			}
			w.load()
			if c.imports {
				w.imports(card(t, "Z000002"), "Wong")
			}
			if got := w.scope(); got != c.login {
				t.Errorf("a login asks for %q", got)
			}
			if got := b.asksScope("add"); got != c.add {
				t.Errorf("one more account asks for %q", got)
			}
			if got := b.asksScope("unlink"); got != least {
				t.Errorf("unlinking asks for %q", got)
			}
		})
	}
}
