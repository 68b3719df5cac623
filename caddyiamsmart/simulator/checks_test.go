package simulator_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// check is a request that is right but for one thing.
type check[D any] struct {
	name       string
	rule, code string // empty: it is right after all
	change     func(s *service, d D)
}

func expect(t *testing.T, s *service, rule, want, got string) {
	t.Helper()
	var rules []string
	if rule == "" {
		want = "D00000"
	} else {
		rules = []string{rule}
	}
	if got != want {
		t.Errorf("answered %s, not %s", got, want)
	}
	if broken := s.broken(); !slices.Equal(broken, rules) {
		t.Errorf("violations are %v, not %v", broken, rules)
	}
}

func after(change func(r *http.Request)) func(*service, *draft) {
	return func(_ *service, d *draft) { d.after = change }
}

func header(name string, values ...string) func(*service, *draft) {
	return after(func(r *http.Request) {
		delete(r.Header, name)
		if values != nil {
			r.Header[name] = values
		}
	})
}

func at(change func(now time.Time) string) func(*service, *draft) {
	return func(s *service, d *draft) { d.timestamp = change(s.clock.Now()) }
}

func milliseconds(shift time.Duration) func(time.Time) string {
	return func(now time.Time) string { return strconv.FormatInt(now.Add(shift).UnixMilli(), 10) }
}

func nonceOf(nonce string) func(*service, *draft) {
	return func(_ *service, d *draft) { d.nonce = nonce }
}

func encoded(encode func(text string) string) func(*service, *draft) {
	return func(_ *service, d *draft) {
		d.encode = func(mac []byte) string { return encode(base64.StdEncoding.EncodeToString(mac)) }
	}
}

func bodyOf(body string) func(*service, *draft) {
	return func(_ *service, d *draft) { d.body = []byte(body) }
}

// Each is tried on getKey.
var headerChecks = []check[*draft]{
	{"nothing wrong", "", "", func(*service, *draft) {}},
	{"header names in lower case", "", "", after(func(r *http.Request) {
		for name, values := range r.Header {
			delete(r.Header, name)
			r.Header[strings.ToLower(name)] = values
		}
	})},
	{"GET", "method", "405", func(_ *service, d *draft) { d.method = http.MethodGet }},
	{"unknown path", "path", "404", func(_ *service, d *draft) { d.path += "s" }},
	{"path with a doubled slash", "path", "404", func(_ *service, d *draft) { d.path = "/api/v1//security/getKey" }},
	{"foreign host", "host", "403", after(func(r *http.Request) { r.Host = "rebound.example.com" })},
	{"query", "post-query", "D20003", func(_ *service, d *draft) { d.path += "?clientID=home-1" }},
	{"no clientID", "header-missing", "D20001", header("clientID")},
	{"no signatureMethod", "header-missing", "D20001", header("signatureMethod")},
	{"no timestamp", "header-missing", "D20001", header("timestamp")},
	{"no nonce", "header-missing", "D20001", header("nonce")},
	{"no signature", "header-missing", "D20001", header("signature")},
	{"empty clientID", "header-empty", "D20002", header("clientID", "")},
	{"empty signatureMethod", "header-empty", "D20002", header("signatureMethod", "")},
	{"empty timestamp", "header-empty", "D20002", header("timestamp", "")},
	{"empty nonce", "header-empty", "D20002", header("nonce", "")},
	{"empty signature", "header-empty", "D20002", header("signature", "")},
	{"two nonces", "header-twice", "D20003", header("nonce", "a", "b")},
	{"signatureMethod in capitals", "signature-method", "D20005", func(_ *service, d *draft) { d.way = "HMACSHA256" }},
	{"unknown client", "client-unknown", "D20003", func(_ *service, d *draft) { d.id = "home-9" }},
	{"timestamp with sign", "timestamp-form", "D20003", at(func(now time.Time) string { return "+" + milliseconds(0)(now) })},
	{"timestamp with point", "timestamp-form", "D20003", at(func(now time.Time) string { return milliseconds(0)(now) + ".5" })},
	{"timestamp zero", "timestamp-form", "D20003", at(func(time.Time) string { return "0" })},
	{"timestamp beyond 64 bits", "timestamp-form", "D20003", at(func(time.Time) string { return strings.Repeat("9", 30) })},
	{"seconds", "timestamp-scale", "D20003", at(func(now time.Time) string { return strconv.FormatInt(now.Unix(), 10) })},
	{"microseconds", "timestamp-scale", "D20003", at(func(now time.Time) string { return strconv.FormatInt(now.UnixMicro(), 10) })},
	{"nanoseconds", "timestamp-scale", "D20003", at(func(now time.Time) string { return strconv.FormatInt(now.UnixNano(), 10) })},
	{"as old as allowed", "", "", at(milliseconds(-5 * time.Minute))},
	{"as new as allowed", "", "", at(milliseconds(5 * time.Minute))},
	{"too old", "timestamp-skew", "D20003", at(milliseconds(-5*time.Minute - time.Millisecond))},
	{"too new", "timestamp-skew", "D20003", at(milliseconds(5*time.Minute + time.Millisecond))},
	{"greatest timestamp", "timestamp-skew", "D20003", at(func(time.Time) string { return "9223372036854775807" })},
	{"nonce of 36", "", "", nonceOf(strings.Repeat("n", 36))},
	{"nonce of 37", "nonce-form", "D20003", nonceOf(strings.Repeat("n", 37))},
	{"nonce with a blank", "nonce-form", "D20003", nonceOf("a b")},
	{"nonce beyond ASCII", "nonce-form", "D20003", nonceOf("é")},
	{"escapes in lower case", "", "", encoded(func(text string) string {
		return strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(url.QueryEscape(text))
	})},
	{"plain Base64", "signature-raw", "D20006", encoded(func(text string) string { return text })},
	{"half encoded", "signature-raw", "D20006", encoded(func(text string) string { return strings.TrimSuffix(text, "=") + "=" })},
	{"encoded twice", "signature-form", "D20006", encoded(func(text string) string { return url.QueryEscape(url.QueryEscape(text)) })},
	{"letters encoded", "signature-form", "D20006", encoded(func(text string) string {
		return fmt.Sprintf("%%%X", text[0]) + url.QueryEscape(text[1:])
	})},
	{"no padding", "signature-form", "D20006", encoded(func(text string) string { return url.QueryEscape(strings.TrimSuffix(text, "=")) })},
	{"cut signature", "signature-form", "D20006", encoded(func(text string) string { return url.QueryEscape(text[:40]) })},
	{"wrong secret", "signature-wrong", "D20006", func(_ *service, d *draft) { d.secret = "another" }},
	{"signed {}, sent nothing", "signature-wrong", "D20006", func(_ *service, d *draft) {
		d.body = []byte("{}")
		d.after = func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }
	}},
	{"signed another nonce", "signature-wrong", "D20006", header("nonce", "another")},
	{"no Content-Type", "content-type", "D20003", header("Content-Type")},
	{"form Content-Type", "content-type", "D20003", header("Content-Type", "application/x-www-form-urlencoded")},
	{"Content-Type with charset", "", "", header("Content-Type", "application/json; charset=UTF-8")},
	{"Content-Type with wrong charset", "content-type", "D20003", header("Content-Type", "application/json; charset=big5")},
	{"body {}", "", "", bodyOf("{}")},
	{"body with a member", "body-unwanted", "D20003", bodyOf(`{"a":1}`)},
	{"body null", "body-unwanted", "D20003", bodyOf("null")},
	{"body over 10 MiB", "body-size", "413", func(_ *service, d *draft) { d.body = bytes.Repeat([]byte(" "), 10<<20+1) }},
	{"body over 10 MiB in chunks", "body-size", "413", func(_ *service, d *draft) {
		d.body = bytes.Repeat([]byte(" "), 10<<20+1)
		d.after = func(r *http.Request) { r.ContentLength = -1 }
	}},
}

func TestEveryCheckOfSignedRequests(t *testing.T) {
	for _, c := range headerChecks {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			d := s.draft("security/getKey", nil)
			c.change(s, d)
			expect(t, s, c.rule, c.code, s.send(d).outcome())
			for _, secret := range []string{s.secret, d.nonce} {
				if log := s.log.String(); len(secret) > 8 && strings.Contains(log, secret) {
					t.Errorf("the log tells too much: %s", log)
				}
			}
		})
	}
}

// exchange is a getToken request in its layers, from the inside out.
type exchange struct {
	clear  string
	key    []byte
	layers func(iv []byte, sealed []byte) []byte // changes the sealed bytes
	body   func(content string) string
}

func clearOf(format string) func(*service, *exchange) {
	return func(_ *service, e *exchange) { e.clear = strings.ReplaceAll(format, "CODE", field(e.clear, "code")) }
}

func field(clear, name string) string {
	_, after, _ := strings.Cut(clear, `"`+name+`":"`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func layered(change func(sealed []byte) []byte) func(*service, *exchange) {
	return func(_ *service, e *exchange) {
		e.layers = func(_ []byte, sealed []byte) []byte { return change(sealed) }
	}
}

func body(change func(content string) string) func(*service, *exchange) {
	return func(_ *service, e *exchange) { e.body = change }
}

// Each is tried on getToken.
var contentChecks = []check[*exchange]{
	{"nothing wrong", "", "", func(*service, *exchange) {}},
	{"blanks in the JSON", "", "", body(func(c string) string { return "\n{ \"content\" :\t\"" + c + "\" }\n" })},
	{"no JSON", "body-json", "D20003", body(func(c string) string { return c })},
	{"a list", "body-json", "D20003", body(func(c string) string { return `["` + c + `"]` })},
	{"two objects", "body-json", "D20003", body(func(c string) string { return `{"content":"` + c + `"}{}` })},
	{"content twice", "body-json", "D20003", body(func(c string) string { return `{"content":"` + c + `","content":"` + c + `"}` })},
	{"object that does not end", "body-json", "D20003", body(func(c string) string { return `{"content":"` + c + `"` })},
	{"no UTF-8", "body-json", "D20003", body(func(c string) string { return `{"content":"` + "\xff" + `"}` })},
	{"nothing at all", "body-json", "D20003", body(func(string) string { return "" })},
	{"no content", "body-missing", "D20001", body(func(string) string { return "{}" })},
	{"empty content", "body-empty", "D20002", body(func(string) string { return `{"content":""}` })},
	{"null content", "body-type", "D20003", body(func(string) string { return `{"content":null}` })},
	{"number for content", "body-type", "D20003", body(func(string) string { return `{"content":5}` })},
	{"something beside content", "body-unknown", "D20003", body(func(c string) string { return `{"content":"` + c + `","nonce":"n"}` })},
	{"Content in capitals", "body-unknown", "D20003", body(func(c string) string { return `{"Content":"` + c + `"}` })},
	{"clear text for content", "body-unknown", "D20003", body(func(string) string {
		return `{"code":"x","grantType":"authorization_code"}`
	})},
	{"Base64 for URLs", "content-base64", "D30004", body(func(c string) string { return `{"content":"_-` + c[2:] + `"}` })},
	{"Base64 without padding", "content-base64", "D30004", body(func(string) string { return `{"content":"AAAADA"}` })},
	{"Base64 with line breaks", "content-base64", "D30004", body(func(c string) string { return `{"content":"` + c[:8] + `\n` + c[8:] + `"}` })},
	{"too short", "content-length", "D30004", layered(func(sealed []byte) []byte { return sealed[:31] })},
	{"no IV length", "content-iv", "D30004", layered(func(sealed []byte) []byte { return sealed[4:] })},
	{"IV length 16", "content-iv", "D30004", layered(func(sealed []byte) []byte { sealed[3] = 16; return sealed })},
	{"IV length least byte first", "content-iv", "D30004", layered(func(sealed []byte) []byte {
		return append([]byte{12, 0, 0, 0}, sealed[4:]...)
	})},
	{"flipped bit", "decrypt-failed", "D30004", layered(func(sealed []byte) []byte { sealed[20] ^= 1; return sealed })},
	{"tag in front", "decrypt-failed", "D30004", layered(func(sealed []byte) []byte {
		tag := len(sealed) - 16
		return slices.Concat(sealed[:16], sealed[tag:], sealed[16:tag])
	})},
	{"wrong key", "decrypt-failed", "D30004", func(_ *service, e *exchange) { e.key = make([]byte, 32) }},
	{"clear text is no object", "fields-json", "D20003", clearOf(`"CODE"`)},
	{"clear text wrapped again", "field-missing", "D20001", clearOf(`{"content":{"code":"CODE","grantType":"authorization_code"}}`)},
	{"code twice", "fields-json", "D20003", clearOf(`{"code":"CODE","code":"CODE","grantType":"authorization_code"}`)},
	{"no code", "field-missing", "D20001", clearOf(`{"grantType":"authorization_code"}`)},
	{"no grantType", "field-missing", "D20001", clearOf(`{"code":"CODE"}`)},
	{"grantType in lower case", "field-missing", "D20001", clearOf(`{"code":"CODE","granttype":"authorization_code"}`)},
	{"empty code", "field-empty", "D20002", clearOf(`{"code":"","grantType":"authorization_code"}`)},
	{"empty grantType", "field-empty", "D20002", clearOf(`{"code":"CODE","grantType":""}`)},
	{"number for code", "field-type", "D20003", clearOf(`{"code":7,"grantType":"authorization_code"}`)},
	{"null for code", "field-type", "D20003", clearOf(`{"code":null,"grantType":"authorization_code"}`)},
	{"unknown field", "field-unknown", "D20003", clearOf(`{"code":"CODE","grantType":"authorization_code","clientID":"home-1"}`)},
	{"another grantType", "grant-type", "D20003", clearOf(`{"code":"CODE","grantType":"password"}`)},
	{"invented code", "code-unknown", "D40004", clearOf(`{"code":"0123456789abcdef0123456789abcdef","grantType":"authorization_code"}`)},
	{"code in capitals", "code-unknown", "D40004", func(_ *service, e *exchange) {
		e.clear = strings.Replace(e.clear, field(e.clear, "code"), "X"+strings.ToUpper(field(e.clear, "code"))[1:], 1)
	}},
}

func TestEveryCheckOfEncryptedContent(t *testing.T) {
	for _, c := range contentChecks {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			s.fetchKey()
			e := &exchange{
				clear:  `{"code":"` + s.approve("chan") + `","grantType":"authorization_code"}`,
				key:    s.cek,
				layers: func(_, sealed []byte) []byte { return sealed },
				body:   func(content string) string { return `{"content":"` + content + `"}` },
			}
			c.change(s, e)
			iv := []byte(randomNonce()[:12])
			sealed := e.layers(iv, sealWith(e.key, iv, e.clear))
			text := e.body(base64.StdEncoding.EncodeToString(sealed))
			expect(t, s, c.rule, c.code, s.send(s.draft("auth/getToken", []byte(text))).outcome())
			if code := field(e.clear, "code"); len(code) == 32 && strings.Contains(s.log.String(), code) {
				t.Error("the log holds the code")
			}
		})
	}
}

// elsewhere are the rules that tests with a story of their own break.
var elsewhere = []string{
	"nonce-reuse", "nonce-flood", "timestamp-order", "iv-reuse", "cek-none", "cek-ended", "kek-expired", "body-read",
	"code-client", "code-reused", "code-expired",
	"business-id-twice", "call-approved", "callback-refused", "signing-result", "ack-unknown", "ack-early", "ack-twice",
	"signature-encoded", "getkey-body", "redirect-form", "direct-mark", "code-verifier", "token-flow", "token-spent",
	"ticket-unknown", "ticket-used", "ticket-expired", "ticket-scope", "result-business-id",
}

func TestNoRuleIsWithoutATest(t *testing.T) {
	tried := map[string]bool{}
	for _, rule := range elsewhere {
		tried[rule] = true
	}
	for _, c := range headerChecks {
		tried[c.rule] = true
	}
	for _, c := range contentChecks {
		tried[c.rule] = true
	}
	for _, m := range mistakes {
		tried[m.rule] = true
	}
	for _, c := range queryChecks {
		tried[c.rule] = true
	}
	delete(tried, "")
	s := start(t, func(o *simulator.Options) {})
	_, _, page := s.get("/")
	listed := regexp.MustCompile(`id="rule-([a-z0-9-]+)"`).FindAllStringSubmatch(page, -1)
	if len(listed) < 50 {
		t.Fatalf("the page lists %d rules", len(listed))
	}
	for _, found := range listed {
		if !tried[found[1]] {
			t.Errorf("no test breaks the rule %s", found[1])
		}
		delete(tried, found[1])
	}
	for rule := range tried {
		t.Errorf("the page does not list the rule %s", rule)
	}
}
