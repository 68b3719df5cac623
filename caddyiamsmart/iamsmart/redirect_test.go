package iamsmart_test

import (
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given the query that a browser brought back, it is a code, a reason, or refused.
func TestParseRedirect(t *testing.T) {
	const state = "abcdefghABCDEFGH_-12345678901234"
	for _, c := range []struct {
		name, query string
		code        string
		kind        iamsmart.Kind // 0: a code
		number      int
		state       bool // the state is given
	}{
		{"success", "code=" + aCode + "&state=" + state, aCode, 0, 0, true},
		{"success, more beside it", "businessID=1&code=" + aCode + "&state=" + state + "&x=1&x=2", aCode, 0, 0, true},
		{"code in Base64", "code=ab%2Bc%2Fd%3D%3D&state=" + state, "ab+c/d==", 0, 0, true},
		{"longest state", "code=a&state=" + strings.Repeat("s", 36), "a", 0, 0, false},
		{"longest code", "code=" + strings.Repeat("c", 256) + "&state=" + state, strings.Repeat("c", 256), 0, 0, true},
		{"state alone", "state=" + state, "", iamsmart.KindDenied, 0, true},
		{"cancelled", "error_code=D40000&state=" + state, "", iamsmart.KindDenied, 40000, true},
		{"rejected", "error_code=D40001&state=" + state, "", iamsmart.KindDenied, 40001, true},
		{"rejected, letter M", "error_code=M40001&state=" + state, "", iamsmart.KindDenied, 40001, true},
		{"the documents' example", "error_code=D20001&state=" + state, "", iamsmart.KindDenied, 20001, true},
		{"failed", "error_code=D40002&state=" + state, "", iamsmart.KindFailed, 40002, true},
		{"timed out", "error_code=D40003&state=" + state, "", iamsmart.KindTimedOut, 40003, true},
		{"unknown number", "error_code=D12345&state=" + state, "", iamsmart.KindFailed, 12345, true},
		{"not registered", "error_code=D20008&state=" + state, "", iamsmart.KindConfig, 20008, true},
		{"nothing", "", "", iamsmart.KindProtocol, 0, false},
		{"no state", "code=" + aCode, "", iamsmart.KindProtocol, 0, false},
		{"empty state", "code=" + aCode + "&state=", "", iamsmart.KindProtocol, 0, false},
		{"two states", "code=" + aCode + "&state=" + state + "&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"two codes", "code=" + aCode + "&code=" + aCode + "&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"two reasons", "error_code=D40000&error_code=D40000&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"code and reason", "code=" + aCode + "&error_code=D40000&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"empty code", "code=&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"empty reason", "error_code=&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"reason success", "error_code=D00000&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"reason not a code", "error_code=access&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"reason too long", "error_code=D400000&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"reason of markup", "error_code=%3Cb%3E&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"state too long", "code=a&state=" + strings.Repeat("s", 37), "", iamsmart.KindProtocol, 0, false},
		{"code too long", "code=" + strings.Repeat("c", 257) + "&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"state of markup", "code=a&state=%3Cscript%3E", "", iamsmart.KindProtocol, 0, false},
		{"code of markup", "code=%22%3E%3Cscript%3E&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"code with a damaged plus", "code=ab+c&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"code with NUL", "code=a%00&state=" + state, "", iamsmart.KindProtocol, 0, false},
		{"state not ASCII", "code=a&state=%E6%99%BA", "", iamsmart.KindProtocol, 0, false},
		{"names in another case", "Code=a&State=" + state, "", iamsmart.KindProtocol, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			query, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := iamsmart.ParseRedirect(query)
			want(t, "code", got.Code, c.code)
			if c.state {
				want(t, "state", got.State, state)
			}
			if c.kind == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failure := asError(t, err)
			want(t, "kind", failure.Kind, c.kind)
			want(t, "number", failure.Number, c.number)
			want(t, "operation", failure.Op, "redirect")
			want(t, "a state", got.State != "", c.state)
			if strings.Contains(err.Error(), "script") || strings.Contains(err.Error(), aCode) {
				t.Errorf("the query is in %q", err)
			}
		})
	}
	if _, err := iamsmart.ParseRedirect(nil); err == nil {
		t.Error("a nil query passed")
	}
}
