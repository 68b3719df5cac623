package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// elements parses a page and returns its elements by id, and all of them.
func elements(t *testing.T, page string) (byID map[string]*html.Node, all []*html.Node) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	byID = map[string]*html.Node{}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		all = append(all, node)
		if id := attribute(node, "id"); id != "" {
			if byID[id] != nil {
				t.Errorf("the id %s is there twice", id)
			}
			byID[id] = node
		}
	}
	return byID, all
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(node *html.Node) string {
	var text strings.Builder
	for n := range node.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return text.String()
}

func TestTheLoginPageIsAFormForAPerson(t *testing.T) {
	for lang, words := range map[string]struct{ banner, approve string }{
		"en-US": {"Simulator – not iAM Smart", "Approve"},
		"zh-HK": {"模擬器 – 並非智方便", "批准"},
		"zh-CN": {"模拟器 – 并非智方便", "批准"},
		"":      {"模擬器 – 並非智方便", "批准"}, // getQR's own default
	} {
		s := start(t, nil)
		s.sim.Watch(t)
		q := &query{s.query()}
		set("lang", lang)(s, q)
		if lang == "" {
			without("lang")(s, q)
			lang = "zh-HK"
		}
		status, header, page := s.get("/api/v1/auth/getQR?" + joined(q.pairs))
		if status != http.StatusOK || header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %d, %s", lang, status, header.Get("Content-Type"))
		}
		byID, all := elements(t, page)
		if got := textOf(byID["banner"]); got != words.banner {
			t.Errorf("%s: the banner is %q", lang, got)
		}
		if form := byID["decide"]; attribute(form, "method") != "post" || attribute(form, "action") != "/simulator/decide" {
			t.Errorf("%s: the form is %v", lang, form.Attr)
		}
		for _, id := range []string{"approve", "reject", "cancel", "timeout"} {
			if button := byID[id]; attribute(button, "name") != "decision" || attribute(button, "value") != id {
				t.Errorf("%s: the button %s is %v", lang, id, button.Attr)
			}
		}
		if got := textOf(byID["approve"]); got != words.approve {
			t.Errorf("%s: the button says %q", lang, got)
		}
		for _, p := range simulator.Persons() {
			if radio := byID["person-"+p.Name]; attribute(radio, "type") != "radio" || attribute(radio, "value") != p.Name {
				t.Errorf("%s: the choice of %s is %v", lang, p.Name, radio.Attr)
			}
			if !strings.Contains(textOf(byID["decide"]), p.EnglishName) {
				t.Errorf("%s: %s is not named", lang, p.EnglishName)
			}
		}
		if byID["qr-panel"] == nil || byID["broker-panel"] != nil || textOf(byID["service"]) != "records.example.com" {
			t.Errorf("%s: the panels or the service are wrong", lang)
		}
		for _, element := range all {
			if element.Data == "script" || element.Data == "img" || attribute(element, "style") != "" {
				t.Errorf("%s: the page holds <%s>", lang, element.Data)
			}
			if element.Data == "html" && attribute(element, "lang") != lang {
				t.Errorf("the page is in %q, not %q", attribute(element, "lang"), lang)
			}
		}
	}
}

func TestTheBrokerPageHasNoPattern(t *testing.T) {
	s := start(t, nil)
	_, _, page := s.get("/api/v1/auth/getQR?" + joined(s.query()) + "&brokerPage=true")
	byID, _ := elements(t, page)
	if byID["broker-panel"] == nil || byID["qr-panel"] != nil || byID["approve"] == nil {
		t.Error("the broker page has the wrong panels")
	}
}

func TestPagesAreClosedToOthers(t *testing.T) {
	s := start(t, nil)
	for _, path := range []string{"/", "/simulator/log", "/simulator/style.css", "/api/v1/auth/getQR?" + joined(s.query()), "/api/v1/auth/getQR", "/favicon.ico"} {
		_, header, _ := s.get(path)
		policy := header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, part)
			}
		}
		if strings.Contains(policy, "form-action") {
			t.Errorf("%s: form-action would block the redirect", path)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the headers are %v", path, header)
		}
	}
}

func TestPagesEscapeWhatClientsSent(t *testing.T) {
	s := start(t, nil)
	hostile := `<script>alert(1)</script>`
	q := &query{s.query()}
	set("source", url.QueryEscape(hostile))(s, q)
	_, _, refused := s.get("/api/v1/auth/getQR?" + joined(q.pairs))
	_, _, index := s.get("/")
	_, _, mistake := s.decide(url.Values{hostile: {"a", "b"}})
	for name, page := range map[string]string{"refused": refused, "index": index, "mistake": mistake} {
		if strings.Contains(page, "<script") || !strings.Contains(page, "script&gt;") {
			t.Errorf("the page %s is not escaped", name)
		}
	}
}

func TestARefusedDecisionTakesNothingAway(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	id := s.openQR(joined(s.query()))
	for name, form := range map[string]url.Values{
		"no decision":      {"request": {id}, "person": {"chan"}},
		"unknown decision": {"request": {id}, "person": {"chan"}, "decision": {"maybe"}},
		"no person":        {"request": {id}, "decision": {"approve"}},
		"unknown person":   {"request": {id}, "decision": {"approve"}, "person": {"nobody"}},
		"two persons":      {"request": {id}, "decision": {"approve"}, "person": {"chan", "wong"}},
		"unknown request":  {"request": {strings.Repeat("0", 32)}, "person": {"chan"}, "decision": {"approve"}},
		"huge":             {"request": {id}, "person": {strings.Repeat("x", 5000)}, "decision": {"approve"}},
	} {
		if status, location, _ := s.decide(form); status != http.StatusBadRequest || location.String() != "" {
			t.Errorf("%s: got %d to %v", name, status, location)
		}
	}
	if status, header, _ := s.get("/simulator/decide?request=" + id + "&person=chan&decision=approve"); status != http.StatusMethodNotAllowed || header.Get("Allow") != "POST" {
		t.Errorf("a GET got %d", status)
	}
	if status, _, _ := s.decide(url.Values{"request": {id}, "person": {"chan"}, "decision": {"approve"}}); status != http.StatusFound {
		t.Errorf("the right decision got %d", status)
	}
}

func TestTheStartPageAndTheLogTellWhatHappened(t *testing.T) {
	s := start(t, nil)
	_, _, before := s.get("/simulator/log")
	if !strings.Contains(before, `"violations": []`) {
		t.Errorf("the log begins as %s", before)
	}
	d := s.draft("auth/getToken", nil)
	d.secret = "another"
	s.send(d)

	_, _, text := s.get("/simulator/log")
	var log struct {
		Violations []simulator.Violation
		Calls      map[string]int
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Violations) != 1 || log.Violations[0] != s.sim.Violations()[0] || log.Calls["auth/getToken"] != 1 {
		t.Errorf("the log is %s", text)
	}
	_, _, page := s.get("/")
	byID, _ := elements(t, page)
	for id, want := range map[string]string{"violations": "signature-wrong", "calls": "auth/getToken", "persons": "區𠮷", "clients": callback,
		"violation-count": "1", "rules": "iv-reuse"} {
		if !strings.Contains(textOf(byID[id]), want) {
			t.Errorf("%s does not show %s", id, want)
		}
	}
	if strings.Contains(page, s.secret) || strings.Contains(page, s.sim.OpenID("home-1", "chan")) {
		t.Error("the page shows a secret or an openID")
	}
	response, err := http.Post(s.base+"/", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := s.read(response); status != http.StatusMethodNotAllowed {
		t.Errorf("a POST to the start page got %d", status)
	}
}

func TestOnlyKnownHostsAreServed(t *testing.T) {
	s := start(t, func(o *simulator.Options) { o.Hosts = []string{"sim.home.example", "2001:db8::1"} })
	for host, served := range map[string]bool{
		"localhost": true, "LOCALHOST:81": true, "sim.localhost:81": true, "127.0.0.1": true, "127.8.9.10:81": true, "[::1]:81": true, "[::1]": true,
		"[::ffff:127.0.0.1]:81": true, "Sim.Home.Example:81": true, "[2001:db8::1]": true,
		"": false, "example.com": false, "localhost.example.com:81": false, "127.0.0.1.nip.example": false, "192.168.1.2:81": false,
		"0.0.0.0:81": false, "notlocalhost": false, "[2001:db8::2]:81": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.sim.ServeHTTP(w, r)
		if got := w.Code == http.StatusOK; got != served || !served && w.Code != http.StatusForbidden {
			t.Errorf("the host %q got %d", host, w.Code)
		}
	}
}
