package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// undo presses the button of the page that says that an account is linked.
func (b *browser) undo(linked *shown) *shown {
	b.t.Helper()
	return b.submit(linked, "/iamsmart/link/done", nil)
}

func TestT53ALinkIsUndoneByWhoMadeItAndTheAccountIsFree(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	// Given a link that was just made, and a second browser of the same person,
	b := w.firstTime("chan")
	linked := b.linkUp("chan.sm", "night-shift-7").want(t, 200, "you can also undo it here yourself", "Not me, or not my account: undo the link")
	phone := w.browser()
	if p := phone.login("chan", "approve"); p.user() != "chan.sm" {
		t.Fatalf("the phone is greeted as %q", p.user())
	}
	if p := b.visit(linked.linkTo("Continue to")); p.user() != "chan.sm" {
		t.Fatalf("greeted as %q", p.user())
	}
	kept := b.named("-s")
	// when it is undone, from the page that is still there behind the Back button,
	p := b.undo(b.visit("/iamsmart/link/done"))
	// then the page says so and leads to the next login,
	p.want(t, 200, "The link has been undone", "chan.sm", "no longer linked", "Login with iAM Smart", "More info")
	if p.Header.Get("Clear-Site-Data") != `"cache", "storage"` || len(b.named("-s")) != 0 {
		t.Error("the browser keeps something of whoever was here")
	}
	if log := w.log(); !strings.Contains(log, "link undone") {
		t.Error("the log does not know of it")
	}
	// both browsers are logged out at once, also with the cookie of before,
	_, before := w.legacy.last()
	thief := w.browser()
	thief.cookies["localhost"] = kept
	for _, one := range []*browser{b, phone, thief} {
		one.visit("/").want(t, 401)
	}
	if _, n := w.legacy.last(); n != before {
		t.Error("a request reached the application")
	}
	// and the account is free, for the person and for another.
	b.follow(b.decide(p, "chan", "approve")).want(t, 200, "First login")
	other := w.firstTime("wong")
	other.linkUp("chan.sm", "night-shift-7").want(t, 200, "has been linked", "chan.sm")
	b.password("chan.sm", "night-shift-7").want(t, 409, "already linked to someone else")
	if p := other.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

func TestALinkIsUndoneOnce(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	linked := b.linkUp("chan.sm", "night-shift-7")
	b.undo(linked).want(t, 200, "has been undone")
	b.undo(linked).want(t, 403, "cannot be undone here any more")
	// Nor does the old page undo the next link of the same person.
	b.login("chan", "approve")
	b.linkUp("chan.sm", "night-shift-7").want(t, 200, "has been linked")
	b.undo(linked).want(t, 403, "out of date")
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
}

func TestALinkIsUndoneWithinTenMinutes(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	ago := func(d time.Duration) { w.asIf("UPDATE fresh_links SET expires = expires - ?", d.Milliseconds()) }
	b := w.firstTime("chan")
	linked := b.linkUp("chan.sm", "night-shift-7")
	ago(11 * time.Minute)
	// After ten minutes the page says whom to ask, and nothing is undone.
	b.undo(linked).want(t, 403, "cannot be undone here any more", "your supervisor")
	if p := b.visit("/iamsmart/link/done"); p.user() != "chan.sm" || p.Request.URL.Path != "/" {
		t.Errorf("%d at %s, greeted as %q", p.StatusCode, p.Request.URL, p.user())
	}
	// Before, also after a restart, it is.
	b = w.firstTime("wong")
	linked = b.linkUp("wong.ml", "ward-two-4")
	ago(9 * time.Minute)
	b.undo(linked).want(t, 200, "has been undone")
}

func TestT55OnlyItsOwnPageUndoesALink(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	linked := b.linkUp("chan.sm", "night-shift-7")
	token := url.Values{"token": {hidden(linked, "token")}}
	stands := func(what string) {
		t.Helper()
		if p := b.visit("/"); p.user() != "chan.sm" {
			t.Fatalf("%s: undone", what)
		}
	}
	for name, headers := range map[string]map[string]string{
		"from another site":                 {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"from a sibling":                    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
		"from an old browser, another site": {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Origin": "https://evil.example"},
		"from an old browser, no Origin":    {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": ""},
		"by a script":                       {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
		"in a frame":                        {"Sec-Fetch-Dest": "iframe"},
		"as text/plain":                     {"Content-Type": "text/plain"},
	} {
		if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/link/done", token, with(headers)); p.StatusCode < 400 {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
		stands(name)
	}
	logout := b.visit("/iamsmart/logout")
	for name, fields := range map[string]url.Values{
		"with no token":             {},
		"with the token of another": {"token": {"AAAA"}},
		"with the logout's token":   {"token": {hidden(logout, "token")}},
		"with two tokens":           {"token": {token.Get("token"), token.Get("token")}},
	} {
		if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/link/done", fields, nil); p.StatusCode < 400 {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
		stands(name)
	}
	b.ask(http.MethodPut, w.Gate+"/iamsmart/link/done", token, nil)
	stands("by PUT")
	b.visit("/iamsmart/link/done?token=" + token.Get("token"))
	stands("by GET")

	t.Run("and its own session", func(t *testing.T) {
		phone := w.browser() // of the same person, who has made no link there
		phone.login("chan", "approve")
		if p := phone.visit("/iamsmart/link/done"); p.user() != "chan.sm" {
			t.Errorf("the phone is offered something: %s", p.body)
		}
		phone.at = w.Gate + "/iamsmart/link/done"
		phone.ask(http.MethodPost, w.Gate+"/iamsmart/link/done", token, nil).want(t, 403, "out of date")
		w.browser().ask(http.MethodPost, w.Gate+"/iamsmart/link/done", token,
			with(map[string]string{"Sec-Fetch-Site": "same-origin"})).want(t, 403, "cannot be undone here any more")
		stands("by another session")
	})
	t.Run("T52 and not the next person's link", func(t *testing.T) {
		b.at = w.Gate + "/"
		b.follow(b.decide(w.browser().visit("/"), "wong", "approve")).want(t, 200, "First login")
		b.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
		b.submit(linked, "/iamsmart/link/done", nil).want(t, 403, "out of date")
		if p := b.visit("/"); p.user() != "wong.ml" {
			t.Errorf("greeted as %q", p.user())
		}
	})
	b.undo(b.visit("/iamsmart/link/done")).want(t, 200, "has been undone", "wong.ml")
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("the first person's link: %d, %q", p.StatusCode, p.user())
	}
}
