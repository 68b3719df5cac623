package caddyiamsmart_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/session"
)

//go:embed testdata/spy.js
var spyScript string

// appWords stands on each page of the application in these tests.
const appWords = "what the application shows"

// victim is a real browser in which a script of the application runs.
type victim struct {
	t   *testing.T
	w   *world
	ctx context.Context
	own []target.ID // windows that no script has opened
}

func do[T any](v *victim, action chromedp.Action[T]) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, time.Minute)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		v.t.Fatal(err)
	}
	return result
}

func call[P, R any](v *victim, command cdp.Command[P, R], params P) R {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, time.Minute)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		v.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// runs has the application's script do something and wait for it.
func runs[T any](v *victim, format string, args ...any) T {
	v.t.Helper()
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			v.t.Fatal(err)
		}
		args[i] = text
	}
	return do(v, chromedp.Evaluate[T](fmt.Sprintf(format, args...), chromedp.EvalAwaitPromise))
}

func (v *victim) opens(path string) {
	v.t.Helper()
	do(v, chromedp.Navigate(v.w.Gate+path))
}

// enters types into a field. chromedp's own SendKeys looks at the element unlocked while
// a script of the page may change it.
func (v *victim) enters(selector, text string) {
	v.t.Helper()
	do(v, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible))
	do(v, chromedp.KeyEvent(text))
}

// tabs are the windows that are open.
func (v *victim) tabs() (found []target.ID) {
	v.t.Helper()
	for _, tab := range call(v, target.GetTargets, target.GetTargetsParams{}).TargetInfos {
		if tab.Type == "page" {
			found = append(found, tab.TargetID)
		}
	}
	return found
}

// at opens a page of the application that holds the hostile script, in the one
// window that is left of those before.
func (v *victim) at(path string) {
	v.t.Helper()
	for _, id := range v.tabs() {
		if !slices.Contains(v.own, id) {
			tab, quit := chromedp.NewContext(v.ctx, chromedp.WithTargetID(id))
			_ = chromedp.Do(tab)     // attaches; the window may have closed by itself
			_ = chromedp.Cancel(tab) // closes
			quit()
		}
	}
	call(v, page.BringToFront, cdp.Empty{})
	v.opens(path)
	do(v, chromedp.Evaluate[chromedp.Void](spyScript))
}

func (v *victim) text() string {
	v.t.Helper()
	return runs[string](v, `document.documentElement.outerHTML`)
}

// becomes gives the browser the cookies that a person got, and no others.
func (v *victim) becomes(cookies map[string]string) {
	v.t.Helper()
	call(v, network.ClearBrowserCookies, cdp.Empty{})
	for name, value := range cookies {
		yes := true
		call(v, network.SetCookie, network.SetCookieParams{
			Name: name, Value: value, URL: v.w.Gate + "/", Path: "/", Secure: &yes, HTTPOnly: &yes, SameSite: network.CookieSameSiteLax,
		})
	}
}

// ours are the gate's cookies that the browser holds.
func (v *victim) ours() map[string]string {
	v.t.Helper()
	found := make(map[string]string)
	for _, c := range call(v, network.GetCookies, network.GetCookiesParams{URLs: []string{v.w.Gate + "/", v.w.Gate + "/iamsmart/x"}}).Cookies {
		whole := c.Name + "=" + c.Value // a cookie without a name can look like one with
		if strings.HasPrefix(strings.ToLower(strings.Trim(whole, "= \t")), strings.ToLower(session.CookiePrefix)) {
			found[c.Name] = c.Value
		}
	}
	return found
}

// back goes back one page in the tab's history.
func (v *victim) back() {
	v.t.Helper()
	history := call(v, page.GetNavigationHistory, cdp.Empty{})
	to := history.CurrentIndex - 1
	call(v, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[to].ID})
	for range 400 {
		ctx, cancel := context.WithTimeout(v.ctx, time.Minute)
		now, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
		cancel()
		if err == nil && now.CurrentIndex == to { // between two pages the browser has none to speak of
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	do(v, chromedp.WaitReady(chromedp.CSS("body")))
}

// The application's script against the gate's pages, in a real browser, while a
// person is logged in and while one is about to link.
func TestT49T40TheApplicationsScriptInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWorld(t, site{Gate: english + "public /open/*"})
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/open/sw.js":
			rw.Header().Set("Content-Type", "text/javascript")
			rw.Header().Set("Service-Worker-Allowed", "/")
			fmt.Fprint(rw, `onfetch = e => e.respondWith(fetch(e.request))`)
		case "/who":
			fmt.Fprintf(rw, "<!doctype html><p id=user>%s</p>", r.Header.Get("X-Remote-User"))
		default:
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(rw, "<!doctype html><title>x</title><p>%s</p>", appWords)
		}
	}
	linked := w.arrive("chan", "chan.sm", "night-shift-7")
	links := w.firstTime("wong")
	form := links.visit("/iamsmart/link?way=password")
	confirm := links.password("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
	secrets := []string{
		"<form", "chan.sm", "wong.ml", hidden(linked.visit("/iamsmart/logout"), "token"), hidden(form, "token"), hidden(confirm, "token"),
		w.sim.OpenID(w.ClientID, "chan"), w.sim.OpenID(w.ClientID, "wong"),
	}
	v := &victim{t: t, w: w, ctx: ctx}
	v.own = v.tabs()
	type readout struct{ Way, URL, Text string }
	spies := func(t *testing.T, paths ...string) {
		t.Helper()
		v.at("/open/hostile")
		for _, told := range runs[[]readout](v, `spy("/open/page", "/open/other")`) {
			if told.Way != "fetch navigate" && !strings.Contains(told.Text, appWords) { // that one no script may do
				t.Errorf("the spy is no good: by %s it reads %.200q of the application", told.Way, told.Text)
			}
		}
		for _, path := range paths {
			v.at("/open/hostile")
			for _, told := range runs[[]readout](v, `spy(%s, "/open/other")`, path) {
				for _, secret := range secrets {
					if secret == "" || strings.Contains(told.Text, secret) {
						t.Errorf("%s by %s: a script reads %q in\n%.600s", path, told.Way, secret, told.Text)
					}
				}
				if strings.HasPrefix(told.Way, "window") && strings.Contains(told.Text, "<main") {
					t.Errorf("%s by %s: a script reads a page of the gate", path, told.Way)
				}
			}
		}
	}
	posts := func(token string) {
		v.at("/open/hostile")
		fields := map[string]string{"token": token, "step": "confirm", "answer": "yes"}
		guess := map[string]string{"token": token, "step": "password", "username": "maria", "password": "tea-at-three"}
		runs[string](v, `posts(%s)`, [][]any{
			{"/iamsmart/logout", fields}, {"/iamsmart/link", fields}, {"/iamsmart/link", guess}, {"/iamsmart/language", fields},
			{"/iamsmart/logout", fields, "text/plain"}, {"/iamsmart/link", fields, "multipart/form-data"}, {"/iamsmart/callback", fields},
			{"/iamsmart/link", map[string]string{"token": token, "step": "cancel"}},
		})
	}
	names := func() (all []string) {
		for name := range linked.named("") {
			all = append(all, name)
		}
		base, _, _ := strings.Cut(all[0], "-s")
		return append(all, base+"-p", base+"-l", base+"-f-AAAAAAAA", session.CookiePrefix+"other-s")
	}()

	t.Run("while a person is logged in", func(t *testing.T) {
		v.t = t
		v.becomes(linked.named("-s"))
		if v.opens("/who"); !strings.Contains(v.text(), "chan.sm") {
			t.Fatalf("the browser is not logged in:\n%s", v.text())
		}
		spies(t, "/iamsmart/login", "/iamsmart/link", "/iamsmart/logout", "/iamsmart/callback?state=x&code=y", "/iamsmart/session")
		posts("guess")
		if v.opens("/who"); !strings.Contains(v.text(), "chan.sm") {
			t.Errorf("forms with a guessed token changed something:\n%s", v.text())
		}
		v.at("/open/hostile")
		for _, answer := range runs[[]string](v, `workers(%s)`, [][]string{
			{"/open/sw.js", "/open/"}, {"/open/sw.js", "/"}, {"/open/sw.js", "/iamsmart/"}, {"/sw.js", "/"}, {"/iamsmart/session", "/iamsmart/"},
			{"/iamsmart/assets/sw.js", "/iamsmart/"}, {"data:text/javascript,1", "/"},
		}) {
			if strings.Contains(answer, "installed") || strings.Contains(answer, "registered") && !strings.HasPrefix(answer, "0 ") {
				t.Errorf("a service worker: %s", answer)
			}
		}

		// The page before the logout does not come back by the button Back.
		v.opens("/who")
		v.opens("/iamsmart/logout")
		do(v, chromedp.Click(chromedp.CSS("main form button")))
		do(v, chromedp.WaitVisible(chromedp.CSS(".next")))
		for range 2 {
			v.back()
			if text := v.text(); strings.Contains(text, "chan.sm") {
				t.Errorf("after the logout, by the button Back:\n%s", text)
			}
		}
	})
	t.Run("which sets cookies", func(t *testing.T) {
		v.t = t
		again := w.browser()
		again.login("chan", "approve")
		v.becomes(again.named("-s"))
		before := v.ours()
		v.at("/open/hostile")
		readable := runs[string](v, `plant(%s, 0)`, names)
		if now := v.ours(); fmt.Sprint(now) != fmt.Sprint(before) {
			t.Errorf("the gate's cookies were %v, now they are %v", before, now)
		}
		for _, value := range before {
			if strings.Contains(readable, value) {
				t.Error("a script reads the session cookie")
			}
		}
		if v.opens("/who"); !strings.Contains(v.text(), "chan.sm") {
			t.Errorf("planted cookies changed who is there:\n%s", v.text())
		}
		// An overflowing jar can at worst log the person out.
		v.at("/open/hostile")
		runs[string](v, `plant(%s, 400)`, names)
		left := v.ours()
		v.opens("/who")
		text := v.text()
		t.Logf("after 400 cookies the browser holds %d of the gate's", len(left))
		switch {
		case fmt.Sprint(left) == fmt.Sprint(before) && strings.Contains(text, "chan.sm"):
		case len(left) == 0 && strings.Contains(text, "Login with iAM Smart"):
		default:
			t.Errorf("after 400 cookies: %v, and\n%s", left, text)
		}
	})
	t.Run("while a person is about to link", func(t *testing.T) {
		v.t = t
		before := w.rows("links")
		v.becomes(links.named("-p"))
		if v.opens("/iamsmart/link"); !strings.Contains(v.text(), "wong.ml") {
			t.Fatalf("the browser has no link-up:\n%s", v.text())
		}
		spies(t, "/iamsmart/link", "/iamsmart/login")
		posts("guess")
		if n := w.rows("links"); n != before {
			t.Errorf("forms with a guessed token linked somebody: %d links, were %d", n, before)
		}
		// At worst it has logged out who is nobody yet. They begin again.
		links = w.firstTime("wong")
		links.password("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
		v.becomes(links.named("-p"))
		v.opens("/iamsmart/link")
		do(v, chromedp.Click(chromedp.CSS("main form button.button")))
		do(v, chromedp.WaitVisible(chromedp.CSS("main a.button")))
		if !strings.Contains(v.text(), "wong.ml") || w.rows("links") != before+1 {
			t.Errorf("the person's own click did not link:\n%s", v.text())
		}
	})
}
