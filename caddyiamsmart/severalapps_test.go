package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// Given one Caddy with two gates of one application and a gate of another, all with the
// accounts of one directory, when a person links at the first, then they are known at the
// second, and to the other application they come for the first time; a login at one host
// is none at another, and to unlink in one application changes nothing in the other.
func TestGatesOfOneApplicationShareLinksAndOthersDoNot(t *testing.T) {
	list := `accounts file "` + staffOfWards(t) + `"`
	gate := func(host, app string) string {
		return `http://` + host + `:{{.Port2}} {
	iamsmart {
		public_url http://` + host + `:{{.Port2}}
		` + app + `
		` + list + `
		accounts form {{.App}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	reverse_proxy {{.App2Host}}
}
`
	}
	w := newWorld(t, site{
		Gate: english, Accounts: list, More: gate("127.0.0.2", "") + gate("127.0.0.3", "app roster"),
		Portal: func(w *world, c *simulator.Client) {
			for _, host := range []string{"127.0.0.2", "127.0.0.3"} {
				c.RedirectURIs = append(c.RedirectURIs, fmt.Sprintf("http://%s:%d/iamsmart/callback", host, w.Port2))
			}
		},
	})
	second, roster := fmt.Sprintf("http://127.0.0.2:%d", w.Port2), fmt.Sprintf("http://127.0.0.3:%d", w.Port2)
	b := w.arrive("chan", "nchan", "correct horse")
	login := func(gate string) *shown {
		b.visit(gate+"/").want(t, 401)
		return b.follow(b.decide(b.visit(gate+"/"), "chan", "approve"))
	}
	if p := login(second).want(t, 200); p.user() != "NChan" {
		t.Errorf("the second gate greets %q", p.user())
	}
	login(roster).want(t, 200, "First login")
	b.linkUp("mwong", "correct horse").want(t, 200, "has been linked")
	for gate, account := range map[string]string{w.Gate: "NChan", second: "NChan", roster: "MWong"} {
		if p := b.visit(gate + "/"); p.user() != account {
			t.Errorf("%s greets %q, want %q", gate, p.user(), account)
		}
	}

	// A session of one host is nobody's at another, whoever carries it there.
	stranger := w.browser()
	stranger.cookies["127.0.0.2"] = b.cookies["localhost"]
	stranger.visit(second+"/").want(t, 401)
	stranger.cookies["127.0.0.3"] = b.cookies["127.0.0.2"]
	stranger.visit(roster+"/").want(t, 401)

	b.at = roster + "/"
	w.behind("DELETE FROM links WHERE app = 'roster'")
	b.until(t, "the link of the other application is gone", func(*shown) bool {
		return b.ask(http.MethodGet, roster+"/", nil, nil).StatusCode == 401
	})
	if p := b.visit(second + "/"); p.user() != "NChan" {
		t.Errorf("afterwards the second gate greets %q", p.user())
	}
}
