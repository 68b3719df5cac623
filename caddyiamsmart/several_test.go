package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/session"
)

// pick presses the button of an account on the page of accounts to choose from.
func (b *browser) pick(p *shown, account string) *shown {
	b.t.Helper()
	for _, button := range find(p.doc, "button") {
		if attr(button, "name") == "link" && strings.Contains(content(button), account) {
			return b.submit(p, "/iamsmart/link", url.Values{"link": {attr(button, "value")}})
		}
	}
	b.t.Fatalf("no account %s to choose:\n%s", account, p.body)
	return nil
}

// addsAccount links one more account of a person who is logged in.
func (b *browser) addsAccount(person, user, password string) *shown {
	b.t.Helper()
	b.follow(b.asksFor("add", person, "approve")).want(b.t, 200, "First login")
	return b.linkUp(user, password)
}

// Given a person with two accounts, when they log in, then they choose, and each
// account has its own header; "not now" leaves them out.
func TestAPersonWithTwoAccountsChooses(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	b.visit("/iamsmart/account").want(t, 200, "Link another account")
	b.addsAccount("chan", "maria", "tea-at-three").want(t, 200, "has been linked", "maria")
	if p := b.visit("/"); p.user() != "maria" {
		t.Errorf("after linking the second: %q", p.user())
	}
	page := b.visit("/iamsmart/account").want(t, 200, "maria", "Your other accounts", "chan.sm")
	if strings.Contains(page.body, "Link another account") {
		t.Error("a third is offered")
	}
	// No form of the page adds a third.
	b.follow(b.ask(http.MethodPost, w.Gate+"/iamsmart/account", url.Values{"token": {hidden(page, "token")}, "step": {"add"}}, nil))

	for account, path := range map[string]string{"chan.sm": "/residents", "maria": "/residents"} {
		one := w.browser()
		p := one.follow(one.decide(one.visit(path), "chan", "approve")).want(t, 200, "Which account do you want to use?", "chan.sm", "maria")
		one.visit("/").want(t, 401)
		if p = one.pick(p, account); p.user() != account || p.text("path") != path {
			t.Errorf("chose %s: greeted as %q at %q", account, p.user(), p.text("path"))
		}
		if len(one.named("-p")) != 0 {
			t.Error("the link-up stands after the choice")
		}
	}
	one := w.browser()
	p := one.login("chan", "approve")
	one.submit(p, "/iamsmart/link", url.Values{"step": {"cancel"}}).want(t, 200, "logged out")
	one.submit(p, "/iamsmart/link", url.Values{"link": {"1"}}).want(t, 403)
	one.visit("/").want(t, 401)

	// Unlinking one leaves the other, which is then the one.
	b.follow(b.asksFor("unlink", "chan", "approve")).want(t, 200, "has been unlinked", "maria")
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

// T52, T65: nobody chooses an account of another person, nor twice, nor from an older
// page.
func TestT52WhatNobodyMayChoose(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	w.arrive("chan", "chan.sm", "night-shift-7").addsAccount("chan", "maria", "tea-at-three")
	wong := w.arrive("wong", "wong.ml", "ward-two-4")
	// The links have the numbers 1 to 3.
	b := w.browser()
	p := b.login("chan", "approve").want(t, 200, "Which account")
	for _, link := range []string{"3", "0", "-1", "99", "", "1 ", "01", "9223372036854775808", "1&link=3"} {
		fields := url.Values{"token": {hidden(p, "token")}, "step": {"choose"}, "link": {link}}
		b.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, nil).want(t, 403, "out of date")
	}
	if rows := w.trail("refused"); len(rows) != 9 {
		t.Errorf("%d refusals are written down", len(rows))
	}
	// Who has one account, or none, cannot choose at all.
	none := w.firstTime("testa")
	form := none.visit("/iamsmart/link?way=password")
	none.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{"token": {hidden(form, "token")}, "step": {"choose"}, "link": {"1"}}, nil).want(t, 403)
	// A page of the one person in the browser of another.
	b.login("wong", "approve")
	b.submit(p, "/iamsmart/link", url.Values{"link": {"1"}})
	if q := b.visit("/"); q.user() != "wong.ml" {
		t.Errorf("greeted as %q", q.user())
	}
	if q := wong.visit("/"); q.user() != "wong.ml" {
		t.Errorf("greeted as %q", q.user())
	}
}

// Given two hundred refusals of one link-up, some at the same time, then twenty are
// written down.
func TestRefusalsOfOneLinkUpAreBounded(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	b := w.firstTime("chan")
	b.visit("/iamsmart/link?way=password")
	done := make(chan error)
	for range 10 {
		go func() {
			for range 20 {
				if _, err := b.peek(w.Gate+"/iamsmart/link", url.Values{"token": {"x"}, "step": {"confirm"}}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 10 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := len(w.trail("refused")); n != 20 {
		t.Errorf("%d refusals are written down", n)
	}
}

// Given a person who chooses an account that has to be proven once more, then the
// minutes from their approval do not begin anew.
func TestChoosingDoesNotProlong(t *testing.T) {
	l := newStaffList(t, "name,key,hash\nKChan,17,"+bcryptOfFile+"\nNChan,18,"+bcryptOfFile+"\n")
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n", Accounts: `accounts file "` + l.path + `"`})
	b := w.arrive("chan", "kchan", "correct horse")
	b.addsAccount("chan", "nchan", "correct horse").want(t, 200, "has been linked")
	l.write("name,key,hash\nKChan,17," + bcryptOfFile + "\n")
	w.load()
	b = w.browser()
	p := b.login("chan", "approve").want(t, 200, "Which account")
	before := w.unlinked(b)
	b.pick(p, "NChan").want(t, 200, "Prove your account once more")
	after := w.unlinked(b)
	if !after.ApprovedAt.Equal(before.ApprovedAt) || !after.Expires.Equal(before.Expires) {
		t.Errorf("approved at %s, then %s", before.ApprovedAt, after.ApprovedAt)
	}
}

// Given a closed account among two, when it is chosen, then the person is told and may
// choose again.
func TestAClosedAccountAmongTwo(t *testing.T) {
	list := "name,key,hash,state\nKChan,17," + bcryptOfFile + ",1\nNChan,18," + bcryptOfFile + ",STATE\n"
	l := newStaffList(t, strings.Replace(list, "STATE", "1", 1))
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n", Accounts: `accounts file "` + l.path + `"`})
	w.arrive("chan", "kchan", "correct horse").addsAccount("chan", "nchan", "correct horse").want(t, 200)
	l.write(strings.Replace(list, "STATE", "0", 1))
	w.load()
	b := w.browser()
	p := b.login("chan", "approve").want(t, 200, "Which account")
	p = b.pick(p, "NChan").want(t, 403, "cannot be used now")
	if p.linkTo("Back") == "" {
		t.Error("the page does not lead back to the choice")
	}
	p = b.visit("/iamsmart/link").want(t, 200, "Which account")
	// Whoever goes on choosing it only fills the trail, up to the bound of a link-up.
	for range 25 {
		b.pick(p, "NChan").want(t, 403, "cannot be used now", "Ask your supervisor", "Ref")
	}
	if rows := w.trail("account_closed"); len(rows) != 20 || rows[0].Account != "NChan" || rows[0].Person == "" || rows[0].Ref == "" {
		t.Errorf("%d choices are written down", len(rows))
	}
	if p = b.pick(p, "KChan"); p.user() != "KChan" {
		t.Errorf("greeted as %q", p.user())
	}
}

// Given a person with two accounts who may have three, when they are to choose, then
// they may link the third by each way, from there; with all three, there is no more to
// link.
func TestAFurtherAccountInsteadOfTheChoice(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code register\naccounts_per_person 3\n", Scopes: profileScopes})
	w.legacy.add("third", "of-somebody-8")
	w.arrive("chan", "chan.sm", "night-shift-7").addsAccount("chan", "maria", "tea-at-three").want(t, 200)
	b := w.browser()
	p := b.login("chan", "approve").want(t, 200, "Which account", "Link another account")
	ways := b.visit(p.linkTo("Link another account")).want(t, 200, "Tell us")
	for words, says := range map[string]string{"Link my existing account": "Password", "I have a link code": "Link code", "I have no account yet": "Ask for an account"} {
		way := b.visit(ways.linkTo(words)).want(t, 200, says)
		b.visit(way.linkTo("Choose another way")).want(t, 200, "Which account")
	}
	b.asksForAccount("chan", "reject").want(t, 403, "declined")
	b.password("third", "guess").want(t, 422, "not correct")
	b.linkUp("third", "of-somebody-8").want(t, 200, "has been linked", "third")
	if p := b.visit("/"); p.user() != "third" {
		t.Errorf("greeted as %q", p.user())
	}
	b = w.browser()
	if p = b.login("chan", "approve").want(t, 200, "Which account", "third"); p.linkTo("Link another account") != "" {
		t.Error("a fourth is offered")
	}
	for _, way := range []string{"password", "code", "register", "another", "hkic", "magic"} {
		b.visit("/iamsmart/link?way="+way).want(t, 200, "Which account")
	}
}

// Given a person whose link needs proof again, when they go to link another account and
// prove that one once more, then it is as good as new: they are in, stay so, and come
// back without a question.
func TestLinkingAnotherAccountRenewsOnesOwn(t *testing.T) {
	const list = "name,key,hash\nKChan,17,%s\n"
	l := newStaffList(t, fmt.Sprintf(list, bcryptOfFile))
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n", Accounts: `accounts file "` + l.path + `"`})
	for name, wear := range map[string]func(){
		"another password": func() {
			hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
			if err != nil {
				t.Fatal(err)
			}
			l.write(fmt.Sprintf(list, hash))
			w.load()
		},
		"another record in iAM Smart": func() {
			if err := w.sim.Reregister("chan", "CHAN, Test New Name", "陳新名"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			if b.login("chan", "approve"); len(b.named("-s")) == 0 {
				b.linkUp("kchan", "correct horse").want(t, 200)
			}
			renewed := len(w.trail(linkup.EventRenewed))
			wear()
			b.follow(b.asksFor("add", "chan", "approve")).want(t, 200, "First login")
			b.linkUp("kchan", "correct horse")
			if p := b.visit("/"); p.user() != "KChan" {
				t.Errorf("greeted as %q", p.user())
			}
			if p := w.browser().login("chan", "approve"); p.user() != "KChan" {
				t.Errorf("at the next login: %d, greeted as %q", p.StatusCode, p.user())
			}
			if n := len(w.trail(linkup.EventRenewed)) - renewed; n != 1 || len(w.trail(linkup.EventLinked)) != 1 {
				t.Errorf("renewed %d times, linked %d times", n, len(w.trail(linkup.EventLinked)))
			}
		})
	}
}

// Given a person who links another account while logged in, when they are about to,
// then their session goes on until the new one begins, and another person's account is
// not theirs.
func TestLinkFormsOfWhoIsLoggedIn(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.arrive("wong", "wong.ml", "ward-two-4")
	b.follow(b.asksFor("add", "chan", "approve")).want(t, 200, "First login")
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("meanwhile greeted as %q", p.user())
	}
	b.password("wong.ml", "ward-two-4").want(t, 409, "already linked to someone else")
	b.linkUp("chan.sm", "night-shift-7").want(t, 200) // which they have
	if n := len(w.trail("linked")); n != 2 {
		t.Errorf("%d links were made", n)
	}
	// Whoever logs out leaves nothing of it behind.
	b.follow(b.asksFor("add", "chan", "approve")).want(t, 200, "First login")
	confirm := b.password("maria", "tea-at-three").want(t, 200, "Is this your account?")
	pending := b.named("-p")
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	if len(b.named("-p")) != 0 || len(pending) != 1 {
		t.Errorf("link-ups before and after logout: %d, %d", len(pending), len(b.named("-p")))
	}
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 403)
	// The next person in this browser gets their own.
	b.login("testa", "approve").want(t, 200, "First login")
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 403, "out of date")
	b.linkUp("maria", "tea-at-three").want(t, 200, "has been linked")
	if p := b.visit("/"); p.user() != "maria" {
		t.Errorf("greeted as %q", p.user())
	}
	for name := range b.cookies["localhost"] {
		if !strings.HasPrefix(name, session.CookiePrefix) {
			t.Errorf("a cookie %s", name)
		}
	}
}

// Given an account that two persons share, then the third is told to get their own; so
// is everybody where it is nobody's, and lowering the number throws nobody out.
func TestT53SharedAccounts(t *testing.T) {
	w := newWorld(t, site{Gate: english + "persons_per_account chan.sm 2\npersons_per_account MARIA 0\n"})
	first := w.arrive("chan", "chan.sm", "night-shift-7")
	second := w.arrive("wong", "chan.sm", "night-shift-7")
	for _, b := range []*browser{first, second} {
		if p := b.visit("/"); p.user() != "chan.sm" {
			t.Errorf("greeted as %q", p.user())
		}
	}
	b := w.firstTime("testa")
	b.password("chan.sm", "night-shift-7").want(t, 409, "This is a shared account")
	b.password("maria", "tea-at-three").want(t, 409, "This is a shared account")
	b.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")

	w.Site.Gate = english + "persons_per_account chan.sm 1\n"
	w.load()
	for person, b := range map[string]*browser{"chan": first, "wong": second} {
		if p := b.visit("/"); p.user() != "chan.sm" {
			t.Errorf("after lowering it, greeted as %q", p.user())
		}
		if err := w.oneLogin(person, "chan.sm"); err != nil {
			t.Error(err)
		}
	}
	second.follow(second.asksFor("unlink", "wong", "approve")).want(t, 200, "has been unlinked")
	if p := first.visit("/"); p.user() != "chan.sm" {
		t.Errorf("after the other left, greeted as %q", p.user())
	}
	w.firstTime("wong").password("chan.sm", "night-shift-7").want(t, 409, "This is a shared account")
}
