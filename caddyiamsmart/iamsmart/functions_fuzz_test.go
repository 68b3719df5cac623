package iamsmart_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// offline is a client for fuzzing, whose transport answers getKey with the content key and all else with next.
func offline(f *testing.F, cek []byte, change ...func(*iamsmart.Config)) (*iamsmart.Client, *canned) {
	f.Helper()
	key, _ := json.Marshal(map[string]any{"code": "D00000", "content": map[string]any{
		"secretKey": wrapByHand(&ourPair().private.PublicKey, cek), "issueAt": time.Now().UnixMilli(), "expiresIn": 86_400_000,
	}})
	transport := &canned{key: key}
	config := iamsmart.Config{
		APIBase: "https://api.example/api/v1", WebBase: "https://api.example/api/v1", ClientID: "id", ClientSecret: "s",
		Keys: []*iamsmart.Encipherment{ourPair().load(f)}, HTTPClient: &http.Client{Transport: transport},
	}
	for _, c := range change {
		c(&config)
	}
	client, err := iamsmart.New(config)
	if err != nil {
		f.Fatal(err)
	}
	return client, transport
}

// Whatever arrives at the address of a callback, in clear or well sealed, it is a whole callback or an error of one kind; and
// each reader gives what is bounded, or such an error.
func FuzzCallback(f *testing.F) {
	cek := randomBytes(32)
	profile, _ := json.Marshal(aProfile())
	secretKey := wrapByHand(&ourPair().private.PublicKey, cek)
	f.Add("application/json", callback(cek, secretKey, "D00000", aProfile()), profile, "D00000")
	f.Add("application/json", []byte(`{"code":"D50001","content":null}`), []byte(`{"content":{"businessID":"b","state":"s"}}`), "D50001")
	f.Add("text/html", []byte("<html>"), []byte(`{"content":"{\"businessID\":\"b\",\"state\":\"s\"}"}`), "M00000")
	f.Add("application/json", []byte("null"), []byte(`{"businessID":"b","state":"s","residentialAddress":{"EngPremisesAddress":{"EngLot":{}}}}`), "D00000")
	f.Add("", []byte{}, []byte(`{"businessID":"b","state":"s","addressDocFile":{"docFile":"AA=="},"isPassed":"true"}`), "D00000")
	f.Add("application/json", []byte(`{"content":"AAAA"}`), []byte(`{"businessID":"b","state":"s","hashCode":"AA==","signature":"AA==","cert":"AA=="}`), "D00000")
	match, transport := offline(f, cek)
	token, _ := json.Marshal(aToken())
	answer, _ := json.Marshal(map[string]any{"code": "D00000", "content": sealByHand(cek, token)})
	transport.next = func() *http.Response { return cannedAnswer(200, "application/json", answer) }
	if _, err := match.GetToken(context.Background(), aCode); err != nil { // fetches the content key
		f.Fatal(err)
	}
	own, _ := offline(f, cek, ownKey)
	f.Fuzz(func(t *testing.T, contentType string, body, sealed []byte, code string) {
		checkCallback(t, match, iamsmart.Incoming{ContentType: contentType, Body: body})
		checkCallback(t, match, incoming(callback(cek, "", code, sealByHand(cek, sealed))))
		checkCallback(t, own, iamsmart.Incoming{ContentType: contentType, Body: body})
	})
}

func checkCallback(t *testing.T, client *iamsmart.Client, in iamsmart.Incoming) {
	t.Helper()
	got, err := client.OpenCallback(context.Background(), in)
	if err != nil {
		if kindOf(t, err) != iamsmart.KindProtocol || len(err.Error()) > 250 || got.BusinessID != "" || got.State.Reveal() != "" {
			t.Fatalf("%+v, %v", got, err)
		}
		return
	}
	state := got.State.Reveal()
	if got.BusinessID == "" || len(got.BusinessID) > 36 || len(state) > 36 || got.Failure == nil && state == "" ||
		strings.ContainsAny(got.BusinessID+state, " \r\n\x00") {
		t.Fatalf("a callback with the IDs %q and %q", got.BusinessID, state)
	}
	form, formErr := got.FormFilling()
	profile, profileErr := got.Profile()
	passed, passedErr := got.Reauthentication()
	_, signatureErr := got.Signature()
	_, pdfErr := got.PDFSignature()
	for _, err := range []error{formErr, profileErr, passedErr, signatureErr, pdfErr} {
		if err == nil && got.Failure != nil || err != nil && got.Failure == nil && kindOf(t, err) != iamsmart.KindProtocol {
			t.Fatalf("a reader says %v, the callback %v", err, got.Failure)
		}
	}
	for _, text := range []string{
		form.EnglishName.Reveal(), profile.ChineseName.Reveal(), profile.Number.Canonical(), form.Email.Reveal(), form.Residential.Region.Reveal(),
	} {
		if len(text) > 1024 || strings.ContainsAny(text, "\r\n\x00") || text != strings.TrimSpace(text) {
			t.Fatalf("a reader gave %q", text)
		}
	}
	if passed && !strings.Contains(in.ContentType, "json") {
		t.Fatal("passed without JSON")
	}
}

// Whatever a function answers, well sealed, there is a whole result or an error that quotes nothing.
func FuzzFunctionAnswers(f *testing.F) {
	f.Add([]byte(`{"authByQR":true}`))
	f.Add([]byte(`{"authByQR":"false","ticketID":"0af1"}`))
	f.Add([]byte(`{"content":{"emailAddress":"a@b","postalAddress":{"PostBoxAddress":{"EngPostBox":{"PoBoxNo":1}}}}}`))
	f.Add([]byte(`{"hashCode":"AA==","signature":"AA==","cert":"AA==","timestamp":1}`))
	f.Add([]byte(`{"pdfSignature":"AA=="}`))
	f.Add([]byte("null"))
	f.Add([]byte(`{"ticketID":"\u0000"}`))
	cek := randomBytes(32)
	client, transport := offline(f, cek)
	f.Fuzz(func(t *testing.T, sealed []byte) {
		envelope, _ := json.Marshal(map[string]any{"code": "D00000", "content": sealByHand(cek, sealed)})
		transport.next = func() *http.Response { return cannedAnswer(200, "application/json", envelope) }
		for _, c := range functionCases() {
			got, err := c.call(client)
			if err != nil {
				if kindOf(t, err) != iamsmart.KindProtocol || len(err.Error()) > 250 {
					t.Fatalf("%s: %v", c.name, err)
				}
				continue
			}
			ticket, _ := got.(string)
			if started, ok := got.(iamsmart.Started); ok {
				ticket = started.TicketID
				if started.AuthByQR == (ticket != "") {
					t.Fatalf("%s gave %+v", c.name, started)
				}
			}
			if strings.HasPrefix(c.name, "anonymous") && !strings.Contains(c.name, "result") && (ticket == "" || len(ticket) > 256) {
				t.Fatalf("%s gave the ticket %q", c.name, ticket)
			}
		}
	})
}

// A canonical number stays as it is, and however a number is decorated, it is the same one.
func FuzzCanonicalHKIC(f *testing.F) {
	for _, seed := range []string{"A123456(3)", " wx123456 (A) ", "Ａ１２３４５６", "cc 12(3)", "()", "\xff(", "A1234567890"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, number string) {
		canonical := iamsmart.CanonicalHKIC(number)
		if iamsmart.CanonicalHKIC(canonical) != canonical || len(canonical) > len(number) {
			t.Fatalf("%q becomes %q, and that %q", number, canonical, iamsmart.CanonicalHKIC(canonical))
		}
		if canonical != iamsmart.CanonicalHKIC(" "+number+"　") {
			t.Fatalf("blanks around %q matter", number)
		}
		if n := iamsmart.NewHKIC(number, ""); n.Matches(number) != (canonical != "" && number != "") {
			t.Fatalf("%q does not match itself", number)
		}
		iamsmart.HKICCheckDigit(number)
	})
}

// Whatever query comes with a direct login, it is one code or an error without one.
func FuzzParseDirectRedirect(f *testing.F) {
	for _, seed := range []string{"code=" + aCode, "code=a&RefID=b", "error_code=D40000", "code=a&state=b", "code=a;b", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values := parsed(query)
		got, err := iamsmart.ParseDirectRedirect(values)
		if (err == nil) != (got.Code != "") || len(got.RefID) > 128 || err == nil && (len(values["code"]) != 1 || len(values["state"]) > 0) {
			t.Fatalf("%q gave %+v, %v", query, got, err)
		}
	})
}
