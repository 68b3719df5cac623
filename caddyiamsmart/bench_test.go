package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart"
)

// The budget of the gate over a plain reverse proxy, for a logged-in request.
const (
	budgetTime   = 8 * time.Microsecond
	budgetAllocs = 10
)

// hotPath is a gate with a no-op handler behind it and the request of a person
// who is logged in, over a store that fails whoever touches it.
type hotPath struct {
	gate   caddyhttp.MiddlewareHandler
	next   caddyhttp.Handler
	r      *http.Request
	w      *discard
	came   http.Header
	passed int
}

// discard is an http.ResponseWriter that keeps nothing.
type discard struct{ h http.Header }

func (n *discard) Header() http.Header         { return n.h }
func (n *discard) Write(p []byte) (int, error) { return len(p), nil }
func (n *discard) WriteHeader(int)             {}

func newHotPath(t testing.TB, more string) *hotPath {
	w := newWorld(t, site{Gate: english, Header: "header_up X-Remote-User {iamsmart.account}\nheader_up X-Person {iamsmart.person}"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")

	config := fmt.Sprintf(`{"public_url": %q, %s "accounts": [{"kind": "form", "url": %q, "user_field": "user", "password_field": "pass"}],
		"header_up": [{"name": "X-Remote-User", "template": "{iamsmart.account}"}, {"name": "X-Person", "template": "{iamsmart.person}"}]}`,
		w.Gate, more, w.App+"/login")
	module, err := caddy.ActiveContext().LoadModuleByID("http.handlers.iamsmart", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	p := &hotPath{gate: module.(caddyhttp.MiddlewareHandler), w: &discard{make(http.Header)}}
	own := "none"
	p.next = caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if r.Header["X-Remote-User"][0] != "chan.sm" {
			return fmt.Errorf("X-Remote-User is %q", r.Header["X-Remote-User"])
		}
		if r.Header["Cookie"][0] != own+"; other=1" {
			return fmt.Errorf("the application's cookies are %q", r.Header["Cookie"])
		}
		if p.passed == 0 {
			w.Header().Set("Set-Cookie", "PHPSESSID=0123456789abcdef; Path=/; HttpOnly")
		}
		p.passed++
		w.WriteHeader(http.StatusOK)
		return nil
	})
	p.came = http.Header{
		"Accept": {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"zh-HK,zh;q=0.9,en;q=0.8"}, "Cache-Control": {"max-age=0"}, "Priority": {"u=0, i"},
		"Referer": {w.Gate + "/residents"}, "Sec-Ch-Ua": {`"Chromium";v="156"`}, "Sec-Ch-Ua-Mobile": {"?0"},
		"Sec-Ch-Ua-Platform": {`"Windows"`}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Mode": {"navigate"},
		"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-User": {"?1"}, "Upgrade-Insecure-Requests": {"1"},
		"User-Agent": {b.agent}, "Cookie": {""},
	}
	bring := func(app string) {
		p.came["Cookie"][0] = app + "; other=1"
		for name, value := range b.named("-s") {
			p.came["Cookie"][0] += "; " + name + "=" + value
		}
	}
	bring(own)
	r := httptest.NewRequest(http.MethodGet, w.Gate+"/residents/101?tab=notes", nil)
	r.RequestURI = "/residents/101?tab=notes"
	p.r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), p.w, new(caddyhttp.Server))
	p.serve(t) // the first one loads the session from the store, and begins the application's own
	set, _, _ := strings.Cut(p.w.h.Get("Set-Cookie"), ";")
	p.w.h.Del("Set-Cookie")
	bring(set)
	own = "PHPSESSID=0123456789abcdef"
	if err := caddyiamsmart.SeverStores(); err != nil {
		t.Fatal(err)
	}
	p.serve(t)
	if p.passed != 2 {
		t.Fatalf("%d of two requests reached the application", p.passed)
	}
	return p
}

// serve is one request, with its headers as they came.
func (p *hotPath) serve(t testing.TB) {
	clear(p.r.Header)
	for name, values := range p.came {
		p.r.Header[name] = values[:1:1]
	}
	p.r.Header["Cookie"] = []string{p.came["Cookie"][0]}
	if err := p.gate.ServeHTTP(p.w, p.r, p.next); err != nil {
		t.Fatal(err)
	}
}

// hotPaths are the shapes of configuration that are measured.
var hotPaths = map[string]string{
	"plain":             "",
	"with public paths": `"public": ["/open/*", "/favicon.ico"],`,
	"with headers for paths": `"path_headers": [{"paths": ["/kiosk/*", "/tv"], "header_up": [{"name": "X-Person", "template": "kiosk"}]},
		{"paths": ["/residents/*"], "header_up": [{"name": "X-Login", "template": "{iamsmart.link_method}"}]}],`,
	"with assertion": `"assertion": {"audience": "records"},`,
	"with rules": `"require": [{"link_method": ["password"]}, {"match": [{"path": ["/residents/*"]}], "login_age": "1h"},
		{"match": [{"path": ["/reports/*", "/forms/*"], "not": [{"path": ["/reports/menu"]}]}], "user_type": "sign"}],`,
}

func BenchmarkGateLoggedIn(b *testing.B) {
	for name, more := range hotPaths {
		b.Run(name, func(b *testing.B) {
			p := newHotPath(b, more)
			b.ReportAllocs()
			for b.Loop() {
				p.serve(b)
			}
		})
	}
}

func TestBudgetOfTheHotPath(t *testing.T) {
	for name, more := range hotPaths {
		t.Run(name, func(t *testing.T) {
			p := newHotPath(t, more)
			before := p.passed
			if raceDetector {
				for range 1000 {
					p.serve(t)
				}
				return // allocations and times are not the program's own there
			}
			allocs := int64(testing.AllocsPerRun(2000, func() { p.serve(t) })) - 1 // the harness's own: the Cookie line as it came
			var times []time.Duration
			for range 25 { // short ones, and of processor time, so that other programs do not count
				const requests = 2000
				began := processorTime()
				for range requests {
					p.serve(t)
				}
				times = append(times, (processorTime()-began)/requests)
			}
			slices.Sort(times)
			cost := times[len(times)/4] // what disturbs makes it more, nothing makes it less
			t.Logf("%v (best %v, median %v) and %d allocations per request; budget %v and %d", cost, times[0], times[len(times)/2], allocs, budgetTime, budgetAllocs)
			if p.passed == before {
				t.Error("no request reached the application")
			}
			if allocs > budgetAllocs {
				t.Errorf("%d allocations, budget %d", allocs, budgetAllocs)
			}
			if cost > budgetTime {
				t.Errorf("%v, budget %v", cost, budgetTime)
			}
		})
	}
}

// A handler that is no proxy may leave its headers standing after a hint.
func TestAHintLeavesTheAppsSessionToTheAnswer(t *testing.T) {
	p := newHotPath(t, "")
	const line = "PHPSESSID=abc; Path=/"
	p.next = caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Set-Cookie", line)
		for _, status := range []int{http.StatusEarlyHints, http.StatusEarlyHints, http.StatusOK} {
			w.WriteHeader(status)
		}
		return nil
	})
	p.serve(t)
	if got := p.w.h.Values("Set-Cookie"); len(got) != 1 || len(got[0]) != len(line)+23 {
		t.Errorf("goes out as %q", got)
	}
}
