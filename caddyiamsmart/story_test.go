package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestAPersonLinksOnceAndLogsInFromThenOn(t *testing.T) {
	w := newWorld(t, site{Gate: "pages {\n service \"Care records\"\n language en\n}"})
	b := w.browser()

	// Given somebody who was never here and asks for a page of the application,
	p := b.visit("/residents?room=101")
	// then the login page stands in its place.
	p.want(t, 401, "Log in to Care records", "Login with iAM Smart", "More info")
	if _, n := w.legacy.last(); n != 0 {
		t.Fatalf("%d requests reached the application before login", n)
	}

	// When they approve in iAM Smart, they are asked whose account is theirs,
	p = b.follow(b.decide(p, "chan", "approve"))
	p.want(t, 200, "First login with iAM Smart", "Link my existing account")
	// prove it with the application's own password, and confirm.
	b.password("chan.sm", "wrong").want(t, 422, "not correct", "3 tries left")
	p = b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?", "chan.sm")
	p = b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}})
	p.want(t, 200, "Your account has been linked", "chan.sm")
	var onward string
	for _, a := range find(p.doc, "a") {
		if strings.Contains(content(a), "Continue to") {
			onward = attr(a, "href")
		}
	}

	// Then the page that was asked for greets them.
	if onward != "/residents?room=101" {
		t.Fatalf("the linked page leads to %q", onward)
	}
	if p = b.visit(onward); p.user() != "chan.sm" || p.text("path") != "/residents" {
		t.Fatalf("%d: the application greets %q at %q\n%s", p.StatusCode, p.user(), p.text("path"), p.body)
	}

	// A second login, in another browser, goes straight in.
	b2 := w.browser()
	p = b2.follow(b2.decide(b2.visit("/residents"), "chan", "approve"))
	if p.user() != "chan.sm" || p.text("path") != "/residents" {
		t.Fatalf("second login: %d, greets %q at %q", p.StatusCode, p.user(), p.text("path"))
	}

	// After logout the next person has nothing of the first.
	b2.submit(b2.visit("/iamsmart/logout"), "/iamsmart/logout", nil).want(t, 200, "logged out")
	b2.visit("/residents").want(t, 401)
	p = b2.login("wong", "approve")
	p.want(t, 200, "First login")
	b2.linkUp("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
	if p = b2.visit("/"); p.user() != "wong.ml" {
		t.Fatalf("after the second person's login the application greets %q", p.user())
	}
	if p = b.visit("/"); p.user() != "chan.sm" {
		t.Fatalf("the first browser now is %q", p.user())
	}
}
