package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// sky is what stands between the gate and iAM Smart: a proxy that can be made
// faulty for the server's calls, and counts them. Browsers get through.
type sky struct {
	fault  atomic.Pointer[http.HandlerFunc]
	failed atomic.Int32
	ahead  atomic.Int64 // what the gate's clock is ahead, in nanoseconds
}

func (s *sky) turns(fault http.HandlerFunc) {
	if fault == nil {
		s.fault.Store(nil)
		return
	}
	s.fault.Store(&fault)
}

func (s *sky) over(iAmSmart http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := s.fault.Load(); fault != nil && r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/") {
			s.failed.Add(1)
			(*fault)(w, r)
			return
		}
		iAmSmart.ServeHTTP(w, r)
	})
}

func (s *sky) clock() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

func (s *sky) pass(d time.Duration) { s.ahead.Add(int64(d)) }

// underSky is a world under such a sky, with somebody who is linked and logged in.
func underSky(t *testing.T) (*world, *sky, *browser) {
	t.Helper()
	s := new(sky)
	t.Cleanup(caddyiamsmart.SpeakAt(s.clock))
	w := newWorld(t, site{Gate: english, Weather: s.over, Simulator: simulator.Options{CodeLife: 5 * time.Minute}})
	return w, s, w.arrive("chan", "chan.sm", "night-shift-7")
}

// isAway expects page P12, with a reference that the log repeats and a word to machines.
func (w *world) isAway(p *shown) (retryAfter time.Duration) {
	w.t.Helper()
	p.want(w.t, 503, "iAM Smart cannot be reached at the moment", "it is not your phone", "Login with iAM Smart", "Ref")
	if !strings.Contains(w.log(), p.ref()) {
		w.t.Errorf("the log does not know %s", p.ref())
	}
	seconds, err := strconv.Atoi(p.Header.Get("Retry-After"))
	if err != nil || seconds < 1 || seconds > 150 {
		w.t.Errorf("Retry-After is %q", p.Header.Get("Retry-After"))
	}
	return time.Duration(seconds) * time.Second
}

func badGateway(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	fmt.Fprint(w, "<h1>502 Bad Gateway</h1>")
}

// Given an iAM Smart that gives no answer, people are told so: the first five when
// they come back, the next before they take out the phone, and at once. Those who
// are logged in notice nothing, the login page stays quick, and when iAM Smart is
// back, so are they.
func TestAnIAmSmartThatIsAwayIsToldAtOnce(t *testing.T) {
	w, s, inside := underSky(t)
	s.turns(badGateway)
	for range 5 {
		w.isAway(w.browser().login("chan", "approve"))
	}
	asked := s.failed.Load()
	for range 10 {
		began := time.Now()
		b := w.browser()
		p := b.visit("/residents?room=101").want(t, 401, "Login with iAM Smart")
		wait := w.isAway(b.submit(p, "/iamsmart/login", url.Values{"device": {"this"}}))
		if wait > 13*time.Second {
			t.Errorf("the first rest is %v", wait)
		}
		if took := time.Since(began); took > 2*time.Second { // it takes milliseconds
			t.Errorf("it took %v to say so", took)
		}
	}
	if n := s.failed.Load() - asked; n != 0 {
		t.Errorf("iAM Smart was asked %d times meanwhile", n)
	}
	if p := inside.visit("/"); p.user() != "chan.sm" {
		t.Errorf("who was logged in: %d, greeted as %q", p.StatusCode, p.user())
	}

	// After the rest one login finds out, in vain, and the rest is longer.
	s.pass(13 * time.Second)
	w.isAway(w.browser().login("chan", "approve"))
	b := w.browser()
	p := b.visit("/residents?room=101")
	if wait := w.isAway(b.submit(p, "/iamsmart/login", url.Values{"device": {"this"}})); wait < 15*time.Second {
		t.Errorf("the second rest is %v", wait)
	}
	// The page's own button leads on once iAM Smart is back.
	s.turns(nil)
	s.pass(25 * time.Second)
	if p := b.follow(b.decide(p, "chan", "approve")); p.user() != "chan.sm" || p.Request.URL.Path != "/residents" {
		t.Errorf("%d at %s, greeted as %q", p.StatusCode, p.Request.URL, p.user())
	}
}

// Given people who were already at iAM Smart when it went away, they are told so
// when they come back, and can start again.
func TestWhoComesBackWhileIAmSmartIsAway(t *testing.T) {
	w, s, _ := underSky(t)
	late := w.browser()
	back := late.decide(late.visit("/residents?room=101"), "chan", "approve")
	s.turns(badGateway)
	for range 5 {
		w.isAway(w.browser().login("chan", "approve"))
	}
	asked := s.failed.Load()
	p := late.follow(back)
	w.isAway(p)
	if n := s.failed.Load() - asked; n != 0 {
		t.Errorf("iAM Smart was asked %d times", n)
	}
	s.turns(nil)
	s.pass(13 * time.Second)
	if p := late.follow(late.decide(p, "chan", "approve")); p.user() != "chan.sm" || p.Request.URL.Path != "/residents" {
		t.Errorf("%d at %s, greeted as %q", p.StatusCode, p.Request.URL, p.user())
	}
}

// Given an iAM Smart that asks to be left alone, it is, as long as it says.
func TestAnIAmSmartThatAsksToWait(t *testing.T) {
	w, s, inside := underSky(t)
	s.turns(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "45")
		http.Error(w, "slow down", http.StatusTooManyRequests)
	})
	w.isAway(w.browser().login("chan", "approve"))
	b := w.browser()
	p := b.visit("/")
	if wait := w.isAway(b.submit(p, "/iamsmart/login", nil)); wait < 40*time.Second || wait > 55*time.Second {
		t.Errorf("people are to wait %v", wait)
	}
	if n := s.failed.Load(); n != 1 {
		t.Errorf("iAM Smart was asked %d times", n)
	}
	if p := inside.visit("/"); p.user() != "chan.sm" {
		t.Errorf("who was logged in: %d, greeted as %q", p.StatusCode, p.user())
	}
}

// Given people who say no, and codes that nobody was given, the others still come in.
func TestNobodyKeepsOthersFromIAmSmart(t *testing.T) {
	w, s, _ := underSky(t)
	for range 8 {
		w.browser().login("chan", "cancel").want(t, 403)
	}
	w.sim.FailNext("auth/getToken", "D40004", 8)
	for range 8 {
		w.browser().login("chan", "approve").want(t, 403)
	}
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("%d, greeted as %q; %d calls failed", p.StatusCode, p.user(), s.failed.Load())
	}
}

// Given the second approval of a link-up while iAM Smart is away, the person stays
// where they are and is told so.
func TestASecondApprovalWhileIAmSmartIsAway(t *testing.T) {
	s := new(sky)
	t.Cleanup(caddyiamsmart.SpeakAt(s.clock))
	w := newWorld(t, site{Gate: last, Weather: s.over})
	b, confirm := w.proven("chan", "chan.sm", "night-shift-7")
	s.turns(badGateway)
	for range 5 {
		w.browser().login("wong", "approve").want(t, 503)
	}
	p := b.submit(confirm, "/iamsmart/link", url.Values{"device": {"this"}})
	p.want(t, 503, "Is this your account?", "iAM Smart cannot be reached at the moment", "Ref")
	if p.Header.Get("Retry-After") == "" {
		t.Error("machines are told nothing")
	}
	s.turns(nil)
	s.pass(13 * time.Second)
	b.follow(b.approve(p, "chan", "approve")).want(t, 200, "Your account has been linked")
}

// Given a content key that ends while forty people come back at once, nobody sees an
// error page.
func TestAKeyThatEndsInACrowdIsNoticedByNobody(t *testing.T) {
	w, _, _ := underSky(t)
	const crowd = 40
	var backs [crowd]func() *shown
	for i := range backs {
		b := w.browser()
		back := b.decide(b.visit("/"), "chan", "approve")
		backs[i] = func() *shown { return b.follow(back) }
	}
	keys := w.sim.Calls("security/getKey")
	w.sim.DropKey(w.ClientID)
	var all sync.WaitGroup
	for _, back := range backs {
		all.Go(func() {
			if p := back(); p.user() != "chan.sm" {
				t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
			}
		})
	}
	all.Wait()
	if n := w.sim.Calls("security/getKey") - keys; n != 1 {
		t.Errorf("getKey was called %d times, want once", n)
	}
}
