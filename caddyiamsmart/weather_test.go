package caddyiamsmart_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// on answers the calls of one path in the place of iAM Smart.
func on(path string, answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, path) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestT73IAmSmartOnABadDay(t *testing.T) {
	cases := map[string]struct {
		weather func(http.Handler) http.Handler
		options simulator.Options
		rules   []string // violations that this provokes
		status  int
		logged  string
	}{
		"HTML instead of JSON": {weather: on("/auth/getToken", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<h1>Gateway</h1>")
		}), status: 503, logged: "getToken"},
		"a key request that fails": {weather: on("/security/getKey", func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "no", http.StatusBadGateway)
		}), status: 503, logged: "getKey"},
		"ten gigabytes": {weather: on("/auth/getToken", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"content":"`)
			block := strings.Repeat("A", 1<<20)
			for range 10 << 10 {
				if _, err := fmt.Fprint(w, block); err != nil {
					return
				}
			}
		}), status: 503, logged: "getToken"},
		"no answer at all": {weather: on("/auth/getToken", func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // only then is the end of the connection seen
			<-r.Context().Done()
		}), status: 503, logged: "getToken"},
		"an answer that is cut": {weather: on("/auth/getToken", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"txID":"<T=00>","code":"D000`)
		}), status: 502, logged: "getToken"},
		"a clock ten minutes off": {
			options: simulator.Options{Now: func() time.Time { return time.Now().Add(10 * time.Minute) }},
			weather: func(next http.Handler) http.Handler { // its Date header tells, as real servers' do
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Date", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
					next.ServeHTTP(w, r)
				})
			},
			rules: []string{"timestamp-skew"}, status: 502, logged: "clock",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, Weather: c.weather, Simulator: c.options, Announced: c.rules})
			b := w.browser()
			start := time.Now()
			p := b.login("chan", "approve").want(t, c.status, "iAM Smart", "Ref", "Login with iAM Smart")
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("took %s", took)
			}
			if log := w.log(); !strings.Contains(log, p.ref()) || !strings.Contains(log, c.logged) {
				t.Errorf("the log does not tie %s to %q", p.ref(), c.logged)
			}
			if strings.Contains(p.body, "getToken") || strings.Contains(p.body, "127.0.0.1") {
				t.Errorf("the page tells what is for the log:\n%s", p.body)
			}
			if len(b.named("-s"))+len(b.named("-p")) != 0 {
				t.Error("a session or a link-up was begun")
			}
			b.visit("/").want(t, 401)
		})
	}
}

func TestACEKThatEndedCostsNobodyALogin(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	keys := w.sim.Calls("security/getKey")
	w.sim.DropKey(w.ClientID)
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
	}
	if n := w.sim.Calls("security/getKey") - keys; n != 1 {
		t.Errorf("getKey was called %d times, want once", n)
	}
}

func TestThoseWhoAreLoggedInNoticeNothing(t *testing.T) {
	away := false
	w := newWorld(t, site{Gate: english, Weather: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if away {
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	away = true
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
	}
}

func TestT33TheStoreGoesAway(t *testing.T) {
	w := newWorld(t, site{Gate: english + "public /open/*"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	b.visit("/")
	other := w.browser()
	other.login("chan", "approve")
	forgotten := other.named("-s")
	w.load() // the same engine: still known
	if err := caddyiamsmart.SeverStores(); err != nil {
		t.Fatal(err)
	}
	// Whoever is known goes on,
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
	}
	// nobody new comes in,
	p := w.browser().login("chan", "approve")
	p.want(t, 503, "Ref")
	// a link-up goes no further,
	fresh := w.browser()
	fresh.cookies["localhost"] = map[string]string{}
	for name, value := range forgotten {
		fresh.cookies["localhost"][name] = value[:len(value)-2] + "AA"
	}
	fresh.visit("/").want(t, 401)
	// what is public stays open, and a monitor is told.
	w.browser().visit(w.Gate+"/open/x").want(t, 200)
	health := w.browser().ask(http.MethodGet, w.Gate+"/iamsmart/health", nil, with(map[string]string{"Accept": "*/*"}))
	if health.StatusCode != 503 {
		t.Errorf("health: %d", health.StatusCode)
	}
	// Logout is not claimed to have worked, but this browser is out.
	p = b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
	p.want(t, 503, "Ref")
	b.visit("/").want(t, 401)
}

func TestT33TheRootKeyIsNeverMadeAnew(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.Dir+"/iamsmart.key", w.Dir+"/kept.key"); err != nil {
		t.Fatal(err)
	}
	if err := w.tryLoad(); err == nil || !strings.Contains(err.Error(), "iamsmart.key") || !strings.Contains(err.Error(), "backup") {
		t.Errorf("starting without the root key: %v", err)
	}
	if err := os.Rename(w.Dir+"/kept.key", w.Dir+"/iamsmart.key"); err != nil {
		t.Fatal(err)
	}
	w.load()
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("after the key is back: %d, %q", p.StatusCode, p.user())
	}
}

func TestSessionsOutliveARestart(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	w.load()
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("%d, greeted as %q", p.StatusCode, p.user())
	}
}

func TestT45T47TheReturnAddressIsOurs(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	for asked, want := range map[string]string{
		"/residents?a=b%26c":           "/residents?a=b%26c",
		"/x;jsessionid=1A2B":           "/x;jsessionid=1A2B",
		"/a%2Fb":                       "/a%2Fb",
		"/%A4%A4%A4%E5?q=%A4%A4":       "/%A4%A4%A4%E5?q=%A4%A4",
		"/.//evil.example/":            "/",
		"/..//evil.example":            "/",
		"/%5cevil.example":             "/",
		"/" + strings.Repeat("a", 600): "/",
	} {
		b := w.browser()
		p := b.ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: asked} })
		if p.StatusCode != 401 {
			t.Errorf("%s: status %d", asked, p.StatusCode)
			continue
		}
		b.at = w.Gate + "/"
		back := b.decide(p, "chan", "approve")
		b.at = w.SimURL
		last := b.ask(http.MethodGet, back.Header.Get("Location"), nil, nil)
		if got := last.Header.Get("Location"); got != w.Gate+want {
			t.Errorf("asked for %s, led to %s", asked, got)
		}
	}
}
