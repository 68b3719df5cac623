package caddyiamsmart_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
)

const optional = english + "mode optional\n"

var untrue = map[string]string{"X-Remote-User": "chan.sm", "X_Remote_User": "chan.sm", "x-remote-user": "admin"}

// Given a gate whose login is optional, when people come without one, then the
// application is there without an identity, whatever they say of themselves; who is
// linked has theirs, and after logout they are nobody again.
func TestOptionalLeavesTheApplicationOpen(t *testing.T) {
	w := newWorld(t, site{Gate: optional})
	nobody := func(t *testing.T, b *browser) {
		t.Helper()
		for name, headers := range map[string]map[string]string{
			"a page": nil, "spoofed": untrue,
			"a script": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "X-Requested-With": "XMLHttpRequest", "Accept": "application/json"},
			"a frame":  {"Sec-Fetch-Dest": "iframe"}, "an image": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
				_, before := w.legacy.last()
				p := b.ask(method, w.Gate+"/residents", url.Values{"a": {"b"}}, with(headers))
				r, n := w.legacy.last()
				if p.StatusCode != 200 || n != before+1 || p.user() != "" {
					t.Errorf("%s %s: %d, %d requests, greeted as %q", method, name, p.StatusCode, n-before, p.user())
				}
				for header := range r.Header {
					if strings.Contains(strings.ToLower(strings.ReplaceAll(header, "_", "-")), "remote-user") {
						t.Errorf("%s arrives: %v", header, r.Header[header])
					}
				}
			}
		}
	}
	b := w.browser()
	nobody(t, b)
	// The login page works under its own address,
	b.at = ""
	p := b.follow(b.decide(b.visit("/iamsmart/login").want(t, 401, "Log in to Care records"), "chan", "approve"))
	p.want(t, 200, "First login")
	// and who is about to link is nobody.
	nobody(t, b)
	b.linkUp("chan.sm", "night-shift-7").want(t, 200, "has been linked")
	p = b.ask(http.MethodGet, w.Gate+"/residents", nil, with(map[string]string{"X-Remote-User": "wong.ml"}))
	if p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
	kept := b.named("-s")
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil).want(t, 200, "logged out")
	nobody(t, b)
	b.cookies["localhost"] = kept
	nobody(t, b)
	b.visit("/iamsmart/account").want(t, 401)
	// By another host name nobody is known.
	p = b.ask(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/x", w.Port), nil, nil)
	if p.user() != "" || p.StatusCode != 200 {
		t.Errorf("by another name: %d, %q", p.StatusCode, p.user())
	}
}

// Given an application with a session of its own, then what it set for nobody does not
// come with a login, nor what it set for a login with nobody.
func TestOptionalKeepsTheApplicationsCookiesApart(t *testing.T) {
	w := newWorld(t, site{Gate: optional})
	w.arrive0("chan", "chan.sm", "night-shift-7")
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if id := r.URL.Query().Get("set"); id != "" {
			http.SetCookie(rw, &http.Cookie{Name: "PHPSESSID", Value: id, Path: "/"})
		}
		c, err := r.Cookie("PHPSESSID")
		if err != nil {
			c = &http.Cookie{Value: "none"}
		}
		fmt.Fprintf(rw, "<p id=user>%s</p><p id=cookie>%s</p>", r.Header.Get("X-Remote-User"), c.Value)
	}
	b := w.browser()
	sees := func(what, cookie, user string) {
		t.Helper()
		if p := b.visit(w.Gate + "/page"); p.text("cookie") != cookie || p.user() != user {
			t.Errorf("%s: the application sees the cookie %q of %q, want %q of %q", what, p.text("cookie"), p.user(), cookie, user)
		}
	}
	b.visit("/page?set=of-nobody")
	sees("nobody", "of-nobody", "")
	b.at = ""
	b.follow(b.decide(b.visit("/iamsmart/login"), "chan", "approve"))
	sees("logged in", "none", "chan.sm")
	b.visit("/page?set=of-chan")
	sees("logged in", "of-chan", "chan.sm")
	session := b.named("-s")
	for name := range session {
		delete(b.cookies["localhost"], name)
	}
	sees("nobody again", "none", "")
}

// arrive0 is arrive where the login page does not stand in the place of pages.
func (w *world) arrive0(person, user, password string) *browser {
	w.t.Helper()
	b := w.browser()
	b.follow(b.decide(b.visit("/iamsmart/login"), person, "approve"))
	b.linkUp(user, password).want(w.t, 200)
	return b
}

// Given iAM Smart or the store away, then the application stays reachable, without an
// identity.
func TestOptionalWhenSomethingIsAway(t *testing.T) {
	w := newWorld(t, site{Gate: optional})
	b := w.arrive0("chan", "chan.sm", "night-shift-7")
	w.sim.FailNext("auth/getToken", "D40000", 100)
	other := w.browser()
	if p := other.visit("/"); p.StatusCode != 200 || p.user() != "" {
		t.Errorf("%d, %q", p.StatusCode, p.user())
	}
	other.at = ""
	if p := other.follow(other.decide(other.visit("/iamsmart/login"), "chan", "approve")); p.StatusCode < 400 {
		t.Errorf("a login without iAM Smart: %d", p.StatusCode)
	}
	other.at = ""
	if p := other.visit("/"); p.StatusCode != 200 || p.user() != "" {
		t.Errorf("%d, %q", p.StatusCode, p.user())
	}
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("who is logged in: %q", p.user())
	}
	if err := caddyiamsmart.SeverStores(); err != nil {
		t.Fatal(err)
	}
	for name, headers := range map[string]map[string]string{"": nil, "spoofed": untrue} {
		p := other.ask(http.MethodGet, w.Gate+"/", nil, with(headers))
		if p.StatusCode != 200 || p.user() != "" {
			t.Errorf("store away %s: %d, %q", name, p.StatusCode, p.user())
		}
	}
	// A cookie that nobody can look up is nobody's.
	thief := w.browser()
	thief.cookies["localhost"] = map[string]string{}
	for name := range b.named("-s") {
		thief.cookies["localhost"][name] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	}
	if p := thief.ask(http.MethodGet, w.Gate+"/", nil, with(untrue)); p.user() != "" {
		t.Errorf("a cookie that cannot be looked up: %d, %q", p.StatusCode, p.user())
	}
}

// websocket opens one at a path of the gate, and returns what sends a word and reads
// the echo.
func (g *arena) websocket(t *testing.T, path string, lines ...string) (send func() (string, error)) {
	t.Helper()
	c := dialRaw(t, g.host)
	t.Cleanup(func() { c.Close() })
	in := bufio.NewReader(c)
	q := rawRequest{method: "GET", target: path, lines: append([]string{"Connection: Upgrade"}, handshake...)}.with(lines...)
	if _, err := io.WriteString(c, q.bytes(g.host)); err != nil {
		t.Fatal(err)
	}
	if head, err := readLines(in); err != nil || !strings.HasPrefix(head[0], "HTTP/1.1 101 ") {
		t.Fatalf("%v: %q", err, head)
	}
	return func() (string, error) {
		if err := c.SetDeadline(exchangeDeadline()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "ping\r\n"); err != nil {
			return "", err
		}
		return readLine(in)
	}
}

// closes waits until a websocket is closed.
func closes(t *testing.T, send func() (string, error), within time.Duration) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		echo, err := send()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the websocket is silent, and open")
		}
		if err != nil {
			return
		}
		if time.Since(start) > within {
			t.Fatalf("the websocket goes on: %q", echo)
		}
	}
}

// Given an optional login, then a websocket of nobody opens without an identity, and
// that of a login ends with it.
func TestOptionalWebsockets(t *testing.T) {
	g := arenaOn(t, "X-Iam-User", site{Gate: optional, Header: "header_up X-Iam-User {iamsmart.account}"})
	b := g.arrive0("chan", arenaAccount, "night-shift-7")
	g.e.answers(switching)
	before := g.e.count()
	nobodys := g.websocket(t, "/live", lie("X-Iam-User")...)
	got := g.e.since(before)
	if len(got) != 1 || got[0].value("X-Iam-User") != "" {
		t.Errorf("of nobody arrives %v", got)
	}
	before = g.e.count()
	own := g.websocket(t, "/live", append(lie("X-Iam-User"), cookieLine(b))...)
	if got = g.e.since(before); len(got) != 1 || got[0].value("X-Iam-User") != arenaAccount {
		t.Errorf("of the login arrives %v", got)
	}
	g.e.answers(nil)
	b.at = ""
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	closes(t, own, 10*time.Second)
	if echo, err := nobodys(); echo != "ping" {
		t.Errorf("nobody's websocket says %q, %v", echo, err)
	}
}
