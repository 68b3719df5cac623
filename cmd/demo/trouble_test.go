package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp"
)

// pressIn clicks, by script, what lies in a frame.
func pressIn(element string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](element+".click()"))
	}
}

// Given an account that is linked already, when somebody else proves it, then
// they are refused, and may try another. And when the application or iAM Smart is away, then a page
// says which, and what to do.
func (s *scene) accountTaken(dev device, owner person) {
	s.t.Helper()
	b := s.arrive(dev, "/")
	b.startLogin()
	b.approve("osample")
	b.toForm()
	b.prove(owner.Name, owner.Password)
	b.see(http.StatusConflict, "taken")

	b.press("main a.button")
	b.see(http.StatusOK, "choice")
	b.toForm()
	s.app.down.Store(true)
	b.prove("wong.ml", "ward-two-4")
	b.see(http.StatusBadGateway, "cannotcheck")
	s.app.down.Store(false)
	b.press("main a.button")
	b.see(http.StatusOK, "choice")
	b.press("form.cancel button")
	b.see(http.StatusOK, "loggedout")

	b.startLogin()
	s.demo.simulator.FailNext("auth/getToken", "503", 1)
	b.approve("osample")
	b.see(http.StatusServiceUnavailable, "unavailable")
	b.official()
}

// Given a login that was begun in one browser, when it ends in another, then
// that one says so.
func (s *scene) otherBrowser(dev device) {
	s.t.Helper()
	one, other := s.arrive(dev, asked), s.arrive(dev, "/")
	one.startLogin()
	other.open(one.look().URL)
	other.approve("au")
	other.see(http.StatusForbidden, "otherbrowser")
	other.open(s.gate + "/iamsmart/nosuchpage")
	other.see(http.StatusNotFound, "notfound")
}

// Given a browser that loses its cookies, when every login comes to nothing,
// then the gate explains itself instead of going round.
func (s *scene) loop(dev device) {
	s.t.Helper()
	b := s.arrive(dev, asked)
	for _, page := range []string{"otherbrowser", "otherbrowser", "loop"} {
		b.startLogin()
		b.forgetFlows()
		b.approve("long")
		b.see(http.StatusForbidden, page)
	}
	b.says(b.look(), strings.TrimPrefix(s.gate, "http://")[:len("localhost")])
}
