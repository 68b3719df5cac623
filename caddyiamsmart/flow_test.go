package caddyiamsmart_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
)

const english = "pages {\n service \"Care records\"\n language en\n}\n"

// named returns the gate's cookies of one kind that the browser has: "-s", "-p",
// "-f-", or "" for all.
func (b *browser) named(kind string) map[string]string {
	const tag = 8 // characters between prefix and kind
	found := make(map[string]string)
	for name, value := range b.cookies["localhost"] {
		if rest, ours := strings.CutPrefix(name, session.CookiePrefix); ours && strings.HasPrefix(rest[tag:], kind) {
			found[name] = value
		}
	}
	return found
}

func TestParallelTabsEachFinish(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)

	// Given three tabs that have started a login, one after the other,
	var back []*shown
	for _, path := range []string{"/one", "/two", "/three"} {
		b.at = ""
		back = append(back, b.decide(b.visit(path), "chan", "approve"))
	}
	// when they come back in another order, then each ends where it was going.
	for _, i := range []int{2, 0, 1} {
		b.at = w.SimURL
		p := b.follow(back[i])
		if want := []string{"/one", "/two", "/three"}[i]; p.text("path") != want || p.user() != "chan.sm" {
			t.Errorf("tab %d: %d at %q as %q, want %q", i, p.StatusCode, p.text("path"), p.user(), want)
		}
	}
}

func TestT39AtMostFiveFlowsOfABrowserAreKept(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.browser()
	for range 8 {
		b.decide(b.visit("/x"), "chan", "approve")
		b.at = ""
	}
	if n := len(b.named("-f-")); n != 5 {
		t.Errorf("%d flow cookies are kept, want 5", n)
	}
	for name, value := range b.named("") {
		if len(value) > 1100 {
			t.Errorf("cookie %s has %d bytes", name, len(value))
		}
	}
}

func TestTheSessionCookieIsSmallAndHasNoMaxAge(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b := w.browser()
	p := b.decide(b.visit("/"), "chan", "approve")
	b.at = w.SimURL
	answer := b.ask(http.MethodGet, p.Header.Get("Location"), nil, nil)
	for _, line := range answer.Header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(c.Name, session.CookiePrefix) || !c.Secure || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			t.Errorf("cookie without what its prefix promises: %s", line)
		}
		if strings.HasSuffix(c.Name, "-s") && (len(line) > 320 || len(c.Value) > 200 || c.MaxAge != 0) {
			t.Errorf("session cookie: %d bytes, Max-Age %d", len(c.Value), c.MaxAge)
		}
	}
	if len(b.named("-s")) != 1 {
		t.Error("no session cookie was set")
	}
}

func TestT34T35T36T37CallbacksThatCannotBeUsed(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	linked := w.arrive("chan", "chan.sm", "night-shift-7")

	approved := func(b *browser) string {
		t.Helper()
		p := b.decide(b.visit("/residents"), "chan", "approve")
		return p.Header.Get("Location")
	}
	t.Run("in a browser that did not start it: R9, and no session", func(t *testing.T) {
		mine, other := w.browser(), w.browser()
		callback := approved(mine)
		other.visit(callback).want(t, 403, "You came back in another browser", "Ref", "Login with iAM Smart")
		if len(other.named("-s")) != 0 {
			t.Error("the other browser got a session")
		}
		// The code is not spent: the right browser can still come.
		if p := mine.visit(callback); p.user() != "chan.sm" {
			t.Errorf("the right browser is greeted as %q", p.user())
		}
	})
	t.Run("with another state: R9", func(t *testing.T) {
		b := w.browser()
		u, _ := url.Parse(approved(b))
		q := u.Query()
		q.Set("state", q.Get("state")[:31]+"A")
		if q.Get("state") == u.Query().Get("state") {
			q.Set("state", q.Get("state")[:31]+"E")
		}
		u.RawQuery = q.Encode()
		b.visit(u.String()).want(t, 403, "another browser")
	})
	t.Run("twice: the second helps and changes nothing", func(t *testing.T) {
		b := w.browser()
		callback := approved(b)
		b.visit(callback)
		// Whoever is logged in by now goes on,
		if p := b.visit(callback); p.user() != "chan.sm" {
			t.Errorf("second visit: %d, user %q", p.StatusCode, p.user())
		}
		// whoever is not is told so.
		b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		b.visit(callback).want(t, 403, "another browser")
	})
	t.Run("used, with the cookie of before its use: R8", func(t *testing.T) {
		b := w.browser()
		callback := approved(b)
		before := b.named("-f-")
		b.visit(callback)
		thief := w.browser()
		thief.cookies["localhost"] = before
		thief.visit(callback).want(t, 403, "No confirmation came in time")
	})
	t.Run("doubled parameters: no session", func(t *testing.T) {
		for _, extra := range []string{"code", "state"} {
			b := w.browser()
			callback := approved(b)
			u, _ := url.Parse(callback)
			b.visit(callback+"&"+extra+"="+u.Query().Get(extra)).want(t, 403)
			if len(b.named("-s")) != 0 {
				t.Errorf("a session in spite of two %ss", extra)
			}
		}
	})
	t.Run("twenty at once spend the code once", func(t *testing.T) {
		b := w.browser()
		callback := approved(b)
		calls := w.sim.Calls("auth/getToken")
		var wg sync.WaitGroup
		var mu sync.Mutex
		sessions := 0
		cookies := b.named("-f-")
		for range 20 {
			one := w.browser()
			one.cookies["localhost"] = maps.Clone(cookies)
			wg.Go(func() {
				p, err := one.try(http.MethodGet, callback, nil, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				} else if p.StatusCode == http.StatusSeeOther && len(one.named("-s")) == 1 {
					sessions++
				} else if p.StatusCode != http.StatusForbidden {
					t.Errorf("status %d", p.StatusCode)
				}
			})
		}
		wg.Wait()
		if sessions != 1 || w.sim.Calls("auth/getToken") != calls+1 {
			t.Errorf("%d sessions, %d calls of getToken; want one each", sessions, w.sim.Calls("auth/getToken")-calls)
		}
	})
	t.Run("and whoever works is not disturbed", func(t *testing.T) {
		if p := linked.visit("/"); p.user() != "chan.sm" {
			t.Errorf("the first browser is now %q", p.user())
		}
	})
}

// A callback's address holds a code that is as good as a login until it is
// spent. However it is asked for, it stands in no log, and no request that a page
// there makes repeats it.
func TestT77TheCodeOfACallbackIsRepeatedNowhere(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b, other := w.browser(), w.browser()
	callback := b.decide(b.visit("/residents"), "chan", "approve").Header.Get("Location")
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	byOtherHost := strings.Replace(callback, "localhost", "127.0.0.1", 1)
	for name, ask := range map[string]func() *shown{
		"HEAD": func() *shown { return other.ask(http.MethodHead, callback, nil, nil) },
		"prefetch": func() *shown {
			return other.ask(http.MethodGet, callback, nil, with(map[string]string{"Sec-Purpose": "prefetch"}))
		},
		"a frame": func() *shown {
			return other.ask(http.MethodGet, callback, nil, with(map[string]string{"Sec-Fetch-Dest": "iframe"}))
		},
		"another host": func() *shown { return other.ask(http.MethodGet, byOtherHost, nil, nil) },
		"a slash more": func() *shown {
			return other.ask(http.MethodGet, strings.Replace(callback, "callback?", "callback/?", 1), nil, nil)
		},
		"another case": func() *shown {
			return other.ask(http.MethodGet, strings.Replace(callback, "/callback", "/CallBack", 1), nil, nil)
		},
		"another person": func() *shown { return other.ask(http.MethodGet, callback, nil, nil) },
	} {
		p := ask()
		if policy := p.Header.Get("Referrer-Policy"); strings.Contains(p.body, "<html") && policy != "origin" {
			t.Errorf("%s: the page (%d) tells its address with the policy %q", name, p.StatusCode, policy)
		}
	}
	if p := b.visit(callback); p.user() != "chan.sm" {
		t.Errorf("the right browser: %d", p.StatusCode)
	}
	if log := w.log(); strings.Contains(log, u.Query().Get("code")) {
		t.Error("the code stands in the log")
	}
	// The page that helps still starts a login, also in a browser that sends no Sec-Fetch headers.
	p := w.browser().ask(http.MethodGet, callback, nil, nil).want(t, 403)
	start := w.browser().ask(http.MethodPost, w.Gate+"/iamsmart/login", url.Values{"return": {hidden(p, "return")}, "device": {"this"}}, func(r *http.Request) {
		for _, name := range []string{"Mode", "Dest", "User", "Site"} {
			r.Header.Del("Sec-Fetch-" + name)
		}
		r.Header.Set("Origin", w.Gate)
	})
	if !strings.HasPrefix(start.Header.Get("Location"), w.SimURL) {
		t.Errorf("from the page that helps: %d to %q", start.StatusCode, start.Header.Get("Location"))
	}
}

func TestWhatThePersonDecidesAtIAmSmart(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	for decision, says := range map[string]string{
		"reject": "You cancelled or declined", "cancel": "You cancelled or declined", "timeout": "No confirmation came in time",
	} {
		b := w.browser()
		p := b.login("chan", decision)
		p.want(t, 403, says, "Login with iAM Smart", "More info", "Ref")
		// The page leads back in.
		p = b.follow(b.decide(p, "chan", "approve"))
		p.want(t, 200, "First login with iAM Smart")
	}
}

func TestABrowserThatKeepsNoCookiesIsToldAfterThreeRounds(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.browser()
	p := b.visit("/residents")
	forget := func() { b.cookies = make(map[string]map[string]string) }
	for round := 1; round <= 2; round++ {
		back := b.decide(p, "chan", "approve")
		forget()
		p = b.follow(back).want(t, 403, "another browser")
	}
	back := b.decide(p, "chan", "approve")
	forget()
	b.follow(back).want(t, 403, "cookies", "localhost")
}

func TestALoginThatDoesNotHoldIsToldAfterThreeRounds(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b := w.browser()
	lose := func() { // a browser that loses the session cookie, but no other
		for name := range b.named("-s") {
			delete(b.cookies["localhost"], name)
		}
	}
	for range 3 {
		b.follow(b.decide(b.visit("/"), "chan", "approve"))
		lose()
	}
	p := b.submit(b.visit("/"), "/iamsmart/login", url.Values{"device": {"this"}})
	p.want(t, 403, "cookies", "localhost")
	// Pressing once more begins anew.
	b.submit(p, "/iamsmart/login", url.Values{"device": {"this"}}).want(t, 200)
}

func TestTwoRealmsOnOneCaddyNeverMeet(t *testing.T) {
	w := newWorld(t, site{Gate: english, More: `http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		public_url {{.Gate2}}
		accounts form {{.App2}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	reverse_proxy {{.App2Host}}
}`})
	if w.sim.OpenID(w.ClientID, "chan") == w.sim.OpenID(w.Client2, "chan") {
		t.Fatal("the simulator gives one openID to two clients")
	}
	// Given a person who is linked in the first home,
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	// when the same person, in the same browser, comes to the second,
	p := b.follow(b.decide(b.visit(w.Gate2+"/"), "chan", "approve"))
	// then they are new there,
	p.want(t, 200, "First login with iAM Smart")
	// may link another account, and each home sees its own.
	b.password("wong.ml", "ward-two-4")
	b.submit(b.visit("/iamsmart/link"), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "wong.ml")
	if p := b.visit(w.Gate + "/"); p.user() != "chan.sm" {
		t.Errorf("first home: %q", p.user())
	}
	if p := b.visit(w.Gate2 + "/"); p.user() != "wong.ml" {
		t.Errorf("second home: %q", p.user())
	}
	// Cookies of one mean nothing to the other, even under its names.
	forged := w.browser()
	forged.cookies["localhost"] = make(map[string]string)
	var first, second string
	for name := range b.named("-s") {
		if r, _ := w.legacy.last(); r != nil && first == "" {
			first = name
		} else {
			second = name
		}
	}
	forged.cookies["localhost"][first] = b.cookies["localhost"][second]
	forged.cookies["localhost"][second] = b.cookies["localhost"][first]
	forged.visit(w.Gate+"/").want(t, 401)
	forged.visit(w.Gate2+"/").want(t, 401)
	// Logging out of one leaves the other.
	b.submit(b.visit(w.Gate+"/iamsmart/logout"), "/iamsmart/logout", nil)
	b.visit(w.Gate+"/").want(t, 401)
	if p := b.visit(w.Gate2 + "/"); p.user() != "wong.ml" {
		t.Errorf("second home after logout of the first: %q", p.user())
	}
}

func TestTwentyReloadsWhilePeopleLogInLoseNobody(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	logins := 0
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := w.oneLogin("chan", "chan.sm"); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				logins++
				mu.Unlock()
			}
		})
	}
	old := w.browser()
	old.login("chan", "approve")
	for range 20 {
		w.load()
		if p := old.visit("/"); p.user() != "chan.sm" {
			t.Fatalf("after a reload: %d, %q", p.StatusCode, p.user())
		}
	}
	close(stop)
	wg.Wait()
	if logins < 5 {
		t.Errorf("only %d logins were made meanwhile", logins)
	}
	t.Logf("%d logins during 20 reloads", logins)
}
