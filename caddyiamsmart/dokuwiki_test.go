package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// An application that nobody here wrote: Debian's DokuWiki on PHP's own server.
func TestDokuWikiIsLinkedThroughItsOwnLoginForm(t *testing.T) {
	wiki, users := servertest.DokuWiki(t)
	w := newWorld(t, site{Gate: english, More: strings.NewReplacer("WIKIHOST", strings.TrimPrefix(wiki, "http://"), "WIKI", wiki).Replace(`
http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		app wiki
		public_url {{.Gate2}}
		accounts form "WIKI/doku.php?id=start&do=login" {
			fields u p
			success status 302
			success body "Logged in as:"
			failure status 403
			confirm "/doku.php?id=start&do=profile" "Update Profile"
			account "\(<bdi>([^<]+)</bdi>\)"
			logout "/doku.php?id=start&do=logout"
		}
		header_up X-Remote-User {iamsmart.account}
		app_logout /doku.php?do=logout
		` + english + `
	}
	reverse_proxy WIKIHOST
}`)})
	b := w.browser()
	p := b.visit(w.Gate2 + "/doku.php?id=start")
	b.follow(b.decide(p.want(t, 401, "Log in"), "chan", "approve")).want(t, 200, "First login")
	b.password("alice", users["bob"]).want(t, 422, "not correct")
	p = b.password("alice", users["alice"]).want(t, 200, "Is this your account?", "alice")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "alice")

	// The wiki's own pages come through, and its own logout ends ours too.
	b.visit(w.Gate2+"/doku.php?id=start").want(t, 200)
	b.visit(w.Gate2 + "/doku.php?do=logout")
	b.visit(w.Gate2+"/doku.php?id=start").want(t, 401)

	// From then on the person needs no password of the wiki.
	again := w.browser()
	p = again.follow(again.decide(again.visit(w.Gate2+"/doku.php?id=start"), "chan", "approve"))
	p.want(t, 200)
	if !strings.Contains(p.body, "dokuwiki") {
		t.Errorf("not a page of the wiki:\n%.500s", p.body)
	}
}
