package session_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// bearing is a request that brings cookies, name and value in turn.
func bearing(pairs ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://records.example/", nil)
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Add("Cookie", pairs[i]+"="+pairs[i+1])
	}
	return r
}

// given is all that a desk gives to a browser in one login and link-up.
func (d *desk) given() map[string]*http.Cookie {
	d.t.Helper()
	w := httptest.NewRecorder()
	draft, err := d.Draft(d.link)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Adopt(w, draft)
	flow, err := d.StartFlow(w, bearing(), session.Return{Address: "/" + strings.Repeat("a", 511)}, false)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.SetPending(w, []byte("an id of a pending link-up, 32 b")); err != nil {
		d.t.Fatal(err)
	}
	d.Remember(w, "zh-HK")
	cookies := make(map[string]*http.Cookie)
	for _, c := range w.Result().Cookies() {
		switch {
		case strings.HasSuffix(c.Name, "-f-"+flow.State[:8]):
			cookies["flow"] = c
		case strings.HasSuffix(c.Name, "-s"):
			cookies["session"] = c
		case strings.HasSuffix(c.Name, "-p"):
			cookies["pending"] = c
		case strings.HasSuffix(c.Name, "-l"):
			cookies["language"] = c
		default:
			d.t.Errorf("a cookie that nobody planned: %s", c.Name)
		}
	}
	return cookies
}

func TestCookiesAreBoundToTheHostAndOutOfReachOfScripts(t *testing.T) {
	d := open(t)
	cookies := d.given()
	tag := regexp.MustCompile(`^__Host-Http-iamsmart-[a-z2-7]{8}-`)
	for kind, want := range map[string]struct {
		maxAge time.Duration // 0: ends with the browser
		size   int           // most bytes of the value
	}{
		"session":  {0, 199},
		"flow":     {20 * time.Minute, 1100},
		"pending":  {30 * time.Minute, 199},
		"language": {365 * 24 * time.Hour, 10},
	} {
		c := cookies[kind]
		if c == nil {
			t.Errorf("%s: no such cookie", kind)
			continue
		}
		if !tag.MatchString(c.Name) || !strings.HasPrefix(c.Name, session.CookiePrefix) {
			t.Errorf("%s: is named %s", kind, c.Name)
		}
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%s: attributes are %s", kind, c.Raw)
		}
		if c.MaxAge != int(want.maxAge/time.Second) || !c.Expires.IsZero() {
			t.Errorf("%s: lasts %d s: %s", kind, c.MaxAge, c.Raw)
		}
		if want.maxAge == 0 && strings.Contains(strings.ToLower(c.Raw), "max-age") {
			t.Errorf("%s: has a Max-Age: %s", kind, c.Raw)
		}
		if len(c.Value) == 0 || len(c.Value) > want.size {
			t.Errorf("%s: %d bytes, want at most %d", kind, len(c.Value), want.size)
		}
	}
	if cookies["session"].Name != d.SessionCookie() {
		t.Errorf("the session is looked for in %s and set in %s", d.SessionCookie(), cookies["session"].Name)
	}
}

func TestWhatTakesACookieAwayHasItsNameAndAttributes(t *testing.T) {
	d := open(t)
	cookies := d.given()
	flow := cookies["flow"]
	w := httptest.NewRecorder()
	d.Drop(w)
	d.DropPending(w)
	d.ForgetFlows(w, bearing(flow.Name, flow.Value))
	for _, kind := range []string{"session", "pending", "flow"} {
		c := only(t, w, cookies[kind].Name)
		if c.MaxAge >= 0 || c.Value != "" || !c.Secure || !c.HttpOnly || c.Path != "/" {
			t.Errorf("%s: %s", kind, c.Raw)
		}
	}
}

func TestEachRealmAndAppHasCookieNamesOfItsOwn(t *testing.T) {
	d := open(t)
	seen := make(map[string]string)
	for _, pair := range [][2]string{{"realm", "app"}, {"realm", "app2"}, {"realm2", "app"}, {"app", "realm"}, {"rea", "lmapp"}, {"", "realmapp"}} {
		name := d.manager(pair[0], "client", pair[1], "records.example").SessionCookie()
		if was, ok := seen[name]; ok {
			t.Errorf("%q and %s share the name %s", pair, was, name)
		}
		seen[name] = fmt.Sprint(pair)
	}
	if name := d.manager("realm", "client", "app", "other.example").SessionCookie(); seen[name] == "" {
		t.Errorf("another host has another name, %s: it needs none", name)
	}
}

func TestT31TwoCookiesOfOneNameMeanNobody(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	for n := range 4 {
		v, err := d.Identify(context.Background(), cookie, n, true)
		if _, linked := v.(session.Linked); err != nil || linked != (n == 1) {
			t.Errorf("%d cookies: %#v, %v", n, v, err)
		}
	}

	given := d.given()
	pending, language := given["pending"], given["language"]
	if _, ok := d.Pending(bearing(pending.Name, pending.Value)); !ok {
		t.Error("one pending cookie is not believed")
	}
	if d.Remembered(bearing(language.Name, language.Value)) != "zh-HK" {
		t.Error("the language is not remembered")
	}
	for _, second := range []string{pending.Value, "x", ""} {
		for _, r := range []*http.Request{
			bearing(pending.Name, pending.Value, pending.Name, second),
			bearing(pending.Name, second, pending.Name, pending.Value),
		} {
			if _, ok := d.Pending(r); ok {
				t.Errorf("two pending cookies, one of them %.5q, are believed", second)
			}
		}
	}
	if got := d.Remembered(bearing(language.Name, "en", language.Name, "zh-HK")); got != "" {
		t.Errorf("of two languages %q is believed", got)
	}
	if _, ok := d.Pending(bearing()); ok {
		t.Error("no pending cookie is believed")
	}
}

func TestT31BrokenCookiesAreNobodyAndNoTrouble(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	for name, value := range map[string]string{
		"nothing":        "",
		"rubbish":        "rubbish",
		"markup":         "<script>alert(1)</script>",
		"zeros":          "\x00\x00\x00",
		"8-bit":          "\xff\xfe\xa4\xa4",
		"quoted":         `"` + cookie + `"`,
		"twice":          cookie + cookie,
		"followed":       cookie + "A",
		"padded":         cookie + "=",
		"blank behind":   cookie + " ",
		"line end":       cookie + "\n",
		"folded":         cookie[:40] + "\r\n" + cookie[40:],
		"upper case":     strings.ToUpper(cookie),
		"over 4 KiB":     strings.Repeat(cookie, 40),
		"a megabyte":     strings.Repeat("A", 1<<20),
		"$Version":       "$Version=1; " + cookie,
		"percent escape": "%" + fmt.Sprintf("%x", cookie[0]) + cookie[1:],
	} {
		d.nobody(value, name)
	}
	for n := range len(cookie) {
		d.nobody(cookie[:n], fmt.Sprintf("cut to %d bytes", n))
		for _, flip := range []byte{1, 2, 4, 0x20} {
			altered := []byte(cookie)
			altered[n] ^= flip
			d.nobody(string(altered), fmt.Sprintf("byte %d altered by %#x", n, flip))
		}
	}
	d.linked(cookie)
}

// offers tries a value for every purpose of a desk and lists those for which it
// is believed.
func (d *desk) offers(value string, state string) (believed []string) {
	if _, ok := d.who(d.Manager, value, false).(session.Linked); ok {
		believed = append(believed, "session")
	}
	given := d.given()
	prefix := given["flow"].Name[:len(given["flow"].Name)-8]
	if _, err := d.Flow(bearing(prefix+state[:8], value), state); err == nil {
		believed = append(believed, "flow")
	}
	if _, ok := d.Pending(bearing(given["pending"].Name, value)); ok {
		believed = append(believed, "pending")
	}
	if _, _, ok := d.OpenReturn(value); ok {
		believed = append(believed, "return")
	}
	return believed
}

func TestValuesAreGoodInOneRealmAppHostAndPurposeOnly(t *testing.T) {
	home := open(t)
	place := func(realm, clientID, app, host string) *desk {
		d := *home
		if clientID != "client" || app != "app" {
			d.linkIn(clientID, app)
		}
		d.Manager = d.manager(realm, clientID, app, host)
		return &d
	}
	desks := map[string]*desk{
		"home":                          home,
		"another realm":                 place("realm2", "client2", "app", "records.example"),
		"a realm of the same Client ID": place("realm3", "client", "app", "records.example"),
		"another app":                   place("realm", "client", "app2", "records.example"),
		"another host":                  place("realm", "client", "app", "other.example"),
	}
	for maker, from := range desks {
		session1 := from.login(session.Nobody{})
		flow, cookie := from.start(session.Return{Address: "/"})
		values := map[string]string{
			"session": session1,
			"flow":    cookie.Value,
			"pending": from.given()["pending"].Value,
			"return":  from.SealReturn(session.Return{Address: "/"}),
		}
		for purpose, value := range values {
			for taker, to := range desks {
				// Cached by its own gate first, and then as after a restart.
				cold := *to
				cold.cache = new(session.Cache)
				for _, to := range []*desk{to, &cold} {
					got := strings.Join(to.offers(value, flow.State), " ")
					want := ""
					if maker == taker {
						want = purpose
					}
					if got != want {
						t.Errorf("%s of %s at %s is good for %q, want %q", purpose, maker, taker, got, want)
					}
				}
			}
		}
	}
}

// notedKeys remember which keys were asked for.
type notedKeys struct {
	session.Keys
	labels [][]string
}

func (k *notedKeys) Derive(n int, labels ...string) [][]byte {
	k.labels = append(k.labels, labels)
	return k.Keys.Derive(n, labels...)
}

func TestEachPurposeHasAKeyOfItsOwn(t *testing.T) {
	d := open(t)
	keys := &notedKeys{Keys: d.keys}
	d.keys = keys
	m := d.manager("realm", "client", "app", "records.example")
	m.PendingToken(store.ID{}, "link")
	purposes := make(map[string]bool)
	for _, labels := range keys.labels {
		if len(labels) != 4 || labels[1] != "realm" || labels[2] != "app" || labels[3] != "records.example" {
			t.Errorf("a key is made for %q", labels)
		}
		purposes[labels[0]] = true
	}
	if len(purposes) != 6 { // session, flow, pending, return, direct login, and the forms of a link-up
		t.Errorf("there are keys for %v", purposes)
	}
}

func TestASessionRowOfAnotherPlaceIsNobody(t *testing.T) {
	d := open(t)
	for name, move := range map[string]func(*store.Session){
		"Client ID": func(s *store.Session) { s.ClientID = "client2" },
		"app":       func(s *store.Session) { s.App = "app2" },
		"host":      func(s *store.Session) { s.Host = "other.example" },
	} {
		t.Run(name, func(t *testing.T) {
			d := *d
			d.t = t
			draft, err := d.Draft(d.link)
			if err != nil {
				t.Fatal(err)
			}
			move(&draft.Row)
			if name != "host" {
				d.linkIn(draft.Row.ClientID, draft.Row.App)
				draft.Row.LinkID = d.link.ID
			}
			w := httptest.NewRecorder()
			if err := d.Open(context.Background(), w, draft, session.Nobody{}); err != nil {
				t.Fatal(err)
			}
			d.nobody(only(t, w, d.SessionCookie()).Value, "a row of another "+name)
		})
	}
}
