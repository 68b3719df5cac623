package caddyiamsmart_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// Attack T51, T59: an answer that has come, and lies sealed in the store, ends with the
// link-up that it was for, however that ends; no later one is given it.
func TestT51T59AnAnswerEndsWithItsLinkup(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	w := newWorld(t, site{Gate: english + "link password hkic\nlink_tries 10\n", Accounts: staff.block(), Scopes: profileScopes})
	w.arrive("wong", "wong.ml", "ward-two-4")
	for name, end := range map[string]func(b *browser){
		"a new login of the person":       func(b *browser) { b.login("chan", "approve").want(t, 200, "First login") },
		"a login of somebody new":         func(b *browser) { b.login("testa", "approve").want(t, 200, "First login") },
		"a login of somebody with a link": func(b *browser) { b.login("wong", "approve") },
		"a logout of somebody with a link": func(b *browser) {
			other := w.browser()
			other.login("wong", "approve")
			maps.Copy(b.cookies["localhost"], other.named("-s"))
			b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil).want(t, 200, "logged out")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.firstTime("chan")
			b.asksNumber()
			w.answers("chan", "approve")
			if n := w.rows("requests WHERE answer IS NOT NULL"); n != 1 {
				t.Fatalf("%d answers are kept", n)
			}
			before := w.unlinked(b).ID
			b.at = ""
			end(b)
			if n := w.rows("requests"); n != 0 {
				t.Errorf("%d requests are kept", n)
			}
			if n := w.rows(fmt.Sprintf("pendings WHERE hex(id) = '%X'", before[:])); n != 0 {
				t.Error("the link-up of before stands")
			}
			b.at = ""
			if p := b.visit("/iamsmart/link/wait"); strings.Contains(p.body, "KChan") {
				t.Errorf("it is shown to a later link-up:\n%s", p.body)
			}
		})
	}
}

// Given a link-up that ends in the very moment in which iAM Smart is asked, or iAM
// Smart that says no, then no answer is waited for that would be kept for nobody.
func TestNothingIsAskedForALinkupThatHasEnded(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan", card: card(t, "Z000001")})
	var w *world
	ends := false
	w = newWorld(t, site{Gate: byNumber, Accounts: staff.block(), Scopes: profileScopes, Weather: func(iAmSmart http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if ends && strings.HasSuffix(r.URL.Path, "profile/initiateRequest") {
				w.behind(`DELETE FROM pendings`)
			}
			iAmSmart.ServeHTTP(out, r)
		})
	}})
	b := w.firstTime("chan")
	ask := b.visit("/iamsmart/link?way=hkic")
	if err := w.sim.Inject("account/auth/profile/initiateRequest", simulator.Fault{Code: "D10001"}, 1); err != nil {
		t.Fatal(err)
	}
	b.submit(ask, "/iamsmart/link", url.Values{"step": {"hkic"}})
	if n := w.rows("requests"); n != 0 {
		t.Errorf("iAM Smart said no, and %d requests are kept", n)
	}
	ends = true
	b.submit(b.visit("/iamsmart/link?way=hkic"), "/iamsmart/link", url.Values{"step": {"hkic"}}).want(t, 403, "No confirmation came in time")
	if n := w.rows("requests"); n != 0 {
		t.Errorf("the link-up has ended, and %d requests are kept", n)
	}
}
