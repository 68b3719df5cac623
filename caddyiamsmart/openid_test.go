package caddyiamsmart_test

import (
	"strings"
	"testing"
)

// Given an application that knows its people by their openID, and a realm that allows it,
// when people link, log in and step up, then it gets the openID each time; it lies in the
// store sealed only, and in no log.
func TestTheOpenIDGoesWhereTheRealmAllowsIt(t *testing.T) {
	w := newWorld(t, site{
		Realm: "allow_open_id_header", Gate: steppingUp, Scopes: stepUpScopes,
		Header: "header_up X-Remote-User {iamsmart.account}\nheader_up X-Open-ID {iamsmart.open_id} required",
	})
	want := w.sim.OpenID(w.ClientID, "chan")
	sent := func(b *browser) {
		t.Helper()
		b.visit("/records").want(t, 200)
		if r, _ := w.legacy.last(); r.Header.Get("X-Open-Id") != want || r.Header.Get("X-Remote-User") != "chan.sm" {
			t.Errorf("sent is %q", r.Header.Get("X-Open-Id"))
		}
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	sent(b)
	again := w.browser()
	again.login("chan", "approve").want(t, 200)
	sent(again)
	again.stepsUp(again.visit("/payroll/may"))
	w.answers("chan", "approve")
	again.waits().want(t, 200)
	sent(again)
	w.load()
	sent(again)
	for _, name := range []string{"iamsmart.db", "iamsmart.db-wal"} {
		if strings.Contains(w.read(name), want) {
			t.Errorf("it lies in %s", name)
		}
	}
	for line := range strings.Lines(w.log()) {
		// At DEBUG Caddy's proxy writes all headers that it sends, of which a warning tells.
		if strings.Contains(line, want) && !strings.Contains(line, `"logger":"http.handlers.reverse_proxy"`) {
			t.Errorf("it stands in the log: %s", line)
		}
	}

	t.Run("who logged in before it was wanted logs in again", func(t *testing.T) {
		w.behind("UPDATE sessions SET open_id = NULL")
		w.Site.Header = "header_up X-Remote-User {iamsmart.account}\nheader_up X-Open-ID {iamsmart.open_id}"
		fresh := w.browser()
		fresh.login("chan", "approve")
		w.behind("UPDATE sessions SET open_id = x'00'")
		w.load()
		fresh.visit("/records")
		sent(func() *browser { b := w.browser(); b.login("chan", "approve"); return b }())
	})
}

// Without the realm's word nothing starts that would send it.
func TestTheOpenIDNeedsTheRealmsWord(t *testing.T) {
	w := newWorld(t, site{})
	w.Site.Header = "header_up X-Open-ID {iamsmart.open_id}"
	err := w.tryLoad()
	if err == nil || !strings.Contains(err.Error(), "{iamsmart.open_id}: realm 'default' does not allow it") || !strings.Contains(err.Error(), "allow_open_id_header") {
		t.Errorf("it says %v", err)
	}
}
