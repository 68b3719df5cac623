package iamsmart_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Whatever content comes, it opens only if it was sealed with this key, and what we seal always opens.
func FuzzEnvelope(f *testing.F) {
	key := bytes.Repeat([]byte{7}, 32)
	f.Add(sealByHand(key, []byte(`{"code":"x"}`)))
	f.Add("")
	f.Add("AAAADA==")
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	f.Add(base64.StdEncoding.EncodeToString(append([]byte{0, 0, 0, 12}, make([]byte, 40)...)))
	f.Add(base64.StdEncoding.EncodeToString(append([]byte{0xff, 0xff, 0xff, 0xff}, make([]byte, 40)...)))
	f.Fuzz(func(t *testing.T, content string) {
		if plain, err := iamsmart.Open(key, content); err == nil {
			raw, _ := base64.StdEncoding.DecodeString(content)
			if len(raw) != len(plain)+32 {
				t.Fatalf("%d bytes opened to %d", len(raw), len(plain))
			}
		}
		sealed, err := iamsmart.Seal(key, []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := iamsmart.Open(key, sealed); err != nil || string(opened) != content {
			t.Fatalf("what was sealed does not open: %v", err)
		}
	})
}

// Whatever query comes, it is one code with one state, or an error without a code.
func FuzzParseRedirect(f *testing.F) {
	for _, seed := range []string{
		"code=" + aCode + "&state=abc", "state=abc", "error_code=D40000&state=abc", "code=a&code=b&state=c", "state=%3Cb%3E", "",
		"code=a;b&state=c", "code=%zz&state=a", "error_code=D00000&state=a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query) // what could be read of a broken query is given too
		got, err := iamsmart.ParseRedirect(values)
		if err != nil {
			if got.Code != "" || len(err.Error()) > 200 {
				t.Fatalf("error with a code, or too long: %v", err)
			}
			if kindOf(t, err) == iamsmart.KindProtocol && got.State != "" {
				t.Fatal("a malformed redirect gave a state")
			}
			return
		}
		if len(values["code"]) != 1 || len(values["state"]) != 1 || len(values["error_code"]) != 0 ||
			got.Code != values.Get("code") || got.State != values.Get("state") ||
			len(got.State) > 36 || strings.ContainsAny(got.Code+got.State, "<>\"'& \r\n\x00") {
			t.Fatalf("passed: %q", query)
		}
	})
}

// Whatever file comes, it gives a pair that fits, or an error.
func FuzzLoadEncipherment(f *testing.F) {
	f.Add(vector(f, "encipherment.pem"), "")
	f.Add(vector(f, "legacy-rc2.p12"), "vector")
	f.Add(vector(f, "legacy-rc2.p12"), "other")
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "")
	f.Add([]byte{0x30, 0x80}, "x")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		loaded, err := iamsmart.LoadEncipherment(data, password)
		if (err == nil) == (loaded == nil) {
			t.Fatalf("pair %v with error %v", loaded, err)
		}
		if err == nil && loaded.Certificate() == nil {
			t.Fatal("a pair without a certificate")
		}
	})
}

// canned answers getKey well and getToken with what is to be tried, without a network.
type canned struct {
	key  []byte
	next func() *http.Response
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body.Close()
	}
	if strings.HasSuffix(r.URL.Path, "/getKey") {
		return cannedAnswer(200, "application/json", c.key), nil
	}
	return c.next(), nil
}

func cannedAnswer(status int, contentType string, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
	}
}

// Whatever getToken answers, in clear or well sealed, there is a whole token or an error that quotes nothing.
func FuzzAnswer(f *testing.F) {
	good, _ := json.Marshal(aToken())
	f.Add(200, "application/json", []byte(`{"code":"D40004","message":"x"}`), good)
	f.Add(500, "text/html", []byte("<html>"), []byte("{}"))
	f.Add(200, "application/json; charset", []byte(`{"code":"D00000","content":"AAAA"}`), []byte(`{"openID":"a","openID":"b"}`))
	f.Add(429, "application/problem+json", []byte(`{"code":"M30002"`), []byte("null"))
	cek := randomBytes(32)
	key, _ := json.Marshal(map[string]any{"code": "D00000", "content": map[string]any{
		"secretKey": wrapByHand(&ourPair().private.PublicKey, cek), "issueAt": time.Now().UnixMilli(), "expiresIn": 86_400_000,
	}})
	transport := &canned{key: key}
	client, err := iamsmart.New(iamsmart.Config{
		APIBase: "https://api.example/api/v1", WebBase: "https://api.example/api/v1", ClientID: "id", ClientSecret: "s",
		Keys: []*iamsmart.Encipherment{ourPair().load(f)}, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, clear, sealed []byte) {
		envelope, _ := json.Marshal(map[string]any{"code": "D00000", "content": sealByHand(cek, sealed)})
		for _, next := range []func() *http.Response{
			func() *http.Response { return cannedAnswer(status, contentType, clear) },
			func() *http.Response { return cannedAnswer(200, "application/json", envelope) },
		} {
			transport.next = next
			token, err := client.GetToken(context.Background(), aCode)
			if err == nil {
				id := token.OpenID.Reveal()
				if id == "" || len(id) > 255 || token.AccessToken.Reveal() == "" || !token.ExpiresAt.After(token.IssuedAt) {
					t.Fatalf("half a token for %q", sealed)
				}
				continue
			}
			failure := asError(t, err)
			if failure.Kind < iamsmart.KindDenied || failure.Kind > iamsmart.KindMismatch || len(err.Error()) > 300 ||
				len(failure.ServerMessage) > 120 || strings.ContainsAny(failure.ServerMessage+failure.TxID, "\r\n\x00") {
				t.Fatalf("error is %q, message %q", err, failure.ServerMessage)
			}
		}
	})
}

// Whatever a server puts into Retry-After, the wait is none or within the bounds.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "30", "-1", " 7 ", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "1e3", "\x00"} {
		f.Add(429, seed, "")
		f.Add(503, seed, "Wed, 21 Oct 2026 07:27:00 GMT")
	}
	f.Fuzz(func(t *testing.T, status int, after, date string) {
		header := http.Header{"Retry-After": {after}, "Date": {date}}
		wait := iamsmart.WaitAsked(status, header, time.Now())
		if wait != 0 && (wait < time.Second || wait > 2*time.Minute) {
			t.Errorf("%d with %q at %q: %v", status, after, date, wait)
		}
		if status != 429 && status != 503 && wait != 0 || status == 429 && wait == 0 {
			t.Errorf("%d with %q: %v", status, after, wait)
		}
	})
}

// Whatever a store holds, a key that is read from it has 32 bytes and is used for a day at most, the one before it for 18
// minutes.
func FuzzKeptKey(f *testing.F) {
	key := strings.Repeat("A", 43) + "="
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"key":"AAAA"}`, `{"key":"` + key + `","issued":1,"ends":2,"renewAt":3}`,
		`{"key":"` + key + `","issued":1,"ends":9223372036854775807,"renewAt":9223372036854775807,"before":"` + key + `","until":9223372036854775807}`,
		`{"key":"` + key + `","ends":-9223372036854775808,"before":"AAAA","until":9999999999999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		current, before, used, usedBefore := iamsmart.KeptKeys(plain, time.Now())
		if current != nil && (len(current) != 32 || used > 24*time.Hour) || before != nil && (len(before) != 32 || usedBefore > 18*time.Minute) {
			t.Errorf("%q: %d bytes for %v, %d bytes for %v", plain, len(current), used, len(before), usedBefore)
		}
	})
}
