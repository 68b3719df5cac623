package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Whatever a script can ask for, of any address under the prefix, it gets no
// form, no token, no account and no identifier. Only a navigation of the whole
// window gets a page, and no script can read that (see the test in a browser).
func TestT49NoEndpointTellsAScriptAnything(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	linked := w.arrive("chan", "chan.sm", "night-shift-7")
	links := w.firstTime("wong")
	form := links.visit("/iamsmart/link?way=password")
	confirm := links.password("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
	logout := hidden(linked.visit("/iamsmart/logout"), "token")
	secrets := []string{
		"<form", "chan.sm", "wong.ml", logout, hidden(form, "token"), hidden(confirm, "token"),
		w.sim.OpenID(w.ClientID, "chan"), w.sim.OpenID(w.ClientID, "wong"), w.ClientID, w.read("secret"),
	}
	endpoints := []string{
		"login", "callback?state=x&code=y", "callback/profile", "link", "link?way=password", "link/wait", "account", "logout", "language",
		"session", "resume", "jwks.json", "health", "assets/style.css", "nothing", "",
	}
	modes := []string{"cors", "no-cors", "same-origin", "navigate", "websocket", "webtransport"}
	dests := []string{
		"empty", "document", "iframe", "frame", "fencedframe", "object", "embed", "image", "script", "style", "serviceworker", "sharedworker", "worker", "report", "manifest",
	}
	posted := url.Values{"token": {hidden(confirm, "token")}, "step": {"confirm"}, "answer": {"yes"}, "lang": {"en"}}
	leaving := url.Values{"token": {logout}}

	before := w.rows("links")
	type question struct {
		b            *browser
		method, path string
		form         url.Values
		mode, dest   string
	}
	asked := make(chan question)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for q := range asked {
				one := w.carrying(q.b.cookies["localhost"])
				p, err := one.try(q.method, w.Gate+"/iamsmart/"+q.path, q.form, with(map[string]string{
					"Sec-Fetch-Mode": q.mode, "Sec-Fetch-Dest": q.dest, "Sec-Fetch-Site": "same-origin", "Origin": w.Gate,
				}))
				if err != nil {
					t.Error(err)
					continue
				}
				whole := p.body + fmt.Sprint(p.Header)
				for _, secret := range secrets {
					if secret == "" || strings.Contains(whole, secret) {
						t.Errorf("%s %s as %s, %s (%d): a script reads %q", q.method, q.path, q.mode, q.dest, p.StatusCode, secret)
					}
				}
				if p.Header.Get("Access-Control-Allow-Origin") != "" || p.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s %s as %s, %s: %v", q.method, q.path, q.mode, q.dest, p.Header)
				}
			}
		})
	}
	for _, mode := range modes {
		for _, dest := range dests {
			if mode == "navigate" && dest == "document" {
				continue // this is no script, but a person
			}
			for _, path := range endpoints {
				asked <- question{linked, http.MethodGet, path, nil, mode, dest}
				asked <- question{links, http.MethodGet, path, nil, mode, dest}
			}
			asked <- question{links, http.MethodPost, "link", posted, mode, dest}
			asked <- question{linked, http.MethodPost, "logout", leaving, mode, dest}
			asked <- question{linked, http.MethodPost, "language", posted, mode, dest}
			asked <- question{linked, http.MethodPost, "login", posted, mode, dest}
		}
	}
	close(asked)
	wg.Wait()
	// Nor did any of it do anything, although the tokens were right.
	if p := linked.visit("/"); p.user() != "chan.sm" {
		t.Errorf("a script logged the person out: %d", p.StatusCode)
	}
	if n := w.rows("links"); n != before {
		t.Errorf("a script linked somebody: %d links, were %d", n, before)
	}
	links.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "wong.ml")
}

// A person without a link reaches nothing of the application, whatever is asked
// for and however.
func TestT50NothingButTheLinkPagesAnswersAnUnlinkedPerson(t *testing.T) {
	w := newWorld(t, site{Gate: english + "public /open/*"})
	b := w.firstTime("chan")
	b.password("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
	_, before := w.legacy.last()
	for name, headers := range map[string]map[string]string{
		"a websocket": {
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			"Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "empty",
		},
		"an API":           {"Accept": "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
		"an event stream":  {"Accept": "text/event-stream", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
		"a frame":          {"Sec-Fetch-Dest": "iframe"},
		"a claimed person": {"X-Remote-User": "chan.sm", "X-IAmSmart-Person": "x"},
		"basic":            {"Authorization": "Basic Y2hhbi5zbTpuaWdodC1zaGlmdC03"},
	} {
		for _, path := range []string{"/", "/admin", "/api/residents", "/live", "/open/../admin"} {
			if p := b.ask(http.MethodGet, w.Gate+path, nil, with(headers)); p.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s of %s: status %d", name, path, p.StatusCode)
			}
		}
	}
	if _, n := w.legacy.last(); n != before {
		t.Errorf("%d requests reached the application", n-before)
	}
	// What is public is public to them as to anybody, without an identity.
	if p := b.visit(w.Gate+"/open/x").want(t, 200); p.user() != "" {
		t.Errorf("the application greets %q", p.user())
	}
	if r, _ := w.legacy.last(); r.Header.Get("Cookie") != "" {
		t.Errorf("the application got the cookies %q", r.Header.Get("Cookie"))
	}
}

// A form that a foreign page sends links nobody, tries no password and ends no
// link-up, even if the page knew the token.
func TestT55ForeignFormsDoNotLink(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.firstTime("chan")
	form := b.visit("/iamsmart/link?way=password")
	asked, before := w.legacy.tried(), w.rows("links")
	try := func(step string, fields url.Values) {
		t.Helper()
		for name, headers := range foreignPosts {
			if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, with(headers)); p.StatusCode < 400 {
				t.Errorf("%s, %s: status %d", step, name, p.StatusCode)
			}
		}
	}
	token := hidden(form, "token")
	try("password", url.Values{"token": {token}, "step": {"password"}, "username": {"maria"}, "password": {"tea-at-three"}})
	try("cancel", url.Values{"token": {token}, "step": {"cancel"}})
	if n := w.legacy.tried(); n != asked {
		t.Errorf("the application was asked %d times", n-asked)
	}
	confirm := b.password("chan.sm", "night-shift-7").want(t, 200, "chan.sm")
	for _, answer := range []string{"yes", "no"} {
		try(answer, url.Values{"token": {hidden(confirm, "token")}, "step": {"confirm"}, "answer": {answer}})
	}
	if n := w.rows("links"); n != before {
		t.Errorf("%d links were made", n-before)
	}
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "chan.sm")
}

// No page of the gate shows in a frame, in new browsers nor in old ones, which
// do not say what they ask for; so no click on one can be stolen.
func TestT56NoPageShowsInAFrame(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	linked := w.arrive("chan", "chan.sm", "night-shift-7")
	links := w.firstTime("wong")
	pages := map[string]func(mend func(*http.Request)) *shown{
		"login":  func(m func(*http.Request)) *shown { return w.browser().ask("GET", w.Gate+"/iamsmart/login", nil, m) },
		"logout": func(m func(*http.Request)) *shown { return linked.ask("GET", w.Gate+"/iamsmart/logout", nil, m) },
		"choice": func(m func(*http.Request)) *shown { return links.ask("GET", w.Gate+"/iamsmart/link", nil, m) },
		"link": func(m func(*http.Request)) *shown {
			return links.ask("GET", w.Gate+"/iamsmart/link?way=password", nil, m)
		},
		"callback": func(m func(*http.Request)) *shown {
			return w.browser().ask("GET", w.Gate+"/iamsmart/callback?state=x&code=y", nil, m)
		},
		"not found": func(m func(*http.Request)) *shown { return w.browser().ask("GET", w.Gate+"/iamsmart/x", nil, m) },
	}
	old := map[string]string{"Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "", "Sec-Fetch-User": "", "Sec-Fetch-Site": ""}
	look := func() {
		for name, ask := range pages {
			for _, dest := range []string{"iframe", "frame", "object", "embed", "fencedframe"} {
				p := ask(with(map[string]string{"Sec-Fetch-Dest": dest}))
				if p.StatusCode < 400 || strings.Contains(p.body, "<form") {
					t.Errorf("%s in a new browser's %s: %d\n%s", name, dest, p.StatusCode, p.body)
				}
			}
			p := ask(with(old))
			policy := p.Header.Get("Content-Security-Policy")
			if p.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("%s in an old browser's frame: %d, %q, %q", name, p.StatusCode, p.Header.Get("X-Frame-Options"), policy)
			}
			if p.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
				t.Errorf("%s shares its window with whoever opened it", name)
			}
		}
	}
	look()
	links.password("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
	pages["confirm"] = pages["choice"] // this is what the address shows now
	look()
}
