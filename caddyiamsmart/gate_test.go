package caddyiamsmart_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
)

func with(headers map[string]string) func(*http.Request) {
	return func(r *http.Request) {
		for name, value := range headers {
			if value == "" {
				r.Header.Del(name)
			} else {
				r.Header.Set(name, value)
			}
		}
	}
}

func TestNavigationsGetPagesAndEverythingElse401(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	cases := []struct {
		name, method string
		headers      map[string]string
		want         string // page, frame or json
	}{
		{"a navigation", "GET", nil, "page"},
		{"an old browser", "GET", map[string]string{"Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "", "Sec-Fetch-User": "", "Sec-Fetch-Site": ""}, "page"},
		{"a form that is sent", "POST", nil, "page"},
		{"fetch", "GET", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, "json"},
		{"an image", "GET", map[string]string{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, "json"},
		{"an old XMLHttpRequest", "GET", map[string]string{"Sec-Fetch-Mode": "", "X-Requested-With": "XMLHttpRequest"}, "json"},
		{"an API client", "GET", map[string]string{"Sec-Fetch-Mode": "", "Accept": "application/json"}, "json"},
		{"no Accept at all", "GET", map[string]string{"Sec-Fetch-Mode": "", "Accept": ""}, "json"},
		{"PUT", "PUT", nil, "json"},
		{"a preflight", "OPTIONS", map[string]string{"Access-Control-Request-Method": "PUT", "Origin": "https://elsewhere.example"}, "json"},
		{"an iframe", "GET", map[string]string{"Sec-Fetch-Dest": "iframe"}, "frame"},
		{"a frame", "GET", map[string]string{"Sec-Fetch-Dest": "frame"}, "frame"},
		{"an object", "GET", map[string]string{"Sec-Fetch-Dest": "object"}, "json"},
		{"a prefetch", "GET", map[string]string{"Sec-Purpose": "prefetch;prerender"}, "json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := w.browser()
			p := b.ask(c.method, w.Gate+"/residents", nil, with(c.headers))
			if p.StatusCode != 401 {
				t.Fatalf("status %d", p.StatusCode)
			}
			if p.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control %q", p.Header.Get("Cache-Control"))
			}
			switch c.want {
			case "page":
				p.want(t, 401, "Log in to Care records")
				if p.Header.Get("X-Frame-Options") != "DENY" {
					t.Error("the login page may be framed")
				}
			case "frame":
				links := find(p.doc, "a")
				if len(links) != 1 || attr(links[0], "target") != "_top" || attr(links[0], "href") != "/iamsmart/login" {
					t.Errorf("no way out of the frame:\n%s", p.body)
				}
			case "json":
				var body struct{ Error, Login string }
				if err := json.Unmarshal([]byte(p.body), &body); err != nil || body.Error != "login_required" || body.Login != "/iamsmart/login" {
					t.Errorf("body %q: %v", p.body, err)
				}
			}
			if len(b.cookies["localhost"]) != 0 {
				t.Error("a cookie was set")
			}
		})
	}
	if _, n := w.legacy.last(); n != 0 {
		t.Errorf("%d requests reached the application", n)
	}
}

func TestT49ThePagesAreNotForScripts(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	for _, path := range []string{"login", "callback?state=x&code=y", "link", "logout"} {
		for name, headers := range map[string]map[string]string{
			"fetch":         {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"},
			"iframe":        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"},
			"object":        {"Sec-Fetch-Dest": "object", "Sec-Fetch-Site": "same-origin"},
			"old XHR":       {"Sec-Fetch-Mode": "", "X-Requested-With": "XMLHttpRequest"},
			"a prefetch":    {"Sec-Purpose": "prefetch"},
			"a worker said": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "serviceworker"},
		} {
			if p := b.ask(http.MethodGet, w.Gate+"/iamsmart/"+path, nil, with(headers)); p.StatusCode != 403 || strings.Contains(p.body, "<form") {
				t.Errorf("%s of %s: status %d\n%s", name, path, p.StatusCode, p.body)
			}
		}
	}
	p := b.ask(http.MethodGet, w.Gate+"/sw.js", nil, with(map[string]string{"Service-Worker": "script", "Sec-Fetch-Mode": "same-origin"}))
	if p.StatusCode != 403 {
		t.Errorf("a service worker's script: %d", p.StatusCode)
	}
}

func TestAServiceWorkerPassesWhereTheOperatorAllowsIt(t *testing.T) {
	w := newWorld(t, site{Gate: english + "\nservice_workers allow"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	script := with(map[string]string{"Service-Worker": "script", "Sec-Fetch-Mode": "same-origin"})
	if p := b.ask(http.MethodGet, w.Gate+"/sw.js", nil, script); p.user() != "chan.sm" {
		t.Errorf("the application is not asked: %d", p.StatusCode)
	}
	if p := w.browser().ask(http.MethodGet, w.Gate+"/sw.js", nil, script); p.StatusCode != 401 {
		t.Errorf("without login: %d", p.StatusCode)
	}
	// Not even then is one for the gate's own pages.
	if p := b.ask(http.MethodGet, w.Gate+"/iamsmart/login", nil, script); p.StatusCode != 403 {
		t.Errorf("a script among the gate's own pages: %d", p.StatusCode)
	}
}

// Caddy's access log says who sent a request: by the account's name, or by a
// pseudonym where the operator wants no name in it.
func TestTheAccessLogNamesTheAccountAsConfigured(t *testing.T) {
	for option, named := range map[string]bool{"": true, "log_account name": true, "log_account hash": false} {
		t.Run(option, func(t *testing.T) {
			w := newWorld(t, site{Gate: english + "\n" + option})
			b := w.arrive("chan", "chan.sm", "night-shift-7")
			b.visit("/records/somewhere").want(t, 200, "chan.sm")
			var userID string
			for _, line := range strings.Split(w.log(), "\n") {
				var entry struct {
					UserID  string `json:"user_id"`
					Request struct{ URI string }
				}
				if json.Unmarshal([]byte(line), &entry) == nil && entry.Request.URI == "/records/somewhere" && entry.UserID != "" {
					userID = entry.UserID
				}
			}
			if named != (userID == "chan.sm") || userID == "" {
				t.Errorf("the access log calls the person %q", userID)
			}
			if !named && !strings.Contains(w.log(), `"person":"`+userID+`"`) {
				t.Errorf("no line of the gate has the pseudonym %q, so the two logs cannot be read together", userID)
			}
		})
	}
}

// foreignPosts are the headers of forms that no page of the gate has sent.
var foreignPosts = map[string]map[string]string{
	"from another site":                 {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
	"from a sibling":                    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
	"from an old browser, another site": {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Origin": "https://evil.example"},
	"from an old browser, no Origin":    {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": ""},
	"from an old browser, Origin: null": {"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Origin": "null"},
	"as text/plain":                     {"Content-Type": "text/plain"},
	"as multipart":                      {"Content-Type": "multipart/form-data; boundary=x"},
}

func TestT55ForeignFormsDoNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	logout := b.visit("/iamsmart/logout")
	token := url.Values{"token": {hidden(logout, "token")}}
	for name, headers := range foreignPosts {
		t.Run(name, func(t *testing.T) {
			if p := b.ask(http.MethodPost, w.Gate+"/iamsmart/logout", token, with(headers)); p.StatusCode < 400 {
				t.Errorf("status %d", p.StatusCode)
			}
			if p := b.visit("/"); p.user() != "chan.sm" {
				t.Fatalf("logged out: %d", p.StatusCode)
			}
		})
	}
	b.ask(http.MethodPost, w.Gate+"/iamsmart/logout", url.Values{"token": {"AAAA"}}, nil).want(t, 403) // our own page, a token of nobody's
	// An old browser with our Origin may.
	p := b.ask(http.MethodPost, w.Gate+"/iamsmart/logout", token,
		with(map[string]string{"Sec-Fetch-Site": "", "Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "", "Origin": w.Gate}))
	p.want(t, 200, "logged out")
	if p.Header.Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data: %q", p.Header.Get("Clear-Site-Data"))
	}
}

func TestT40LogoutEndsTheSessionForGood(t *testing.T) {
	w := newWorld(t, site{Gate: english + "app_logout /logout"})
	for name, leave := range map[string]func(*browser){
		"by our button": func(b *browser) {
			b.submit(b.visit("/iamsmart/logout"), "/iamsmart/logout", nil).want(t, 200, "You are logged out here")
		},
		"by the application's own link": func(b *browser) {
			p := b.visit("/logout")
			if p.text("path") != "/logout" || p.Header.Get("Clear-Site-Data") == "" {
				t.Errorf("the application did not see its logout: %d %s", p.StatusCode, p.body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			if p := b.login("chan", "approve"); p.StatusCode != 200 || p.user() == "" {
				b.linkUp("chan.sm", "night-shift-7")
			}
			kept := b.named("-s")
			leave(b)
			if len(b.named("-s")) != 0 {
				t.Error("the browser still has the cookie")
			}
			b.visit("/").want(t, 401)
			thief := w.browser()
			thief.cookies["localhost"] = kept
			thief.visit("/").want(t, 401)
		})
	}
	t.Run("but not by an image on another site", func(t *testing.T) {
		b := w.browser()
		b.login("chan", "approve")
		b.ask(http.MethodGet, w.Gate+"/logout", nil, with(map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}))
		b.ask(http.MethodGet, w.Gate+"/iamsmart/logout", nil, nil)
		if p := b.visit("/"); p.user() != "chan.sm" {
			t.Errorf("logged out: %d", p.StatusCode)
		}
	})
}

// The application's own logout is known in every way in which the application
// may read its address, and nothing else ends the session.
func TestTheApplicationsLogoutIsKnownInEverySpelling(t *testing.T) {
	for _, c := range []struct {
		option, target string
		ends           bool
	}{
		{"/logout", "/logout", true}, {"/logout", "/logout/", true}, {"/logout", "/LOGOUT", true}, {"/logout", "/log%6fut", true},
		{"/logout", "/logout;jsessionid=1", true}, {"/logout", "/logout?x=y", true}, {"/logout", "/logouts", false}, {"/logout", "/a/logout", false},
		{"/doku.php?do=logout", "/doku.php?id=start&do=logout", true}, {"/doku.php?do=logout", "/doku.php?do=log%6fut", true},
		{"/doku.php?do=logout", "/doku.php?do=show&do=logout", true}, {"/doku.php?do=logout", "/doku.php?do=show", false}, {"/doku.php?do=logout", "/doku.php", false},
	} {
		t.Run(c.target, func(t *testing.T) {
			w := newWorld(t, site{Gate: english + "app_logout " + c.option})
			b := w.arrive("chan", "chan.sm", "night-shift-7")
			b.ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) {
				path, query, _ := strings.Cut(c.target, "?")
				r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: path, RawQuery: query}
			})
			if left := b.visit("/").StatusCode == 401; left != c.ends {
				t.Errorf("with 'app_logout %s', %s ends the session: %v", c.option, c.target, left)
			}
		})
	}
}

func TestT42AnotherPersonsLoginEndsTheFirstSession(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("wong", "wong.ml", "ward-two-4")
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	first := b.named("-s")
	// B logs in on the PC that A has left, from a page that stood open.
	login := w.browser().visit("/")
	b.follow(b.decide(login, "wong", "approve"))
	if p := b.visit("/"); p.user() != "wong.ml" {
		t.Fatalf("greeted as %q", p.user())
	}
	thief := w.browser()
	thief.cookies["localhost"] = first
	thief.visit("/").want(t, 401)
}

func TestT31BrokenCookiesMeanNotLoggedIn(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	var name, value string
	for name, value = range b.named("-s") {
	}
	bad := map[string]string{
		"cut":         value[:len(value)-5],
		"one letter":  value[:10] + flip(value[10]) + value[11:],
		"empty":       "",
		"not Base64":  "%%%%",
		"oversize":    strings.Repeat("A", 8000),
		"of the flow": "MTIzfGFiY3xkZWY=",
		"two of them": value + "; " + name + "=" + value,
	}
	for what, cookie := range bad {
		t.Run(what, func(t *testing.T) {
			one := w.browser()
			p := one.ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) { r.Header.Set("Cookie", name+"="+cookie) })
			if p.StatusCode != 401 && p.StatusCode != 431 {
				t.Errorf("status %d", p.StatusCode)
			}
		})
	}
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("the right cookie: %d", p.StatusCode)
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestT30OtherHostsAreLedToTheRegisteredOne(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	other := strings.Replace(w.Gate, "localhost", "127.0.0.1", 1)
	p := b.ask(http.MethodGet, other+"/residents?a=b", nil, nil)
	if p.StatusCode != 303 || p.Header.Get("Location") != w.Gate+"/residents?a=b" {
		t.Errorf("%d to %q", p.StatusCode, p.Header.Get("Location"))
	}
	// The session of the one host is none on the other.
	p = b.ask(http.MethodGet, other+"/api", nil, func(r *http.Request) {
		for name, value := range b.cookies["localhost"] {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		r.Header.Set("Sec-Fetch-Mode", "cors")
	})
	p.want(t, 401)
	// A Host header that lies changes no address of ours.
	p = w.browser().ask(http.MethodPost, w.Gate+"/iamsmart/login", url.Values{"return": {"x"}}, func(r *http.Request) {
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("Forwarded", "host=evil.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	})
	if strings.Contains(p.body+p.Header.Get("Location"), "evil.example") {
		t.Error("a forwarded host is believed")
	}
}

func TestWhatFallsUnderThePrefixNeverReachesTheApplication(t *testing.T) {
	w := newWorld(t, site{Gate: english + "public /open/*"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	_, before := w.legacy.last()
	for _, path := range []string{
		"/iamsmart", "/iamsmart/", "/iamsmart/nothing", "/iamsmart/callback/nothing", "/iamsmart//login", "/IAMSMART/login",
		"/iamsmart;x/login", "/x/../iamsmart/login", "/%69amsmart/login", "/iamsmart%2flogin", "/iamsmart/login/", "/open/../iamsmart/link",
	} {
		p := b.ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: path} })
		if p.StatusCode != 404 && p.StatusCode != 400 {
			t.Errorf("%s: status %d", path, p.StatusCode)
		}
	}
	if r, n := w.legacy.last(); n != before {
		t.Errorf("the application got %s", r.URL.Path)
	}
}

func TestPublicPathsPassWithoutLoginAndWithoutIdentity(t *testing.T) {
	w := newWorld(t, site{Gate: english + "public /open/* /favicon.ico"})
	p := w.browser().ask(http.MethodGet, w.Gate+"/open/a.css", nil, with(map[string]string{"X-Remote-User": "admin", "X_Remote_User": "admin"}))
	p.want(t, 200)
	if p.user() != "" {
		t.Errorf("the application greets %q", p.user())
	}
	for _, path := range []string{"/open", "/opening/x", "/open/..%2fsecret", "/open/%2e%2e/secret", "/open/..;/secret", "/open/%5c..%5csecret", "/favicon.ico/x"} {
		p := w.browser().ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: path} })
		if p.StatusCode != 401 {
			t.Errorf("%s: status %d", path, p.StatusCode)
		}
	}
}

func TestLanguageIsChosenAndRemembered(t *testing.T) {
	w := newWorld(t, site{Gate: "pages {\n service 護理紀錄\n}"})
	b := w.browser()
	p := b.visit("/residents?x=1").want(t, 401, "登入", "智方便登入", "了解更多")
	p = b.submit(p, "/iamsmart/language", url.Values{"lang": {"en"}}).want(t, 401, "Login with iAM Smart")
	if b.at != w.Gate+"/residents?x=1" {
		t.Errorf("the switch led to %s", b.at)
	}
	b.submit(p, "/iamsmart/language", url.Values{"lang": {"zh-CN"}}).want(t, 401, "扫描二维码", "智方便登入")
	b.visit("/elsewhere").want(t, 401, "扫描二维码")
	// Nonsense changes nothing but to the configured one, and leads nowhere else.
	p = b.ask(http.MethodPost, w.Gate+"/iamsmart/language", url.Values{"lang": {"xx"}, "return": {"//evil.example"}, "here": {"https://evil.example"}}, nil)
	if to := p.Header.Get("Location"); to != w.Gate+"/" {
		t.Errorf("led to %q", to)
	}
}

func TestPhonesAreOfferedBothDevices(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.browser()
	b.agent = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
	p := b.visit("/").want(t, 401, "iAM Smart opens on this device", "show the QR code")
	for device, broker := range map[string]string{"this": "true", "other": ""} {
		to, err := url.Parse(b.press(p, "/iamsmart/login", url.Values{"device": {device}}).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if q.Get("brokerPage") != broker || q.Get("source") != "Android_Chrome" || q.Get("lang") != "en-US" {
			t.Errorf("%s device: %v", device, q)
		}
	}
}

func TestASessionIsToldHowLongItHas(t *testing.T) {
	w := newWorld(t, site{Gate: english + "session {\n idle 10m\n max 8h\n}"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	fetch := with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
	var state struct {
		Authenticated bool
		Idle          int `json:"idle_seconds_left"`
		Max           int `json:"max_seconds_left"`
	}
	p := b.ask(http.MethodGet, w.Gate+"/iamsmart/session", nil, fetch)
	if err := json.Unmarshal([]byte(p.body), &state); err != nil || !state.Authenticated || state.Idle < 590 || state.Idle > 600 || state.Max < 8*3600-10 {
		t.Errorf("%s: %v", p.body, err)
	}
	if strings.Contains(p.body, "chan") {
		t.Error("it says who is logged in")
	}
	p = w.browser().ask(http.MethodGet, w.Gate+"/iamsmart/session", nil, fetch)
	if !strings.Contains(p.body, `"authenticated":false`) {
		t.Errorf("nobody's session: %s", p.body)
	}
	if p = w.browser().ask(http.MethodGet, w.Gate+"/iamsmart/health", nil, fetch); p.StatusCode != 200 {
		t.Errorf("health: %d", p.StatusCode)
	}
}

func TestAnswersOfTheApplication(t *testing.T) {
	w := newWorld(t, site{Gate: english + "public /open/*\ncache keep /static/*"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Add("Set-Cookie", session.CookiePrefix+"abc-s=forged; Path=/; Secure; HttpOnly")
		rw.Header().Add("Set-Cookie", `ODD="a b"; Path=/`)
		rw.Header().Set("Cache-Control", "public, max-age=600")
		rw.Header().Set("Content-Type", r.URL.Query().Get("type"))
		rw.Write([]byte("<p id=user>x</p>"))
	}
	p := b.ask(http.MethodGet, w.Gate+"/page?type=text/html", nil, nil)
	if p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("HTML to a linked person: Cache-Control %q", p.Header.Get("Cache-Control"))
	}
	if got := p.Header.Values("Set-Cookie"); len(got) != 1 || got[0] != `ODD="a b"; Path=/` {
		t.Errorf("Set-Cookie: %q", got)
	}
	p = b.ask(http.MethodGet, w.Gate+"/style?type=text/css", nil, nil)
	if cc := p.Header.Get("Cache-Control"); strings.Contains(cc, "public") || !strings.Contains(cc, "private") {
		t.Errorf("style to a linked person: Cache-Control %q", cc)
	}
	p = w.browser().ask(http.MethodGet, w.Gate+"/open/style?type=text/css", nil, nil)
	if cc := p.Header.Get("Cache-Control"); cc != "public, max-age=600" {
		t.Errorf("style to nobody: Cache-Control %q", cc)
	}
	for target, kept := range map[string]bool{
		"/static/style?type=text/css":           true,
		"/static/help?type=text/html":           true,
		"/static/..%2fresidents?type=text/html": false, // an application that decodes it means another page
		"/static/../residents?type=text/html":   false,
	} {
		p := b.ask(http.MethodGet, w.Gate+target, nil, nil)
		if cc := p.Header.Get("Cache-Control"); (cc == "public, max-age=600") != kept {
			t.Errorf("%s to a linked person: Cache-Control %q", target, cc)
		}
	}
}

func TestPathsReachTheApplicationAsTheyCame(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	for _, target := range []string{
		"/a%2Fb", "/x;jsessionid=1A2B?y=%zz", "/%A4%A4%A4%E5.asp", "/a//b", "/a%20b%2fc", "/r%C3%A9sum%C3%A9", "/%7Euser/", "/100%25",
	} {
		p := b.ask(http.MethodGet, w.Gate+"/", nil, func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Opaque: target} })
		if p.StatusCode != 200 {
			t.Errorf("%s: status %d", target, p.StatusCode)
			continue
		}
		if r, _ := w.legacy.last(); r.RequestURI != target {
			t.Errorf("%s arrived as %s", target, r.RequestURI)
		}
	}
}

// T41: somebody may show another person the QR code of a login of their own. No
// program can see that; the page says what to mind, and whose login it is.
func TestT41TheLoginPageWarnsOfForeignCodes(t *testing.T) {
	for language, words := range map[string][]string{
		"en":    {"Log in to Care records", "Confirm only a login that you have just started yourself. Never scan a QR code someone sends you."},
		"zh-HK": {"登入Care records", "只確認你自己剛剛開始的登入，切勿掃描別人傳給你的二維碼。"},
		"zh-CN": {"登入Care records", "只确认你自己刚刚开始的登入，切勿扫描别人发给你的二维码。"},
	} {
		w := newWorld(t, site{Gate: "pages {\n service \"Care records\"\n language " + language + "\n}"})
		w.browser().visit("/").want(t, 401, words...)
	}
}
