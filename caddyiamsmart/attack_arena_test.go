package caddyiamsmart_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

// arena is where the attacks on identity headers happen: a world whose
// application is a recorder, one person who is logged in, and beside the gate a
// site without one, which shows that an attack works where nobody stops it.
type arena struct {
	*world
	e      *recorder
	mapped string // the header that tells the application who is calling
	host   string // of the gate
	open   string // of the site without a gate
	cookie string // header line of the person who is logged in
}

const arenaAccount = "chan.sm"

// newArena makes an arena with options of Caddy's servers and a header as the
// operator writes it.
func newArena(t *testing.T, servers, header string) *arena {
	t.Helper()
	g := arenaOn(t, header, site{
		Servers: "servers {\n protocols h1 h2c\n " + servers + "\n}",
		Header:  "header_up " + header + " {iamsmart.account}\npath /ward/* {\n header_up X-Path-Role {iamsmart.person} percent\n}",
		More:    "http://localhost:{{.Port2}} {\n reverse_proxy {{.Recorder}}\n}",
	})
	g.cookie = cookieLine(g.arrive("chan", arenaAccount, "night-shift-7"))
	return g
}

// arenaOn makes an arena of a site, whose application becomes a recorder.
func arenaOn(t *testing.T, mapped string, s site) *arena {
	t.Helper()
	g := &arena{e: newRecorder(t), mapped: mapped}
	s.Gate += "\npublic /open/*"
	s.Before += "\nreverse_proxy /* " + g.e.host + "\n" + errorRoutes(g.e.host)
	s.More = strings.ReplaceAll(s.More, "{{.Recorder}}", g.e.host)
	g.world = newWorld(t, s)
	g.host, g.open = fmt.Sprintf("localhost:%d", g.Port), fmt.Sprintf("localhost:%d", g.Port2)
	return g
}

// errorRoutes fail behind the gate on some paths. Of those that lead to the
// application, one has the bare directive and one relies on the gate.
func errorRoutes(to string) string {
	return `error /broken 500
		error /open/broken 500
		error /plain 507
		error /open/plain 507
		handle_errors 405 500 {
			iamsmart
			reverse_proxy ` + to + `
		}
		handle_errors 507 {
			reverse_proxy ` + to + `
		}`
}

// cookieLine is what a browser sends to the gate.
func cookieLine(b *browser) string {
	var pairs []string
	for name, value := range b.cookies["localhost"] {
		pairs = append(pairs, name+"="+value)
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}

// reach says how far a request gets.
type reach int

const (
	notAtAll        reach = iota // the application never hears of it
	withoutIdentity              // it arrives and says nothing of a person
	withIdentity                 // it arrives with the account
)

// position is a kind of request, and how far it gets from somebody who is
// logged in and from somebody who is not.
type position struct {
	name    string
	request rawRequest
	in, out reach
}

// longMethod makes Caddy fail before any handler.
var longMethod = strings.Repeat("A", 33)

var positions = []position{
	{"protected path", rawRequest{method: "GET", target: "/records?room=1"}, withIdentity, notAtAll},
	{"protected navigation", rawRequest{method: "GET", target: "/records", lines: navigationLines}, withIdentity, notAtAll},
	{"form sent", rawRequest{method: "POST", target: "/records", body: "a=b"}, withIdentity, notAtAll},
	{"public path", rawRequest{method: "GET", target: "/open/page"}, withIdentity, withoutIdentity},
	{"static asset", rawRequest{method: "GET", target: "/open/logo.png"}, withIdentity, withoutIdentity},
	{"preflight", rawRequest{method: "OPTIONS", target: "/records", lines: []string{
		"Origin: https://elsewhere.example", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: X-Iam-User"}}, withIdentity, notAtAll},
	{"preflight of a public path", rawRequest{method: "OPTIONS", target: "/open/page", lines: []string{
		"Origin: https://elsewhere.example", "Access-Control-Request-Method: PUT"}}, withIdentity, withoutIdentity},
	{"error before the gate", rawRequest{method: longMethod, target: "/records"}, withoutIdentity, withoutIdentity},
	{"error behind the gate", rawRequest{method: "GET", target: "/broken"}, withoutIdentity, notAtAll},
	{"error behind the gate, public", rawRequest{method: "GET", target: "/open/broken"}, withoutIdentity, withoutIdentity},
	{"error behind the gate, no directive", rawRequest{method: "GET", target: "/plain"}, withoutIdentity, notAtAll},
	{"error behind the gate, no directive, public", rawRequest{method: "GET", target: "/open/plain"}, withoutIdentity, withoutIdentity},
	{"login page", rawRequest{method: "GET", target: "/iamsmart/login", lines: navigationLines}, notAtAll, notAtAll},
	{"login", rawRequest{method: "POST", target: "/iamsmart/login", body: "return=x", lines: formLines}, notAtAll, notAtAll},
	{"callback", rawRequest{method: "GET", target: "/iamsmart/callback?state=x&code=y", lines: navigationLines}, notAtAll, notAtAll},
	{"link page", rawRequest{method: "GET", target: "/iamsmart/link", lines: navigationLines}, notAtAll, notAtAll},
	{"logout page", rawRequest{method: "GET", target: "/iamsmart/logout", lines: navigationLines}, notAtAll, notAtAll},
	{"logout", rawRequest{method: "POST", target: "/iamsmart/logout", body: "token=x", lines: formLines}, notAtAll, notAtAll},
	{"session state", rawRequest{method: "GET", target: "/iamsmart/session"}, notAtAll, notAtAll},
	{"asset of the gate", rawRequest{method: "GET", target: "/iamsmart/assets/none.css"}, notAtAll, notAtAll},
	{"not found under the prefix", rawRequest{method: "GET", target: "/iamsmart/nothing"}, notAtAll, notAtAll},
	{"nearly the prefix", rawRequest{method: "GET", target: "/IAmSmart/;x/login"}, notAtAll, notAtAll},
	{"service worker", rawRequest{method: "GET", target: "/sw.js", lines: []string{"Service-Worker: script"}}, notAtAll, notAtAll},
}

var navigationLines = []string{"Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: same-origin"}

var formLines = append([]string{"Content-Type: application/x-www-form-urlencoded"}, navigationLines...)

// marks number the requests, so that each finds its own arrival.
var marks atomic.Int64

func keptMark() string { return fmt.Sprintf("Kept: kept-%d", marks.Add(1)) }

// bothProtocols are the ways in which a request is sent.
var bothProtocols = []struct {
	name string
	send func(*testing.T, string, rawRequest) rawReply
}{{"h1", overH1}, {"h2", overH2}}

// everywhere sends header lines along with every kind of request, by both
// protocols, logged in and not, and looks at what arrives.
func (g *arena) everywhere(t *testing.T, lines ...string) {
	t.Helper()
	for _, over := range bothProtocols {
		for _, p := range positions {
			t.Run(over.name+" "+p.name, func(t *testing.T) {
				g.expect(t, over.send, p.request.with(lines...).with(g.cookie), p.in)
				g.expect(t, over.send, p.request.with(lines...), p.out)
			})
		}
	}
}

// expect sends one request and checks how far it got and with what.
func (g *arena) expect(t *testing.T, send func(*testing.T, string, rawRequest) rawReply, q rawRequest, want reach) {
	t.Helper()
	own, before := keptMark(), g.e.count()
	p := send(t, g.host, q.with(own))
	got := g.e.since(before)
	if want == notAtAll {
		if len(got) != 0 {
			t.Errorf("%s %s reached the application (status %d):\n%s", q.method, q.target, p.status, got[0])
		}
		return
	}
	if len(got) != 1 || !got[0].holds(own) {
		t.Errorf("%s %s: %d requests reached the application, want its own (status %d)\n%s", q.method, q.target, len(got), p.status, p.body)
		return
	}
	if want == withIdentity {
		got[0].clean(t, g.mapped, arenaAccount)
	} else {
		got[0].clean(t, g.mapped, "")
	}
}

// unguarded fails where a line does not even reach an application without a
// gate: then its absence behind one shows nothing.
func (g *arena) unguarded(t *testing.T, send func(*testing.T, string, rawRequest) rawReply, lines ...string) {
	t.Helper()
	for _, line := range lines {
		before := g.e.count()
		p := send(t, g.open, rawRequest{method: "GET", target: "/", lines: []string{line}})
		got := g.e.since(before)
		name, _, _ := strings.Cut(line, ":")
		if len(got) != 1 || !got[0].names(name) {
			t.Errorf("without a gate %q did not arrive (status %d): %v", line, p.status, got)
		}
	}
}
