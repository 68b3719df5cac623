package pages_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// waitingRoom shows the waiting page and counts how often a browser looks again.
type waitingRoom struct {
	t      *testing.T
	ctx    context.Context
	looked atomic.Int32
	*httptest.Server
}

func newWaitingRoom(t *testing.T, ctx context.Context, left time.Duration) *waitingRoom {
	p, ends := newPages(t, pages.Site{}), time.Now().Add(left)
	room := &waitingRoom{t: t, ctx: ctx}
	room.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name, asset := strings.CutPrefix(r.URL.Path, "/iamsmart/assets/"); {
		case asset:
			p.ServeAsset(w, r, name)
			return
		case r.URL.Path == "/iamsmart/link/wait":
			room.looked.Add(1)
		case r.URL.Path != "/":
			http.NotFound(w, r)
			return
		}
		p.Write(w, pages.English, 200, pages.Waiting{Token: "t", Purpose: pages.PurposeHKIC, Fields: everyField[:1], Ends: ends, Refresh: 3})
	}))
	t.Cleanup(room.Close)
	return room
}

func (r *waitingRoom) run(script string) {
	r.t.Helper()
	if err := chromedp.Do(r.ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		r.t.Fatalf("%s: %v", script, err)
	}
}

// says is what the status of the page reads.
func (r *waitingRoom) says() string {
	r.t.Helper()
	text, err := chromedp.Run(r.ctx, chromedp.Evaluate[string](`document.getElementById("waiting").textContent`))
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// looks waits until the browser has looked again.
func (r *waitingRoom) looks(why string) {
	r.t.Helper()
	before := r.looked.Load()
	for deadline := time.Now().Add(20 * time.Second); r.looked.Load() == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s: the page does not look again", why)
		}
	}
	// The new page has come when its script runs again.
	if err := chromedp.Do(r.ctx, chromedp.WaitReady("#waiting")); err != nil {
		r.t.Fatal(err)
	}
}

// rests makes sure that for longer than the usual time the browser does not look again.
func (r *waitingRoom) rests(why string) {
	r.t.Helper()
	before := r.looked.Load()
	time.Sleep(5 * time.Second)
	if n := r.looked.Load() - before; n > 0 {
		r.t.Errorf("%s: the page looked again, %d times", why, n)
	}
}

const hide = `Object.defineProperty(document, "hidden", { configurable: true, get: function () { return true; } });
document.dispatchEvent(new Event("visibilitychange"))`

const show = `delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))`

// Given a page that waits for the phone, when it can be seen it looks again by
// itself; but it takes the focus from nobody, and when hidden it is in no hurry.
func TestWaitingPageLooksByItself(t *testing.T) {
	ctx := browse(t)
	room := newWaitingRoom(t, ctx, time.Hour)
	if err := chromedp.Do(ctx, chromedp.Navigate(room.URL)); err != nil {
		t.Fatal(err)
	}
	room.looks("seen")
	room.looks("seen for longer")

	room.run(`document.querySelector("main a.second").focus()`)
	room.rests("somebody uses the keyboard")
	if got := room.says(); !strings.Contains(got, "Press “Check now”") {
		t.Errorf("the page rests and says %q", got)
	}
	room.run(`document.activeElement.blur()`)
	room.looks("the keyboard is let go")

	room.run(hide)
	room.rests("hidden")
	room.run(`document.querySelector("main a.second").focus();` + show)
	room.looks("back from the app, where the button that led there has the focus")
}

// Given that the time is over, when nobody answered, then the page looks no more and says so.
func TestWaitingPageEnds(t *testing.T) {
	ctx := browse(t)
	room := newWaitingRoom(t, ctx, -time.Second)
	if err := chromedp.Do(ctx, chromedp.Navigate(room.URL)); err != nil {
		t.Fatal(err)
	}
	room.rests("over")
	if got := room.says(); !strings.Contains(got, "time is over") {
		t.Errorf("the time is over, and the page says %q", got)
	}
	room.run(hide + ";" + show)
	room.rests("over, and seen again")
}

// Given a browser without script, when time goes by, then the page looks again all the same.
func TestWaitingPageNeedsNoScript(t *testing.T) {
	ctx := browse(t)
	room := newWaitingRoom(t, ctx, time.Hour)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(room.URL)); err != nil {
		t.Fatal(err)
	}
	before := room.looked.Load()
	for deadline := time.Now().Add(20 * time.Second); room.looked.Load() == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the page does not look again")
		}
	}
}
