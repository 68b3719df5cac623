package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// query is a getQR query that is right in everything.
func (s *service) query() [][2]string {
	return [][2]string{{"clientID", s.id}, {"responseType", "code"}, {"source", "PC_Browser"}, {"redirectURI", url.QueryEscape(callback)},
		{"scope", "eidapi_auth"}, {"lang", "en-US"}, {"state", "abc_DEF-123"}}
}

func joined(query [][2]string) string {
	var pairs []string
	for _, p := range query {
		pairs = append(pairs, p[0]+"="+p[1])
	}
	return strings.Join(pairs, "&")
}

// get fetches a page as a browser would, without following redirects.
func (s *service) get(path string) (status int, header http.Header, page string) {
	s.t.Helper()
	response, err := http.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(response)
}

func (s *service) read(response *http.Response) (status int, header http.Header, page string) {
	s.t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// openQR asks for the login page and returns the id of the pending request.
func (s *service) openQR(query string) string {
	s.t.Helper()
	status, _, page := s.get("/api/v1/auth/getQR?" + query)
	_, after, found := strings.Cut(page, `name="request" value="`)
	if status != http.StatusOK || !found {
		s.t.Fatalf("getQR answered %d: %s", status, page)
	}
	id, _, _ := strings.Cut(after, `"`)
	return id
}

// decide presses a button of the login page.
func (s *service) decide(form url.Values) (status int, location *url.URL, page string) {
	s.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(s.base+"/simulator/decide", form)
	if err != nil {
		s.t.Fatal(err)
	}
	status, header, page := s.read(response)
	if location, err = url.Parse(header.Get("Location")); err != nil {
		s.t.Fatal(err)
	}
	return status, location, page
}

// approve goes the way to a code.
func (s *service) approve(person string) (code string) {
	s.t.Helper()
	status, location, page := s.decide(url.Values{"request": {s.openQR(joined(s.query()))}, "person": {person}, "decision": {"approve"}})
	if code = location.Query().Get("code"); status != http.StatusFound || code == "" {
		s.t.Fatalf("approving answered %d, %s", status, page)
	}
	return code
}
