package simulator_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// query is a getQR query whose values are encoded already.
type query struct{ pairs [][2]string }

func set(name, value string) func(*service, *query) {
	return func(_ *service, q *query) {
		for i := range q.pairs {
			if q.pairs[i][0] == name {
				q.pairs[i][1] = value
				return
			}
		}
		q.pairs = append(q.pairs, [2]string{name, value})
	}
}

func without(name string) func(*service, *query) {
	return func(_ *service, q *query) {
		q.pairs = slices.DeleteFunc(q.pairs, func(p [2]string) bool { return p[0] == name })
	}
}

func add(name, value string) func(*service, *query) {
	return func(_ *service, q *query) { q.pairs = append(q.pairs, [2]string{name, value}) }
}

var queryChecks = []check[*query]{
	{"nothing wrong", "", "", func(*service, *query) {}},
	{"two scopes", "", "", set("scope", "eidapi_auth%20eidapi_profiles")},
	{"no optional parameters", "", "", func(s *service, q *query) { q.pairs = q.pairs[:5] }},
	{"lang in another case", "", "", set("lang", "ZH-hk")},
	{"brokerPage in another case", "", "", set("brokerPage", "True")},
	{"brokerPage false", "", "", set("brokerPage", "false")},
	{"phone browser", "", "", set("source", "iOS_Safari")},
	{"state of 36", "", "", set("state", strings.Repeat("a", 36))},
	{"too long", "query-length", "D20003", set("state", strings.Repeat("a", 5000))},
	{"no value", "query-encoding", "D20003", func(_ *service, q *query) { q.pairs[0] = [2]string{"clientID&", ""} }},
	{"broken escape", "query-encoding", "D20003", set("redirectURI", "https%3")},
	{"semicolon", "query-encoding", "D20003", set("lang", "en-US;state")},
	{"control character", "query-encoding", "D20003", set("state", "a%0Ab")},
	{"no UTF-8", "query-encoding", "D20003", set("state", "%FF")},
	{"plus for a blank", "query-plus", "D20003", set("scope", "eidapi_auth+eidapi_profiles")},
	{"clientID twice", "param-twice", "D20003", add("clientID", "home-1")},
	{"state twice", "param-twice", "D20003", add("state", "other")},
	{"unknown parameter", "param-unknown", "D20003", add("client_id", "home-1")},
	{"name in another case", "param-unknown", "D20003", add("brokerpage", "true")},
	{"no clientID", "param-missing", "D20001", without("clientID")},
	{"no responseType", "param-missing", "D20001", without("responseType")},
	{"no source", "param-missing", "D20001", without("source")},
	{"no redirectURI", "param-missing", "D20001", without("redirectURI")},
	{"no scope", "param-missing", "D20001", without("scope")},
	{"nothing at all", "param-missing", "D20001", func(_ *service, q *query) { q.pairs = nil }},
	{"empty scope", "param-empty", "D20002", set("scope", "")},
	{"empty state", "param-empty", "D20002", set("state", "")},
	{"empty lang", "param-empty", "D20002", set("lang", "")},
	{"unknown client", "client-unknown", "D20003", set("clientID", "home-9")},
	{"responseType token", "response-type", "D20003", set("responseType", "token")},
	{"source Chrome", "source", "D20007", set("source", "Chrome")},
	{"source for apps", "source", "D20007", set("source", "App_Link")},
	{"source in another case", "source", "D20007", set("source", "pc_browser")},
	{"redirectURI with a slash more", "redirect-uri", "D20008", set("redirectURI", url.QueryEscape(callback+"/"))},
	{"redirectURI in capitals", "redirect-uri", "D20008", set("redirectURI", url.QueryEscape(strings.ToUpper(callback)))},
	{"redirectURI with a query", "redirect-uri", "D20008", set("redirectURI", url.QueryEscape(callback+"?x=y"))},
	{"redirectURI encoded twice", "redirect-uri", "D20008", set("redirectURI", url.QueryEscape(url.QueryEscape(callback)))},
	{"unknown scope", "scope-form", "D20015", set("scope", "openid")},
	{"scope in capitals", "scope-form", "D20015", set("scope", "EIDAPI_AUTH")},
	{"scope twice", "scope-form", "D20015", set("scope", "eidapi_auth%20eidapi_auth")},
	{"two blanks", "scope-form", "D20015", set("scope", "eidapi_auth%20%20eidapi_profiles")},
	{"scope not approved", "scope-approved", "D20012", set("scope", "eidapi_auth%20eidapi_sign")},
	{"state of 37", "state", "D20003", set("state", strings.Repeat("a", 37))},
	{"state in Base64", "state", "D20003", set("state", "abc%2Bdef%3D")},
	{"state with a line end", "state", "D20003", set("state", "%E2%80%A8")},
	{"lang en", "lang", "D20003", set("lang", "en")},
	{"lang zh-TW", "lang", "D20003", set("lang", "zh-TW")},
	{"brokerPage 1", "broker-page", "D20003", set("brokerPage", "1")},
}

var codeOnPage = regexp.MustCompile(`<dd id="code">([^<]*)</dd>[\s\S]*<dd id="rule">([^<]*)</dd>[\s\S]*<dd id="remedy">[^<]+</dd>`)

func TestEveryCheckOfGetQR(t *testing.T) {
	for _, c := range queryChecks {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			q := &query{s.query()}
			c.change(s, q)
			status, _, page := s.get("/api/v1/auth/getQR?" + joined(q.pairs))
			got := "D00000"
			if status != http.StatusOK {
				found := codeOnPage.FindStringSubmatch(page)
				if found == nil || found[2] != c.rule || status != http.StatusBadRequest {
					t.Fatalf("the page (%d) does not say what is wrong: %s", status, page)
				}
				got = found[1]
			}
			expect(t, s, c.rule, c.code, got)
		})
	}
}

func TestGetQRIsAGet(t *testing.T) {
	s := start(t, nil)
	response, err := http.Post(s.base+"/api/v1/auth/getQR?"+joined(s.query()), "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	status, header, _ := s.read(response)
	if status != http.StatusMethodNotAllowed || header.Get("Allow") != http.MethodGet {
		t.Errorf("a POST got %d", status)
	}
	expect(t, s, "method", "405", strconv.Itoa(status))
}
