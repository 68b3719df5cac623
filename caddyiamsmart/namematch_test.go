package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"
)

// proves types a password where the gate then asks iAM Smart for the name, up to the
// phone.
func (b *browser) provesAndIsAsked(user, password string) *shown {
	b.t.Helper()
	return b.password(user, password).want(b.t, 200, "Open iAM Smart on your phone", "name in English", "name in Chinese")
}

// Given a gate that compares names, when a person has proven an account, then they are
// asked for their name, and see both beside each other before they say yes.
func TestBothNamesAreShown(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "Chan Siu-Ming Test"}, employee{login: "boss", name: "LEE Big Boss"}, employee{login: "ward2", name: ""})
	for account, c := range map[string]struct {
		warn, require bool // whether it warns, and whether it refuses
		status        int
	}{
		"KChan": {false, false, 200}, "boss": {true, true, 403}, "ward2": {false, true, 403},
	} {
		t.Run(account, func(t *testing.T) {
			w := newWorld(t, site{Gate: english + "link_name_match warn\n", Accounts: staff.block(), Scopes: profileScopes})
			b := w.firstTime("chan")
			seen := b.overhears()
			b.provesAndIsAsked(account, "correct horse")
			if fields := strings.Join(w.phone("chan").Fields, " "); fields != "enName chName" {
				t.Errorf("asked for %q", fields)
			}
			// Nothing but the answer leads on.
			b.visit("/iamsmart/link").want(t, 200, "Waiting for your answer")
			w.answers("chan", "approve")
			p := b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", account, "陳測試明 CHAN, Test Siu Ming")
			if warns := strings.Contains(p.body, "The two names are not the same"); warns != c.warn {
				t.Errorf("warns: %t", warns)
			}
			b.yes(p).want(t, 200, "has been linked", account)
			if p := b.visit("/"); p.user() != account {
				t.Errorf("greeted as %q", p.user())
			}
			w.nowhere("Z000001", seen.String())

			w = newWorld(t, site{Gate: english + "link_name_match require\n", Accounts: staff.block(), Scopes: profileScopes})
			b = w.firstTime("chan")
			b.provesAndIsAsked(account, "correct horse")
			w.answers("chan", "approve")
			p = b.visit("/iamsmart/link/wait").want(t, c.status)
			if !c.require {
				b.yes(p).want(t, 200, "has been linked")
				return
			}
			p.want(t, 403, "names are not the same", "Ref")
			w.nobody(b)
			// The way back is open, and the account that is theirs can be linked.
			b.visit(p.linkTo("Back")).want(t, 200, "First login")
			p = b.password("KChan", "correct horse").want(t, 200, "Is this your account?", "KChan") // the name is known by now
			b.yes(p).want(t, 200, "has been linked", "KChan")
		})
	}
}

// Given a confirm page, when its form is sent although the names differ, or before the
// name is known, then nothing is linked.
func TestNoFormGoesRoundTheNames(t *testing.T) {
	staff := staffFile(t, employee{login: "boss", name: "LEE Big Boss"})
	for _, end := range []string{"password", "iamsmart"} {
		w := newWorld(t, site{Gate: english + "link_name_match require\nlink_last " + end + "\n", Accounts: staff.block(), Scopes: profileScopes})
		b := w.firstTime("chan")
		wait := b.provesAndIsAsked("boss", "correct horse")
		b.submit(wait, "/iamsmart/link", url.Values{"step": {"cancelwait"}})
		confirm := b.visit("/iamsmart/link").want(t, 200, "Is this your account?")
		token := url.Values{"token": {hidden(confirm, "token")}, "answer": {"yes"}, "device": {"this"}}
		for _, step := range []string{"confirm", "approve"} {
			token.Set("step", step)
			b.at = w.Gate + "/iamsmart/link"
			b.follow(b.ask("POST", w.Gate+"/iamsmart/link", token, nil)).want(t, 200, "Open iAM Smart on your phone")
			w.nobody(b)
			b.at = w.Gate + "/iamsmart/link"
		}
		w.answers("chan", "approve")
		b.visit("/iamsmart/link/wait").want(t, 403, "names are not the same")
		for _, step := range []string{"confirm", "approve"} {
			token.Set("step", step)
			b.ask("POST", w.Gate+"/iamsmart/link", token, nil).want(t, 403)
		}
		w.nobody(b)
	}
}

// Given a person who does not give their name, then nothing is linked, the page says
// what happened, and the link-up stands: they may think again.
func TestWhoDoesNotGiveTheirName(t *testing.T) {
	for _, match := range []string{"warn", "require"} {
		for _, end := range []string{"password", "iamsmart"} {
			t.Run(match+" "+end, func(t *testing.T) {
				staff := staffFile(t, employee{login: "KChan", name: "陳測試明"})
				w := newWorld(t, site{Gate: english + "link_name_match " + match + "\nlink_last " + end + "\n", Accounts: staff.block(), Scopes: profileScopes})
				b := w.firstTime("chan")
				b.provesAndIsAsked("KChan", "correct horse")
				w.answers("chan", "reject")
				p := b.visit("/iamsmart/link/wait").want(t, 403, "You cancelled or declined")
				w.nobody(b)
				p = b.visit(p.linkTo("Back")).want(t, 200, "Is this your account?", "KChan")
				if strings.Contains(p.body, "not the same") {
					t.Error("it compares with a name that nobody gave")
				}
				say := func(p *shown) *shown {
					if end == "iamsmart" {
						return b.submit(p, "/iamsmart/link", url.Values{"device": {"this"}})
					}
					return b.yes(p)
				}
				say(p).want(t, 200, "Open iAM Smart on your phone")
				w.answers("chan", "approve")
				p = b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "KChan", "陳測試明")
				if end == "iamsmart" {
					b.follow(b.approve(p, "chan", "approve")).want(t, 200, "has been linked")
				} else {
					say(p).want(t, 200, "has been linked")
				}
				if p := b.visit("/"); p.user() != "KChan" {
					t.Errorf("greeted as %q", p.user())
				}
			})
		}
	}
}

// Given iAM Smart that tells no name, then `require` refuses and `warn` says nothing of
// two names.
func TestAPersonWithoutANameInIAmSmart(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "陳測試明"})
	for match, status := range map[string]int{"warn": 200, "require": 403} {
		c := &rewriting{change: func(content map[string]any) {
			delete(content, "enName")
			delete(content, "chName")
			content["gender"] = "M"
		}}
		w := interposed(t, site{Gate: english + "link_name_match " + match + "\n", Accounts: staff.block(), Scopes: profileScopes}, c)
		b := w.firstTime("chan")
		b.provesAndIsAsked("KChan", "correct horse")
		w.answers("chan", "approve")
		if p := b.visit("/iamsmart/link/wait").want(t, status); status == 200 && strings.Contains(p.body, "not the same") {
			t.Errorf("%s: it says that two names differ", match)
		}
	}
}

// Given numbers and names, then both are asked at once, and the names of whom the
// number finds are compared.
func TestNumberAndNameAtOnce(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "CHAN Siu Ming Test", card: card(t, "Z000001")}, employee{login: "wong", name: "Somebody Else", card: card(t, "Z000002")})
	w := newWorld(t, site{Gate: byNumber + "link_name_match require\n", Accounts: staff.block(), Scopes: profileScopes})
	b := w.firstTime("chan")
	b.asksNumber().want(t, 200, "identity card number, name in English, name in Chinese")
	if fields := strings.Join(w.phone("chan").Fields, " "); fields != "idNo enName chName" {
		t.Errorf("asked for %q", fields)
	}
	w.answers("chan", "approve")
	b.yes(b.visit("/iamsmart/link/wait").want(t, 200, "KChan", "CHAN, Test Siu Ming")).want(t, 200, "has been linked")
	b = w.firstTime("wong")
	b.visit(b.byNumber("wong").want(t, 403, "names are not the same").linkTo("Back")).want(t, 200, "First login")
	w.nobody(b)

	// And so of whom an import knows.
	w = newWorld(t, site{Gate: english + "link_name_match require\n", Accounts: staff.block(), Scopes: profileScopes})
	w.imports(card(t, "Z000001"), "wong")
	b = w.arrivesExpected("chan", "/")
	w.answers("chan", "approve")
	b.visit(b.visit("/iamsmart/link/wait").want(t, 403, "names are not the same").linkTo("Back")).want(t, 200, "First login")
	w.nobody(b)
}

// Given several ways, when the names differ, then the page leads back to all of them:
// nobody is left with the account that is not theirs.
func TestWhoseNamesDifferMayGoAnotherWay(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "CHAN Siu Ming Test"}, employee{login: "boss", name: "LEE Big Boss", card: card(t, "Z000001")})
	for _, end := range []string{"password", "iamsmart"} {
		w := newWorld(t, site{Gate: english + "link password hkic code\nlink_name_match require\nlink_last " + end + "\n", Accounts: staff.block(), Scopes: profileScopes})
		b := w.firstTime("chan")
		p := b.byNumber("chan").want(t, 403, "names are not the same", "Nothing was linked", "choose another account or another way")
		b.visit(p.linkTo("Back")).want(t, 200, "First login", "Link my existing account", "Use my identity card number", "I have a link code")
		b.password("boss", "correct horse").want(t, 403, "names are not the same")
		p = b.password("KChan", "correct horse").want(t, 200, "Is this your account?", "KChan")
		if end == "iamsmart" {
			b.follow(b.approve(p, "chan", "approve")).want(t, 200, "has been linked")
			continue
		}
		b.yes(p).want(t, 200, "has been linked")
	}
}

// Given a link from before the home compared names, when its account has gone and the
// person proves another, then iAM Smart is asked for the name, which is not known yet.
func TestAnOlderLinkDoesNotKnowTheName(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "CHAN Siu Ming Test"})
	w := newWorld(t, site{Gate: english, Accounts: staff.block(), Scopes: profileScopes, Header: "header_up X-Remote-User {iamsmart.account}\nheader_up X-Gender {iamsmart.gender}"})
	b := w.firstTime("chan")
	b.password("KChan", "correct horse").want(t, 200, "Open iAM Smart on your phone")
	w.answers("chan", "approve")
	b.yes(b.visit("/iamsmart/link/wait")).want(t, 200, "has been linked")
	w.Site.Gate += "link_name_match require\n"
	w.load()
	staff.exec(`UPDATE staff SET id = 2, login = 'SMChan'`)
	b = w.browser()
	b.login("chan", "approve").want(t, 200, "Prove your account once more")
	b.provesAndIsAsked("SMChan", "correct horse")
	w.answers("chan", "approve")
	b.yes(b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "CHAN, Test Siu Ming")).want(t, 200, "has been linked", "SMChan")
}
