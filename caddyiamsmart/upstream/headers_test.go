package upstream_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

var chan3 = upstream.Identity{
	Account: "chan.tm", Person: "p-7f3a", UserType: "HKIC", LinkMethod: "password", Realm: "default", App: "records",
	LoginTime: time.Date(2026, 3, 1, 18, 5, 6, 7, time.FixedZone("HKT", 8*3600)),
}

func mustHeaders(t *testing.T, specs ...upstream.HeaderSpec) *upstream.Headers {
	t.Helper()
	h, err := upstream.NewHeaders(specs)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// stamped are the headers of id on a plain path, put upon what came.
func stamped(h *upstream.Headers, id upstream.Identity, came http.Header) (http.Header, error) {
	header := came.Clone()
	if header == nil {
		header = http.Header{}
	}
	err := h.Render(id).Stamp(header, upstream.Path{})
	return header, err
}

func TestEachPlaceholderHasItsValue(t *testing.T) {
	for template, want := range map[string]string{
		"{iamsmart.account}":             "chan.tm",
		"{iamsmart.person}":              "p-7f3a",
		"{iamsmart.user_type}":           "HKIC",
		"{iamsmart.login_time}":          "2026-03-01T10:05:06Z",
		"{iamsmart.link_method}":         "password",
		"{iamsmart.realm}":               "default",
		"{iamsmart.app}":                 "records",
		"yes":                            "yes",
		"員工":                             "員工",
		`HOME\\{iamsmart.account}`:       `HOME\chan.tm`,
		`a\b`:                            `a\b`,
		`\{{iamsmart.app}\}`:             "{records}",
		"}":                              "}",
		"CN={iamsmart.account},OU=staff": "CN=chan.tm,OU=staff",
		"{iamsmart.account}{iamsmart.realm}@example.test": "chan.tmdefault@example.test",
	} {
		header, err := stamped(mustHeaders(t, upstream.HeaderSpec{Name: "x-iam-user", Template: template}), chan3, nil)
		if err != nil {
			t.Errorf("%s: %v", template, err)
			continue
		}
		if got := header["X-Iam-User"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s gives %q, want %q", template, got, want)
		}
	}
}

func TestAMistakeInAHeaderIsExplained(t *testing.T) {
	for _, c := range []struct{ name, template, want string }{
		{"X-Iam-User", "{iamsmart.acount}", `reading header "X-Iam-User": unknown placeholder {iamsmart.acount}; did you mean {iamsmart.account}?`},
		{"X-Iam-User", "{iamsmart.loginTime}", "did you mean {iamsmart.login_time}?"},
		{"X-Iam-User", "{iamsmart.user-type}", "did you mean {iamsmart.user_type}?"},
		{"X-Iam-User", "{account}", "did you mean {iamsmart.account}?"},
		{"X-Iam-User", "{http.request.host}", "there are {iamsmart.account}, {iamsmart.person}"},
		{"X-Iam-User", "{}", "unknown placeholder {}"},
		{"X-Iam-User", "{iamsmart.account", "no closing brace"},
		{"X-Iam-User", `HOME\{iamsmart.account}`, `write "\\{"`},
		{"X-Iam-User", "{iamsmart.name.zh|nameen}", "placeholder {iamsmart.name.zh|nameen}: unknown placeholder {iamsmart.nameen}; did you mean {iamsmart.name.en}?"},
		{"X-Iam-User", "{iamsmart.name.zh|iamsmart.name.en}", `leave out "iamsmart." behind a bar`},
		{"X-Iam-User", "{iamsmart.name.zh|}", "unknown placeholder {iamsmart.}"},
		{"X-Iam-User", "{|iamsmart.app}", "unknown placeholder {}"},
		{"X-Iam-User", "{iamsmart.name.zh|name.en|name.zh}", "name.zh stands there twice"},
		{"X-Iam-User", "{iamsmart.account.a|account.b|account.c|account.d|account.e|account.f|account.g|account.h|account.i}", "at most 8 names"},
		{"X-Iam-User", "", "the template is empty"},
		{"X-Iam-User", "a\nb", "control character"},
		{"X-Iam-User", " {iamsmart.account}", "begins or ends with a blank"},
		{"X-Iam-User", "{iamsmart.account}\u202e", "direction-changing"},
		{"X-Iam-User", "\xff", "not valid UTF-8"},
		{"X-Iam-User", "{iamsmart.account}" + strings.Repeat("a", 257), "257 bytes of literals"},
		{"", "a", "the name is missing"},
		{"X Iam User", "a", "no header name"},
		{"X-Iam-User:", "a", "no header name"},
		{"X-職員", "a", "no header name"},
		{"---", "a", "no header name"},
		{strings.Repeat("X", 65), "a", "longer than 64"},
	} {
		_, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: c.name, Template: c.template}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: error %v, want %q in it", c.name, c.template, err, c.want)
		}
	}
}

func TestNamesThatCannotBeIdentityHeadersAreRefused(t *testing.T) {
	for _, name := range []string{
		"Host", "connection", "Close", "Content_Length", "Cookie", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Expect",
		"Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Set-Cookie", "Via", "Forwarded", "X-Forwarded-For", "X_Forwarded_Host",
		"X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-IP", "X-Original-URL", "X-IAmSmart-Assertion",
	} {
		_, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: name, Template: "{iamsmart.account}"}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one that names the header", name, err)
		}
	}
	for _, name := range []string{"Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "Authorization", "REMOTE_USER", "SSL_CLIENT_S_DN"} {
		if _, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: name, Template: "{iamsmart.account}"}}); err != nil {
			t.Errorf("%s is a header that apps read: %v", name, err)
		}
	}
}

func TestTwoNamesThatAnAppConfusesAreRefused(t *testing.T) {
	_, err := upstream.NewHeaders([]upstream.HeaderSpec{
		{Name: "X-Iam-User", Template: "{iamsmart.account}"}, {Name: "x_iamuser", Template: "{iamsmart.person}"},
	})
	if err == nil || !strings.Contains(err.Error(), `"x_iamuser"`) || !strings.Contains(err.Error(), `"X-Iam-User"`) {
		t.Errorf("error %v", err)
	}
}

func TestNamesFeedTheScrubber(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "x-b", Template: "1"}, upstream.HeaderSpec{Name: "X_A", Template: "1"})
	if got := h.Names(); !slices.Equal(got, []string{"X-B", "X_a"}) {
		t.Errorf("Names() = %q", got)
	}
}

func TestT04AHeaderWithoutAValueIsAbsent(t *testing.T) {
	h := mustHeaders(t,
		upstream.HeaderSpec{Name: "X-Iam-User", Template: "{iamsmart.account}"},
		upstream.HeaderSpec{Name: "X-Iam-Type", Template: "type-{iamsmart.user_type}"},
		upstream.HeaderSpec{Name: "X-Iam-Time", Template: "{iamsmart.login_time}"},
	)
	header, err := stamped(h, upstream.Identity{Account: "chan.tm"}, http.Header{"X-Iam-Type": {"admin"}, "X-Iam-Time": {"never"}, "X-Iam-User": {"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(header) != 1 || !slices.Equal(header["X-Iam-User"], []string{"chan.tm"}) {
		t.Errorf("the app would see %q", header)
	}
}

func TestT12ARequiredHeaderWithoutAValueIsAnError(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-Type", Template: "{iamsmart.user_type}", Required: true})
	requireHeaderError(t, h, upstream.Identity{Account: "chan.tm"}, "X-Iam-Type")
}

func requireHeaderError(t *testing.T, h *upstream.Headers, id upstream.Identity, name string) {
	t.Helper()
	header, err := stamped(h, id, nil)
	var fault *upstream.HeaderError
	if !errors.As(err, &fault) || fault.Header != name || fault.Reason == "" {
		t.Errorf("%q: error %v, want a HeaderError of %s", id.Account, err, name)
		return
	}
	if id.Account != "" && len(id.Account) > 3 && strings.Contains(err.Error(), id.Account) {
		t.Errorf("the error holds the value: %v", err)
	}
	if len(header) > 0 {
		t.Errorf("%q: half of the headers are stamped: %q", id.Account, header)
	}
}

func TestT10T12AnAccountNameThatIsNotCleanIsAnError(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-Realm", Template: "{iamsmart.realm}"},
		upstream.HeaderSpec{Name: "X-Iam-User", Template: "home-{iamsmart.account}"})
	for _, account := range []string{
		"", " ", " chan", "chan ", "chan\u00a0", "\tchan", "chan\r\nX-Role: admin", "chan\n", "chan\x00", "chan\x1b", "chan\x7f", "chan\u0085",
		"chan\u2028", "chan,admin", "chan;admin", "chan%0d%0aX-Role: admin", "100%", "\u202enimda", "chan\u200f", "chan\u2066", "chan\u061c",
		"chan\u200b", "\ufeffchan", "chan\xff", "\xe5\x85", "chan\ufffd", strings.Repeat("a", 257), strings.Repeat("a", 252), strings.Repeat("陳", 1667),
	} {
		requireHeaderError(t, h, upstream.Identity{Account: account, Realm: "default"}, "X-Iam-User")
	}
	for _, account := range []string{"a", "Chan Tai Man", "陳大文", "HOME\\chan", "chan@example.test", "O'Brien", "{iamsmart.realm}", strings.Repeat("a", 251)} {
		header, err := stamped(h, upstream.Identity{Account: account, Realm: "default"}, nil)
		if err != nil || header.Get("X-Iam-User") != "home-"+account {
			t.Errorf("%q: %q, %v", account, header, err)
		}
	}
}

func TestT10OtherValuesAreSentWholeOrNotAtAll(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-Type", Template: "{iamsmart.user_type}"})
	for _, bad := range []string{"a\r\nb", "a\x00", " a", "a\u202e", "a\xff", "a%0d%0ab", "%0A", strings.Repeat("a", 5000)} {
		requireHeaderError(t, h, upstream.Identity{UserType: bad}, "X-Iam-Type")
	}
	for _, good := range []string{"a, b; c", "50%", "%41", "%4", "香港"} {
		header, err := stamped(h, upstream.Identity{UserType: good}, nil)
		if err != nil || header.Get("X-Iam-Type") != good {
			t.Errorf("%q: %q, %v", good, header, err)
		}
	}
}

func TestOneRenderedStampsManyRequestsAtOnce(t *testing.T) {
	h := mustHeaders(t, upstream.HeaderSpec{Name: "X-Iam-User", Template: "{iamsmart.account}"},
		upstream.HeaderSpec{Name: "X-Iam-App", Template: "{iamsmart.app}"})
	rendered := h.Render(chan3)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			header := http.Header{}
			if err := rendered.Stamp(header, upstream.Path{}); err != nil {
				t.Error(err)
				return
			}
			// A handler behind the gate that changes values where they stand.
			header["X-Iam-User"][0] = "changed"
			header.Add("X-Iam-User", "second")
			if got := header.Get("X-Iam-App"); got != "records" {
				t.Errorf("X-Iam-App became %q", got)
			}
		})
	}
	group.Wait()
	header := http.Header{}
	if err := rendered.Stamp(header, upstream.Path{}); err != nil || header.Get("X-Iam-User") != "chan.tm" {
		t.Errorf("a later request gets %q, %v", header, err)
	}
}

func TestNobodyStampsNothing(t *testing.T) {
	header := http.Header{"Accept": {"a"}}
	if err := (upstream.Rendered{}).Stamp(header, upstream.Path{}); err != nil || len(header) != 1 {
		t.Errorf("headers %q, %v", header, err)
	}
}

var choices = regexp.MustCompile(`\{iamsmart\.[^{}]*\|[^{}]*\}`)

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{iamsmart.account}", `\{{iamsmart.app}\}`, `\\{iamsmart.realm}`, "{iamsmart.account", "a{}b", "{{", `\`, "%0d", "{iamsmart.person}x", "{iamsmart.name.zh|account|app}"} {
		f.Add(seed, "{iamsmart.realm}")
		f.Add(seed, "chan\r\n")
	}
	f.Fuzz(func(t *testing.T, template, account string) {
		h, err := upstream.NewHeaders([]upstream.HeaderSpec{{Name: "X-Iam-User", Template: template}})
		if err != nil {
			return
		}
		const mark = "\x1amark\x1a"
		id := chan3
		id.Account = account
		header, err := stamped(h, id, nil)
		if err != nil {
			return
		}
		value := header.Get("X-Iam-User")
		if value == "" || strings.ContainsAny(value, "\r\n\x00") || len(value) > 1024 {
			t.Fatalf("%q with %q gives %q", template, account, value)
		}
		// The account goes in as it is, once for each placeholder: what it holds
		// is never read as a placeholder.
		plain := choices.ReplaceAllStringFunc(template, func(braces string) string {
			for _, name := range strings.Split(strings.Trim(braces, "{}"), "|") {
				if name = strings.TrimPrefix(name, "iamsmart."); !strings.HasPrefix(name, "account.") && !slices.Contains([]string{"name.en", "name.zh", "birth_date", "gender"}, name) {
					return "{iamsmart." + name + "}"
				}
			}
			return braces
		})
		want := strings.NewReplacer(`\\`, `\`, `\{`, "{", `\}`, "}",
			"{iamsmart.account}", mark, "{iamsmart.person}", id.Person, "{iamsmart.user_type}", id.UserType,
			"{iamsmart.login_time}", "2026-03-01T10:05:06Z", "{iamsmart.link_method}", id.LinkMethod,
			"{iamsmart.realm}", id.Realm, "{iamsmart.app}", id.App).Replace(plain)
		if want = strings.ReplaceAll(want, mark, account); value != want {
			t.Errorf("%q with %q gives %q, want %q", template, account, value, want)
		}
	})
}
