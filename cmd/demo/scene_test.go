package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/cmd/demo/records"
)

// scene is a demonstration that runs, seen through one browser program.
type scene struct {
	t        *testing.T
	browser  context.Context
	gate     string
	demo     *demo
	app      *recorder
	voice    voice
	axe      string
	pictures string
	pictured int
	met      map[string]bool // pages that were examined before
}

// newScene starts a demonstration whose pages first speak another language than
// the one that people choose there.
func newScene(t *testing.T, browser context.Context, rules string, v voice) *scene {
	t.Helper()
	first := map[string]string{"zh-HK": "browser", "zh-CN": "en", "en": "zh-HK"}[v.tag]
	app, err := records.New(records.Users())
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{
		t: t, browser: browser, voice: v, axe: rules, pictures: t.TempDir(),
		app: &recorder{app: app}, met: make(map[string]bool),
	}
	if folder := os.Getenv("IAMSMART_SCREENSHOTS"); folder != "" {
		s.pictures = filepath.Join(folder, strings.NewReplacer("/", "-", "TestStory-", "").Replace(t.Name()))
		if err := os.MkdirAll(s.pictures, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.demo, err = start(t.TempDir(), servertest.FreePort(t), first, s.app)
	if err != nil {
		t.Fatalf("starting the demonstration: %v", err)
	}
	s.gate = s.demo.gate
	s.demo.simulator.Watch(t)
	t.Cleanup(func() {
		if err := s.demo.stop(); err != nil {
			t.Errorf("stopping the demonstration: %v", err)
		}
	})
	return s
}

// person is somebody of the simulator who has an account of the application.
type person struct {
	handle string // at iAM Smart
	records.User
}

func somebody(t *testing.T, handle, account string) person {
	t.Helper()
	users := records.Users()
	n := slices.IndexFunc(users, func(u records.User) bool { return u.Name == account })
	if n < 0 {
		t.Fatalf("the application has no account %s", account)
	}
	return person{handle, users[n]}
}

// arrive opens an address in a new browser, meets the login page in its place,
// and switches to the language of the scene.
func (s *scene) arrive(dev device, path string) *tab {
	s.t.Helper()
	b := s.profile(dev)
	b.open(s.gate + path)
	if f := b.look(); f.Status != http.StatusUnauthorized || f.Lang == s.voice.tag || f.URL != s.gate+path {
		s.t.Fatalf("the first page is %d in %q at %s\n%s", f.Status, f.Lang, f.URL, f.Text)
	}
	b.press(`button[name=lang][value="` + s.voice.tag + `"]`)
	b.see(http.StatusUnauthorized, "login")
	if at := b.look().URL; at != s.gate+path {
		s.t.Errorf("switching the language led to %s", at)
	}
	return b
}

// startLogin presses the official button and comes to iAM Smart, in the
// language of the person.
func (b *tab) startLogin() {
	b.t.Helper()
	b.official()
	b.press("form.start button.iamsmart")
	b.atIAmSmart(b.dev.agent != "")
}

// official holds what iAM Smart asks of every page that starts it: its own words
// on the button, and a way to learn more.
func (b *tab) official() {
	b.t.Helper()
	shown, err := eval[[]string](b, `(function () {
  var button = document.querySelector("form.start button.iamsmart"), more = document.querySelector("form.start a.more");
  return button && more ? [button.innerText.trim(), more.firstChild.data.trim(), more.href] : [];
})()`)
	if want := []string{b.s.voice.button, b.s.voice.moreInfo, b.s.voice.moreAt}; err != nil || !slices.Equal(shown, want) {
		b.t.Fatalf("the page starts iAM Smart with %q, want %q (%v)\n%s", shown, want, err, b.snapshot())
	}
}

func (b *tab) atIAmSmart(sameDevice bool) {
	b.t.Helper()
	panel := "#qr-panel"
	if sameDevice {
		panel = "#broker-panel"
	}
	there, err := eval[bool](b, `location.hostname === "127.0.0.1" && location.pathname === "/api/v1/auth/getQR" && document.querySelector("`+panel+`") !== null`)
	if f := b.look(); err != nil || !there || !strings.HasPrefix(f.Lang, b.s.voice.tag) {
		b.t.Fatalf("this is not iAM Smart in %s with %s (%v)\n%s", b.s.voice.tag, panel, err, b.snapshot())
	}
}

// decide presses one of the simulator's buttons.
func (b *tab) decide(decision string) {
	b.t.Helper()
	b.press("#" + decision)
}

// approve chooses a test person and approves.
func (b *tab) approve(handle string) {
	b.t.Helper()
	b.click("#person-" + handle)
	b.press("#approve")
}

// toForm leads from the choice to the form for user name and password.
func (b *tab) toForm() {
	b.t.Helper()
	b.see(http.StatusOK, "choice")
	b.press("main a.button")
	b.says(b.see(http.StatusOK, "linkform"), b.s.voice.notSaved)
}

// The fields of the link form, found by what they are: their names and ids are
// others in each link-up.
const (
	userField     = `main form input[autocomplete="off"]`
	passwordField = `main form input[autocomplete="new-password"]`
)

// prove sends a user name and a password.
func (b *tab) prove(user, password string) {
	b.t.Helper()
	b.enter(userField, user)
	b.enter(passwordField, password)
	b.press("main form button.button")
}

// linkUp goes from the choice to the page that says that the account is linked.
func (b *tab) linkUp(p person) {
	b.t.Helper()
	b.toForm()
	b.prove(p.Name, p.Password)
	b.says(b.see(http.StatusOK, "confirm"), p.Name)
	b.press("button[name=answer][value=yes]")
}

// logOut does it on the gate's own page.
func (b *tab) logOut() {
	b.t.Helper()
	b.open(b.s.gate + "/iamsmart/logout")
	b.see(http.StatusOK, "logoutask")
	b.press("main form button.button")
	b.see(http.StatusOK, "loggedout")
	b.official()
}
