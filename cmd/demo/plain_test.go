package main

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// TestWithoutScriptAndAtTwiceTheSize logs in and links where the browser runs no
// script at all, and where a person reads at 200 %.
func TestWithoutScriptAndAtTwiceTheSize(t *testing.T) {
	browser := servertest.Chromium(t)
	for name, dev := range map[string]device{"no script": pc, "at 200 %": zoomed} {
		t.Run(name, func(t *testing.T) {
			rules := ""
			if name != "no script" { // the rules are script themselves
				rules = axe(t)
			}
			s := newScene(t, browser, rules, voices[0])
			chan_ := somebody(t, "chan", "chan.sm")
			b := s.profile(dev)
			if name == "no script" {
				must(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			}
			b.open(s.gate + asked)
			b.press(`button[name=lang][value="` + s.voice.tag + `"]`)
			b.startLogin()
			b.approve(chan_.handle)
			b.linkUp(chan_)
			b.press("main a.button")
			b.work(asked, chan_.FullName)
		})
	}
}
