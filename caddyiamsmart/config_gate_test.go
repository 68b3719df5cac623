package caddyiamsmart_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart"
)

func TestConfigFaultsOfAGateAreNamed(t *testing.T) {
	hold(t, []fault{
		{"unknown realm", func(s *setup) { s.gate.Realm = "west" },
			[]string{"realm: there is no realm 'west'", "it has 'default'"}},
		{"no public_url", func(s *setup) { s.gate.PublicURL = "" },
			[]string{"public_url is missing", "as it is registered"}},
		{"public_url with a path", func(s *setup) { s.gate.PublicURL = "https://records.example.com/app" },
			[]string{"public_url: ", "has a path", "https://records.example.com"}},
		{"public_url with a query", func(s *setup) { s.gate.PublicURL = "https://records.example.com/?a" },
			[]string{"public_url: ", "https://records.example.com"}},
		{"http public_url elsewhere", func(s *setup) { s.gate.PublicURL = "http://records.example.com" },
			[]string{"public_url: ", "must begin with https://"}},
		{"public_url without a scheme", func(s *setup) { s.gate.PublicURL = "records.example.com" },
			[]string{"public_url: ", "like https://records.example.com"}},
		{"public_url with a user name", func(s *setup) { s.gate.PublicURL = "https://a:b@records.example.com" },
			[]string{"public_url: ", "like https://records.example.com"}},
		{"public_url of an unset variable", func(s *setup) { s.gate.PublicURL = "{env.IAMSMART_TEST_UNSET}" },
			[]string{"public_url: {env.IAMSMART_TEST_UNSET} is empty"}},
		{"public_url of the realm with a path", func(s *setup) {
			s.gate.PublicURL, s.realm().PublicURL = "", "https://records.example.com/app"
		}, []string{"public_url: ", "has a path"}},
		{"prefix without a slash", func(s *setup) { s.gate.Prefix = "iamsmart" }, []string{"prefix: 'iamsmart'", "like /iamsmart"}},
		{"prefix of the whole site", func(s *setup) { s.gate.Prefix = "/" }, []string{"prefix: '/'", "like /iamsmart"}},
		{"prefix with capitals", func(s *setup) { s.gate.Prefix = "/Login" }, []string{"prefix: '/Login'", "small letters"}},
		{"prefix with an escape", func(s *setup) { s.gate.Prefix = "/a%2fb" }, []string{"prefix: '/a%2fb'", "small letters"}},
		{"public without a slash", func(s *setup) { s.gate.Public = []string{"static/*"} },
			[]string{`public: `, `"static/*"`, "must begin with a slash"}},
		{"public with a star inside", func(s *setup) { s.gate.Public = []string{"/a/*/b"} },
			[]string{`public: `, `"/a/*/b"`, `"/folder/*"`}},
		{"public with dots", func(s *setup) { s.gate.Public = []string{"/a/../b"} },
			[]string{`public: `, `"/a/../b"`, `".."`}},
		{"app_logout elsewhere", func(s *setup) { s.gate.AppLogout = "https://other.example/logout" },
			[]string{"app_logout: ", "must be a path of the application", "/logout"}},
		{"app_logout of another host", func(s *setup) { s.gate.AppLogout = "//other.example/logout" },
			[]string{"app_logout: ", "must be a path of the application"}},
		{"ws_origins with a path", func(s *setup) { s.gate.WSOrigins = []string{"https://wards.example.com/"} },
			[]string{"ws_origins: ", "has a path", "https://wards.example.com"}},
		{"ws_origins of many", func(s *setup) { s.gate.WSOrigins = []string{"https://*.example.com"} },
			[]string{"ws_origins: ", "name each by itself"}},
		{"http ws_origins elsewhere", func(s *setup) { s.gate.WSOrigins = []string{"http://wards.example.com"} },
			[]string{"ws_origins: ", "must begin with https://"}},
		{"ws_origins of an unset variable", func(s *setup) { s.gate.WSOrigins = []string{"{env.IAMSMART_TEST_UNSET}"} },
			[]string{"ws_origins: {env.IAMSMART_TEST_UNSET} is empty"}},
		{"a rule that asks for nothing", func(s *setup) { s.gate.Require = []caddyiamsmart.Rule{{LoginAge: caddy.Duration(time.Hour)}, {}} },
			[]string{"require: rule 2: it asks for nothing", "attribute, link_method, user_type, login_age, step_up"}},
		{"a rule for attributes that nobody tells", func(s *setup) {
			s.gate.Require = []caddyiamsmart.Rule{{Attributes: []caddyiamsmart.RequiredAttribute{{Name: "role", Values: []string{"nurse"}}}}}
		}, []string{"require: rule 1: attribute role", "tell no attributes", "sql, ldap and file"}},
		{"a rule with an unknown matcher", func(s *setup) {
			s.gate.Require = []caddyiamsmart.Rule{{UserType: "sign", MatcherSetsRaw: []caddy.ModuleMap{{"paht": json.RawMessage(`["/a"]`)}}}}
		}, []string{"require: rule 1: match: ", "paht"}},
		{"a rule with paths that are none", func(s *setup) {
			s.gate.Require = []caddyiamsmart.Rule{{UserType: "sign", MatcherSetsRaw: []caddy.ModuleMap{{"path": json.RawMessage(`"/a"`)}}}}
		}, []string{"require: rule 1: match: path: "}},
		{"too many rules", func(s *setup) {
			s.gate.Require = slices.Repeat([]caddyiamsmart.Rule{{UserType: "sign"}}, 65)
		}, []string{"require: 65 rules are too many", "64"}},
		{"an assertion for nobody", func(s *setup) { s.gate.Assertion = new(caddyiamsmart.Assertion) },
			[]string{"assertion: audience is missing", "the application knows itself"}},
		{"an assertion in a mapped header", func(s *setup) {
			s.gate.HeaderUp = []caddyiamsmart.HeaderUp{{Name: "X-User", Template: "{iamsmart.account}"}}
			s.gate.Assertion = &caddyiamsmart.Assertion{HeaderName: "X_User", Audience: "records"}
		}, []string{"assertion: reading header \"X_User\"", "mapped already"}},
		{"a claim of attributes that nobody tells", func(s *setup) {
			s.gate.Assertion = &caddyiamsmart.Assertion{Audience: "records", Claims: []caddyiamsmart.Claim{{Name: "role", Template: "{iamsmart.account.role}"}}}
		}, []string{"{iamsmart.account.role}", "tell no attributes"}},
		{"a button that nobody would see", func(s *setup) { s.gate.Button = &caddyiamsmart.Button{Path: "/login"} },
			[]string{"button: ", "mode optional"}},
		{"no tries at all", func(s *setup) { s.gate.LinkTries = -1 },
			[]string{"link_tries: -1 does not fit", "1 to 10", "the application locks an account"}},
		{"more tries than an application bears", func(s *setup) { s.gate.LinkTries = 11 },
			[]string{"link_tries: 11 does not fit", "1 to 10"}},
		{"idle over max", func(s *setup) { s.gate.Session = stay(2*time.Hour, time.Hour) },
			[]string{"session: idle 2h0m0s and max 1h0m0s do not fit", "max is no shorter than idle"}},
		{"idle over the default of max", func(s *setup) { s.gate.Session = stay(14*time.Hour, 0) },
			[]string{"session: idle 14h0m0s and max 13h0m0s"}},
		{"idle of seconds", func(s *setup) { s.gate.Session = stay(10*time.Second, 0) },
			[]string{"session: ", "idle is a minute or more"}},
		{"negative idle", func(s *setup) { s.gate.Session = stay(-time.Hour, 0) },
			[]string{"session: ", "idle is a minute or more"}},
		{"max of a month", func(s *setup) { s.gate.Session = stay(0, 30*24*time.Hour) },
			[]string{"session: ", "at most seven days"}},
	})
}

func stay(idle, max time.Duration) *caddyiamsmart.SessionConfig {
	return &caddyiamsmart.SessionConfig{Idle: caddy.Duration(idle), Max: caddy.Duration(max)}
}

func TestConfigFaultsOfAccountsAreNamed(t *testing.T) {
	accounts := func(text string) func(*setup) {
		return func(s *setup) { s.gate.AccountsRaw = []json.RawMessage{json.RawMessage(text)} }
	}
	hold(t, []fault{
		{"none", func(s *setup) { s.gate.AccountsRaw = nil },
			[]string{"accounts: none are configured", "accounts form <address"}},
		{"another after form", func(s *setup) { s.gate.AccountsRaw = append(s.gate.AccountsRaw, s.gate.AccountsRaw[0]) },
			[]string{"accounts: form cannot tell", "put it last"}},
		{"unknown kind", accounts(`{"kind":"from"}`), []string{"accounts: ", "from"}},
		{"no kind", accounts(`{"url":"http://127.0.0.1/login"}`), []string{"accounts: ", "kind"}},
		{"unknown field", accounts(strings.Replace(formJSON, "user_field", "userfield", 1)), []string{"accounts: ", "userfield"}},
		{"form without fields", accounts(`{"kind":"form","url":"http://127.0.0.1/login"}`),
			[]string{"accounts form: fields: ", "required"}},
		{"form of no address", accounts(strings.Replace(formJSON, "http://127.0.0.1:8080", "", 1)),
			[]string{"accounts form: url: ", "http://"}},
		{"other accounts for the same app", func(s *setup) {
			s.more = append(s.more, s.another(json.RawMessage(strings.Replace(formJSON, "8080", "8081", 1))))
		}, []string{"another gate of realm 'default' and app 'default' has other accounts", "must be the same: accounts,", "another 'app'"}},
		{"another link_last for the same app", func(s *setup) {
			s.gate.LinkLast = "iamsmart"
			s.more = append(s.more, s.another(json.RawMessage(formJSON)))
		}, []string{"another gate of realm 'default' and app 'default' has", "link_last", "another 'app'"}},
		{"unknown link_last", func(s *setup) { s.gate.LinkLast = "iAMSmart" },
			[]string{"link_last: unknown word 'iAMSmart'", "expected password or iamsmart"}},
	})
}

func TestConfigFaultsOfHeadersAreNamed(t *testing.T) {
	header := func(name, template string) func(*setup) {
		return func(s *setup) {
			s.gate.HeaderUp = append(s.gate.HeaderUp, caddyiamsmart.HeaderUp{Name: name, Template: template})
		}
	}
	hold(t, []fault{
		{"no name", header("", "{iamsmart.account}"), []string{`header_up: `, `""`, "name is missing"}},
		{"a blank in the name", header("X User", "{iamsmart.account}"), []string{`header_up: `, `"X User"`, "no header name"}},
		{"a name of HTTP", header("Host", "{iamsmart.account}"), []string{`header_up: `, `"Host"`, "choose another"}},
		{"a name of the proxy", header("X-Forwarded-For", "{iamsmart.account}"), []string{`header_up: `, `"X-Forwarded-For"`, "choose another"}},
		{"twice", header("x-remote-user", "{iamsmart.app}"), []string{`header_up: `, `"x-remote-user"`, `"X-Remote-User"`, "already"}},
		{"twice for an application that folds", header("X_Remote_User", "{iamsmart.app}"), []string{`header_up: `, `"X_Remote_User"`, `"X-Remote-User"`}},
		{"no template", header("X-User", ""), []string{`header_up: `, `"X-User"`, "template is empty"}},
		{"unknown placeholder", header("X-User", "{iamsmart.hkic}"), []string{`header_up: `, `"X-User"`, "{iamsmart.hkic}", "{iamsmart.account}"}},
		{"nearly a placeholder", header("X-User", "{iamsmart.acount}"), []string{`header_up: `, `"X-User"`, "did you mean {iamsmart.account}"}},
		{"a placeholder of Caddy", header("X-User", "{http.request.host}"), []string{`header_up: `, `"X-User"`, "{http.request.host}"}},
		{"open brace", header("X-User", "{iamsmart.account"), []string{`header_up: `, `"X-User"`, "no closing brace"}},
		{"a line end", header("X-User", "a\r\nX-Admin: yes"), []string{`header_up: `, `"X-User"`, "cannot be sent"}},
	})
}

func TestConfigFaultsOfPagesAreNamed(t *testing.T) {
	pages := func(p caddyiamsmart.PagesConfig) func(*setup) { return func(s *setup) { s.gate.Pages = &p } }
	logo := func(name, text string) func(*setup) {
		return func(s *setup) { s.gate.Pages = &caddyiamsmart.PagesConfig{Logo: s.write(name, text)} }
	}
	hold(t, []fault{
		{"missing logo", pages(caddyiamsmart.PagesConfig{Logo: "/nonexistent/logo.svg"}), []string{"pages: logo: ", "/nonexistent/logo.svg", "no such file"}},
		{"logo of a variable that is not set", pages(caddyiamsmart.PagesConfig{Logo: "{env.IAMSMART_TEST_UNSET}"}),
			[]string{"pages: logo: {env.IAMSMART_TEST_UNSET} is empty"}},
		{"logo of another kind", logo("logo.gif", "GIF89a"), []string{"pages: logo: ", "DIR/logo.gif", ".svg or .png"}},
		{"logo that is none", logo("logo.png", "hello"), []string{"pages: ", "logo: it is no image/png"}},
		{"empty logo", logo("logo.svg", ""), []string{"pages: ", "logo: "}},
		{"large logo", logo("logo.svg", "<svg>"+strings.Repeat(" ", 64<<10)), []string{"pages: logo: DIR/logo.svg: is larger than 65536 bytes"}},
		{"unknown language", pages(caddyiamsmart.PagesConfig{Language: "fr"}), []string{"pages: ", "language: ", `"fr"`, "zh-HK, zh-CN, en, browser"}},
		{"privacy without https", pages(caddyiamsmart.PagesConfig{Privacy: "http://a.example/"}), []string{"pages: ", "privacy: it is no https address"}},
		{"privacy as a script", pages(caddyiamsmart.PagesConfig{Privacy: "javascript:alert(1)"}), []string{"pages: ", "privacy: it is no https address"}},
		{"long name", pages(caddyiamsmart.PagesConfig{Service: strings.Repeat("a", 121)}), []string{"pages: ", "service: it is longer than 120"}},
	})
}

// TestConfigUnknownFieldsAreRefused: a misspelt option in JSON is not passed
// over, wherever it stands.
func TestConfigUnknownFieldsAreRefused(t *testing.T) {
	for _, mend := range [][2]string{
		{`"client_id"`, `"clientid"`},
		{`"realms"`, `"realm"`},
		{`"file":`, `"path":`},
		{`"public_url"`, `"public_uri"`},
		{`"header_up"`, `"headers_up"`},
		{`"template"`, `"value"`},
	} {
		s := newSetup(t)
		text := s.json(mend[0], mend[1])
		if !strings.Contains(string(text), mend[1]) {
			t.Fatalf("%s is not in the configuration", mend[0])
		}
		if err := validateJSON(t, text); err == nil || !strings.Contains(err.Error(), strings.Trim(mend[1], `":`)) {
			t.Errorf("%s for %s: %v", mend[1], mend[0], err)
		}
	}
}

// TestConfigWithoutTheAppIsRefused: the directive needs the realms.
func TestConfigWithoutTheAppIsRefused(t *testing.T) {
	s := newSetup(t)
	text := s.json(`"iamsmart":{"`, `"events":{},"none":{"`)
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	delete(config["apps"].(map[string]any), "none")
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := validateJSON(t, text); err == nil || !strings.Contains(err.Error(), "the global option 'iamsmart' is required") {
		t.Errorf("without the app: %v", err)
	}
}
