package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// T50: whatever a person is in the midst of, until they are linked they reach the
// login page and the link pages, by no method and no protocol the application.
func TestT50InNoStateOfALinkUpIsThereAnIdentity(t *testing.T) {
	states := map[string]func(w *world) *browser{
		"choice": func(w *world) *browser { return w.firstTime("wong") },
		"proven": func(w *world) *browser {
			b := w.firstTime("wong")
			b.password("wong.ml", "ward-two-4").want(w.t, 200, "Is this your account?")
			return b
		},
		"waiting": func(w *world) *browser {
			b := w.firstTime("testa")
			ask := b.visit("/iamsmart/link?way=register")
			b.submit(ask, "/iamsmart/link", url.Values{"step": {"register"}}).want(w.t, 200, "Open iAM Smart on your phone")
			return b
		},
		"review": func(w *world) *browser {
			b := w.firstTime("osample")
			b.asksForAccount("osample", "approve").want(w.t, 200, "Is this correct?")
			return b
		},
		"status": func(w *world) *browser {
			b := w.firstTime("long")
			b.sends(b.asksForAccount("long", "approve"), "yes")
			b = w.browser()
			b.login("long", "approve").want(w.t, 200, "Your request is being looked at")
			return b
		},
		"picker": func(w *world) *browser {
			b := w.browser()
			b.login("chan", "approve").want(w.t, 200, "Which account")
			return b
		},
		"to be proven again": func(w *world) *browser {
			if err := w.sim.Reregister("au", "AU, Y", ""); err != nil {
				w.t.Fatal(err)
			}
			b := w.browser()
			b.login("au", "approve").want(w.t, 200, "Prove your account once more")
			return b
		},
	}
	g := arenaOn(t, "X-Iam-User", site{
		Gate: english + "link password code register\naccounts_per_person 2\n", Header: "header_up X-Iam-User {iamsmart.account}", Scopes: profileScopes,
	})
	for _, name := range []string{"third", "fourth"} {
		g.legacy.add(name, "of-somebody-8")
	}
	g.arrive("chan", "chan.sm", "night-shift-7").addsAccount("chan", "maria", "tea-at-three").want(t, 200)
	g.arrive("au", "third", "of-somebody-8")
	for name, begin := range states {
		t.Run(name, func(t *testing.T) {
			g.e.answers(nil)
			b := begin(g.world)
			g.e.answers(switching)
			before := g.e.count()
			for _, path := range []string{"/", "/residents", "/admin", "/api/x", "//admin"} {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
					p := b.ask(method, g.Gate+path, nil, with(map[string]string{"X-Iam-User": arenaAccount}))
					if p.StatusCode != 401 && p.StatusCode != 400 {
						t.Errorf("%s %s: %d", method, path, p.StatusCode)
					}
					p = b.ask(method, g.Gate+path, nil, with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "application/json"}))
					if p.StatusCode != 401 && p.StatusCode != 400 {
						t.Errorf("%s %s of a script: %d", method, path, p.StatusCode)
					}
				}
			}
			cookies := cookieLine(b)
			lines := append(append([]string{"Connection: Upgrade"}, handshake...), lie("X-Iam-User")...)
			if p := overH1(t, g.host, rawRequest{method: "GET", target: "/live", lines: append(lines, cookies)}); p.status != 401 {
				t.Errorf("a websocket: %d", p.status)
			}
			if n := g.e.count(); n != before {
				t.Errorf("%d requests reached the application", n-before)
			}
			// On a public path they are nobody.
			before = g.e.count()
			b.ask(http.MethodGet, g.Gate+"/open/page", nil, with(map[string]string{"X-Iam-User": arenaAccount}))
			if got := g.e.since(before); len(got) != 1 || got[0].value("X-Iam-User") != "" {
				t.Errorf("on a public path arrives %v", got)
			}
			b.ask(http.MethodGet, g.Gate+"/iamsmart/account", nil, nil).want(t, 401, "Log in to Care records")
		})
	}
}

// T65: given a hundred people who link and log in at the same time, while accounts are
// looked at all the time, then nobody is ever taken for another.
func TestT65IdentitiesNeverSwap(t *testing.T) {
	t.Cleanup(caddyiamsmart.RecheckFrom(time.Millisecond))
	const crowd = 100
	var people []simulator.Person
	var list strings.Builder
	list.WriteString("name,key,hash\n")
	for i := range crowd {
		people = append(people, simulator.Person{Name: fmt.Sprint("p", i)})
		fmt.Fprintf(&list, "of.p%d,%d,\n", i, i+1)
	}
	l := newStaffList(t, list.String())
	w := newWorld(t, site{
		Gate: english + "link password code\nrecheck 1s\n", Accounts: `accounts file "` + l.path + `"`,
		Simulator: simulator.Options{Persons: people},
	})
	linker := w.asker().Linker()
	// The race detector makes the store so slow that the last of a hundred would wait
	// longer for their turn to write than a request may take.
	atOnce := make(chan struct{}, crowd)
	if raceDetector {
		atOnce = make(chan struct{}, crowd/5)
	}
	var all sync.WaitGroup
	for i, person := range people {
		account := "of." + person.Name
		all.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			b := w.browser()
			if _, err := b.tryLogin(person.Name); err != nil {
				t.Error(err)
				return
			}
			code, _, err := linker.Code(t.Context(), accounts.Account{Name: account, Key: fmt.Sprint(i + 1)}, "file", "admin")
			if err == nil {
				err = b.linksByCode(code)
			}
			if err != nil {
				t.Errorf("%s: %v", person.Name, err)
				return
			}
			if err := w.oneLogin(person.Name, account); err != nil { // in another browser, beside the first
				t.Error(err)
			}
			for range 15 {
				p, err := b.try(http.MethodGet, w.Gate+"/page", nil, nil)
				if err != nil || p.user() != account {
					t.Errorf("%s is greeted as %q: %v", account, p.user(), err)
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	all.Wait()
	rows := w.trail("linked")
	if len(rows) != crowd {
		t.Errorf("%d links of %d people", len(rows), crowd)
	}
}

// linksByCode links by a code, for other goroutines than the test's own.
func (b *browser) linksByCode(code string) error {
	p, err := b.onward(http.MethodGet, b.w.Gate+"/iamsmart/link?way=code", nil)
	if err != nil {
		return err
	}
	fields := p.typed(code, "")
	fields.Set("token", hidden(p, "token"))
	fields.Set("step", "code")
	if p, err = b.onward(http.MethodPost, b.w.Gate+"/iamsmart/link", fields); err != nil {
		return err
	}
	p, err = b.onward(http.MethodPost, b.w.Gate+"/iamsmart/link", url.Values{"token": {hidden(p, "token")}, "step": {"confirm"}, "answer": {"yes"}})
	if err == nil && !strings.Contains(p.body, "has been linked") {
		err = fmt.Errorf("linking: %d\n%s", p.StatusCode, p.body)
	}
	return err
}
