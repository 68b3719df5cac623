package simulator_test

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

func variant(words ...string) func(*simulator.Options) {
	return func(o *simulator.Options) {
		for _, word := range words {
			if err := o.Variants.Set(word); err != nil {
				panic(err)
			}
		}
	}
}

func TestRawSignaturesCanBeAllowed(t *testing.T) {
	s := start(t, variant("raw-signature"))
	s.sim.Watch(t)
	for name, encode := range map[string]func(mac []byte) string{"raw": base64.StdEncoding.EncodeToString, "encoded": percentEncoded} {
		d := s.draft("security/getKey", nil)
		d.encode = encode
		if got := s.send(d).outcome(); got != "D00000" {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestTimestampsCanBeOrdered(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		s := start(t, func(o *simulator.Options) { o.Variants.OrderedTimestamps = ordered })
		s.send(s.draft("security/getKey", nil))
		s.send(s.draft("security/getKey", nil)) // the same time is in order
		d := s.draft("security/getKey", nil)
		d.timestamp = milliseconds(-time.Millisecond)(s.clock.Now())
		rule := ""
		if ordered {
			rule = "timestamp-order"
		}
		expect(t, s, rule, "D20003", s.send(d).outcome())
	}
}

func TestTheKeyCanBeWrappedInOtherWays(t *testing.T) {
	for _, words := range [][]string{{"oaep-sha1"}, {"oaep-sha256"}, {"base64-key"}, {"base64-key", "oaep-sha256"}} {
		s := start(t, variant(words...))
		s.sim.Watch(t)
		wrapped, _ := base64.StdEncoding.DecodeString(s.keyContent()["secretKey"].(string))
		var way crypto.DecrypterOpts
		switch {
		case slices.Contains(words, "oaep-sha1"):
			way = &rsa.OAEPOptions{Hash: crypto.SHA1}
		case slices.Contains(words, "oaep-sha256"):
			way = &rsa.OAEPOptions{Hash: crypto.SHA256}
		}
		key, _ := credentials()
		clear, err := key.Decrypt(nil, wrapped, way)
		if err != nil {
			t.Fatalf("%v: %v", words, err)
		}
		if slices.Contains(words, "base64-key") {
			if len(clear) != 44 {
				t.Fatalf("%v: the clear text has %d bytes", words, len(clear))
			}
			clear, _ = base64.StdEncoding.DecodeString(string(clear))
		}
		s.cek = clear
		s.openContent(s.exchange(s.approve("chan")))
	}
}

func TestExpiriesCanBeTimes(t *testing.T) {
	s := start(t, variant("absolute-expiry"))
	s.sim.Watch(t)
	now := s.clock.Now()
	if got := s.fetchKey()["expiresIn"]; got != float64(now.Add(24*time.Hour).UnixMilli()) {
		t.Errorf("the key ends at %v", got)
	}
	if got := s.openContent(s.exchange(s.approve("chan")))["expiresIn"]; got != float64(now.Add(4*time.Hour).UnixMilli()) {
		t.Errorf("the token ends at %v", got)
	}
}

func TestDenialsCanBeBare(t *testing.T) {
	s := start(t, variant("bare-denial"))
	s.sim.Watch(t)
	_, location, _ := s.decide(url.Values{"request": {s.openQR(joined(s.query()))}, "decision": {"reject"}})
	if location.String() != callback+"?state=abc_DEF-123" {
		t.Errorf("the redirect is %v", location)
	}
	_, location, _ = s.decide(url.Values{"request": {s.openQR(joined(s.query()[:5]))}, "decision": {"reject"}})
	if location.String() != callback {
		t.Errorf("the redirect without state is %v", location)
	}
	s.fetchKey()
	s.openContent(s.exchange(s.approve("chan")))
}

func TestSpellingCanBeStrict(t *testing.T) {
	for pair, rule := range map[string]string{"lang=zh-hk": "lang", "brokerPage=True": "broker-page"} {
		s := start(t, variant("strict-spelling"))
		name, value, _ := strings.Cut(pair, "=")
		q := &query{s.query()}
		if status, _, _ := s.get("/api/v1/auth/getQR?" + joined(q.pairs)); status != http.StatusOK {
			t.Fatalf("the documented spelling got %d", status)
		}
		set(name, value)(s, q)
		s.get("/api/v1/auth/getQR?" + joined(q.pairs))
		if got := s.broken(); !slices.Equal(got, []string{rule}) {
			t.Errorf("%s: violations are %v", pair, got)
		}
	}
}

func TestAnswersCanSpeakTheSistersDialect(t *testing.T) {
	s := start(t, variant("sister-dialect"))
	s.fetchKey()
	code := s.approve("chan")
	answer := s.exchange(code)
	if answer.Code != "M00000" || answer.Msg != "SUCCESS" || answer.Message != "" {
		t.Errorf("the answer is %s", answer.text)
	}
	s.openContent(answer)
	expect(t, s, "code-reused", "M40004", s.exchange(code).outcome())
}

func TestAnswersCanHoldMoreThanIsKnown(t *testing.T) {
	s := start(t, variant("extra-fields"))
	s.sim.Watch(t)
	s.fetchKey()
	answer := s.exchange(s.approve("chan"))
	if !strings.Contains(answer.text, "simulatorExtra") || s.openContent(answer)["simulatorExtra"] == nil {
		t.Errorf("the answer is %s", answer.text)
	}
}

func TestVariantsAreCheckedAndNamed(t *testing.T) {
	var v simulator.Variants
	for _, word := range simulator.VariantWords() {
		before := v
		if err := v.Set(word); err != nil || v == before {
			t.Errorf("the word %s does nothing: %v", word, err)
		}
	}
	if err := v.Set("oaep"); err == nil || !strings.Contains(err.Error(), "oaep-sha256") {
		t.Errorf("an unknown word got %v", err)
	}
}
