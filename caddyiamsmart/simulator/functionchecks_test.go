package simulator_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// mistake is a call that asks a person, right but for one thing.
type mistake struct {
	name, call, rule, code string
	change                 func(a asking, p map[string]any)
}

func put(name string, value any) func(asking, map[string]any) {
	return func(_ asking, p map[string]any) { p[name] = value }
}

func drop(names ...string) func(asking, map[string]any) {
	return func(_ asking, p map[string]any) {
		for _, name := range names {
			delete(p, name)
		}
	}
}

func both(changes ...func(asking, map[string]any)) func(asking, map[string]any) {
	return func(a asking, p map[string]any) {
		for _, change := range changes {
			change(a, p)
		}
	}
}

const (
	profile  = "account/auth/profile/initiateRequest"
	form     = "account/eme/initiateRequest"
	stepUp   = "account/stepup/initiateRequest"
	sign     = "account/signing/initiateRequest"
	pdf      = "account/pdfsigning/initiateRequest"
	anonForm = "anonymous/eme/initiateRequest"
	anonSign = "anonymous/signing/initiateRequest"
	anonPDF  = "anonymous/pdfsigning/initiateRequest"
)

var shortDigest = base64.StdEncoding.EncodeToString(documentDigest[:20])

var mistakes = []mistake{
	{"nothing wrong", profile, "", "", drop()},
	{"with lang", profile, "", "", put("lang", "zh-HK")},
	{"businessID of 36", profile, "", "", put("businessID", strings.Repeat("b", 36))},
	{"source of an app", profile, "", "", put("source", "App_Scheme")},
	{"redirectURI encoded", profile, "", "", func(a asking, p map[string]any) { p["redirectURI"] = url.QueryEscape(a.URL) }},
	{"businessID of 37", profile, "field-length", "D20003", put("businessID", strings.Repeat("b", 37))},
	{"businessID beyond ASCII", profile, "business-id", "D20003", put("businessID", "é")},
	{"no businessID", stepUp, "field-missing", "D20001", drop("businessID")},
	{"no state", stepUp, "field-missing", "D20001", drop("state")},
	{"empty state", stepUp, "field-empty", "D20002", put("state", "")},
	{"state with a blank", stepUp, "state", "D20003", put("state", "a b")},
	{"state of 37", stepUp, "state", "D20003", put("state", strings.Repeat("s", 37))},
	{"unknown lang", stepUp, "lang", "D20003", put("lang", "fr-FR")},
	{"unknown field", stepUp, "field-unknown", "D20003", put("profileFields", []string{"idNo"})},
	{"source Chrome", stepUp, "source", "D20007", put("source", "Chrome")},
	{"redirectURI of the browser", stepUp, "callback-uri", "D20008", put("redirectURI", callback)},
	{"redirectURI encoded twice", stepUp, "callback-uri", "D20008", func(a asking, p map[string]any) {
		p["redirectURI"] = url.QueryEscape(url.QueryEscape(a.URL))
	}},
	{"invented token", stepUp, "token-unknown", "D20009", put("accessToken", strings.Repeat("0", 32))},
	{"token over", stepUp, "token-expired", "D20009", func(a asking, p map[string]any) { a.clock.advance(4 * time.Hour) }},
	{"openID decoded", stepUp, "openid-unknown", "D20010", func(_ asking, p map[string]any) {
		p["openID"], _ = url.QueryUnescape(p["openID"].(string))
	}},
	{"openID of another", stepUp, "openid-other", "D20010", func(a asking, p map[string]any) { p["openID"] = a.sim.OpenID("home-1", "chan") }},
	{"token of another client", stepUp, "token-client", "D20009", func(a asking, p map[string]any) {
		other := a.as(otherClient())
		other.fetchKey()
		p["accessToken"] = other.openContent(other.exchange(other.approve("wong")))["accessToken"]
	}},
	{"login without the scope", stepUp, "token-scope", "D20015", narrow("eidapi_auth%20eidapi_profiles")},
	{"profile with eidapi_auth", profile, "token-scope", "D20015", narrow("eidapi_auth")},
	{"form with eidapi_formFilling", form, "token-scope", "D20015", narrow("eidapi_auth%20eidapi_formFilling")},
	{"signing with eidapi_auth", sign, "token-scope", "D20015", narrow("eidapi_auth")},
	{"no profileFields", profile, "field-missing", "D20001", drop("profileFields")},
	{"empty profileFields", profile, "list-empty", "D20002", put("profileFields", []string{})},
	{"profileFields null", profile, "field-type", "D20003", put("profileFields", nil)},
	{"profileFields as text", profile, "field-type", "D20003", put("profileFields", "idNo")},
	{"profileFields of numbers", profile, "field-type", "D20003", put("profileFields", []int{1})},
	{"unknown profile field", profile, "listed-field", "D20003", put("profileFields", []string{"mobileNumber"})},
	{"profile field twice", profile, "listed-field", "D20003", put("profileFields", []string{"idNo", "idNo"})},
	{"form without profileFields", form, "", "", drop("profileFields", "formNum", "formDesc")},
	{"form of JSON", form, "", "", put("callbackContentType", "application/json")},
	{"form without fields", form, "list-empty", "D20002", drop("profileFields", "eMEFields")},
	{"form with two empty lists", form, "list-empty", "D20002", both(put("profileFields", []string{}), put("eMEFields", []string{}))},
	{"unknown form field", form, "listed-field", "D20003", put("eMEFields", []string{"salary"})},
	{"no formName", form, "field-missing", "D20001", drop("formName")},
	{"formName of 256", form, "field-length", "D20003", put("formName", strings.Repeat("表", 256))},
	{"formName of 255", form, "", "", put("formName", strings.Repeat("表", 255))},
	{"formNum of 21", form, "field-length", "D20003", put("formNum", strings.Repeat("1", 21))},
	{"form by parts", form, "callback-type", "D20003", put("callbackContentType", "multipart/form-data")},
	{"no HKICHash", sign, "field-missing", "D20001", drop("HKICHash")},
	{"HKICHash with the check digit", sign, "hkic-hash", "D70005", put("HKICHash", hkicHash("Z0000028"))},
	{"HKIC in clear", sign, "hash-form", "D20003", put("HKICHash", "Z000002")},
	{"hash of 20 bytes", sign, "hash-form", "D20003", put("hashCode", shortDigest)},
	{"SHA-512", sign, "", "", put("hashCode", base64.StdEncoding.EncodeToString(make([]byte, 64)))},
	{"SHA-512 without hashing", sign, "hash-form", "D20003", both(put("sigAlgo", "NONEwithRSA"),
		put("hashCode", base64.StdEncoding.EncodeToString(make([]byte, 64))))},
	{"unknown sigAlgo", sign, "sig-algo", "D20003", put("sigAlgo", "SHA1withRSA")},
	{"SM2", sign, "sig-algo-sm", "D20003", put("sigAlgo", "SM3withSM2")},
	{"department of 101", sign, "field-length", "D20003", put("department", strings.Repeat("d", 101))},
	{"step-up while signing", sign, "", "", both(put("suaMethod", "FR,NFC"), put("suaWaitPeriod", 720))},
	{"unknown step-up", sign, "field-value", "D20003", put("suaMethod", "SMS")},
	{"wait too long", sign, "field-type", "D20003", put("suaWaitPeriod", 721)},
	{"docDigest of SHA-512", pdf, "hash-form", "D20003", put("docDigest", base64.StdEncoding.EncodeToString(make([]byte, 64)))},
	{"sigAlgo for a PDF", pdf, "field-unknown", "D20003", put("sigAlgo", "SHA256withRSA")},
	{"somebody who may not sign", sign, "user-type", "D70004", func(a asking, p map[string]any) {
		token := a.login("chan")
		p["accessToken"], p["openID"], p["HKICHash"] = token["accessToken"], token["openID"], hkicHash("Z000001")
	}},
	{"anonymous form", anonForm, "", "", drop()},
	{"anonymous form with a token", anonForm, "field-unknown", "D20003", put("accessToken", "x")},
	{"anonymous signing", anonSign, "", "", drop()},
	{"anonymous PDF signing", anonPDF, "", "", drop()},
	{"anonymous signing to a callback", anonSign, "callback-uri", "D20008", func(a asking, p map[string]any) { p["redirectURI"] = a.URL }},
	{"anonymous signing from Chrome", anonSign, "source", "D20007", put("source", "Chrome")},
}

// narrow logs in with fewer scopes.
func narrow(scope string) func(asking, map[string]any) {
	return func(a asking, p map[string]any) {
		token := a.login("wong", set("scope", scope))
		p["accessToken"], p["openID"] = token["accessToken"], token["openID"]
	}
}

func TestEveryCheckOfCallsThatAskAPerson(t *testing.T) {
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			a := startAsking(t, nil)
			var token map[string]any
			if !strings.HasPrefix(m.call, "anonymous") {
				token = a.login("wong")
			}
			p := a.parameters(m.call, token)
			m.change(a, p)
			expect(t, a.service, m.rule, m.code, a.call(m.call, p).outcome())
			if m.rule != "" && len(a.sim.Waiting()) != 0 {
				t.Error("it waits on the phone")
			}
			for _, secret := range []string{a.secret, a.sim.OpenID("home-1", "wong"), "Z000002", hkicHash("Z000002")} {
				if strings.Contains(a.log.String(), secret) {
					t.Errorf("the log tells too much")
				}
			}
		})
	}
}

func TestABusinessIDServesOnce(t *testing.T) {
	a := startAsking(t, nil)
	p := a.parameters(profile, a.login("wong"))
	// What failed has not used it up.
	a.sim.FailNext(profile, "D20000", 1)
	if got := a.call(profile, p).outcome(); got != "D20000" {
		t.Fatalf("got %s", got)
	}
	a.openContent(a.call(profile, p))
	if got := a.call(profile, p).outcome(); got != "D20011" {
		t.Errorf("the second got %s", got)
	}
	if got := a.call(anonForm, map[string]any{"businessID": p["businessID"], "formName": "x", "profileFields": []string{"idNo"}}).outcome(); got != "D20011" {
		t.Errorf("the same for a ticket got %s", got)
	}
	if got := a.broken(); !slices.Equal(got, []string{"business-id-twice", "business-id-twice"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestACallNeedsApproval(t *testing.T) {
	a := startAsking(t, func(o *simulator.Options) { o.Clients[0].Scopes = []string{"eidapi_auth"} })
	token := a.login("wong", set("scope", "eidapi_auth"))
	for _, call := range []string{profile, form, stepUp, sign, pdf, anonForm, anonSign, anonPDF} {
		var with map[string]any
		if !strings.HasPrefix(call, "anonymous") {
			with = token
		}
		if got := a.call(call, a.parameters(call, with)).outcome(); got != "D20012" {
			t.Errorf("%s got %s", call, got)
		}
	}
	for _, rule := range a.broken() {
		if rule != "call-approved" {
			t.Errorf("the rule %s is broken", rule)
		}
	}
}
