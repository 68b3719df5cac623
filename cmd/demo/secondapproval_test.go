package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// linkLast gives the demonstration's gate another last step of a link-up.
func (s *scene) linkLast(word string) {
	s.t.Helper()
	text, err := os.ReadFile(s.demo.config)
	if err != nil {
		s.t.Fatal(err)
	}
	const before = "\t\theader_up "
	changed := strings.Replace(string(text), before, "\t\tlink_last "+word+"\n"+before, 1)
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(changed), nil)
	if err != nil || changed == string(text) {
		s.t.Fatalf("%v\n%s", err, changed)
	}
	if err := caddy.Load(config, true); err != nil {
		s.t.Fatal(err)
	}
}

// TestSecondApproval walks a link-up that ends with a second approval, on a
// phone: declined, approved by another person, approved, and undone. Only a real
// browser shows that the page's policy lets its button lead to iAM Smart.
func TestSecondApproval(t *testing.T) {
	s := newScene(t, servertest.Chromium(t), axe(t), voices[0])
	s.linkLast("iamsmart")
	p := somebody(t, "chan", "chan.sm")
	b := s.arrive(phone, asked)
	proves := func() {
		t.Helper()
		b.startLogin()
		b.approve(p.handle)
		b.toForm()
		b.prove(p.Name, p.Password)
		b.says(b.see(http.StatusOK, "confirm"), p.Name)
	}
	proves()
	b.startLogin()
	b.decide("reject")
	b.says(b.see(http.StatusForbidden, "confirm"), p.Name)
	b.startLogin()
	b.approve("osample")
	b.nothingOf(p, b.see(http.StatusForbidden, "otherperson"))

	proves()
	b.startLogin()
	b.approve(p.handle)
	b.says(b.see(http.StatusOK, "linked"), p.Name)
	b.press("main a.button")
	b.work("/", p.FullName) // the address that was asked for was for whoever began
	b.open(s.gate + "/iamsmart/link/done")
	b.see(http.StatusOK, "linked")
	b.press("form.undo button")
	b.says(b.see(http.StatusOK, "undone"), p.Name)
	b.open(s.gate + asked)
	b.see(http.StatusUnauthorized, "login")
}
