package iamsmart_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// reply answers with a status, a content type and a body.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Given an answer that is anything but what is documented, the login fails with the right kind, and the code is spent once.
func TestOddAnswers(t *testing.T) {
	const jsonType, page = "application/json", "<html><body>Maintenance, Chan Tai Man</body></html>"
	for _, c := range []struct {
		name     string
		answer   http.HandlerFunc
		kind     iamsmart.Kind
		number   int
		contains string
	}{
		{"HTML", reply(200, "text/html", page), iamsmart.KindUnavailable, 0, "not JSON"},
		{"HTML that says 503", reply(503, "text/html", page), iamsmart.KindUnavailable, 0, "503"},
		{"JSON without its content type", reply(200, "text/plain", `{"code":"D00000"}`), iamsmart.KindUnavailable, 0, "not JSON"},
		{"no content type", reply(200, "", `{"code":"D00000"}`), iamsmart.KindUnavailable, 0, "not JSON"},
		{"HTML that says it is JSON", reply(200, jsonType, page), iamsmart.KindProtocol, 0, "not the documented"},
		{"truncated JSON", reply(200, jsonType, `{"code":"D00000","content":"AAAA`), iamsmart.KindProtocol, 0, "not the documented"},
		{"truncated JSON of a 502", reply(502, jsonType, `{"code":`), iamsmart.KindUnavailable, 0, "502"},
		{"nothing", reply(200, jsonType, ""), iamsmart.KindProtocol, 0, "not the documented"},
		{"two objects", reply(200, jsonType, `{"code":"D00000"}{}`), iamsmart.KindProtocol, 0, "not the documented"},
		{"an array", reply(200, jsonType, `[]`), iamsmart.KindProtocol, 0, "not the documented"},
		{"null", reply(200, jsonType, `null`), iamsmart.KindProtocol, 0, "no code"},
		{"deep", reply(200, jsonType, strings.Repeat("[", 100_000)), iamsmart.KindProtocol, 0, "not the documented"},
		{"no code", reply(200, jsonType, `{"content":"AAAA"}`), iamsmart.KindProtocol, 0, "no code"},
		{"no code, 429", reply(429, jsonType, `{"message":"slow down"}`), iamsmart.KindUnavailable, 0, "429"},
		{"no code, 404", reply(404, jsonType, `{"message":"no route"}`), iamsmart.KindProtocol, 0, "404"},
		{"code a number", reply(200, jsonType, `{"code":0}`), iamsmart.KindProtocol, 0, "not the documented"},
		{"code malformed", reply(200, jsonType, `{"code":"D4000"}`), iamsmart.KindProtocol, 0, "no code"},
		{"code with signs", reply(200, jsonType, `{"code":"D+0000"}`), iamsmart.KindProtocol, 0, "no code"},
		{"success of another letter", reply(200, jsonType, `{"code":"S00000"}`), iamsmart.KindProtocol, 0, "contradicts"},
		{"success with status 500", reply(500, jsonType, `{"code":"D00000"}`), iamsmart.KindUnavailable, 0, "500"},
		{"success with status 302", reply(302, jsonType, `{"code":"D00000"}`), iamsmart.KindProtocol, 0, "302"},
		{"success without content", reply(200, jsonType, `{"code":"D00000"}`), iamsmart.KindProtocol, 0, "no sealed content"},
		{"content null", reply(200, jsonType, `{"code":"D00000","content":null}`), iamsmart.KindProtocol, 0, "no sealed content"},
		{"content in clear", reply(200, jsonType, `{"code":"D00000","content":{"openID":"x"}}`), iamsmart.KindProtocol, 0, "no sealed content"},
		{"content not Base64", reply(200, jsonType, `{"code":"D00000","content":"***"}`), iamsmart.KindProtocol, 0, "Base64"},
		{"content too short", reply(200, jsonType, `{"code":"D00000","content":"AAAADA=="}`), iamsmart.KindProtocol, 0, "short"},
		{"code on a 400", reply(400, jsonType, `{"code":"D20006"}`), iamsmart.KindConfig, 20006, "client secret"},
		{"code on a 500", reply(500, jsonType, `{"code":"D40004"}`), iamsmart.KindExpiredCode, 40004, "spent"},
		{"unknown code on a 503", reply(503, jsonType, `{"code":"D55555"}`), iamsmart.KindUnavailable, 55555, ""},
		{"unknown code", reply(200, jsonType, `{"code":"D55555"}`), iamsmart.KindFailed, 55555, "without known meaning"},
		{"expired code", says("D40004", ""), iamsmart.KindExpiredCode, 40004, ""},
		{"expired code, letter M", says("M40004", ""), iamsmart.KindExpiredCode, 40004, ""},
		{"cancelled", says("D40000", ""), iamsmart.KindDenied, 40000, ""},
		{"rejected", says("D40001", ""), iamsmart.KindDenied, 40001, ""},
		{"failed", says("D40002", ""), iamsmart.KindFailed, 40002, ""},
		{"timed out", says("D40003", ""), iamsmart.KindTimedOut, 40003, ""},
		{"missing parameter", says("D20001", ""), iamsmart.KindConfig, 20001, ""},
		{"signature method", says("D20005", ""), iamsmart.KindConfig, 20005, ""},
		{"redirect address", says("D20008", ""), iamsmart.KindConfig, 20008, ""},
		{"permission", says("D20012", ""), iamsmart.KindScope, 20012, ""},
		{"scope", says("D20015", ""), iamsmart.KindScope, 20015, ""},
		{"its own error", says("D20000", ""), iamsmart.KindUnavailable, 20000, ""},
		{"not authorised", says("M99992", ""), iamsmart.KindConfig, 99992, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			server.getToken = c.answer
			_, err := server.client(t).GetToken(context.Background(), aCode)
			failure := asError(t, err)
			want(t, "kind", failure.Kind, c.kind)
			want(t, "number", failure.Number, c.number)
			want(t, "operation", failure.Op, "getToken")
			want(t, "getToken calls", server.count("auth/getToken"), 1)
			text := err.Error()
			if !strings.Contains(text, c.contains) || !strings.Contains(text, "getToken") || strings.Contains(text, "Chan") ||
				c.number != 0 && !strings.Contains(text, fmt.Sprint(c.number)) {
				t.Errorf("the text is %q", text)
			}
		})
	}
}

// What a server writes stays out of the error's text; the field for the log keeps the words and masks the identifiers.
func TestServerTextIsKeptApart(t *testing.T) {
	for message, kept := range map[string]string{
		"invalid parameter (redirectURI)":            "invalid parameter (redirectURI)",
		"openID b3BlbklE%2Bopaque%3D does not exist": "openID *** does not exist",
		"no HKIC A123456(7)\r\nforged: line":         "no HKIC *** forged: line",
		"token 00112233445566778899aabbccddeeff 陳大文": "token *** ***",
		strings.Repeat("x", 300):                     "***",
		"<script>alert(1)</script> a@b.hk":           "*** ***",
		strings.Repeat("word ", 100):                 strings.TrimSpace(strings.Repeat("word ", 24)),
		"":                                           "",
	} {
		server := newSmart(t)
		server.getToken = says("D20003", message)
		_, err := server.client(t).GetToken(context.Background(), aCode)
		failure := asError(t, err)
		want(t, "kept message", failure.ServerMessage, kept)
		want(t, "transaction", failure.TxID, "<T=0123456789abcdef>")
		if strings.Contains(err.Error(), "redirectURI") || strings.Contains(err.Error(), "HKIC") || strings.Contains(err.Error(), "script") {
			t.Errorf("the server's text is in %q", err)
		}
	}
}

// Given a clock that is off, the error tells the operator so; given a right one, it does not.
func TestErrorNamesAWrongClock(t *testing.T) {
	for off, text := range map[time.Duration]string{
		10 * time.Minute: "this machine's clock is 10m ahead of iAM Smart's",
		-2 * time.Hour:   "this machine's clock is 2h0m behind iAM Smart's",
		time.Minute:      "",
		-time.Minute:     "",
	} {
		server := newSmart(t)
		server.getKey = says("D20003", "invalid parameter timestamp")
		client := server.client(t, func(c *iamsmart.Config) { c.Now = func() time.Time { return time.Now().Add(off) } })
		_, err := client.GetToken(context.Background(), aCode)
		want(t, "kind", kindOf(t, err), iamsmart.KindConfig)
		if text != "" && !strings.Contains(err.Error(), text) || text == "" && strings.Contains(err.Error(), " ahead") {
			t.Errorf("with the clock %v off the error is %q", off, err)
		}
	}
}

// Ten gigabytes of answer cost one megabyte and no time.
func TestEndlessAnswer(t *testing.T) {
	for _, contentType := range []string{"application/json", "text/html"} {
		server := newSmart(t)
		var sent atomic.Int64
		ended := make(chan struct{})
		server.getToken = func(w http.ResponseWriter, _ *http.Request) {
			defer close(ended)
			w.Header().Set("Content-Type", contentType)
			chunk := []byte(strings.Repeat(`{"code":"D00000",`, 4096))
			for sent.Load() < 10<<30 {
				n, err := w.Write(chunk)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		}
		start := time.Now()
		_, err := server.client(t).GetToken(context.Background(), aCode)
		took := time.Since(start)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		<-ended
		if took > 3*time.Second || sent.Load() > 64<<20 { // what sockets hold on the way counts as sent
			t.Errorf("took %v and %d bytes", took, sent.Load())
		}
	}
}

// A small answer that unpacks into a large one is measured unpacked.
func TestPackedAnswer(t *testing.T) {
	server := newSmart(t)
	server.getToken = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = packed.Write(make([]byte, 4<<20))
		_ = packed.Close()
	}
	for _, given := range []*http.Client{nil, {}} { // the second asks for gzip and unpacks by itself
		_, err := server.client(t, func(c *iamsmart.Config) { c.HTTPClient = given }).GetToken(context.Background(), aCode)
		if given == nil {
			want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
			continue
		}
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		if !strings.Contains(err.Error(), "larger") {
			t.Errorf("error is %v", err)
		}
	}
}

// An answer of exactly the bound is read; one byte more is not.
func TestAnswerAtTheBound(t *testing.T) {
	server := newSmart(t)
	filler := func(size int) http.HandlerFunc {
		start, end := `{"code":"D40004","message":"`, `"}`
		return reply(200, "application/json", start+strings.Repeat("x", size-len(start)-len(end))+end)
	}
	for size, kind := range map[int]iamsmart.Kind{1 << 20: iamsmart.KindExpiredCode, 1<<20 + 1: iamsmart.KindUnavailable} {
		server.getToken = filler(size)
		_, err := server.client(t).GetToken(context.Background(), aCode)
		want(t, fmt.Sprint("kind at ", size), kindOf(t, err), kind)
	}
}
