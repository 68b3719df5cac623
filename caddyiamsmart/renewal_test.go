package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

// aged makes every link's proof so old, in its own eyes, by a gate that asks for a new
// one after a second.
func (w *world) aged() {
	w.t.Helper()
	w.t.Cleanup(caddyiamsmart.RecheckFrom(time.Millisecond))
	w.Site.Gate += "link_max_age 3s\n"
	w.load()
	time.Sleep(3200 * time.Millisecond)
}

// R11: given accounts that cannot be asked whether one still stands, when a proof is
// too old, then its person proves it again: the same account, not another.
func TestR11AProofThatIsTooOldIsGivenAgain(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.arrive("wong", "wong.ml", "ward-two-4")
	w.aged()
	if p := b.visit("/account-of-before"); p.StatusCode != 401 && p.user() != "chan.sm" {
		t.Errorf("the session of before: %d", p.StatusCode)
	}
	b = w.browser()
	p := b.login("chan", "approve").want(t, 200, "Prove your account once more", "Your link has ended", "chan.sm")
	if strings.Contains(p.body, "way=register") {
		t.Error("an account may be asked for")
	}
	b.visit("/").want(t, 401)
	if links, err := w.asker().Linker().Find(t.Context(), w.unlinked(b).Person); err != nil || len(links) != 1 {
		t.Fatalf("%d links, %v", len(links), err)
	}
	b.password("wong.ml", "ward-two-4").want(t, 409, "already linked to someone else")
	confirm := b.password("maria", "tea-at-three").want(t, 200, "Is this your account?")
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 409, "already have a linked account", "chan.sm")
	b.visit("/").want(t, 401)
	b.login("chan", "approve").want(t, 200, "Prove your account once more")
	b.password("chan.sm", "guess").want(t, 422, "not correct")
	b.linkUp("chan.sm", "night-shift-7").want(t, 200)
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
	if rows := w.trail("link_renewed"); len(rows) != 1 || rows[0].Account != "chan.sm" {
		t.Errorf("the trail says %v", rows)
	}
	if n := len(w.trail("linked")); n != 2 {
		t.Errorf("%d links were made", n)
	}
}

// R12: given a person whose record in iAM Smart is another since, then they prove the
// account again, and from then on log in as before; nothing of that is a new link.
func TestR12AChangedRecordIsProvenAgain(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	if err := w.sim.Reregister("chan", "CHAN, Test New Name", "陳新名"); err != nil {
		t.Fatal(err)
	}
	if p := b.visit("/"); p.user() != "chan.sm" { // nobody has asked iAM Smart
		t.Errorf("the session of before: %d, %q", p.StatusCode, p.user())
	}
	next := w.browser()
	next.login("chan", "approve").want(t, 200, "Prove your account once more", "Your iAM Smart record has changed", "chan.sm")
	next.visit("/").want(t, 401)
	confirm := next.password("maria", "tea-at-three").want(t, 200)
	next.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 409, "already have a linked account")
	next.login("chan", "approve").want(t, 200, "has changed")
	next.linkUp("chan.sm", "night-shift-7").want(t, 200)
	if p := next.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
	if err := w.oneLogin("chan", "chan.sm"); err != nil {
		t.Error(err)
	}
	if n := len(w.trail("linked")); n != 1 {
		t.Errorf("%d links were made", n)
	}
}

// Given a person with two accounts who chooses one whose proof is too old, then they
// prove that one.
func TestAChosenAccountIsProvenAgain(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	w.arrive("chan", "chan.sm", "night-shift-7").addsAccount("chan", "maria", "tea-at-three").want(t, 200)
	w.aged()
	b := w.browser()
	p := b.login("chan", "approve").want(t, 200, "Which account")
	b.pick(p, "maria").want(t, 200, "Prove your account once more", "Your link has ended", "maria")
	if p := b.submit(p, "/iamsmart/link", url.Values{"step": {"cancel"}}); p.StatusCode != 403 {
		t.Errorf("the older page: %d", p.StatusCode)
	}
	b.linkUp("maria", "tea-at-three").want(t, 200)
	if p := b.visit("/"); p.user() != "maria" {
		t.Errorf("greeted as %q", p.user())
	}
	if rows := w.trail("link_renewed"); len(rows) != 1 || rows[0].Account != "maria" {
		t.Errorf("the trail says %v", rows)
	}
}

// Given somebody who left without logging out, when the next person may not enter
// because their account is closed, then they do not find themselves in that session.
func TestAClosedAccountDoesNotLeaveThePersonBefore(t *testing.T) {
	l := newStaffList(t, "name,key,hash,state\nKChan,17,"+bcryptOfFile+",1\n")
	w := newWorld(t, site{Gate: english, Accounts: `accounts file "` + l.path + `"`})
	w.arrive("chan", "kchan", "correct horse")
	l.write("name,key,hash,state\nKChan,17," + bcryptOfFile + ",0\n")
	w.load()
	b := w.browser()
	start := b.visit("/")
	before := w.arrive("wong", "wong.ml", "ward-two-4")
	b.cookies["localhost"] = before.cookies["localhost"]
	b.follow(b.decide(start, "chan", "approve")).want(t, 403, "cannot be used now")
	b.visit("/").want(t, 401)
	if rows := w.trail("account_closed"); len(rows) != 1 {
		t.Errorf("the trail says %v", rows)
	}
}

// Given a gate where accounts are opened and in no other way linked, when a person's
// record has changed, then the page offers no way that the gate would refuse.
func TestR12NoWayIsOfferedThatIsNotOpen(t *testing.T) {
	w := newWorld(t, site{Gate: english, Scopes: profileScopes})
	w.arrive("chan", "chan.sm", "night-shift-7")
	w.Site.Gate += "link register\n"
	w.load()
	if err := w.sim.Reregister("chan", "CHAN, Test New Name", ""); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	p := b.login("chan", "approve").want(t, 200, "Prove your account once more", "has changed", "This cannot be done on this page")
	if strings.Contains(p.body, "way=") {
		t.Errorf("a way is offered:\n%s", p.body)
	}
	b.visit("/iamsmart/link?way=password").want(t, 200, "This cannot be done on this page")
	w.nobody(b)
}
