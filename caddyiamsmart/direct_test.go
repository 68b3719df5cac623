package caddyiamsmart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// fromTheApp opens the service in the iAM Smart app as a person: what the app
// then opens in the browser.
func (w *world) fromTheApp(person, errorCode string) string {
	w.t.Helper()
	address, err := w.sim.Address(simulator.DirectLogin{Client: w.ClientID, Person: person, ErrorCode: errorCode})
	if err != nil {
		w.t.Fatal(err)
	}
	return address
}

const tokenCall = "auth/getToken"

func direct(word string) string { return "protocol {\n direct_login " + word + "\n}" }

// Given a person with a link, when they open the service in the iAM Smart app and
// say yes to the question, then they are logged in; without a yes nothing is spent.
func TestDirectLogin(t *testing.T) {
	for word, variants := range map[string]simulator.Variants{
		"plain": {DirectPlain: true}, "marked": {DirectMarked: true},
	} {
		t.Run(word, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, Realm: direct(word), Simulator: simulator.Options{Variants: variants}})
			w.arrive("chan", "chan.sm", "night-shift-7")
			spent := w.sim.Calls(tokenCall)

			b := w.browser()
			asked := b.visit(w.fromTheApp("chan", ""))
			asked.want(t, 200, "You came from the iAM Smart app", "Log in to Care records on this device?", "More info")
			asked = b.submit(asked, "/iamsmart/language", url.Values{"lang": {"zh-HK"}}).want(t, 200, "你由「智方便」進入")
			asked = b.submit(asked, "/iamsmart/language", url.Values{"lang": {"en"}}).want(t, 200, "You came from the iAM Smart app")
			if p := b.submit(asked, "/iamsmart/direct", url.Values{"answer": {"no"}}); p.StatusCode != http.StatusUnauthorized {
				t.Errorf("after a no: %d", p.StatusCode)
			}
			if n := w.sim.Calls(tokenCall); n != spent {
				t.Errorf("%d codes were spent before a yes", n-spent)
			}
			if p := b.submit(asked, "/iamsmart/direct", url.Values{"answer": {"yes"}}); p.user() != "chan.sm" {
				t.Fatalf("after a yes: %d, greeted as %q", p.StatusCode, p.user())
			}

			// The same form once more, from a browser that is not logged in.
			other := w.browser()
			other.visit("/")
			fields := url.Values{"answer": {"yes"}, "token": {value(asked, "token")}}
			other.ask(http.MethodPost, w.Gate+"/iamsmart/direct", fields, nil).want(t, 403, "The time is over")
			if n := w.sim.Calls(tokenCall); n != spent+1 {
				t.Errorf("%d codes were exchanged, not one", n-spent)
			}
			// Who is there already stays there.
			again := b.visit(w.fromTheApp("chan", ""))
			if p := b.submit(again, "/iamsmart/direct", url.Values{"answer": {"yes"}}); p.user() != "chan.sm" {
				t.Errorf("once more: %d, greeted as %q", p.StatusCode, p.user())
			}
		})
	}
}

// Anybody can send a person to the address of direct logins with a code of their
// own: that makes no link, replaces nobody, and works from no other page.
func TestT34DirectLoginIsNobodysTool(t *testing.T) {
	w := newWorld(t, site{Gate: english, Realm: direct("plain")})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.arrive("wong", "wong.ml", "ward-two-4")
	yes := url.Values{"answer": {"yes"}}

	stranger := w.browser()
	stranger.submit(stranger.visit(w.fromTheApp("testa", "")), "/iamsmart/direct", yes).want(t, 403, "Your account is not linked yet")
	if n := w.rows("pendings"); n != 0 {
		t.Errorf("%d link-ups are under way", n)
	}
	if p := stranger.visit("/iamsmart/link"); strings.Contains(p.body, "First login") {
		t.Error("who came from the app got to the link-up")
	}

	b.submit(b.visit(w.fromTheApp("wong", "")), "/iamsmart/direct", yes).want(t, 403, "Somebody else is logged in here", "chan.sm")
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("after another person's direct login: %d, greeted as %q", p.StatusCode, p.user())
	}

	spent := w.sim.Calls(tokenCall)
	victim := w.browser()
	asked := victim.visit(w.fromTheApp("chan", ""))
	fields := url.Values{"answer": {"yes"}, "token": {value(asked, "token")}}
	for name, mend := range map[string]func(*http.Request){
		"a foreign page's form": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a script": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Mode", "cors")
			r.Header.Set("Sec-Fetch-Dest", "empty")
		},
		"a frame": func(r *http.Request) { r.Header.Set("Sec-Fetch-Dest", "iframe") },
	} {
		if p := victim.ask(http.MethodPost, w.Gate+"/iamsmart/direct", fields, mend); p.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
	}
	if p := victim.ask(http.MethodPost, w.Gate+"/iamsmart/language", url.Values{"lang": {"en"}, "held": {"MTIzNDU2Nzg5MHwx"}}, nil); p.StatusCode != http.StatusSeeOther {
		t.Errorf("a forged question in another language: %d", p.StatusCode)
	}
	forged := url.Values{"answer": {"yes"}, "token": {"MTIzNDU2Nzg5MHwx"}}
	victim.ask(http.MethodPost, w.Gate+"/iamsmart/direct", forged, nil).want(t, 403, "The time is over")
	if n := w.sim.Calls(tokenCall); n != spent {
		t.Errorf("%d codes were spent", n-spent)
	}
	if n := w.rows("sessions"); n != 2 {
		t.Errorf("%d sessions stand, not two", n)
	}
}

// value is what stands in a form's hidden field.
func value(p *shown, name string) string {
	for _, in := range find(p.doc, "input") {
		if attr(in, "name") == name {
			return attr(in, "value")
		}
	}
	return ""
}

func TestDirectLoginRefused(t *testing.T) {
	w := newWorld(t, site{Gate: english, Realm: direct("marked")})
	b := w.browser()
	b.visit(w.fromTheApp("chan", "D40001")).want(t, 403, "Login cancelled")
	b.visit(w.fromTheApp("chan", "D40003")).want(t, 403, "The time is over")
	for _, query := range []string{"", "?RefID=x", "?code=a&code=b", "?code=a&error_code=D40001", "?code=%3Cb%3E", "?code=a&state=b"} {
		if p := b.visit(w.Gate + "/iamsmart/direct" + query); p.StatusCode != 400 || strings.Contains(p.body, "from the iAM Smart app") {
			t.Errorf("%q: %d", query, p.StatusCode)
		}
	}
	if n := w.sim.Calls(tokenCall); n != 0 {
		t.Errorf("%d codes were spent", n)
	}
	log := w.log()
	if strings.Contains(log, "code=") || strings.Contains(log, "RefID") {
		t.Error("the log has an address that could hold a code")
	}
}

// As long as nobody asked for it, there is no such address.
func TestDirectLoginIsOff(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.browser()
	b.visit(w.fromTheApp("chan", "")).want(t, 404, "Page not found")
	if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/direct", url.Values{"answer": {"yes"}}, nil); p.StatusCode != 404 {
		t.Errorf("its form: %d", p.StatusCode)
	}
	if n := w.sim.Calls(tokenCall); n != 0 {
		t.Errorf("%d codes were spent", n)
	}
}
