package iamsmart_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// strict has smart serve one more function: it checks the signature and opens the envelope with code of its own, keeps the
// parameters, and answers, sealed. A fault in either fails the test.
func (s *smart) strict(t testing.TB, path string, answer any) *map[string]any {
	t.Helper()
	got := new(map[string]any)
	s.functions["/api/v1"+path] = func(w http.ResponseWriter, r *http.Request) {
		_, body := s.last(path[1:])
		if fault := faultOf(r.Header, body); fault != "" {
			t.Errorf("%s: %s", path, fault)
		}
		plain, ok := openByHand(s.cek, body)
		if !ok || json.Unmarshal(plain, got) != nil {
			t.Errorf("%s: the body does not open", path)
		}
		sealed, _ := json.Marshal(answer)
		answerJSON(w, map[string]any{"txID": "<T=0123>", "code": "D00000", "message": "SUCCESS", "content": sealByHand(s.cek, sealed)})
	}
	return got
}

func faultOf(head http.Header, body []byte) string {
	mac := hmac.New(sha256.New, []byte(clientSecret))
	mac.Write([]byte(clientID + "HmacSHA256" + head.Get("timestamp") + head.Get("nonce") + string(body)))
	switch {
	case head.Get("clientID") != clientID || head.Get("signatureMethod") != "HmacSHA256":
		return "client or method is wrong"
	case len(head.Get("nonce")) != 32 || len(head.Get("timestamp")) != 13:
		return "nonce or time stamp is malformed"
	case head.Get("signature") != url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))):
		return "the signature does not fit"
	}
	return ""
}

func openByHand(key, body []byte) ([]byte, bool) {
	var envelope map[string]string
	if json.Unmarshal(body, &envelope) != nil || len(envelope) != 1 {
		return nil, false
	}
	framed, err := base64.StdEncoding.DecodeString(envelope["content"])
	if err != nil || len(framed) < 32 || binary.BigEndian.Uint32(framed) != 12 {
		return nil, false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, false
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, false
	}
	plain, err := gcm.Open(nil, framed[4:16], framed[16:], nil)
	return plain, err == nil
}

const callbackURL = "https://records.example/iamsmart/callback/profile"

// aRequest is one that passes every check, for the person of aToken.
func aRequest() iamsmart.Request {
	return iamsmart.Request{
		ID:          iamsmart.RequestID{BusinessID: "business-1", State: iamsmart.NewSecret("state-1")},
		AccessToken: iamsmart.NewSecret("00112233445566778899aabbccddeeff"), OpenID: iamsmart.NewOpenID("b3BlbklE%2Bopaque%3D"),
		Source: iamsmart.SourceIOSSafari, RedirectURI: callbackURL, Language: "zh-HK",
	}
}

func aForm() iamsmart.Form {
	return iamsmart.Form{
		Name: "入住申請", Number: "F-1", Text: "Admission", ProfileFields: []iamsmart.Field{iamsmart.FieldNumber},
		EMEFields: []iamsmart.Field{iamsmart.FieldMobilePhone, iamsmart.FieldPostalAddress},
	}
}

func aDocument() iamsmart.Document {
	return iamsmart.Document{
		Name: "Care plan", Service: "Records", Department: "Nursing", Signer: iamsmart.HKICHash(iamsmart.NewHKIC("A123456", "3")),
	}
}

var aHash = make([]byte, 32)

// Every function with a person, as told apart by what the client sends and what it makes of the answer.
type functionCase struct {
	name   string
	paths  [2]string // account, sister
	answer map[string]any
	call   func(*iamsmart.Client) (any, error)
	sent   map[string]any
	got    any
}

func functionCases() []functionCase {
	ctx := context.Background()
	ticket := map[string]any{"authByQR": false, "ticketID": "t1ck3t", "new": 1}
	started := iamsmart.Started{TicketID: "t1ck3t"}
	common := func(more map[string]any) map[string]any {
		all := map[string]any{
			"businessID": "business-1", "state": "state-1", "accessToken": "00112233445566778899aabbccddeeff",
			"openID": "b3BlbklE%2Bopaque%3D", "source": "iOS_Safari", "redirectURI": callbackURL, "lang": "zh-HK",
		}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	form := map[string]any{
		"formName": "入住申請", "formNum": "F-1", "formDesc": "Admission", "profileFields": []any{"idNo"},
		"eMEFields": []any{"mobileNumber", "postalAddress"},
	}
	document := map[string]any{
		"documentName": "Care plan", "serviceName": "Records", "department": "Nursing",
		"HKICHash": "rDcExehSzsiEp2laLaJqrtaX2ua9sdaugwaY5ONmYwk=",
	}
	with := func(base map[string]any, more ...any) map[string]any {
		all := map[string]any{}
		for name, value := range base {
			all[name] = value
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i].(string)] = more[i+1]
		}
		return all
	}
	zeros := base64.StdEncoding.EncodeToString(aHash)
	anonymous := iamsmart.AnonymousRequest{
		BusinessID: "business-2", State: "state-2", RedirectURI: callbackURL, Source: iamsmart.SourcePC, Language: "en-US",
	}
	anonymousSent := map[string]any{
		"businessID": "business-2", "state": "state-2", "redirectURI": callbackURL, "source": "PC_Browser", "lang": "en-US",
	}
	for name, value := range document {
		anonymousSent[name] = value
	}
	result := iamsmart.ResultRequest{
		AccessToken: iamsmart.NewSecret("t"), OpenID: iamsmart.NewOpenID("o"), BusinessID: "business-2",
	}
	resultSent := map[string]any{"accessToken": "t", "openID": "o", "businessID": "business-2"}
	signed := map[string]any{"businessID": "business-2", "hashCode": zeros, "signature": "AQID", "cert": "BAUG", "timestamp": 1700000000000}
	return []functionCase{
		{"profile", [2]string{"/account/auth/profile/initiateRequest", "/account/auth/profile/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestProfile(ctx, iamsmart.ProfileRequest{Request: aRequest(), Fields: []iamsmart.Field{iamsmart.FieldNumber}})
			}, common(map[string]any{"profileFields": []any{"idNo"}}), started},
		{"form filling", [2]string{"/account/eme/initiateRequest", "/formFilling/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestFormFilling(ctx, iamsmart.FormFillingRequest{Request: aRequest(), Form: aForm()})
			}, common(form), started},
		{"re-authentication", [2]string{"/account/stepup/initiateRequest", "/account/stepup/initiateRequest"},
			map[string]any{"authByQR": "true"},
			func(c *iamsmart.Client) (any, error) {
				return c.RequestReauthentication(ctx, iamsmart.ReauthenticationRequest{Request: aRequest()})
			}, common(nil), iamsmart.Started{AuthByQR: true}},
		{"signing", [2]string{"/account/signing/initiateRequest", "/signing/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestSigning(ctx, iamsmart.SigningRequest{
					Request: aRequest(), Document: aDocument(), Hash: aHash, Algorithm: iamsmart.AlgorithmNoneWithRSA,
				})
			}, common(with(document, "hashCode", zeros, "sigAlgo", "NONEwithRSA")), started},
		{"PDF signing", [2]string{"/account/pdfsigning/initiateRequest", "/pdfsigning/initiateRequest"}, map[string]any{"authByQR": true},
			func(c *iamsmart.Client) (any, error) {
				return c.RequestPDFSigning(ctx, iamsmart.PDFSigningRequest{Request: aRequest(), Document: aDocument(), Digest: aHash})
			}, common(with(document, "docDigest", zeros)), iamsmart.Started{AuthByQR: true}},
		{"acknowledgement", [2]string{"/account/signing/ackResult", "/signing/ackResult"}, nil,
			func(c *iamsmart.Client) (any, error) {
				return nil, c.Acknowledge(ctx, "business-1", iamsmart.SignatureRejected)
			}, map[string]any{"businessID": "business-1", "signingResult": "SR002"}, nil},
		{"anonymous form", [2]string{"/anonymous/eme/initiateRequest", "/formFilling/anonymous/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestAnonymousFormFilling(ctx, iamsmart.AnonymousFormFillingRequest{
					BusinessID: "business-2", Form: aForm(), Language: "en-US",
				})
			}, with(form, "businessID", "business-2", "lang", "en-US"), "t1ck3t"},
		{"anonymous form's result", [2]string{"/anonymous/eme/getResult", "/formFilling/anonymous/getResult"},
			map[string]any{"businessID": "business-2", "emailAddress": "chan@example.com"},
			func(c *iamsmart.Client) (any, error) {
				form, err := c.AnonymousFormFilling(ctx, result)
				return form.Email.Reveal(), err
			}, resultSent, "chan@example.com"},
		{"anonymous signing", [2]string{"/anonymous/signing/initiateRequest", "/signing/anonymous/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestAnonymousSigning(ctx, iamsmart.AnonymousSigningRequest{
					AnonymousRequest: anonymous, Document: aDocument(), Hash: aHash,
				})
			}, with(anonymousSent, "hashCode", zeros), "t1ck3t"},
		{"anonymous signing's result", [2]string{"/anonymous/signing/getResult", "/signing/anonymous/getResult"}, signed,
			func(c *iamsmart.Client) (any, error) {
				signature, err := c.AnonymousSignature(ctx, result)
				return signature.Value.Reveal() + signature.Certificate.Reveal(), err
			}, resultSent, "\x01\x02\x03\x04\x05\x06"},
		{"anonymous PDF", [2]string{"/anonymous/pdfsigning/initiateRequest", "/pdfsigning/anonymous/initiateRequest"}, ticket,
			func(c *iamsmart.Client) (any, error) {
				return c.RequestAnonymousPDFSigning(ctx, iamsmart.AnonymousPDFSigningRequest{
					AnonymousRequest: anonymous, Document: aDocument(), Digest: aHash,
				})
			}, with(anonymousSent, "docDigest", zeros), "t1ck3t"},
		{"anonymous PDF's result", [2]string{"/anonymous/pdfsigning/getResult", "/pdfsigning/anonymous/getResult"},
			map[string]any{"content": map[string]any{"pdfSignature": "AQID"}},
			func(c *iamsmart.Client) (any, error) {
				signature, err := c.AnonymousPDFSignature(ctx, result)
				return signature.PKCS7.Reveal(), err
			}, resultSent, "\x01\x02\x03"},
	}
}

// Given each function in either family of paths, a server that checks signature and envelope by itself gets exactly the
// documented parameters, and the caller what it answered.
func TestFunctions(t *testing.T) {
	for _, c := range functionCases() {
		for family, word := range []string{"account", "sister"} {
			t.Run(c.name+", "+word, func(t *testing.T) {
				server := newSmart(t)
				sent := server.strict(t, c.paths[family], c.answer)
				got, err := c.call(server.client(t, func(c *iamsmart.Config) { c.Protocol.Paths = word }))
				if err != nil {
					t.Fatal(err)
				}
				want(t, "result", got, c.got)
				if !reflect.DeepEqual(*sent, c.sent) {
					t.Errorf("sent %v\nwant %v", *sent, c.sent)
				}
			})
		}
	}
}

// Given the option redirect_uri, the callback's address goes out percent-encoded.
func TestRedirectURICanBeEncoded(t *testing.T) {
	server := newSmart(t)
	sent := server.strict(t, "/account/stepup/initiateRequest", map[string]any{"authByQR": true})
	client := server.client(t, func(c *iamsmart.Config) { c.Protocol.RedirectURI = "encoded" })
	if _, err := client.RequestReauthentication(context.Background(), iamsmart.ReauthenticationRequest{Request: aRequest()}); err != nil {
		t.Fatal(err)
	}
	want(t, "redirectURI", (*sent)["redirectURI"], "https%3A%2F%2Frecords.example%2Fiamsmart%2Fcallback%2Fprofile")
}

// Whatever a function is refused with, the error is that of the code and names the function.
func TestFunctionsRefused(t *testing.T) {
	for _, c := range functionCases() {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			server.functions["/api/v1"+c.paths[0]] = says("D20009", "")
			_, err := c.call(server.client(t))
			want(t, "kind", kindOf(t, err), iamsmart.KindExpiredToken)
			if asError(t, err).Op == "" || !strings.Contains(err.Error(), "20009") {
				t.Errorf("the error is %v", err)
			}
			server.functions["/api/v1"+c.paths[0]] = says("D20001", "")
			_, err = c.call(server.client(t))
			want(t, "names redirect_uri", strings.Contains(err.Error(), "redirect_uri"), c.sent["redirectURI"] != nil)
		})
	}
}

// An answer that is not what was asked for is an error, not an empty result.
func TestFunctionsAnsweredOddly(t *testing.T) {
	for _, odd := range []any{nil, 1, "text", []int{1}, map[string]any{"authByQR": "TRUE "}, map[string]any{"ticketID": "a b<"}} {
		for _, c := range functionCases() {
			if c.name == "acknowledgement" || strings.HasSuffix(c.name, "form's result") && reflect.ValueOf(odd).Kind() == reflect.Map {
				continue // whose answer may hold anything, or nothing
			}
			server := newSmart(t)
			server.strict(t, c.paths[0], odd)
			got, err := c.call(server.client(t))
			if err == nil {
				t.Errorf("%s took %v for %v", c.name, odd, got)
				continue
			}
			want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
		}
	}
}

// A result of another request is not taken for this one.
func TestResultOfAnotherRequest(t *testing.T) {
	server := newSmart(t)
	server.strict(t, "/anonymous/eme/getResult", map[string]any{"businessID": "business-3", "emailAddress": "x"})
	_, err := server.client(t).AnonymousFormFilling(context.Background(), iamsmart.ResultRequest{
		AccessToken: iamsmart.NewSecret("t"), OpenID: iamsmart.NewOpenID("o"), BusinessID: "business-2",
	})
	want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
}
