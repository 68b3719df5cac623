package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// asked is the page that people want; its query must come back too.
const asked = "/residents/102?from=round"

// TestStory walks through the whole demonstration in a real browser, in every
// language, at a PC and on a phone. Every page of the gate that is met on the
// way is photographed and examined for accessibility.
func TestStory(t *testing.T) {
	browser, rules := servertest.Chromium(t), axe(t)
	// The way differs by device and the words by language, so each is walked in the first.
	devices := map[string][]device{voices[0].tag: {pc, phone}, voices[1].tag: {phone}, voices[2].tag: {pc}}
	for _, v := range voices {
		for _, dev := range devices[v.tag] {
			t.Run(v.tag+"-"+dev.name, func(t *testing.T) {
				s := newScene(t, browser, rules, v)
				chan_, maria := somebody(t, "chan", "chan.sm"), somebody(t, "testa", "maria")

				b := s.arrive(dev, asked)
				b.startsOften()
				b.linksFor(chan_)
				b.comesAgain(chan_)
				b.leavesByTheApp(chan_)
				b.nextPerson(chan_, maria)
				b.framesLeadOut()
				s.onlyKnownPeople(chan_, maria)

				s.accountTaken(dev, chan_)
				s.otherBrowser(dev)
				s.loop(dev)
			})
		}
	}
}

// Given the login page, when the person refuses, cancels or waits too long, then
// a page says so and the way is open to start again; and nobody gets through.
func (b *tab) startsOften() {
	b.t.Helper()
	if b.dev.agent != "" { // the app may be on another phone
		b.press("button[name=device][value=other]")
		b.atIAmSmart(false)
		b.open(b.s.gate + asked)
		b.see(http.StatusUnauthorized, "login")
	}
	for _, no := range []struct{ decision, page string }{
		{"reject", "declined"}, {"cancel", "declined"}, {"timeout", "toolate"},
	} {
		b.startLogin()
		b.decide(no.decision)
		b.see(http.StatusForbidden, no.page)
	}
	b.startLogin()
}

// Given a person who is new here, when iAM Smart has vouched for them, then they
// prove their account once, may say that it is not theirs, and come to the page
// that they wanted.
func (b *tab) linksFor(p person) {
	b.t.Helper()
	b.approve(p.handle)
	b.toForm()
	if came := b.s.app.all(); len(came) != 0 {
		b.t.Errorf("before anybody proved anything, the application was asked for %q", came)
	}

	b.enter(passwordField, "wrong-password")
	b.showsPassword()
	b.prove(p.Name, "wrong-password")
	b.says(b.see(http.StatusUnprocessableEntity, "linkform"), b.s.voice.mayTry)
	if user, err := eval[string](b, `document.querySelector('`+userField+`').value`); err != nil || user != p.Name {
		b.t.Errorf("after a wrong password the user name is %q (%v)", user, err)
	}

	b.prove(p.Name, p.Password)
	b.says(b.see(http.StatusOK, "confirm"), p.Name)
	b.press("button[name=answer][value=no]")
	b.see(http.StatusOK, "linkform")

	b.prove(p.Name, p.Password)
	b.see(http.StatusOK, "confirm")
	if came := b.s.app.visits(); len(came) != 0 {
		b.t.Errorf("before the login the application was asked for %v", came)
	}
	b.press("button[name=answer][value=yes]")
	b.says(b.see(http.StatusOK, "linked"), p.Name)
	b.press("main a.button")
	b.photograph("app")
	b.work(asked, p.FullName)
}

// showsPassword presses the box twice: what is typed shows, and hides again.
func (b *tab) showsPassword() {
	b.t.Helper()
	for _, kind := range []string{"text", "password"} {
		b.click("#shown")
		b.await("a field of type "+kind, `document.querySelector('`+passwordField+`').type === "`+kind+`"`)
	}
}

// Given a linked person who has logged out, when they log in again, then they
// are straight back at their page.
func (b *tab) comesAgain(p person) {
	b.t.Helper()
	b.logOut()
	b.open(b.s.gate + asked)
	b.see(http.StatusUnauthorized, "login")
	b.startLogin()
	b.approve(p.handle)
	b.work(asked, p.FullName)
}

// Given a person at work, when they press the application's own "log out", then
// they are logged out of the gate too, and the Back button shows nothing.
func (b *tab) leavesByTheApp(p person) {
	b.t.Helper()
	b.press("#logout")
	b.see(http.StatusUnauthorized, "login")
	b.back(1)
	b.nothingOf(p, b.see(http.StatusUnauthorized, "login"))
	if at := b.look().URL; at != b.s.gate+asked {
		b.t.Errorf("Back leads to %s", at)
	}
}

// Given a browser in which somebody has worked, when the next person logs in,
// then nothing of the first is left: not on the page, not behind the Back button.
func (b *tab) nextPerson(first, next person) {
	b.t.Helper()
	b.startLogin()
	b.approve(next.handle)
	b.linkUp(next)
	b.see(http.StatusOK, "linked")
	b.press("main a.button")
	b.nothingOf(first, b.work(asked, next.FullName))
	if came := b.s.app.visits(); strings.Contains(came[len(came)-1].cookies, "RECORDSSESSID") {
		b.t.Errorf("the application gets a cookie of an earlier visit: %s", came[len(came)-1].path)
	}

	history := must(b, page.GetNavigationHistory, cdp.Empty{})
	for n := int(history.CurrentIndex) - 1; n >= 0; n-- {
		at := strings.TrimPrefix(history.Entries[n].URL, b.s.gate)
		if strings.HasPrefix(at, "/residents") || strings.HasPrefix(at, "/iamsmart/link") {
			now := must(b, page.GetNavigationHistory, cdp.Empty{}).CurrentIndex
			b.back(int(now) - n)
			b.nothingOf(first, b.look())
		}
	}
	b.open(b.s.gate + "/")
	b.work("/", next.FullName)
}

// nothingOf expects no trace of a person in a page.
func (b *tab) nothingOf(p person, f face) {
	b.t.Helper()
	for _, trace := range []string{p.FullName, p.Name} {
		if strings.Contains(f.HTML, trace) {
			b.t.Errorf("%s still shows %q:\n%s", f.URL, trace, f.Text)
		}
	}
}

// Given an application made of frames, when the person has logged out in another
// tab and presses something in a frame, then the frame leads out to the login page.
func (b *tab) framesLeadOut() {
	b.t.Helper()
	b.open(b.s.gate + "/frames")
	b.await("the frames", `frames.length === 2 && frames[1].document.querySelector("main a") !== null`)
	b.second().logOut()
	if _, err := eval[bool](b, `(frames[1].document.querySelector("main a").click(), true)`); err != nil {
		b.t.Fatalf("pressing a link in the frame: %v", err)
	}
	b.await("the frame's way out", `(frames[1].document.querySelector("h1") || {}).innerText === "`+b.s.voice.headings["frame"]+`" &&
		frames[1].document.readyState === "complete"`)
	tree := must(b, page.GetFrameTree, cdp.Empty{})
	b.photograph("frame")
	b.accessible("frame", tree.FrameTree.ChildFrames[1].Frame.ID)
	b.leave(pressIn(`frames[1].document.querySelector("a.button")`))
	b.see(http.StatusUnauthorized, "login")
	if at := b.look().URL; at != b.s.gate+"/iamsmart/login" {
		b.t.Errorf("the frame leads to %s", at)
	}
}

// onlyKnownPeople holds that every request which reached the application bore
// the name of somebody who had logged in, and that both were there.
func (s *scene) onlyKnownPeople(people ...person) {
	s.t.Helper()
	seen := make(map[string]int)
	for _, came := range s.app.visits() {
		if len(came.identity) != 1 || !slices.ContainsFunc(people, func(p person) bool { return p.Name == came.identity[0] }) {
			s.t.Errorf("%s reached the application for %q", came.path, came.identity)
			continue
		}
		seen[came.identity[0]]++
	}
	for _, p := range people {
		if seen[p.Name] == 0 {
			s.t.Errorf("the application never met %s", p.Name)
		}
	}
}
