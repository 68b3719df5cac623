package simulator_test

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

func TestARightLoginEndsWithAToken(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)

	// Given a service that has fetched its key,
	key := s.fetchKey()
	_, certificate := credentials()
	spki, _ := x509.MarshalPKIXPublicKey(certificate.PublicKey)
	if key["pubKey"] != base64.StdEncoding.EncodeToString(spki) {
		t.Error("pubKey is not the SPKI of the certificate's key")
	}
	if got := int64(key["issueAt"].(float64)); got != s.clock.Now().UnixMilli() {
		t.Errorf("issueAt is %d", got)
	}
	if key["expiresIn"] != float64(86_400_000) || len(s.cek) != 32 {
		t.Errorf("expiresIn is %v, the CEK has %d bytes", key["expiresIn"], len(s.cek))
	}

	// when a person approves,
	status, location, _ := s.decide(url.Values{"request": {s.openQR(joined(s.query()))}, "person": {"wong"}, "decision": {"approve"}})
	code := location.Query().Get("code")
	if status != http.StatusFound || !strings.HasPrefix(location.String(), callback+"?") {
		t.Fatalf("the redirect is %d to %v", status, location)
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(code) || location.Query().Get("state") != "abc_DEF-123" {
		t.Fatalf("the redirect brings %v", location.Query())
	}

	// then the code is worth a token for that person.
	answer := s.exchange(code)
	if !regexp.MustCompile(`^<T=[0-9a-f]{32}>$`).MatchString(answer.TxID) || answer.Message != "SUCCESS" || !strings.Contains(answer.text, "<T=") {
		t.Errorf("the envelope is %s", answer.text)
	}
	token := s.openContent(answer)
	wong := simulator.Persons()[1]
	for field, want := range map[string]any{
		"tokenType": "Bearer", "issueAt": float64(s.clock.Now().UnixMilli()), "expiresIn": float64(14_400_000),
		"openID": s.sim.OpenID("home-1", "wong"), "lastModifiedDate": float64(wong.LastModified.UnixMilli()),
		"userType": "sign", "scope": "eidapi_auth",
	} {
		if token[field] != want {
			t.Errorf("%s is %v, not %v", field, token[field], want)
		}
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(token["accessToken"].(string)) {
		t.Errorf("accessToken has another form")
	}
	if s.sim.Calls("security/getKey") != 1 || s.sim.Calls("auth/getQR") != 1 || s.sim.Calls("auth/getToken") != 1 {
		t.Error("the calls are counted wrongly")
	}
}

func TestOpenIDsTellNothingAcrossClients(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	seen := map[string]bool{}
	for _, client := range []string{"home-1", "home-2"} {
		for _, person := range simulator.Persons() {
			id := s.sim.OpenID(client, person.Name)
			if seen[id] || len(id) > 255 {
				t.Errorf("the openID of %s for %s is taken or too long", person.Name, client)
			}
			seen[id] = true
			for _, escape := range []string{"%2B", "%2F", "%3D"} {
				if !strings.Contains(id, escape) {
					t.Errorf("the openID of %s for %s lacks %s", person.Name, client, escape)
				}
			}
		}
	}
	again := start(t, nil)
	if s.sim.OpenID("home-1", "chan") != again.sim.OpenID("home-1", "chan") {
		t.Error("the openID does not outlive a restart")
	}
	if s.sim.OpenID("home-1", "nobody") != "" || s.sim.OpenID("no-home", "chan") != "" {
		t.Error("strangers have an openID")
	}
}

func TestTheKeyStaysUntilItEnds(t *testing.T) {
	s := start(t, func(o *simulator.Options) { o.KeyLife = time.Hour })
	s.fetchKey()
	first := s.cek
	s.clock.advance(time.Hour - time.Millisecond)
	s.fetchKey()
	if !slices.Equal(first, s.cek) {
		t.Fatal("the key changed while it was valid")
	}
	s.openContent(s.exchange(s.approve("chan")))

	s.clock.advance(time.Millisecond)
	if got := s.exchange(s.approve("chan")).outcome(); got != "D30002" {
		t.Errorf("the ended key got %s", got)
	}
	s.fetchKey()
	if slices.Equal(first, s.cek) {
		t.Fatal("the key did not change")
	}
	s.openContent(s.exchange(s.approve("chan")))

	stale := *s
	stale.cek = first
	if got := stale.exchange(s.approve("chan")).outcome(); got != "D30002" {
		t.Errorf("the key before got %s", got)
	}
	if got := s.broken(); !slices.Equal(got, []string{"cek-ended", "cek-ended"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestRevokingEndsTheKey(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t, "cek-ended")
	if got := s.send(s.draft("security/revokeKey", nil)).outcome(); got != "D00000" {
		t.Errorf("revoking nothing got %s", got)
	}
	s.fetchKey()
	if got := s.send(s.draft("security/revokeKey", []byte("{}"))).outcome(); got != "D00000" {
		t.Errorf("revoking got %s", got)
	}
	if got := s.exchange(s.approve("chan")).outcome(); got != "D30002" {
		t.Errorf("the revoked key got %s", got)
	}
	s.fetchKey()
	s.openContent(s.exchange(s.approve("chan")))
}

func TestACodeServesOnce(t *testing.T) {
	s := start(t, nil)
	s.fetchKey()
	code := s.approve("chan")

	// Given twenty callbacks at once, one of them gets the token.
	var won, refused int
	var count sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			answer := s.exchange(code)
			count.Lock()
			defer count.Unlock()
			switch answer.outcome() {
			case "D00000":
				won++
			case "D40004":
				refused++
			}
		})
	}
	all.Wait()
	if won != 1 || refused != 19 {
		t.Errorf("%d won, %d were refused", won, refused)
	}
	if got := s.broken(); len(got) != 19 || slices.ContainsFunc(got, func(rule string) bool { return rule != "code-reused" }) {
		t.Errorf("violations are %v", got)
	}
}

func TestACodeEndsInTime(t *testing.T) {
	s := start(t, nil)
	s.fetchKey()
	inTime, late, forgotten := s.approve("chan"), s.approve("chan"), s.approve("chan")
	s.clock.advance(30 * time.Second)
	s.openContent(s.exchange(inTime))
	s.clock.advance(time.Millisecond)
	if got := s.exchange(late).outcome(); got != "D40004" {
		t.Errorf("a late code got %s", got)
	}
	s.clock.advance(19 * time.Minute)
	s.approve("chan") // tidies up
	if got := s.exchange(forgotten).outcome(); got != "D40004" {
		t.Errorf("a forgotten code got %s", got)
	}
	if got := s.broken(); !slices.Equal(got, []string{"code-expired", "code-unknown"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestACodeBelongsToItsClient(t *testing.T) {
	s := start(t, nil)
	s.fetchKey()
	code := s.approve("chan")
	other := s.as(otherClient())
	other.fetchKey()
	if got := other.exchange(code).outcome(); got != "D40004" {
		t.Errorf("another client's code got %s", got)
	}
	// The attempt of the other takes nothing from the rightful one.
	s.openContent(s.exchange(code))
	if got := s.broken(); !slices.Equal(got, []string{"code-client"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestEachDecisionLeadsBack(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	for decision, code := range map[string]string{"reject": "D40001", "cancel": "D40000", "timeout": "D40003"} {
		form := url.Values{"request": {s.openQR(joined(s.query()))}, "person": {"chan"}, "decision": {decision}}
		status, location, _ := s.decide(form)
		want := callback + "?error_code=" + code + "&state=abc_DEF-123"
		if status != http.StatusFound || location.String() != want {
			t.Errorf("%s leads to %v (%d)", decision, location, status)
		}
		if status, _, page := s.decide(form); status != http.StatusBadRequest || !strings.Contains(page, "decided already") {
			t.Errorf("deciding twice got %d", status)
		}
	}
	// A registered address keeps its own query, and without a state none comes back.
	query := s.query()[:5]
	query[3][1] = url.QueryEscape("https://records.example.com/back?keep=1")
	_, location, _ := s.decide(url.Values{"request": {s.openQR(joined(query))}, "decision": {"reject"}})
	if location.String() != "https://records.example.com/back?keep=1&error_code=D40001" {
		t.Errorf("the redirect is %v", location)
	}
}

func TestALoginPageEndsInTime(t *testing.T) {
	s := start(t, func(o *simulator.Options) { o.QRLife = time.Minute })
	s.sim.Watch(t)
	late, forgotten := s.openQR(joined(s.query())), s.openQR(joined(s.query()))
	s.clock.advance(time.Minute + time.Millisecond)
	_, location, _ := s.decide(url.Values{"request": {late}, "person": {"chan"}, "decision": {"approve"}})
	if location.Query().Get("error_code") != "D40003" || location.Query().Has("code") {
		t.Errorf("a late approval leads to %v", location)
	}
	s.clock.advance(18 * time.Minute)
	s.openQR(joined(s.query())) // tidies up
	if status, _, _ := s.decide(url.Values{"request": {forgotten}, "person": {"chan"}, "decision": {"approve"}}); status != http.StatusBadRequest {
		t.Errorf("a forgotten login got %d", status)
	}
}

func TestOldestLoginsMakeRoom(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *simulator.Options) { o.Log, o.Persons = nil, []simulator.Person{{Name: "one"}} })
	first := s.openQR(joined(s.query()))
	for range 10_000 {
		s.direct(joined(s.query()) + "&brokerPage=true") // the smaller page
	}
	if status, _, _ := s.decide(url.Values{"request": {first}, "decision": {"reject"}}); status != http.StatusBadRequest {
		t.Errorf("the oldest of 10001 logins got %d", status)
	}
}
