package caddyiamsmart_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// In a real browser, with the records in a real PostgreSQL: a person is found by their
// number at a PC, another in a small window without any script. Each page leads to the
// next, and the waiting page goes on by itself.
func TestByNumberInARealBrowser(t *testing.T) {
	ctx := servertest.Chromium(t)
	_, records := inPostgres(t, employee{login: "KChan", card: card(t, "Z000001"), name: "CHAN Siu Ming"}, employee{login: "Wong.ML", card: card(t, "Z000002")})
	w := newWorld(t, site{Gate: byNumber, Accounts: records, Scopes: profileScopes})
	v := &victim{t: t, w: w, ctx: ctx}
	for _, c := range []struct {
		person, account string
		small           bool // and without script
	}{{"chan", "KChan", false}, {"wong", "Wong.ML", true}} {
		v.becomes(nil)
		if c.small {
			call(v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			call(v, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 568, DeviceScaleFactor: 2, Mobile: true})
		}
		shows := func(selector string, words ...string) {
			t.Helper()
			do(v, chromedp.WaitVisible(chromedp.CSS(selector)))
			text := v.text()
			for _, word := range words {
				if !strings.Contains(text, word) {
					t.Errorf("%s: the page does not say %q:\n%s", c.person, word, text)
				}
			}
		}
		press := func(selector, next string, words ...string) {
			t.Helper()
			do(v, chromedp.Click(chromedp.CSS(selector)))
			shows(next, words...)
		}
		v.opens("/residents")
		press("form.start button.iamsmart", "#approve")
		do(v, chromedp.Click(chromedp.CSS("#person-"+c.person)))
		press("#approve", `main a[href*="way=hkic"]`, "First login")
		press(`main a[href*="way=hkic"]`, "form.start button.iamsmart", "do not keep it")
		press("form.start button.iamsmart", "#waiting", "Open iAM Smart on your phone", "identity card number")
		w.answers(c.person, "approve")
		shows("button[name=answer][value=yes]", "Is this your account?", c.account)
		press("button[name=answer][value=yes]", `main a.button[href$="/residents"]`, "has been linked", c.account)
		press(`main a.button[href$="/residents"]`, "#user", c.account)
	}
	if n := len(w.trail("linked")); n != 2 {
		t.Errorf("%d links", n)
	}
}
