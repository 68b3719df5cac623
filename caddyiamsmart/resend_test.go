package caddyiamsmart_test

import (
	"testing"

	"caddyiamsmart.example/caddyiamsmart"
)

// Given a PC that somebody left without logging out, when the next person's way
// back from iAM Smart comes to nothing, then that person is told so, and does not
// find the session of the one before in the place of their own.
func TestALoginThatCameToNothingDoesNotGoOnAsThePersonBefore(t *testing.T) {
	for name, spoil := range map[string]func(*world, *browser, string){
		"the answer to the first one was lost": func(w *world, b *browser, callback string) {
			first := w.browser()
			first.cookies["localhost"] = b.named("-f-")
			first.visit(callback)
		},
		"the store went away": func(w *world, _ *browser, _ string) {
			if err := caddyiamsmart.SeverStores(); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english})
			b := w.browser()
			old := b.visit("/") // a login page that stays open in a tab
			b.login("chan", "approve")
			b.linkUp("chan.sm", "night-shift-7")
			b.visit("/")

			b.at = w.Gate + "/"
			callback := b.decide(old, "wong", "approve").Header.Get("Location")
			spoil(w, b, callback)
			b.at = w.SimURL
			if p := b.visit(callback); p.StatusCode < 400 || p.user() != "" {
				t.Errorf("wong's way back: %d, greeted as %q", p.StatusCode, p.user())
			}
		})
	}
}
