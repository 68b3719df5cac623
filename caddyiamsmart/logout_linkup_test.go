package caddyiamsmart_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// leftOpen is a link-up as it is found later: by its cookie, and on a page of it.
type leftOpen struct {
	b    *browser
	page *shown
	row  store.Pending
}

func (w *world) leftOpen(b *browser, page *shown) leftOpen {
	w.t.Helper()
	later := w.carrying(b.cookies["localhost"])
	later.at = w.Gate + "/iamsmart/link"
	return leftOpen{later, page, w.unlinked(b)}
}

// isOver holds that nobody goes on in it, with its cookie or without, by whichever
// step.
func (l leftOpen) isOver(t *testing.T) {
	t.Helper()
	w := l.b.w
	if _, err := w.asker().Linker().Pending(t.Context(), l.row.ID); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("the link-up stands in the store: %v", err)
	}
	linked := len(w.trail("linked"))
	for name := range l.b.named("-s") {
		delete(l.b.cookies["localhost"], name)
	}
	for _, step := range []string{"confirm", "choose", "register", "registersend", "cancelwait"} {
		fields := url.Values{"token": {hidden(l.page, "token")}, "step": {step}, "answer": {"yes"}, "link": {"1"}}
		l.b.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, nil).want(t, 403)
	}
	l.b.visit("/iamsmart/link").want(t, 403, "No confirmation came in time")
	l.b.visit("/iamsmart/link/wait").want(t, 403)
	if n := len(w.trail("linked")); n != linked {
		t.Error("somebody was linked")
	}
}

// T52: given somebody who is half way in a link-up at a shared computer, when they log
// out, then it ends: neither its cookie nor a page of it serves the next person.
func TestT52LoggingOutEndsTheLinkUp(t *testing.T) {
	w := newWorld(t, site{
		Gate: english + "link password register\naccounts_per_person 2\napp_logout /bye\n", Scopes: profileScopes,
	})
	two := w.arrive("chan", "chan.sm", "night-shift-7")
	two.addsAccount("chan", "maria", "tea-at-three").want(t, 200)
	one := w.arrive("au", "wong.ml", "ward-two-4")
	w.legacy.add("third", "of-somebody-8")
	button := func(b *browser) *shown {
		return b.submit(b.visit("/iamsmart/logout").want(t, 200, "Log out?"), "/iamsmart/logout", nil).want(t, 200, "You are logged out")
	}
	for name, c := range map[string]struct {
		begin  func() (*browser, *shown)
		logout func(*browser) *shown
	}{
		"to choose a way": {func() (*browser, *shown) {
			b := w.firstTime("testa")
			return b, b.visit("/iamsmart/link")
		}, button},
		"proven": {func() (*browser, *shown) {
			b := w.firstTime("wong")
			return b, b.password("third", "of-somebody-8").want(t, 200, "Is this your account?")
		}, button},
		"waiting": {func() (*browser, *shown) {
			b := w.firstTime("osample")
			ask := b.visit("/iamsmart/link?way=register")
			return b, b.submit(ask, "/iamsmart/link", url.Values{"step": {"register"}}).want(t, 200, "Open iAM Smart on your phone")
		}, button},
		"reviewing": {func() (*browser, *shown) {
			b := w.firstTime("long")
			return b, b.asksForAccount("long", "approve").want(t, 200, "Is this correct?")
		}, button},
		"to choose an account": {func() (*browser, *shown) {
			b := w.browser()
			return b, b.login("chan", "approve").want(t, 200, "Which account")
		}, button},
		"one more account": {func() (*browser, *shown) {
			b := w.browser()
			b.login("au", "approve").want(t, 200)
			b.follow(b.asksFor("add", "au", "approve")).want(t, 200, "First login")
			return b, b.password("third", "of-somebody-8").want(t, 200, "Is this your account?")
		}, button},
		"one more account, by the application's logout": {func() (*browser, *shown) {
			one.follow(one.asksFor("add", "au", "approve")).want(t, 200, "First login")
			return one, one.password("third", "of-somebody-8").want(t, 200, "Is this your account?")
		}, func(b *browser) *shown { return b.visit("/bye").want(t, 200) }},
	} {
		t.Run(name, func(t *testing.T) {
			b, page := c.begin()
			left := w.leftOpen(b, page)
			c.logout(b)
			if len(b.named("-p")) != 0 {
				t.Error("the browser keeps the link-up")
			}
			left.isOver(t)
			b.visit("/iamsmart/logout").want(t, 200, "You are logged out")
			b.visit("/").want(t, 401)
		})
	}
}

// Given somebody who left in the midst of a link-up, when the next person logs in in
// that browser, then it ends, whether that one has an account or not. Their own next
// login ends it as well, and brings no new tries.
func TestT52ALoginEndsTheLinkUpOfWhoWasHere(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("wong", "wong.ml", "ward-two-4")
	for next, says := range map[string]string{"wong": "Records", "testa": "First login", "chan": "First login"} {
		t.Run(next, func(t *testing.T) {
			b := w.firstTime("chan")
			left := w.leftOpen(b, b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?"))
			b.at = ""
			b.login(next, "approve").want(t, 200, says)
			left.isOver(t)
		})
	}
	b := w.firstTime("osample")
	for range 2 {
		b.password("somebody", "guess").want(t, 422)
	}
	b.at = ""
	b.login("wong", "approve")
	if row := w.unlinked(w.firstTime("osample")); row.Tries < 2 {
		t.Errorf("after the next person's login %d tries are counted", row.Tries)
	}
}
