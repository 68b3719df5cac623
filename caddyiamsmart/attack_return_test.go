package caddyiamsmart_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// leadAway are addresses that have led away from other gates, or round in them.
var leadAway = []string{
	"//evil.example", "/\\evil.example", "/%5cevil.example", "/%2f%2fevil.example", "/%2fevil.example", "/\tevil.example", "/%09/evil.example",
	"/%0d%0aLocation:%20https://evil.example", "/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example", "/;/../..//evil.example",
	"/public/..%2F%5cevil.example%2F%3f%2F..%2F..", "///evil.example", "/%252f%252fevil.example", "https://evil.example", "https:evil.example",
	"javascript:alert(1)", "data:text/html,evil", "evil.example", "@evil.example", ".evil.example", ":80@evil.example", "?next=//evil.example",
	"#//evil.example", "/%E3%80%B1evil.example", "/a/..;//evil.example", "/%00//evil.example", "/%u002f/evil.example", " //evil.example",
}

// collected are addresses that others gathered, where they lie beside the
// repository; without them the list above has to do.
func collected(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../shared/corpus/openredirects.txt")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	lines := slices.Clone(leadAway)
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines
}

// staysHere tells whether a browser that reads an address on a page of the gate
// stays at the gate.
func (w *world) staysHere(address string) bool {
	read := strings.Map(func(c rune) rune { // as browsers do before they parse
		switch c {
		case '\t', '\n', '\r':
			return -1
		case '\\':
			return '/'
		}
		return c
	}, strings.TrimFunc(address, func(c rune) bool { return c <= ' ' }))
	base, err := url.Parse(w.Gate + "/page")
	if err != nil {
		return false
	}
	to, err := base.Parse(read)
	return err == nil && to.Scheme+"://"+to.Host == w.Gate && to.User == nil
}

// away lists what of an answer leads to another place than the gate. The start
// of a login leads to iAM Smart, which is told the registered address to lead back.
func (w *world) away(p *shown) (found []string) {
	if to := p.Header.Get("Location"); to != "" && !w.staysHere(to) {
		u, err := url.Parse(to)
		if err != nil || !strings.HasPrefix(to, w.SimURL+"/") || u.Query().Get("redirectURI") != w.Gate+"/iamsmart/callback" {
			found = append(found, "Location: "+to)
		}
	}
	if to := p.Header.Get("Refresh"); to != "" {
		found = append(found, "Refresh: "+to)
	}
	for n := range p.doc.Descendants() {
		for _, name := range []string{"href", "src", "action", "formaction", "data", "content"} {
			to := attr(n, name)
			if to == "" || name == "content" && attr(n, "http-equiv") == "" {
				continue
			}
			if moreInfo := "https://www.iamsmart.gov.hk/"; !w.staysHere(to) && !strings.HasPrefix(to, moreInfo) {
				found = append(found, name+"="+to)
			}
		}
	}
	return found
}

// targetOf asks for a request target exactly as it is written.
func targetOf(raw string) func(*http.Request) {
	path, query, has := strings.Cut(raw, "?")
	return func(r *http.Request) {
		if plain, err := url.PathUnescape(path); err == nil && strings.HasPrefix(path, "//") { // an opaque URL would become an absolute one
			r.URL.Path, r.URL.RawPath, r.URL.RawQuery = plain, path, query
			return
		}
		r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: path, RawQuery: query, ForceQuery: has && query == ""}
	}
}

func TestT45NoAddressLeadsAwayFromAnyEndpoint(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	linked := w.arrive("chan", "chan.sm", "night-shift-7")
	links := w.firstTime("wong")
	confirm := links.password("wong.ml", "ward-two-4").want(t, 200, "wong.ml")
	logout := linked.visit("/iamsmart/logout")

	type visit struct {
		browser     *browser
		method, how string
		address     string
		form        url.Values
		raw         func(*http.Request)
	}
	try := func(v visit) (*shown, error) {
		one := w.carrying(v.browser.cookies["localhost"])
		one.at = w.Gate + "/x"
		p, err := one.try(v.method, v.address, v.form, v.raw)
		if err == nil {
			for _, to := range w.away(p) {
				t.Errorf("%s: status %d leads to %s", v.how, p.StatusCode, to)
			}
		}
		return p, err
	}
	nobody := w.browser()
	each := func(line string) error {
		named := url.Values{}
		for _, name := range []string{"return", "here", "next", "rd", "url", "redirect", "redirect_uri", "redirectURI", "continue", "lang"} {
			named.Set(name, line)
		}
		query := "?" + named.Encode()
		form := func(more ...string) url.Values {
			filled := url.Values{}
			for name, values := range named {
				filled[name] = values
			}
			for i := 0; i < len(more); i += 2 {
				filled.Set(more[i], more[i+1])
			}
			return filled
		}
		endpoint := w.Gate + "/iamsmart/"
		visits := []visit{
			{nobody, "GET", "login", endpoint + "login" + query, nil, nil},
			{nobody, "POST", "start", endpoint + "login", form(), nil},
			{nobody, "GET", "callback", endpoint + "callback" + query, nil, nil},
			{nobody, "POST", "language", endpoint + "language" + query, form(), nil},
			{links, "GET", "link", endpoint + "link" + query, nil, nil},
			{links, "POST", "a link step with a wrong token", endpoint + "link", form("step", "password", "token", line), nil},
			{linked, "GET", "login of one who is logged in", endpoint + "login" + query, nil, nil},
			{linked, "GET", "logout", endpoint + "logout" + query, nil, nil},
			{linked, "POST", "logout with a wrong token", endpoint + "logout" + query, form("token", line), nil},
			{linked, "GET", "nothing there", endpoint + "nothing" + query, nil, nil},
		}
		for _, v := range visits {
			v.how += " with " + line
			if _, err := try(v); err != nil {
				return err
			}
		}
		if !strings.HasPrefix(line, "/") || strings.ContainsFunc(line, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
			return nil // no request target
		}
		// The page that was asked for, and where its language switch and its button lead.
		p, err := try(visit{nobody, "GET", "the page " + line, w.Gate + "/", nil, targetOf(line)})
		if err != nil {
			return err
		}
		sealed := hidden(p, "return")
		if p.StatusCode == http.StatusUnauthorized && sealed == "" {
			t.Errorf("%s: the login page keeps no address", line)
		}
		for _, v := range []visit{
			{nobody, "POST", "language", endpoint + "language", url.Values{"return": {sealed}, "lang": {"en"}}, nil},
			{nobody, "POST", "start", endpoint + "login", url.Values{"return": {sealed}, "device": {"this"}}, nil},
		} {
			v.how += " on the page " + line
			if _, err := try(v); err != nil {
				return err
			}
		}
		return nil
	}

	lines := collected(t)
	if raceDetector { // which is not what this looks for, and slow
		lines = slices.DeleteFunc(lines, func(line string) bool { return len(line)%4 != 0 })
	}
	work := make(chan string)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for line := range work {
				if err := each(line); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		})
	}
	for _, line := range lines {
		work <- line
	}
	close(work)
	wg.Wait()
	t.Logf("%d addresses", len(lines))

	// None of it did anything.
	links.at = w.Gate + "/iamsmart/link"
	p := links.follow(links.ask(http.MethodPost, w.Gate+"/iamsmart/link", url.Values{
		"token": {hidden(confirm, "token")}, "step": {"confirm"}, "answer": {"yes"}, "return": {"//evil.example"}, "next": {"//evil.example"},
	}, nil)).want(t, 200, "wong.ml")
	for _, to := range w.away(p) {
		t.Errorf("the page after the link-up leads to %s", to)
	}
	linked.at = w.Gate + "/iamsmart/logout"
	p = linked.submit(logout, "/iamsmart/logout", url.Values{}).want(t, 200, "logged out")
	for _, to := range w.away(p) {
		t.Errorf("the page after logout leads to %s", to)
	}
}

// The address that a link-up leads on to is the one of the page that was asked
// for, or the first page where that leads away or round.
func TestT45T46T47WhereALoginAndALinkUpEnd(t *testing.T) {
	addresses := map[string]string{
		"/residents?a=b%26c": "/residents?a=b%26c", "/a%2Fb;jsessionid=1A2B": "/a%2Fb;jsessionid=1A2B",
		"//evil.example": "/", "/%5cevil.example": "/", "/..//evil.example": "/", "/public/..%2F%5cevil.example%2F%3f%2F..%2F..": "/",
		"/%09/evil.example": "/", "/leave": "/", "/leave?really=1": "/", "/x/../leave": "/",
		"/iamsmart/login": "/", "/iamsmart/login?return=/iamsmart/login": "/",
	}
	var people []simulator.Person
	for range addresses {
		people = append(people, simulator.Person{Name: "p" + string(rune('a'+len(people))), EnglishName: "SAMPLE, One"})
	}
	w := newWorld(t, site{Gate: english + "app_logout /leave", Simulator: simulator.Options{Persons: people}})
	n := 0
	for asked, want := range addresses {
		person, account := people[n].Name, "user-"+people[n].Name
		w.legacy.mu.Lock()
		w.legacy.accounts[account] = "one-word-8"
		w.legacy.mu.Unlock()
		n++

		first := w.browser()
		p := first.ask(http.MethodGet, w.Gate+"/", nil, targetOf(asked)).want(t, 401)
		first.at = w.Gate + "/"
		first.follow(first.decide(p, person, "approve")).want(t, 200, "First login")
		p = first.linkUp(account, "one-word-8").want(t, 200, account)
		links := find(p.doc, "a")
		if len(links) == 0 || attr(links[0], "href") != want {
			t.Errorf("asked for %s, the link-up leads to %q, want %q", asked, attr(links[0], "href"), want)
		}
		for _, to := range w.away(p) {
			t.Errorf("asked for %s, the link-up leads to %s", asked, to)
		}

		again := w.browser()
		p = again.ask(http.MethodGet, w.Gate+"/", nil, targetOf(asked))
		again.at = w.Gate + "/"
		back := again.decide(p, person, "approve")
		again.at = w.SimURL
		if p = again.ask(http.MethodGet, back.Header.Get("Location"), nil, nil); p.Header.Get("Location") != w.Gate+want {
			t.Errorf("asked for %s, the login leads to %s, want %s", asked, p.Header.Get("Location"), want)
		}
		again.at = w.Gate + "/"
		if p = again.visit("/"); p.user() != account {
			t.Errorf("asked for %s: after the login %d, %q", asked, p.StatusCode, p.user())
		}
	}
	// From a page of the gate, too, a login ends at the application.
	person, account := people[0].Name, "user-"+people[0].Name
	for _, from := range []string{"/iamsmart/login", "/iamsmart/logout", "/iamsmart/callback?state=x&code=y", "/iamsmart/link"} {
		b := w.browser()
		if p := b.follow(b.decide(b.visit(from), person, "approve")); p.user() != account || p.text("path") != "/" {
			t.Errorf("from %s: %d, %q at %q", from, p.StatusCode, p.user(), p.text("path"))
		}
	}
}

// The address that iAM Smart leads back to is the configured one, whatever the
// request says its host is.
func TestT48TheCallbackAddressIsConfiguration(t *testing.T) {
	w := newWorld(t, site{Gate: english, More: `http://:{{.Port2}} {
	iamsmart {
		realm second
		public_url {{.Gate2}}
		accounts form {{.App2}}/login {
			fields user pass
		}
	}
	reverse_proxy {{.App2Host}}
}`})
	hosts := []string{
		strings.TrimPrefix(w.Gate2, "http://"), "localhost", "LOCALHOST", "localhost.", "evil.example", "localhost.evil.example", "localhost@evil.example",
		"evil.example:80", "localhost:80:evil.example", "127.0.0.1", "[::1]", "xn--evil-.example", "localhost%2eevil.example",
	}
	started := 0
	for _, host := range hosts {
		mend := func(r *http.Request) {
			r.Host = host
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Origin", "http://"+host)
			r.Header.Set("X-Forwarded-Host", host)
		}
		b := w.browser()
		page := b.ask(http.MethodGet, w.Gate2+"/records", nil, mend)
		sealed := hidden(page, "return")
		if sealed == "" {
			sealed = hidden(w.browser().visit(w.Gate2+"/records"), "return")
		}
		start := b.ask(http.MethodPost, w.Gate2+"/iamsmart/login", url.Values{"return": {sealed}, "device": {"this"}}, mend)
		for _, p := range []*shown{page, start} {
			to := p.Header.Get("Location")
			u, err := url.Parse(to)
			switch {
			case strings.Contains(p.body+to, "evil"):
				t.Errorf("%s: the answer repeats the host: %s", host, to)
			case strings.HasPrefix(to, w.SimURL+"/"):
				started++
				if err != nil || u.Query().Get("redirectURI") != w.Gate2+"/iamsmart/callback" {
					t.Errorf("%s: a login starts with %s", host, to)
				}
			case to != "" && !strings.HasPrefix(to, w.Gate2+"/"):
				t.Errorf("%s: led to %s", host, to)
			}
		}
	}
	if started == 0 {
		t.Error("no login was started at all")
	}
}
