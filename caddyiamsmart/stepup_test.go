package caddyiamsmart_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

var stepUpScopes = []string{iamsmart.ScopeAuth, iamsmart.ScopeFR}

const steppingUp = english + "require /payroll/* {\n step_up 10m\n}\n"

// newStepUp is a home where the payroll asks for a step-up.
func newStepUp(t *testing.T) *world {
	t.Helper()
	return newWorld(t, site{Gate: steppingUp, Scopes: stepUpScopes})
}

// stepsUp presses the button of a step-up page, up to the phone.
func (b *browser) stepsUp(p *shown) *shown {
	b.t.Helper()
	return b.follow(b.press(p, "/iamsmart/stepup", nil))
}

// waits looks once at the waiting page, and goes where it leads.
func (b *browser) waits() *shown {
	b.t.Helper()
	return b.visit("/iamsmart/stepup/wait")
}

// Given a page that asks for a step-up, when a linked person opens it, then they confirm
// in iAM Smart and land on that very page, which then opens until the time is over;
// everything else goes on as before.
func TestAStepUpOpensTheVeryPage(t *testing.T) {
	w := newStepUp(t)
	var late atomic.Int64
	defer caddyiamsmart.JudgeAt(func() time.Time { return time.Now().Add(time.Duration(late.Load())) })()
	if scope := w.scope(); scope != "eidapi_auth eidapi_fr" {
		t.Errorf("a login asks for %q", scope)
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("PHPSESSID"); err == nil {
			rw.Header().Set("App-Session", c.Value)
			return
		}
		http.SetCookie(rw, &http.Cookie{Name: "PHPSESSID", Value: "5e55", Path: "/"})
	}
	b.visit("/records")
	for round := range 2 {
		_, before := w.legacy.last()
		p := b.visit("/payroll/may?year=2026").want(t, 403, "Please confirm that it is you", "You stay logged in as chan.sm", "Authentication with iAM Smart", "More info")
		if _, now := w.legacy.last(); now != before {
			t.Error("the page reached the application before the step-up")
		}
		b.stepsUp(p).want(t, 200, "Open iAM Smart on your phone", "once more that it is you", "Check what is asked for")
		b.visit("/payroll/may").want(t, 403) // not yet
		b.waits().want(t, 200, "Open iAM Smart on your phone")
		late.Store(0)
		w.answers("chan", "approve")
		p = b.waits().want(t, 200)
		if r, _ := w.legacy.last(); r.URL.RequestURI() != "/payroll/may?year=2026" || r.Header.Get("X-Remote-User") != "chan.sm" {
			t.Fatalf("round %d: the application gets %s of %q", round, r.URL, r.Header.Get("X-Remote-User"))
		}
		if p.Header.Get("App-Session") != "5e55" {
			t.Error("the application's own session did not come along")
		}
		b.visit("/payroll/june").want(t, 200)
		late.Store(int64(11 * time.Minute))
	}
	b.visit("/payroll/june").want(t, 403)
	b.visit("/records").want(t, 200)
	for _, kind := range []struct {
		name    string
		headers map[string]string
		want    string
	}{
		{"a script", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, `"step_up_required"`},
		{"a frame", map[string]string{"Sec-Fetch-Dest": "iframe"}, `href="/payroll/june" target="_top"`},
		{"a websocket", map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "websocket"}, `"step_up_required"`},
	} {
		p := b.ask(http.MethodGet, w.Gate+"/payroll/june", nil, with(kind.headers))
		if p.StatusCode != 403 || !strings.Contains(p.body, kind.want) {
			t.Errorf("%s gets %d %s", kind.name, p.StatusCode, p.body)
		}
	}
	if audit := w.rows("audit WHERE event = 'step_up'"); audit != 2 {
		t.Errorf("%d step-ups are in the trail", audit)
	}
	for _, secret := range []string{w.sim.OpenID(w.ClientID, "chan")} {
		if strings.Contains(w.log(), secret) {
			t.Error("the log holds the openID")
		}
	}
}

// Given a step-up, when it ends in any other way than with a yes of this very person,
// then nothing opens, the person is told why and may try again.
func TestAStepUpThatIsNoYesOpensNothing(t *testing.T) {
	w := newStepUp(t)
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	for decision, says := range map[string]string{"reject": "cancelled or declined", "fail": "", "timeout": "No confirmation came in time"} {
		t.Run(decision, func(t *testing.T) {
			b.stepsUp(b.visit("/payroll/may?x=1"))
			if err := w.sim.Decide(w.phone("chan").ID, decision); err != nil {
				t.Fatal(err)
			}
			w.sim.Settle(10 * time.Second)
			p := b.waits()
			if p.StatusCode == 200 {
				t.Errorf("it is let in:\n%s", p.body)
			}
			p.want(t, p.StatusCode, "Please confirm that it is you", says)
			b.visit("/payroll/may").want(t, 403)
			b.stepsUp(p) // the button of that page begins another
			w.answers("chan", "approve")
			b.waits().want(t, 200)
			if r, _ := w.legacy.last(); r.URL.RequestURI() != "/payroll/may?x=1" {
				t.Errorf("it leads to %s", r.URL)
			}
			b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
			b.login("chan", "approve")
		})
	}
	t.Run("the person gives it up", func(t *testing.T) {
		p := b.stepsUp(b.visit("/payroll/may"))
		b.press(p, "/iamsmart/stepup", url.Values{"step": {"cancelwait"}})
		if n := w.rows("requests"); n != 0 {
			t.Errorf("%d requests wait for an answer", n)
		}
		b.visit("/payroll/may").want(t, 403)
		b.visit("/records").want(t, 200)
	})
	t.Run("the person logs out", func(t *testing.T) {
		b.stepsUp(b.visit("/payroll/may"))
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		if n := w.rows("requests") + w.rows("step_ups"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		b.login("chan", "approve")
		b.visit("/payroll/may").want(t, 403)
	})
	t.Run("another person's browser", func(t *testing.T) {
		other := w.arrive("wong", "wong.ml", "ward-two-4")
		b.stepsUp(b.visit("/payroll/may"))
		w.answers("chan", "approve")
		if p := other.waits(); strings.Contains(p.Request.URL.Path, "payroll") {
			t.Errorf("it leads to %s", p.Request.URL)
		}
		other.visit("/payroll/may").want(t, 403)
		p, waiting := other.visit("/payroll/may"), len(w.sim.Waiting())
		own := hidden(b.visit("/iamsmart/account"), "token")
		for name, token := range map[string]string{"no token": "", "another form's": own, "another person's": hidden(b.visit("/payroll/x"), "token")} {
			other.ask(http.MethodPost, w.Gate+"/iamsmart/stepup", url.Values{"token": {token}, "return": {hidden(p, "return")}}, nil).want(t, 403)
			if len(w.sim.Waiting()) != waiting {
				t.Errorf("%s: iAM Smart is asked", name)
			}
		}
		cross := with(map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"})
		other.ask(http.MethodPost, w.Gate+"/iamsmart/stepup", url.Values{"token": {hidden(p, "token")}, "return": {hidden(p, "return")}}, cross).want(t, 403)
		b.waits().want(t, 200)
	})
}

// T42: given preset cookies, when somebody logs in, links, and steps up, then the session
// has another id each time and the old one is dead.
func TestT42EachStepHasAnIDOfItsOwn(t *testing.T) {
	w := newStepUp(t)
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	session := func() (name, value string) {
		for name, value := range b.named("-s") {
			return name, value
		}
		t.Fatal("there is no session")
		return "", ""
	}
	name, linked := session()
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	b.cookies["localhost"][name] = linked // somebody puts it back
	b.visit("/records").want(t, 401)
	b.login("chan", "approve").want(t, 200)
	_, loggedIn := session()
	b.stepsUp(b.visit("/payroll/may"))
	w.answers("chan", "approve")
	b.waits().want(t, 200)
	_, steppedUp := session()
	if linked == loggedIn || loggedIn == steppedUp {
		t.Error("an id was used twice")
	}
	old := w.browser()
	old.cookies["localhost"] = map[string]string{name: loggedIn}
	old.visit("/records").want(t, 200)     // polls that are under way
	old.visit("/payroll/may").want(t, 401) // with the old rights, and by it nobody steps up again
	for end := time.Now().Add(15 * time.Second); old.visit("/records").StatusCode == 200; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the old id goes on")
		}
	}
	b.visit("/payroll/may").want(t, 200)
	b.cookies["localhost"][name] = linked
	b.visit("/records").want(t, 401)
}

// T45: a step-up leads to no other site, whatever the address that is asked for.
func TestT45AStepUpLeadsToNoOtherSite(t *testing.T) {
	text, err := os.ReadFile("../../shared/corpus/openredirects.txt")
	lines := strings.Split(string(text), "\n")
	if errors.Is(err, os.ErrNotExist) {
		lines = []string{"//evil.example", `/\evil.example`, "/%5cevil.example", "/..//evil.example", "https://evil.example", "/\t/evil.example"}
	}
	w := newStepUp(t)
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	p := b.visit("/payroll/may")
	for _, line := range lines {
		if line == "" {
			continue
		}
		for _, field := range []string{line, hidden(p, "return") + line} {
			form := url.Values{"token": {hidden(p, "token")}, "return": {field}}
			answer := b.ask(http.MethodPost, w.Gate+"/iamsmart/stepup", form, nil)
			if to := answer.Header.Get("Location"); to != "" {
				t.Errorf("%q leads to %s", field, to)
			}
		}
	}
	if n := len(w.sim.Waiting()); n != 0 {
		t.Errorf("iAM Smart is asked %d times", n)
	}
}

// Given a login whose token is of no use any more, then a fresh login is asked for, and
// the step-up after it.
func TestAStepUpWithoutATokenAsksForALogin(t *testing.T) {
	w := newStepUp(t)
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.behind("DELETE FROM step_ups")
	p := b.visit("/payroll/may?x=1").want(t, 401, "a login that is not long ago")
	p = b.follow(b.decide(p, "chan", "approve")).want(t, 403, "Please confirm that it is you")
	b.stepsUp(p)
	w.answers("chan", "approve")
	b.waits().want(t, 200)
	t.Run("a sealed note that somebody has changed", func(t *testing.T) {
		w.behind("UPDATE step_ups SET sealed = x'00'")
		b.visit("/payroll/may").want(t, 200)
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		b.login("chan", "approve")
		w.behind("UPDATE step_ups SET sealed = x'00'")
		b.visit("/payroll/may").want(t, 503)
	})
}
