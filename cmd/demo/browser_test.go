package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take on a slow machine that does other things
// too; nothing waits longer than it needs.
const patience = 30 * time.Second

// device is what a person sits before.
type device struct {
	name          string
	width, height int64
	scale         float64 // pixels of the screen for one of the page
	agent         string  // empty: Chromium's own, a PC
}

var (
	pc    = device{name: "pc", width: 1280, height: 800, scale: 1}
	phone = device{
		name: "phone", width: 360, height: 780, scale: 2,
		agent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	}
	// A browser at 200 % has half as many pixels for the page, each twice as large.
	zoomed = device{name: "pc-200", width: 640, height: 400, scale: 2}
)

// tab is one tab of one browser profile, in the hands of a person.
type tab struct {
	t   *testing.T
	s   *scene
	ctx context.Context
	dev device
}

// profile is a browser of its own: it shares no cookie with another.
func (s *scene) profile(dev device) *tab {
	s.t.Helper()
	return s.tab(dev, chromedp.WithNewBrowserContext())
}

// second is another tab of the same profile.
func (b *tab) second() *tab {
	b.t.Helper()
	return b.s.tab(b.dev, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.ctx).BrowserContextID))
}

func (s *scene) tab(dev device, which chromedp.ContextOption) *tab {
	s.t.Helper()
	ctx, closeTab := chromedp.NewContext(s.browser, which)
	s.t.Cleanup(closeTab)
	// The first use opens the tab, and the tab ends with the context of that use.
	if err := chromedp.Do(ctx); err != nil {
		s.t.Fatalf("opening a tab: %v", err)
	}
	b := &tab{t: s.t, s: s, ctx: ctx, dev: dev}
	viewport := []chromedp.EmulateViewportOption{chromedp.EmulateScale(dev.scale)}
	if dev.agent != "" {
		viewport = append(viewport, chromedp.EmulateMobile, chromedp.EmulateTouch)
		must(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: dev.agent})
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(dev.width, dev.height, viewport...)); err != nil {
		s.t.Fatalf("opening a tab: %v", err)
	}
	return b
}

// must sends a command to the browser that may not fail.
func must[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// eval asks the page something. While the page changes it has no answer.
func eval[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// await waits until an expression is true in the page.
func (b *tab) await(what, expression string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, err := eval[bool](b, expression)
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s did not come within %s (%v)\n%s", what, patience, err, b.snapshot())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// document tells one page from the next, even if the address is the same.
const document = `String(performance.timeOrigin) + " " + document.readyState`

// leave does what leads to another page, and waits for that page.
func (b *tab) leave(do func(ctx context.Context) error) {
	b.t.Helper()
	before, err := eval[string](b, document)
	if err != nil {
		b.t.Fatalf("reading the page: %v", err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := do(ctx); err != nil {
		b.t.Fatalf("leaving the page: %v\n%s", err, b.snapshot())
	}
	old, _, _ := strings.Cut(before, " ")
	b.await("the next page", `performance.timeOrigin !== `+old+` && document.readyState === "complete"`)
}

// open types an address.
func (b *tab) open(address string) {
	b.t.Helper()
	b.leave(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
		return err
	})
}

// press clicks what leads to another page.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.leave(func(ctx context.Context) error {
		return chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector)))
	})
}

// click clicks what does not.
func (b *tab) click(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("clicking %s: %v\n%s", selector, err, b.snapshot())
	}
}

// enter types into a field. chromedp's own SendKeys looks at the element unlocked while
// a script of the page may change it.
func (b *tab) enter(selector, text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Clear(chromedp.CSS(selector)), chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.KeyEvent(text))
	if err != nil {
		b.t.Fatalf("typing into %s: %v\n%s", selector, err, b.snapshot())
	}
}

// back goes back in the tab's history, to the page that stood steps before.
func (b *tab) back(steps int) {
	b.t.Helper()
	history := must(b, page.GetNavigationHistory, cdp.Empty{})
	at := int(history.CurrentIndex) - steps
	if at < 0 {
		b.t.Fatalf("there are only %d pages in the history", history.CurrentIndex)
	}
	b.leave(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[at].ID})
		return err
	})
}

// forgetFlows takes the cookies of login attempts away, as a browser does that
// keeps none.
func (b *tab) forgetFlows() {
	b.t.Helper()
	dropped := 0
	for _, c := range must(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.s.gate}}).Cookies {
		if strings.Contains(c.Name, "-f-") {
			must(b, network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, URL: b.s.gate})
			dropped++
		}
	}
	if dropped == 0 {
		b.t.Fatal("the browser holds no cookie of a login attempt")
	}
}

// snapshot is what can be said of a page when a test fails; a picture of it
// lies with the others.
func (b *tab) snapshot() string {
	picture := filepath.Join(b.s.pictures, "failed.png")
	if png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(picture, png, 0o600) // best effort: the test has failed already
	}
	text, err := eval[string](b, `location.href + "\n" + document.title + "\n" + (document.body ? document.body.innerText : "")`)
	if err != nil {
		return err.Error()
	}
	return text + "\n" + picture
}
