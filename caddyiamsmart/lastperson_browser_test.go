package caddyiamsmart_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// T40: given a real browser on a shared computer, when a person has looked at pages and
// logged out, by our button or the application's own, then the Back button, the history
// and the caches show nothing of what they saw.
func TestT40TheBackButtonShowsNothingOfTheLastPerson(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWorld(t, site{Gate: english + "app_logout /bye\n"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	const secret = "blood pressure of resident 4711"
	kept := map[string]string{
		"/notes": "", "/notes/kept": "private, max-age=3600", "/notes/public": "public, max-age=3600, immutable", "/notes/revalidated": "no-cache",
	}
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/bye":
			_, _ = io.WriteString(rw, "<p>Goodbye</p>")
		case strings.HasPrefix(path, "/data"):
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Cache-Control", "private, max-age=3600")
			_, _ = io.WriteString(rw, `{"note":"`+secret+`"}`)
		default:
			if kept[path] != "" {
				rw.Header().Set("Cache-Control", kept[path])
			}
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, "<p>"+secret+"</p><script>fetch('/data').then(r => r.text())</script>")
		}
	}
	v := &victim{t: t, w: w, ctx: ctx}
	for name, logout := range map[string]func(){
		"our logout": func() {
			v.opens("/iamsmart/logout")
			do(v, chromedp.Click(chromedp.CSS("main form button.button")))
			do(v, chromedp.WaitVisible(chromedp.CSS("form.start button.iamsmart")))
		},
		"the application's": func() { v.opens("/bye") },
	} {
		t.Run(name, func(t *testing.T) {
			v.t = t
			b.cookies["localhost"] = map[string]string{}
			b.login("chan", "approve").want(t, 200)
			v.becomes(b.named(""))
			v.opens("/")
			for path := range kept {
				v.opens(path)
				if !strings.Contains(v.text(), secret) {
					t.Fatalf("%s is not shown", path)
				}
			}
			logout()
			if len(v.ours()) > 1 { // the language
				t.Errorf("the browser holds %v", v.ours())
			}
			for range len(kept) + 1 {
				v.back()
				if strings.Contains(v.text(), secret) {
					t.Error("the Back button shows what the last person saw")
				}
			}
			for _, path := range []string{"/notes", "/notes/kept", "/notes/public", "/notes/revalidated", "/data"} {
				v.opens(path)
				if strings.Contains(v.text(), secret) {
					t.Errorf("%s is shown to nobody", path)
				}
			}
		})
	}
}

// Given a person in a real browser whose session ends while they type, then one login and
// one click later what they typed has arrived, and the application's answer stands under
// its own address.
func TestAKeptFormInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	w := newWard(t, "")
	answer := w.legacy.Answer
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(rw, `<form method=post action="/notes/save?room=101"><textarea name=note id=note></textarea><button id=save>Save</button></form>`)
			return
		}
		answer(rw, r)
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	v := &victim{t: t, w: w.world, ctx: ctx}
	v.becomes(b.named(""))
	v.opens("/notes")
	v.enters("#note", "換藥 & wash")
	w.idles()
	press := func(selector, next string) {
		t.Helper()
		do(v, chromedp.Click(chromedp.CSS(selector)))
		do(v, chromedp.WaitVisible(chromedp.CSS(next)))
	}
	press("#save", "form.start button.iamsmart")
	if !strings.Contains(v.text(), "What you typed is safe") {
		t.Errorf("the page does not say that it is kept:\n%s", v.text())
	}
	press("form.start button.iamsmart", "#approve")
	do(v, chromedp.Click(chromedp.CSS("#person-chan")))
	press("#approve", "main form button.button")
	press("main form button.button", "#user")
	if address := runs[string](v, "location.pathname + location.search"); address != "/notes/save?room=101" {
		t.Errorf("the answer stands at %s", address)
	}
	if got := w.notes(); len(got) != 1 || got[0].body != "note=%E6%8F%9B%E8%97%A5+%26+wash" || got[0].user != "chan.sm" {
		t.Errorf("the application got %v", got)
	}
}
