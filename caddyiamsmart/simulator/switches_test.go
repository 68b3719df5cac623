package simulator_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

func TestOneFamilyOfPathsCanBeServedAlone(t *testing.T) {
	families := map[string][]string{
		"paths-account": {form, "account/auth/eme/initiateRequest", sign, pdf, "account/signing/ackResult", anonForm, "anonymous/eme/getResult",
			anonSign, "anonymous/signing/getResult", anonPDF, "anonymous/pdfsigning/getResult"},
		"paths-sister": {"formFilling/initiateRequest", "signing/initiateRequest", "pdfsigning/initiateRequest", "signing/ackResult",
			"formFilling/anonymous/initiateRequest", "formFilling/anonymous/getResult", "signing/anonymous/initiateRequest",
			"signing/anonymous/getResult", "pdfsigning/anonymous/initiateRequest", "pdfsigning/anonymous/getResult"},
	}
	for word := range families {
		a := startAsking(t, variant(word))
		for family, calls := range families {
			for _, call := range append(calls, profile, stepUp) {
				got := a.call(call, map[string]any{}).outcome()
				served := family == word || call == profile || call == stepUp
				if served && got != "D20001" || !served && got != "404" {
					t.Errorf("%s: %s got %s", word, call, got)
				}
			}
		}
		if got := a.broken(); !slices.Contains(got, "path") || len(slices.DeleteFunc(got, func(r string) bool { return r == "path" || r == "field-missing" })) > 0 {
			t.Errorf("%s: violations are %v", word, got)
		}
	}
}

func TestRawSignaturesCanBeDemanded(t *testing.T) {
	s := start(t, variant("raw-signature-only"))
	d := s.draft("security/getKey", nil)
	d.encode = base64.StdEncoding.EncodeToString
	if got := s.send(d).outcome(); got != "D00000" {
		t.Errorf("the raw one got %s", got)
	}
	expect(t, s, "signature-encoded", "D20006", s.send(s.draft("security/getKey", nil)).outcome())
}

func TestABodyOfGetKeyCanBeDemanded(t *testing.T) {
	for word, right := range map[string]string{"getkey-empty": "", "getkey-object": "{}"} {
		for _, body := range []string{"", "{}"} {
			s := start(t, variant(word))
			rule := "getkey-body"
			if body == right {
				rule = ""
			}
			expect(t, s, rule, "D20003", s.send(s.draft("security/getKey", []byte(body))).outcome())
		}
	}
}

func TestThePublicKeyHasOtherForms(t *testing.T) {
	key, certificate := credentials()
	spki, _ := x509.MarshalPKIXPublicKey(key.Public())
	for word, want := range map[string][]byte{"": spki, "pubkey-pkcs1": x509.MarshalPKCS1PublicKey(&key.PublicKey), "pubkey-certificate": certificate.Raw} {
		s := start(t, func(o *simulator.Options) {
			if word != "" {
				variant(word)(o)
			}
		})
		if got, _ := base64.StdEncoding.DecodeString(s.keyContent()["pubKey"].(string)); !bytes.Equal(got, want) {
			t.Errorf("%q: the key has %d bytes, not %d", word, len(got), len(want))
		}
	}
}

func TestCallbacksHaveOtherForms(t *testing.T) {
	a := startAsking(t, variant("bare-callback", "fresh-callback-key", "resend-callbacks", "sister-dialect", "extra-fields"))
	a.sim.Watch(t)
	p, waiting := a.ask(stepUp, "wong")
	bodies := a.settled(waiting.ID, "approve")
	if len(bodies) != 3 || !bytes.Equal(bodies[0], bodies[1]) || !bytes.Equal(bodies[0], bodies[2]) || len(a.sim.Callbacks()) != 3 {
		t.Fatalf("%d callbacks", len(bodies))
	}
	n := a.openCallback(bodies[0])
	if n.clear["businessID"] != p["businessID"] || n.clear["isPassed"] != true {
		t.Errorf("the clear text is not bare: %v", n.clear)
	}
	if bytes.Equal(n.cek, a.cek) {
		t.Error("the key is that of getKey")
	}
	if n.Code != "M00000" || n.Msg != "SUCCESS" || n.Message != "" {
		t.Errorf("the dialect is %s %q %q", n.Code, n.Msg, n.Message)
	}
	if n.clear["simulatorExtra"] == nil || !strings.Contains(string(bodies[0]), "simulatorExtra") {
		t.Error("there are no extra members")
	}
	// And getKey goes on with its own key.
	before := a.cek
	if a.fetchKey(); !bytes.Equal(before, a.cek) {
		t.Error("the callback's key took the place of getKey's")
	}
}

func TestTheFormOfRedirectURIsCanBeDemanded(t *testing.T) {
	for word, right := range map[string]int{"redirect-plain": 0, "redirect-encoded": 1} {
		a := startAsking(t, variant(word))
		for i, uri := range []string{a.URL, url.QueryEscape(a.URL)} {
			p := a.parameters(stepUp, a.login("wong"))
			p["redirectURI"] = uri
			want := "D20008"
			if i == right {
				want = "D00000"
			}
			if got := a.call(stepUp, p).outcome(); got != want {
				t.Errorf("%s: %s got %s", word, uri, got)
			}
		}
		if got := a.broken(); !slices.Equal(got, []string{"redirect-form"}) {
			t.Errorf("%s: violations are %v", word, got)
		}
		waiting := a.sim.Waiting()
		if got := len(a.settled(waiting[0].ID, "approve")); got != 1 {
			t.Errorf("%s: %d callbacks", word, got)
		}
	}
}

func TestAProfileCanDoWithTheScopeOfLogins(t *testing.T) {
	a := startAsking(t, func(o *simulator.Options) {
		variant("auth-scope-profiles")(o)
		o.Clients[0].Scopes = []string{"eidapi_auth", "eidapi_fr"}
	})
	token := a.login("wong", set("scope", "eidapi_auth"))
	a.openContent(a.call(profile, a.parameters(profile, token)))
	expect(t, a.service, "token-scope", "D20015", a.call(stepUp, a.parameters(stepUp, token)).outcome())
}

func TestErrorsCanHaveAStatus(t *testing.T) {
	a := startAsking(t, variant("error-status"))
	d := a.draft("auth/getToken", a.sealed(`{"code":"x","grantType":"authorization_code"}`))
	answer := a.send(d)
	var envelope reply
	if err := json.Unmarshal([]byte(answer.text), &envelope); err != nil || answer.Status != http.StatusBadRequest || envelope.Code != "D40004" {
		t.Errorf("the answer is %d %s", answer.Status, answer.text)
	}
	if got := a.send(a.draft("security/getKey", nil)).Status; got != http.StatusOK {
		t.Errorf("success has the status %d", got)
	}
}

func TestSwitchesThatContradictEachOther(t *testing.T) {
	for _, words := range [][2]string{
		{"raw-signature", "raw-signature-only"}, {"paths-account", "paths-sister"}, {"getkey-empty", "getkey-object"},
		{"pubkey-pkcs1", "pubkey-certificate"}, {"redirect-encoded", "redirect-plain"}, {"direct-marked", "direct-plain"},
	} {
		options := simulator.Options{Clients: []simulator.Client{homeClient()}}
		variant(words[:]...)(&options)
		if _, err := simulator.New(options); err == nil || !strings.Contains(err.Error(), words[0]) || !strings.Contains(err.Error(), words[1]) {
			t.Errorf("%v: the error is %v", words, err)
		}
	}
}
