package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// FuzzGetQR holds: whatever the query, getQR shows the login page without a violation, or refuses with exactly one; and what it shows
// a login page for is, to another parser, a request with one registered address.
func FuzzGetQR(f *testing.F) {
	right := "clientID=home-1&responseType=code&source=PC_Browser&redirectURI=" + url.QueryEscape(callback) + "&scope=eidapi_auth"
	for _, seed := range []string{
		"", "&", "=", right, right + "&lang=zh-CN&state=abc&brokerPage=true", right + "&state=", right + "&state=a&state=b", right + "&",
		right + ";state=a", strings.Replace(right, "home-1", "home%2D1", 1), strings.Replace(right, "eidapi_auth", "eidapi_auth+eidapi_profiles", 1),
		right + "&lang=%zz", right + "&%73tate=a", right + "&state=%00", right + "#x", right + "&lang=EN-us",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		sim, err := simulator.New(simulator.Options{Clients: []simulator.Client{homeClient()}})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/auth/getQR", nil)
		r.URL.RawQuery = raw
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		broken := len(sim.Violations())
		switch w.Code {
		case http.StatusBadRequest:
			if broken != 1 {
				t.Errorf("a refusal made %d violations", broken)
			}
		case http.StatusOK:
			values, err := url.ParseQuery(raw)
			if err != nil || broken != 0 {
				t.Errorf("shown for %q (%v) with %d violations", raw, err, broken)
			}
			if got := values["redirectURI"]; !slices.Equal(got, homeClient().RedirectURIs[:1]) && !slices.Equal(got, homeClient().RedirectURIs[1:]) {
				t.Errorf("shown for the address %q", got)
			}
			for name, list := range values {
				if len(list) != 1 || list[0] == "" {
					t.Errorf("shown for %s=%q", name, list)
				}
			}
		default:
			t.Errorf("answered %d", w.Code)
		}
	})
}

// FuzzGetToken holds: whatever a rightful client encrypts, the answer is an envelope with a code of iAM Smart, and never a token.
func FuzzGetToken(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"code":"x","grantType":"authorization_code"}`, `{"code":1}`, `{"code":"a","code":"b"}`, `{"code":"\ud800","grantType":""}`,
		`[`, `{"a":{"b":[1,2,{}]}}`, `{"content":"{}"}`, "\xff", strings.Repeat("[", 100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, clear string) {
		s := start(t, nil)
		s.fetchKey()
		answer := s.send(s.draft("auth/getToken", s.sealed(clear)))
		if answer.Status != http.StatusOK || answer.Code == "D00000" || len(answer.Code) != 6 || len(s.broken()) != 1 {
			t.Errorf("answered %d %s, violations %v", answer.Status, answer.Code, s.broken())
		}
	})
}
