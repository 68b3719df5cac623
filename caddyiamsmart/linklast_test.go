package caddyiamsmart_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// last is a gate whose link-ups end with a second approval.
const last = english + "link_last iamsmart\n"

// proven is a browser whose person has come back from iAM Smart and has proven
// an account, and the confirm page that it shows.
func (w *world) proven(person, user, password string) (*browser, *shown) {
	w.t.Helper()
	b := w.firstTime(person)
	return b, b.password(user, password).want(w.t, 200, "Is this your account?", user, "Login with iAM Smart", "More info")
}

// approve presses the official button of a confirm page and decides at iAM
// Smart. The answer is the redirect back, not followed.
func (b *browser) approve(confirm *shown, person, decision string) *shown {
	b.t.Helper()
	qr := b.submit(confirm, "/iamsmart/link", url.Values{"device": {"this"}})
	return b.press(qr, "/simulator/decide", url.Values{"person": {person}, "decision": {decision}})
}

// nobody expects that a browser is not logged in and that the account is free.
func (w *world) nobody(b *browser) {
	w.t.Helper()
	if len(b.named("-s")) != 0 {
		w.t.Error("a session began")
	}
	b.visit("/").want(w.t, 401)
}

func TestLinkLastIAmSmartTakesASecondApproval(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b := w.browser()
	b.follow(b.decide(b.visit("/residents?room=101"), "chan", "approve")).want(t, 200, "First login with iAM Smart")
	confirm := b.password("chan.sm", "night-shift-7")
	// Given a proven account, the page asks for one approval more and has no other yes;
	confirm.want(t, 200, "Is this your account?", "confirm it yourself with iAM Smart once more", "Login with iAM Smart", "More info", "No, not mine")
	for _, button := range find(confirm.doc, "button") {
		if attr(button, "value") == "yes" {
			t.Error("the page has a yes that asks iAM Smart for nothing")
		}
	}
	w.nobody(b)
	// when the same person approves, then the account is linked and the way goes on.
	p := b.follow(b.approve(confirm, "chan", "approve")).want(t, 200, "Your account has been linked", "chan.sm")
	if at := p.Request.URL; at.Path != "/iamsmart/link/done" || at.RawQuery != "" {
		t.Errorf("told at %s", at)
	}
	if calls := w.sim.Calls("auth/getToken"); calls != 2 {
		t.Errorf("iAM Smart vouched %d times", calls)
	}
	if onward := p.linkTo("Continue to"); onward != "/residents?room=101" {
		t.Errorf("the page leads on to %q", onward)
	}
	if p := b.visit("/residents"); p.user() != "chan.sm" {
		t.Errorf("greeted as %q", p.user())
	}
	// The next login takes one approval.
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("the next login: %d, %q", p.StatusCode, p.user())
	}
}

// linkTo is where a link with that text leads.
func (p *shown) linkTo(text string) string {
	for _, a := range find(p.doc, "a") {
		if strings.Contains(content(a), text) {
			return attr(a, "href")
		}
	}
	return ""
}

func TestLinkLastIAmSmartOnAPhoneOffersBothDevices(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b := w.browser()
	b.agent = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
	b.login("chan", "approve")
	p := b.password("chan.sm", "night-shift-7").want(t, 200, "iAM Smart opens on this device", "show the QR code")
	for device, broker := range map[string]string{"this": "true", "other": ""} {
		to, err := url.Parse(b.press(p, "/iamsmart/link", url.Values{"device": {device}}).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if q := to.Query(); q.Get("brokerPage") != broker || q.Get("source") != "Android_Chrome" {
			t.Errorf("%s device: %v", device, q)
		}
	}
}

func TestT51APageLeftOpenLinksNobodyElse(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	for _, account := range []string{"", "wong.ml"} {
		t.Run("B is linked with "+account, func(t *testing.T) {
			if account != "" {
				wong, confirm := w.proven("wong", account, "ward-two-4")
				wong.follow(wong.approve(confirm, "wong", "approve")).want(t, 200, account)
			}
			// Given A's confirm page, left open on a shared PC, when B approves,
			b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
			p := b.follow(b.approve(confirm, "wong", "approve"))
			// then B is told, is not logged in, and nothing is linked.
			p.want(t, 403, "Another person began this", "Nothing was linked", "Login with iAM Smart", "Ref")
			if strings.Contains(p.body, "chan") {
				t.Error("the page names the other's account")
			}
			w.nobody(b)
			// A's password is good for nothing more.
			if len(b.named("-p")) != 0 {
				t.Error("the pending cookie is still there")
			}
			b.visit("/iamsmart/link").want(t, 403, "No confirmation came in time")
			b.submit(confirm, "/iamsmart/link", url.Values{"device": {"this"}}).want(t, 403)
			// B's own login goes where it always goes.
			p = b.follow(b.decide(p, "wong", "approve")).want(t, 200)
			if p.user() != account {
				t.Errorf("B is greeted as %q", p.user())
			}
		})
	}
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	b.follow(b.approve(confirm, "chan", "approve")).want(t, 200, "chan.sm")
}

func TestT52AnotherLoginInTheBrowserTakesTheLinkUpAway(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	for name, person := range map[string]string{"of another person": "wong", "of the same person": "chan"} {
		t.Run(name, func(t *testing.T) {
			// Given two tabs: in the first A has gone to iAM Smart for the second
			// approval, in the second somebody logs in,
			b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
			back := b.approve(confirm, "chan", "approve")
			b.at = ""
			b.login(person, "approve").want(t, 200, "First login")
			// when A's approval comes back, then it links nothing,
			calls := w.sim.Calls("auth/getToken")
			b.at = w.SimURL
			b.follow(back).want(t, 403, "out of date")
			w.nobody(b)
			if w.sim.Calls("auth/getToken") != calls {
				t.Error("iAM Smart was asked who it is")
			}
			// and the login in the second tab goes on.
			b.visit("/iamsmart/link").want(t, 200, "First login")
		})
	}
}

func TestT52AnApprovalDoesNotLeadIntoTheNextPersonsSession(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	wong, confirm := w.proven("wong", "wong.ml", "ward-two-4")
	wong.follow(wong.approve(confirm, "wong", "approve")).want(t, 200, "wong.ml")
	// Given A who has gone to iAM Smart, and B who has logged in in another tab,
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	back := b.approve(confirm, "chan", "approve")
	b.at = ""
	b.login("wong", "approve").want(t, 200)
	// when A comes back, then A is not shown what is B's, and B stays.
	b.at = w.SimURL
	if p := b.follow(back).want(t, 403, "No confirmation came in time"); p.user() != "" {
		t.Errorf("A is greeted as %q", p.user())
	}
	b.at = ""
	if p := b.visit("/"); p.user() != "wong.ml" {
		t.Errorf("B is greeted as %q", p.user())
	}
}

func TestT52AnApprovalIsForTheAccountThatThePageNamed(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	back := b.approve(confirm, "chan", "approve")
	// In another tab the person says "not mine" and proves another account.
	b.at = w.Gate + "/iamsmart/link"
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"no"}}).want(t, 200, "User name")
	other := b.password("maria", "tea-at-three").want(t, 200, "maria")
	b.at = w.SimURL
	b.follow(back).want(t, 403, "out of date")
	w.nobody(b)
	b.at = w.Gate + "/iamsmart/link"
	b.submit(confirm, "/iamsmart/link", url.Values{"device": {"this"}}).want(t, 403, "out of date")
	b.follow(b.approve(other, "chan", "approve")).want(t, 200, "maria")
}

func TestWhoDeclinesTheSecondApprovalIsBackAtTheConfirmPage(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	for _, no := range []struct{ decision, says string }{
		{"reject", "You cancelled or declined"}, {"cancel", "You cancelled or declined"}, {"timeout", "No confirmation came in time"},
	} {
		confirm = b.follow(b.approve(confirm, "chan", no.decision))
		confirm.want(t, 403, no.says, "Ref", "Is this your account?", "chan.sm", "Login with iAM Smart", "More info")
		if !strings.Contains(w.log(), confirm.ref()) {
			t.Error("the log does not know the reference")
		}
		w.nobody(b)
	}
	b.follow(b.approve(confirm, "chan", "approve")).want(t, 200, "has been linked")
}

func TestApprovalsThatCannotBeUsed(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	t.Run("T34 in a browser that did not start it", func(t *testing.T) {
		b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
		callback := b.approve(confirm, "chan", "approve").Header.Get("Location")
		other := w.browser()
		other.visit(callback).want(t, 403, "another browser")
		// Nor does the flow's cookie alone make it the browser of the link-up.
		thief := w.browser()
		thief.cookies["localhost"] = b.named("-f-")
		thief.visit(callback).want(t, 403, "No confirmation came in time")
		w.nobody(other)
		w.nobody(thief)
		b.at = ""
		b.visit("/iamsmart/link").want(t, 200, "Is this your account?")
	})
	t.Run("for a login: the person is linked by now, and is not logged in by it", func(t *testing.T) {
		b, confirm := w.proven("wong", "wong.ml", "ward-two-4")
		back := b.approve(confirm, "wong", "approve")
		elsewhere, confirm2 := w.proven("wong", "wong.ml", "ward-two-4")
		elsewhere.follow(elsewhere.approve(confirm2, "wong", "approve")).want(t, 200, "wong.ml")
		b.at = w.SimURL
		b.follow(back).want(t, 403, "No confirmation came in time")
		w.nobody(b)
	})
	t.Run("and a login is no approval", func(t *testing.T) {
		b, _ := w.proven("chan", "chan.sm", "night-shift-7")
		b.at = ""
		b.login("chan", "approve").want(t, 200, "First login")
		w.nobody(b)
		b.visit("/iamsmart/link").want(t, 200, "Link my existing account")
	})
	t.Run("T35 T36 twenty at once and one later make one link", func(t *testing.T) {
		b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
		callback := b.approve(confirm, "chan", "approve").Header.Get("Location")
		calls := w.sim.Calls("auth/getToken")
		before := maps.Clone(b.cookies["localhost"])
		var wg sync.WaitGroup
		var mu sync.Mutex
		var linked []*browser
		for range 20 {
			one := w.browser()
			one.cookies["localhost"] = maps.Clone(before)
			wg.Go(func() {
				p, err := one.try(http.MethodGet, callback, nil, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || p.StatusCode != http.StatusSeeOther {
					t.Errorf("%v, %v", p, err)
				} else if len(one.named("-s")) == 1 {
					linked = append(linked, one)
				}
			})
		}
		wg.Wait()
		if len(linked) != 1 || w.sim.Calls("auth/getToken") != calls+1 {
			t.Fatalf("%d sessions, %d calls of getToken; want one each", len(linked), w.sim.Calls("auth/getToken")-calls)
		}
		one := linked[0]
		if p := one.visit(callback).want(t, 200, "has been linked"); len(one.named("-s")) != 1 || p.user() != "" {
			t.Error("a second visit changes something")
		}
		thief := w.browser()
		thief.cookies["localhost"] = before
		thief.visit(callback).want(t, 403)
		w.nobody(thief)
	})
}

func TestTheTimeOfASecondApproval(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	ago := func(d time.Duration) {
		w.asIf("UPDATE pendings SET created_at = created_at - ?, expires = expires - ?", d.Milliseconds(), d.Milliseconds())
	}
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	ago(6 * time.Minute)
	b.submit(confirm, "/iamsmart/link", url.Values{"device": {"this"}}).want(t, 403, "No confirmation came in time")

	b, confirm = w.proven("chan", "chan.sm", "night-shift-7")
	back := b.approve(confirm, "chan", "approve")
	ago(26 * time.Minute)
	b.at = w.SimURL
	b.follow(back).want(t, 403, "No confirmation came in time")
	w.nobody(b)

	b, confirm = w.proven("chan", "chan.sm", "night-shift-7")
	back = b.approve(confirm, "chan", "approve")
	ago(18 * time.Minute)
	b.at = w.SimURL
	b.follow(back).want(t, 200, "has been linked")
}

// TestT55AMereYesLinksNobody: what the page of another option, or of another
// site, would send.
func TestT55AMereYesLinksNobody(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	token := hidden(confirm, "token")
	yes := url.Values{"token": {token}, "step": {"confirm"}, "answer": {"yes"}}
	b.follow(b.ask(http.MethodPost, w.Gate+"/iamsmart/link", yes, nil)).want(t, 403, "out of date")
	approve := url.Values{"token": {token}, "step": {"approve"}, "device": {"this"}}
	for name, headers := range map[string]map[string]string{
		"from another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"from a sibling":    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
		"by a script":       {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
		"in a frame":        {"Sec-Fetch-Dest": "iframe"},
		"as text/plain":     {"Content-Type": "text/plain"},
	} {
		if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/link", approve, with(headers)); p.StatusCode < 400 || p.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", name, p.StatusCode, p.Header.Get("Location"))
		}
	}
	forged := url.Values{"token": {"AAAA"}, "step": {"approve"}, "device": {"this"}}
	b.ask(http.MethodPost, w.Gate+"/iamsmart/link", forged, nil).want(t, 403)
	w.nobody(b)

	t.Run("nor does the second approval stand where it is not asked for", func(t *testing.T) {
		w.Site.Gate = english
		w.load()
		b := w.firstTime("chan")
		confirm := b.password("chan.sm", "night-shift-7").want(t, 200, "Yes, link it")
		fields := url.Values{"token": {hidden(confirm, "token")}, "step": {"approve"}, "device": {"this"}}
		b.ask(http.MethodPost, w.Gate+"/iamsmart/link", fields, nil).want(t, 403, "out of date")
		w.nobody(b)
	})
}

func TestT56TheConfirmPageAndTheLinkedPageCannotBeFramed(t *testing.T) {
	w := newWorld(t, site{Gate: last})
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	linked := b.follow(b.approve(confirm, "chan", "approve"))
	for _, p := range []*shown{confirm, linked} {
		if p.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %v", p.Request.URL.Path, p.Header)
		}
	}
	if policy := confirm.Header.Get("Content-Security-Policy"); strings.Contains(policy, "form-action") {
		t.Errorf("the redirects to iAM Smart are blocked: %s", policy)
	}
	for _, dest := range []string{"iframe", "object", "embed"} {
		b.ask(http.MethodGet, w.Gate+"/iamsmart/link/done", nil, with(map[string]string{"Sec-Fetch-Dest": dest})).want(t, 403)
	}
}
