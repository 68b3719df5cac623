package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func (w *world) asker() caddyiamsmart.Asker {
	w.t.Helper()
	a, err := caddyiamsmart.AskerOf(w.Gate)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// trail is what the audit trail says of one event.
func (w *world) trail(event string) []store.Audit {
	w.t.Helper()
	rows, err := w.asker().Trail(w.t.Context(), event)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// unlinked is the row of a browser's link-up.
func (w *world) unlinked(b *browser) store.Pending {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Gate+"/iamsmart/link", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range b.cookies["localhost"] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	row, err := w.asker().Unlinked(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return row
}

// asksFor presses a button of the person's own page that leads to iAM Smart, and
// decides there. The answer is the redirect back, not followed.
func (b *browser) asksFor(act, person, decision string) *shown {
	b.t.Helper()
	qr := b.submit(b.visit("/iamsmart/account"), "/iamsmart/account", url.Values{"step": {act}, "device": {"this"}})
	return b.press(qr, "/simulator/decide", url.Values{"person": {person}, "decision": {decision}})
}

// Given people in every state, when they ask for the page of a person's own account,
// then only who is logged in sees one, and only their own.
func TestOnlyWhoIsLoggedInHasAnAccountPage(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	hers := w.arrive("chan", "chan.sm", "night-shift-7")
	wong := w.arrive("wong", "wong.ml", "ward-two-4")
	p := hers.visit("/iamsmart/account").want(t, 200, "My account", "chan.sm", "Linked with your iAM Smart since", "Last logins", "Log out everywhere", "Unlink this account")
	if strings.Contains(p.body, "wong") || strings.Contains(p.body, "Link another account") {
		t.Errorf("the page says too much:\n%s", p.body)
	}
	if p.Header.Get("Cache-Control") != "no-store" || p.Header.Get("X-Frame-Options") != "DENY" {
		t.Error("the page may be kept or framed")
	}
	wong.visit("/iamsmart/account").want(t, 200, "wong.ml")
	w.browser().visit("/iamsmart/account").want(t, 401, "Log in to Care records")
	unlinked := w.firstTime("testa")
	unlinked.visit("/iamsmart/account").want(t, 401, "Log in to Care records")
	unlinked.ask(http.MethodPost, w.Gate+"/iamsmart/account", url.Values{"step": {"unlink"}, "token": {hidden(p, "token")}}, nil).want(t, 401)
	// A form of another person's page does nothing.
	wong.ask(http.MethodPost, w.Gate+"/iamsmart/account", url.Values{"step": {"everywhere"}, "token": {hidden(p, "token")}}, nil).want(t, 403, "out of date")
	if p := hers.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

// Given one person in three browsers, one of them about to choose or link, when they
// log out everywhere in one, then none of them is let in again, at once.
func TestT40LogOutEverywhereEndsAllBrowsersAtOnce(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	phone, open := w.browser(), w.browser()
	phone.login("chan", "approve").want(t, 200)
	open.login("chan", "approve").want(t, 200)
	open.follow(open.asksFor("add", "chan", "approve")).want(t, 200, "First login")
	open.password("wong.ml", "ward-two-4").want(t, 200, "Is this your account?")
	other := w.arrive("testa", "maria", "tea-at-three")
	kept := phone.named("-s")
	_, before := w.legacy.last()

	p := b.submit(b.visit("/iamsmart/account"), "/iamsmart/account", url.Values{"step": {"everywhere"}})
	p.want(t, 200, "You are logged out", "All your logins on other devices have ended too")
	if p.Header.Get("Clear-Site-Data") == "" || len(b.named("-s")) != 0 {
		t.Error("the browser keeps something")
	}
	thief := w.browser()
	thief.cookies["localhost"] = kept
	for _, one := range []*browser{b, phone, open, thief} {
		one.visit("/").want(t, 401)
	}
	if _, n := w.legacy.last(); n != before {
		t.Error("a request reached the application")
	}
	// What was open in another browser is over too.
	open.visit("/iamsmart/link").want(t, 403, "Login with iAM Smart")
	if p := other.visit("/"); p.user() != "maria" {
		t.Errorf("another person is greeted as %q", p.user())
	}
	if rows := w.trail("logout_everywhere"); len(rows) != 1 || rows[0].Person == "" || rows[0].Account != "chan.sm" {
		t.Errorf("the trail says %v", rows)
	}
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("after it: %d, greeted as %q", p.StatusCode, p.user())
	}
}

// Given a linked person in two browsers, when they unlink and approve it, then the
// header stops in both, they may link again, and another person may not without a
// code.
func TestT53UnlinkingTakesEffectAtOnce(t *testing.T) {
	w := newWorld(t, site{Gate: english + "link password code\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	phone := w.browser()
	phone.login("chan", "approve").want(t, 200)
	back := b.asksFor("unlink", "chan", "approve")
	if p := phone.visit("/"); p.user() != "chan.sm" {
		t.Error("unlinked before the approval came back")
	}
	_, before := w.legacy.last()
	p := b.follow(back).want(t, 200, "The account has been unlinked", "chan.sm", "Login with iAM Smart")
	for _, one := range []*browser{b, phone} {
		one.visit("/").want(t, 401)
		one.visit("/iamsmart/account").want(t, 401)
	}
	if _, n := w.legacy.last(); n != before {
		t.Error("a request reached the application")
	}
	// A second use of the callback does nothing, and links nothing.
	b.visit(back.Header.Get("Location")).want(t, 403)
	if rows := w.trail("unlinked"); len(rows) != 1 || rows[0].Account != "chan.sm" || rows[0].Person == "" {
		t.Errorf("the trail says %v", rows)
	}
	// The account goes to nobody else by its password, but back to the person.
	w.firstTime("wong").password("chan.sm", "night-shift-7").want(t, 409, "already linked to someone else")
	b.follow(b.decide(p, "chan", "approve")).want(t, 200, "First login")
	b.linkUp("chan.sm", "night-shift-7").want(t, 200, "has been linked")
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

// T42, T55: an approval that is not of this person, this session and this act changes
// nothing.
func TestT42T55WhatUnlinksNobody(t *testing.T) {
	w := newWorld(t, site{Gate: english + "accounts_per_person 2\n"})
	in := func(person, account, password string) *browser {
		t.Helper()
		b := w.browser()
		if p := b.login(person, "approve"); p.user() == account {
			return b
		}
		b.linkUp(account, password).want(t, 200)
		return b
	}
	stays := func(t *testing.T, account string, person string) {
		t.Helper()
		if p := w.browser().login(person, "approve"); p.user() != account {
			t.Errorf("the next login: %d, greeted as %q", p.StatusCode, p.user())
		}
		if rows := w.trail("unlinked"); len(rows) != 0 {
			t.Errorf("the trail says %v", rows)
		}
	}
	for decision, says := range map[string]string{"reject": "cancelled or declined", "cancel": "cancelled or declined", "timeout": "in time"} {
		t.Run("not approved: "+decision, func(t *testing.T) {
			b := in("chan", "chan.sm", "night-shift-7")
			b.follow(b.asksFor("unlink", "chan", decision)).want(t, 403, says)
			if p := b.visit("/"); p.user() != "chan.sm" {
				t.Errorf("greeted as %q", p.user())
			}
			stays(t, "chan.sm", "chan")
		})
	}
	t.Run("approved by another person", func(t *testing.T) {
		b := in("chan", "chan.sm", "night-shift-7")
		in("wong", "wong.ml", "ward-two-4")
		for _, act := range []string{"unlink", "add"} {
			b.follow(b.asksFor(act, "wong", "approve")).want(t, 403, "Ref")
			if len(b.named("-p")) != 0 {
				t.Error("the other person has a link-up in this browser")
			}
			if p := b.visit("/"); p.user() != "chan.sm" {
				t.Errorf("greeted as %q", p.user())
			}
		}
		if rows := w.trail("refused"); len(rows) != 2 || rows[0].Ref == "" {
			t.Errorf("the trail says %v", rows)
		}
		stays(t, "chan.sm", "chan")
		stays(t, "wong.ml", "wong")
	})
	t.Run("begun by a session that has ended", func(t *testing.T) {
		b := in("chan", "chan.sm", "night-shift-7")
		back, flows := b.asksFor("unlink", "chan", "approve"), b.named("-f-")
		b.at = ""
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		b.visit(back.Header.Get("Location")).want(t, 403)
		b.login("chan", "approve")
		for name, value := range flows { // as if logout had left it
			b.cookies["localhost"][name] = value
		}
		b.visit(back.Header.Get("Location")).want(t, 403)
		stays(t, "chan.sm", "chan")
	})
	t.Run("begun by another person's session in this browser", func(t *testing.T) {
		for _, act := range []string{"unlink", "add"} {
			b := in("chan", "chan.sm", "night-shift-7")
			back := b.asksFor(act, "chan", "approve")
			b.at = ""
			b.ask(http.MethodGet, w.Gate+"/", nil, nil)
			b.cookies["localhost"] = union(b.named("-f-"), in("wong", "wong.ml", "ward-two-4").named("-s"))
			b.visit(back.Header.Get("Location")).want(t, 403, "out of date")
			if p := b.visit("/"); p.user() != "wong.ml" {
				t.Errorf("greeted as %q", p.user())
			}
			if len(b.named("-p")) != 0 {
				t.Error("a link-up began")
			}
		}
		stays(t, "chan.sm", "chan")
		stays(t, "wong.ml", "wong")
	})
	t.Run("the approval of a login, or of another act", func(t *testing.T) {
		b := in("chan", "chan.sm", "night-shift-7")
		b.follow(b.asksFor("add", "chan", "approve")).want(t, 200, "First login")
		b.submit(b.visit("/iamsmart/link"), "/iamsmart/link", url.Values{"step": {"cancel"}})
		stays(t, "chan.sm", "chan")
		// The answer to a login, while an act of the same browser waits, is a login.
		b = w.browser()
		login := b.decide(b.visit("/"), "chan", "approve")
		b.at = ""
		b.cookies["localhost"] = union(b.cookies["localhost"], in("chan", "chan.sm", "night-shift-7").named("-s"))
		b.asksFor("unlink", "chan", "approve")
		b.at = w.SimURL
		if p := b.follow(login); p.user() != "chan.sm" {
			t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
		}
		stays(t, "chan.sm", "chan")
	})
	t.Run("a form from elsewhere", func(t *testing.T) {
		b := in("chan", "chan.sm", "night-shift-7")
		page := b.visit("/iamsmart/account")
		for _, step := range []string{"unlink", "everywhere", "add"} {
			good := url.Values{"token": {hidden(page, "token")}, "step": {step}, "device": {"this"}}
			for name, headers := range map[string]map[string]string{
				"cross-site":        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
				"a sibling":         {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
				"text/plain":        {"Content-Type": "text/plain"},
				"old, other origin": {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "", "Sec-Fetch-User": "", "Origin": "null"},
				"a script":          {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
				"a frame":           {"Sec-Fetch-Dest": "iframe"},
			} {
				if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/account", good, with(headers)); p.StatusCode < 400 {
					t.Errorf("%s, %s: %d", step, name, p.StatusCode)
				}
			}
			for _, token := range []string{"", "x", hidden(b.visit("/iamsmart/logout"), "token")} {
				b.ask(http.MethodPost, w.Gate+"/iamsmart/account", url.Values{"token": {token}, "step": {step}}, nil).want(t, 403, "out of date")
			}
		}
		if p := b.visit("/"); p.user() != "chan.sm" {
			t.Errorf("greeted as %q", p.user())
		}
		stays(t, "chan.sm", "chan")
	})
}

func union(maps ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// Given iAM Smart away, when a person wants to unlink, then their page says so, and
// they stay logged in.
func TestUnlinkWhileIAMSmartIsAway(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	back := b.asksFor("unlink", "chan", "approve")
	w.sim.FailNext("auth/getToken", "D40000", 9)
	if p := b.follow(back); p.StatusCode < 500 && p.StatusCode != 403 {
		t.Errorf("status %d\n%s", p.StatusCode, p.body)
	}
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

// In a real browser: the page, log out everywhere, and unlinking with approval.
func TestTheAccountPageInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	v := &victim{t: t, w: w, ctx: ctx}
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	approve := func(button, next string) {
		t.Helper()
		press(button, "#approve")
		do(v, chromedp.Click(chromedp.CSS("#person-chan")))
		press("#approve", next)
	}
	v.opens("/")
	approve("form.start button.iamsmart", "#user")
	v.opens("/iamsmart/account")
	press(`form[action$="/account"]:has(input[value=everywhere]) button`, ".next") // which the page before has not
	v.opens("/")
	approve("form.start button.iamsmart", "#user")
	v.opens("/iamsmart/account")
	press("#unlink", `form[aria-labelledby=unlink] button.iamsmart`)
	approve(`form[aria-labelledby=unlink] button.iamsmart`, "form.start button.iamsmart")
	if text := v.text(); !strings.Contains(text, "has been unlinked") {
		t.Errorf("the page is\n%s", text)
	}
	if v.opens("/"); !strings.Contains(v.text(), "Log in to Care records") {
		t.Error("still let in")
	}
	if len(w.trail("unlinked")) != 1 {
		t.Error("the trail does not know of it")
	}
}
