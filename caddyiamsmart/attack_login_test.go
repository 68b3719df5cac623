package caddyiamsmart_test

import (
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// rows counts what the store holds of one kind, beside the Caddy that runs.
func (w *world) rows(table string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.Dir+"/iamsmart.db?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// carrying is a new browser with cookies that somebody else got.
func (w *world) carrying(cookies ...map[string]string) *browser {
	b := w.browser()
	b.cookies["localhost"] = make(map[string]string)
	for _, some := range cookies {
		maps.Copy(b.cookies["localhost"], some)
	}
	return b
}

// A login that somebody else has approved, brought to a browser where a person
// works or is about to link: nothing changes there.
func TestT34AnothersLoginChangesNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("wong", "wong.ml", "ward-two-4")
	works := w.arrive("chan", "chan.sm", "night-shift-7")
	links := w.firstTime("testa")
	attacker := w.browser()
	callback := attacker.decide(attacker.visit("/"), "wong", "approve").Header.Get("Location")

	if p := works.visit(callback); p.user() != "chan.sm" {
		t.Errorf("who works is now %q (%d)", p.user(), p.StatusCode)
	}
	before := links.named("-p")
	links.visit(callback).want(t, 403, "another browser")
	if !maps.Equal(links.named("-p"), before) || len(links.named("-s")) != 0 {
		t.Error("who links has other cookies now")
	}
	links.at = w.Gate + "/iamsmart/link"
	links.linkUp("maria", "tea-at-three").want(t, 200, "maria")
}

// The callback reads its query, and of that only what the redirect may hold.
func TestT37ACallbackIsAGet(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b := w.browser()
	callback := b.decide(b.visit("/residents"), "chan", "approve").Header.Get("Location")
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	path, query := w.Gate+"/iamsmart/callback", u.Query()
	for name, ask := range map[string]func() *shown{
		"all in a POST":   func() *shown { return b.ask(http.MethodPost, path, query, nil) },
		"a POST to all":   func() *shown { return b.ask(http.MethodPost, callback, url.Values{"a": {"b"}}, nil) },
		"PUT":             func() *shown { return b.ask(http.MethodPut, callback, nil, nil) },
		"PROPFIND":        func() *shown { return b.ask("PROPFIND", callback, nil, nil) },
		"HEAD":            func() *shown { return b.ask(http.MethodHead, callback, nil, nil) },
		"a GET with body": func() *shown { return b.ask(http.MethodGet, path, query, nil) },
		"the code in the body": func() *shown {
			return b.ask(http.MethodGet, path+"?state="+query.Get("state")+"x", url.Values{"code": query["code"], "state": query["state"]}, nil)
		},
		"by a semicolon": func() *shown { return b.ask(http.MethodGet, strings.Replace(callback, "&", ";", 1), nil, nil) },
		"in capitals": func() *shown {
			return b.ask(http.MethodGet, strings.Replace(callback, "code=", "CODE=", 1)+"x", nil, nil)
		},
		"code and error_code":  func() *shown { return b.ask(http.MethodGet, callback+"&error_code=D40000", nil, nil) },
		"a code that is empty": func() *shown { return b.ask(http.MethodGet, path+"?code=&state="+query.Get("state"), nil, nil) },
	} {
		if p := ask(); p.StatusCode < 400 || len(b.named("-s"))+len(b.named("-p")) != 0 {
			t.Errorf("%s: status %d, cookies %v", name, p.StatusCode, b.named(""))
		}
	}
	if n := w.sim.Calls("auth/getToken"); n != 1 { // of the first login
		t.Errorf("getToken was called %d times", n)
	}
	// After all that the person still comes in.
	if p := b.visit(callback); p.user() != "chan.sm" || p.text("path") != "/residents" {
		t.Errorf("the redirect itself: %d, %q", p.StatusCode, p.user())
	}
}

// Whatever a callback says of an error, nothing of it is repeated.
func TestT38AnErrorWithMarkupIsNotRepeated(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	evils := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "D40000<b>markup", "%0d%0aSet-Cookie: markup=1", "javascript:alert(1)//markup",
		"{{.markup}}", "{env.markup}{http.request.host}", strings.Repeat("markup", 2000), "\x00markup", "\u202emarkup", "\xff\xfemarkup",
	}
	for _, name := range []string{"error", "error_code", "error_description", "error_uri", "message", "state", "code"} {
		for _, evil := range evils {
			for _, started := range []bool{false, true} {
				b := w.browser()
				q := url.Values{}
				if started {
					start := b.press(b.visit("/"), "/iamsmart/login", url.Values{"device": {"this"}})
					to, err := url.Parse(start.Header.Get("Location"))
					if err != nil {
						t.Fatal(err)
					}
					q.Set("state", to.Query().Get("state"))
				}
				q.Set(name, evil)
				p := b.ask(http.MethodGet, w.Gate+"/iamsmart/callback?"+q.Encode(), nil, nil)
				if p.StatusCode < 400 || p.StatusCode > 599 || !strings.Contains(content(p.doc), "Ref") {
					t.Errorf("%s=%.40q: status %d", name, evil, p.StatusCode)
				}
				for _, word := range []string{"markup", "alert(", "<script"} {
					if strings.Contains(p.body, word) || strings.Contains(fmt.Sprint(p.Header), word) {
						t.Errorf("%s=%.40q: the answer repeats %q", name, evil, word)
					}
				}
				if len(b.named("-s"))+len(b.named("-p")) != 0 {
					t.Errorf("%s=%.40q: a session or link-up was begun", name, evil)
				}
			}
		}
	}
	if log := w.log(); strings.Contains(log, "markup") || strings.Contains(log, "alert(") {
		t.Error("the log repeats it")
	}
}

// Flows live in the browsers that start them: however many are started, from one
// address or from many, they cost the server nothing that lasts.
func TestT39TenThousandStartedFlows(t *testing.T) {
	w := newWorld(t, site{Gate: english, Servers: "servers {\n trusted_proxies static 127.0.0.0/8\n}"})
	w.arrive("chan", "chan.sm", "night-shift-7")
	page := w.browser().visit("/residents")
	form := url.Values{"return": {hidden(page, "return")}, "device": {"this"}}.Encode()

	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	start := func(n int) error {
		r, err := http.NewRequest(http.MethodPost, w.Gate+"/iamsmart/login", strings.NewReader(form))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.Gate)
		from := "203.0.113.9"
		if n%2 == 0 {
			from = fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
		}
		r.Header.Set("X-Forwarded-For", from)
		answer, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), w.SimURL) {
			return fmt.Errorf("flow %d: status %d", n, answer.StatusCode)
		}
		return nil
	}
	flood := func(from, to int) {
		var wg sync.WaitGroup
		var next atomic.Int64
		next.Store(int64(from))
		for range 8 {
			wg.Go(func() {
				for n := int(next.Add(1)); n <= to; n = int(next.Add(1)) {
					if err := start(n); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Go(func() { // and others come in meanwhile
			for range 3 {
				if err := w.oneLogin("chan", "chan.sm"); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
	}
	flood(0, 1000) // what is made once, pools and connections, is made now
	before, kept := heap(), w.rows("claims")+w.rows("pendings")+w.rows("sessions")
	flood(1000, 11_000)
	grown := int64(heap()) - int64(before)
	if grown > 8<<20 {
		t.Errorf("ten thousand started flows keep %d bytes", grown)
	}
	t.Logf("ten thousand started flows: the heap grew by %d KiB", grown>>10)
	if n := w.rows("claims") + w.rows("pendings") + w.rows("sessions") - kept; n != 2*3 { // claim and session of the three who came in
		t.Errorf("the store holds %d rows more, want 6", n)
	}
}

// heap is how much memory is in use after everything unused was let go.
func heap() uint64 {
	var m runtime.MemStats
	for range 2 { // the second empties what pools kept from the first
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Cookies that an attacker had in the browser before do not become the victim's:
// each step has an id of its own, and the one before is dead.
func TestT42NoIdIsCarriedIntoALogin(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	attacker := w.arrive("wong", "wong.ml", "ward-two-4")
	planted := attacker.named("-s")
	waiting := w.firstTime("testa")
	pending := waiting.named("-p")

	// Given a browser with the attacker's session, link-up and flow,
	other := w.browser()
	other.submit(other.visit("/planted"), "/iamsmart/login", url.Values{"device": {"this"}})
	b := w.carrying(planted, pending, other.named("-f-"))
	b.at = w.Gate + "/"
	// when the victim logs in there for the first time,
	login := w.browser().visit("/records")
	b.follow(b.decide(login, "chan", "approve")).want(t, 200, "First login")
	// then the session that stood is over, and the link-up is another one,
	if len(b.named("-s")) != 0 {
		t.Error("a session stands beside the link-up")
	}
	first := b.named("-p")
	if maps.Equal(first, pending) || len(first) != 1 {
		t.Errorf("the link-up kept the planted id: %v", first)
	}
	attacker.visit("/").want(t, 401)
	// which the attacker's cookie does not lead to,
	b.password("chan.sm", "night-shift-7").want(t, 200, "Is this your account?")
	seen := w.carrying(pending)
	if p := seen.visit("/iamsmart/link"); strings.Contains(p.body, "chan.sm") {
		t.Error("the planted cookie shows the victim's account")
	}
	// and whose end is a session of yet another id.
	b.submit(b.visit("/iamsmart/link"), "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "chan.sm")
	linked := b.named("-s")
	if len(linked) != 1 || maps.Equal(linked, planted) || len(b.named("-p")) != 0 {
		t.Errorf("after the link: %v", b.named(""))
	}
	w.carrying(planted).visit("/").want(t, 401)
	w.carrying(first).visit("/iamsmart/link").want(t, 403)
	for _, value := range first { // an id of the one kind is none of the other
		for name := range linked {
			w.carrying(map[string]string{name: value}).visit("/").want(t, 401)
		}
	}
	// A new login in the same browser renews the id, whoever logs in.
	b.at = w.Gate + "/"
	if p := b.follow(b.decide(w.browser().visit("/"), "chan", "approve")); p.user() != "chan.sm" {
		t.Errorf("the second login: %d, %q", p.StatusCode, p.user())
	}
	if maps.Equal(b.named("-s"), linked) {
		t.Error("the second login kept the id")
	}
	w.carrying(linked).visit("/").want(t, 401)
	// Made-up values are worth nothing, and do not hinder a login.
	made := make(map[string]string)
	for name := range linked {
		made[name] = "MTc2NDAwMDAwMHxBQUFBfEJCQkI="
		made[strings.TrimSuffix(name, "-s")+"-p"] = "x"
		made[strings.TrimSuffix(name, "-s")+"-f-AAAAAAAA"] = "y"
	}
	preset := w.carrying(made)
	if p := preset.follow(preset.decide(preset.visit("/"), "chan", "approve")); p.user() != "chan.sm" {
		t.Errorf("with made-up cookies: %d, %q", p.StatusCode, p.user())
	}
}
