package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// imports says whose an account is before its person comes.
func (w *world) imports(number, account string) {
	w.t.Helper()
	w.browser().visit("/") // the gate has opened its store by then
	asker, err := caddyiamsmart.AskerOf(w.Gate)
	if err != nil {
		w.t.Fatal(err)
	}
	if outcome, err := asker.Import(w.t.Context(), number, account); err != nil || outcome != linkup.OutcomeNew {
		w.t.Fatalf("%s, %v", outcome, err)
	}
}

// scope is what the login page would ask iAM Smart for.
func (w *world) scope() string {
	w.t.Helper()
	b := w.browser()
	to, err := url.Parse(b.press(b.visit("/"), "/iamsmart/login", url.Values{"device": {"this"}}).Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	return to.Query().Get("scope")
}

// arrivesExpected logs a person in for whom an import may wait, up to the phone.
func (w *world) arrivesExpected(person, path string) *browser {
	w.t.Helper()
	b := w.browser()
	b.follow(b.decide(b.visit(path), person, "approve")).want(w.t, 200, "Open iAM Smart on your phone", "identity card number")
	return b
}

// Given a home that has said whose an account is, when that person comes for the first
// time, then one approval on the phone links them without a further page, once, and
// from then on nobody is asked for a number any more.
func TestAnImportedPersonIsLinkedWithoutAPage(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", name: "陳測試明"})
	w := newWorld(t, site{Gate: english, Accounts: staff.block(), Scopes: profileScopes})
	if scope := w.scope(); scope != "eidapi_auth" {
		t.Errorf("before the import a login asks for %q", scope)
	}
	w.imports(card(t, "Z000001"), "kchan")
	if scope := w.scope(); scope != "eidapi_auth eidapi_profiles" {
		t.Errorf("with the import a login asks for %q", scope)
	}
	b := w.arrivesExpected("chan", "/residents?room=101")
	seen := b.overhears()
	if fields := w.phone("chan").Fields; len(fields) != 1 || fields[0] != "idNo" {
		t.Errorf("asked for %v", fields)
	}
	b.visit("/residents").want(t, 401) // T50: until they have answered they are nobody
	w.answers("chan", "approve")
	b.visit("/iamsmart/link/wait").want(t, 200, "Your account has been linked", "KChan")
	if p := b.visit("/"); p.user() != "KChan" {
		t.Errorf("greeted as %q", p.user())
	}
	w.nowhere("Z000001", seen.String(), sent(w))
	if scope := w.scope(); scope != "eidapi_auth" || w.rows("expected_links") != 0 {
		t.Errorf("afterwards a login asks for %q, and %d imports wait", scope, w.rows("expected_links"))
	}
	if p := w.browser().login("chan", "approve"); p.user() != "KChan" {
		t.Errorf("the next time %q is greeted", p.user())
	}
	// It was used once: who unlinks is as everybody.
	w.browser().login("wong", "approve").want(t, 200, "First login")
}

// Given an import that does not know a person, then they go on as everybody; where
// numbers find accounts, the same answer is used for that.
func TestWhomTheImportDoesNotKnow(t *testing.T) {
	for way, says := range map[string]string{"password": "Link my existing account", "password hkic": "Is this your account?"} {
		t.Run(way, func(t *testing.T) {
			staff := staffFile(t, employee{login: "KChan"}, employee{login: "Wong", card: card(t, "Z000002")})
			w := newWorld(t, site{Gate: english + "link " + way + "\n", Accounts: staff.block(), Scopes: profileScopes})
			w.imports(card(t, "Z000001"), "KChan")
			b := w.arrivesExpected("wong", "/")
			w.answers("wong", "approve")
			p := b.visit("/iamsmart/link/wait").want(t, 200, says)
			if strings.Contains(p.body, "KChan") {
				t.Error("the page tells of somebody else's account")
			}
			if len(w.sim.Waiting()) != 0 {
				t.Error("the person is asked twice")
			}
			if way == "password" {
				p = b.password("wong", "correct horse")
			}
			b.yes(p.want(t, 200, "Wong")).want(t, 200, "has been linked", "Wong")
			// And who is nobody's at all
			b = w.arrivesExpected("testa", "/")
			w.answers("testa", "approve")
			if p = b.visit("/iamsmart/link/wait"); way == "password" {
				p.want(t, 200, "First login")
			} else {
				b.visit(p.want(t, 403, "No matching account").linkTo("Back")).want(t, 200, "First login")
			}
			w.nobody(b)
			if n := w.rows("expected_links"); n != 1 {
				t.Errorf("%d imports wait", n)
			}
		})
	}
}

// A person who does not give the number goes on as everybody, and is asked again the
// next time they log in.
func TestAnImportedPersonWhoDeclines(t *testing.T) {
	w := newWorld(t, site{Gate: english, Accounts: staffFile(t, employee{login: "KChan"}).block(), Scopes: profileScopes})
	w.imports(card(t, "Z000001"), "KChan")
	b := w.arrivesExpected("chan", "/")
	w.answers("chan", "reject")
	p := b.visit("/iamsmart/link/wait").want(t, 403, "You cancelled or declined")
	b.visit(p.linkTo("Back")).want(t, 200, "Link my existing account")
	w.nobody(b)
	b = w.arrivesExpected("chan", "/")
	wait := b.visit("/iamsmart/link/wait")
	b.submit(wait, "/iamsmart/link", url.Values{"step": {"cancelwait"}}).want(t, 200, "Link my existing account")
	b.yes(b.password("KChan", "correct horse")).want(t, 200, "has been linked", "KChan")
}

// Given an account that was closed, deleted, given a new key or made anew since it was
// imported, then nobody gets it, and the person is told.
func TestAnImportedAccountThatIsNoMore(t *testing.T) {
	for name, change := range map[string]string{
		"closed":  `UPDATE staff SET active = 0 WHERE login = 'KChan'`,
		"deleted": `DELETE FROM staff WHERE login = 'KChan'`,
		"another": `UPDATE staff SET id = 77 WHERE login = 'KChan'`,
	} {
		t.Run(name, func(t *testing.T) {
			staff := staffFile(t, employee{login: "KChan"}, employee{login: "Wong", card: card(t, "Z000002")})
			w := newWorld(t, site{Gate: english, Accounts: staff.block(), Scopes: profileScopes})
			w.imports(card(t, "Z000001"), "KChan")
			b := w.arrivesExpected("chan", "/")
			staff.exec(change)
			w.answers("chan", "approve")
			p := b.visit("/iamsmart/link/wait").want(t, 403, "cannot be used now", "Ref")
			b.visit(p.linkTo("Back")).want(t, 200, "First login")
			w.nobody(b)
			if n := w.rows("links"); n != 0 {
				t.Errorf("%d links", n)
			}
		})
	}
}

// Given records that do not answer while an imported person comes, then nobody is
// linked to what was not looked at, by no form; the next time it works.
func TestTheRecordsAreAwayForAnImportedPerson(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan"})
	w := newWorld(t, site{Gate: last, Accounts: staff.block(), Scopes: profileScopes})
	w.imports(card(t, "Z000001"), "KChan")
	b := w.arrivesExpected("chan", "/")
	staff.exec(`ALTER TABLE staff RENAME TO away`)
	w.answers("chan", "approve")
	p := b.visit("/iamsmart/link/wait").want(t, 502, "cannot be checked now")
	p = b.visit(p.linkTo("Back")).want(t, 200, "First login")
	if strings.Contains(p.body, "KChan") {
		t.Error("the account that was not looked at is offered")
	}
	w.nobody(b)
	staff.exec(`ALTER TABLE away RENAME TO staff`)
	b = w.arrivesExpected("chan", "/")
	w.answers("chan", "approve")
	b.visit("/iamsmart/link/wait").want(t, 200, "has been linked", "KChan")
}

// Given an import that has expired, or whose row was altered in the store, then it
// links nobody.
func TestAnImportThatDoesNotCount(t *testing.T) {
	t.Run("expired", func(t *testing.T) {
		w := newWorld(t, site{Gate: english, Accounts: staffFile(t, employee{login: "KChan"}).block(), Scopes: profileScopes})
		w.imports(card(t, "Z000001"), "KChan")
		w.asIf(`UPDATE expected_links SET expires = ?`, time.Now().Add(-time.Minute).UnixMilli())
		if scope := w.scope(); scope != "eidapi_auth" {
			t.Errorf("a login asks for %q", scope)
		}
		w.firstTime("chan")
	})
	t.Run("altered", func(t *testing.T) {
		w := newWorld(t, site{Gate: english, Accounts: staffFile(t, employee{login: "KChan"}, employee{login: "boss"}).block(), Scopes: profileScopes})
		w.imports(card(t, "Z000001"), "KChan")
		w.behind(`UPDATE expected_links SET account_name = 'boss', account_key = 'key:2'`)
		b := w.arrivesExpected("chan", "/")
		w.answers("chan", "approve")
		if p := b.visit("/iamsmart/link/wait"); p.StatusCode < 400 {
			t.Errorf("status %d", p.StatusCode)
		}
		w.nobody(b)
	})
}

// Given an import that comes while a person is at iAM Smart, whose login therefore does
// not allow to ask for a number, then they go on as everybody.
func TestAnImportThatComesDuringALogin(t *testing.T) {
	w := newWorld(t, site{Gate: english, Accounts: staffFile(t, employee{login: "KChan"}).block(), Scopes: profileScopes})
	b := w.browser()
	back := b.decide(b.visit("/"), "chan", "approve")
	w.imports(card(t, "Z000001"), "KChan")
	b.follow(back).want(t, 200, "First login")
}

// Given an import for an account that somebody else was linked to meanwhile, then the
// person is told, and nothing changes. An answer without a number is nobody's import.
func TestAnImportedAccountThatIsTaken(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan"})
	c := &rewriting{}
	w := interposed(t, site{Gate: english, Accounts: staff.block(), Scopes: profileScopes, Simulator: simulator.Options{}}, c)
	thief := w.firstTime("wong")
	w.imports(card(t, "Z000001"), "KChan")
	thief.yes(thief.password("KChan", "correct horse")).want(t, 200, "has been linked")
	if n := w.rows("expected_links"); n == 1 {
		b := w.arrivesExpected("chan", "/")
		w.answers("chan", "approve")
		b.visit("/iamsmart/link/wait").want(t, 409, "already linked to someone else")
		w.nobody(b)
		c.change = func(content map[string]any) {
			content["idNo"] = map[string]any{"Identification": "", "CheckDigit": ""}
			content["gender"] = "M"
		}
		b = w.arrivesExpected("testa", "/")
		w.answers("testa", "approve")
		b.visit("/iamsmart/link/wait").want(t, 200, "First login")
	}
}
