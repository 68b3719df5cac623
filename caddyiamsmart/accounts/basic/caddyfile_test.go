package basic_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts/basic"
)

// Given a block, when Caddy reads it, then the JSON that it becomes says the
// same.
func TestCaddyfileBecomesJSON(t *testing.T) {
	for block, want := range map[string]string{
		"basic http://127.0.0.1:8080/ping":                                               `{"url":"http://127.0.0.1:8080/ping"}`,
		"basic https://app.example.com/ping?x=1 {\n\taccount \"User: ([a-z]{1,64})\"\n}": `{"url":"https://app.example.com/ping?x=1","account":"User: ([a-z]{1,64})"}`,
	} {
		var b basic.Basic
		if err := b.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(&b); err != nil || string(got) != want {
			t.Errorf("JSON = %s, %v\nwant   %s", got, err, want)
		}
	}
	t.Setenv("IAMSMART_TEST_APP", "http://127.0.0.1:1")
	b := load(t, "basic {env.IAMSMART_TEST_APP}/ping")
	if err := b.CheckSelf(t.Context()); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1/ping") {
		t.Errorf("the placeholder: %v", err)
	}
}

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected and, where the text shows it, the file and line.
func TestMistakesInTheCaddyfile(t *testing.T) {
	for _, tt := range []struct {
		name, block string
		want        []string
	}{
		{"no address", "basic {\n}", []string{"protected address", ":1"}},
		{"two addresses", "basic http://a http://b", []string{"found 'http://b'", ":1"}},
		{"unknown option", "basic http://a {\n\tacount x\n}", []string{"unknown option 'acount'", "did you mean 'account'?", ":2"}},
		{"account twice", "basic http://a {\n\taccount a\n\taccount b\n}", []string{"second 'account'", ":3"}},
		{"account without pattern", "basic http://a {\n\taccount\n}", []string{"account <regexp>", ":2"}},
		{"account of two words", "basic http://a {\n\taccount User: x\n}", []string{"words found: 2", "quotes", ":2"}},
		{"a pattern that is none", "basic http://a {\n\taccount (\n}", []string{"account: ", "missing closing )"}},
		{"not http", "basic ftp://a", []string{"http://"}},
		{"no host", "basic http:///ping", []string{"host name"}},
		{"not an address", "basic http://%zz/?key=hidden", []string{"url: not an address"}},
		{"a password in the address", "basic http://me:hidden@a", []string{"not allowed"}},
		{"a fragment", "basic http://a/#x", []string{"#fragment"}},
		{"a variable that is not set", "basic http://{env.IAMSMART_NOT_SET}", []string{"url: {env.IAMSMART_NOT_SET} is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryLoad(tt.block)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not hold %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %q repeats a secret", err)
			}
		})
	}
}
