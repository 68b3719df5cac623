package file_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts/file"
)

// Given a block with everything in it, when Caddy reads it, then the JSON that
// it becomes says the same; the block may be left out.
func TestCaddyfileBecomesJSON(t *testing.T) {
	for block, want := range map[string]string{
		"file {env.LIST} {\n\thash bcrypt md5(salt+password)\n}": `{"path":"{env.LIST}","hash":["bcrypt","md5(salt+password)"]}`,
		`file "/srv/staff list.csv"`:                             `{"path":"/srv/staff list.csv"}`,
	} {
		var f file.File
		if err := f.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(&f); err != nil || string(got) != want {
			t.Errorf("JSON = %s, %v\nwant   %s", got, err, want)
		}
	}
}

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected, and the line where the text shows it.
func TestMistakesInTheCaddyfile(t *testing.T) {
	path := write(t, records())
	for _, tt := range []struct {
		name, block string
		want        []string
	}{
		{"nothing", "file", []string{"expected the path", ":1"}},
		{"an empty path", `file ""`, []string{"empty path", ":1"}},
		{"two paths", "file a b", []string{"more than one path", ":1"}},
		{"an unknown option", "file a {\n\thsah bcrypt\n}", []string{"unknown option 'hsah'", "did you mean 'hash'?", ":2"}},
		{"hash twice", "file a {\n\thash bcrypt\n\thash argon2\n}", []string{"second 'hash'", ":3"}},
		{"hash without a format", "file a {\n\thash\n}", []string{"hash <format...>", ":2"}},
		{"an unknown format", "file \"" + path + "\" {\n\thash bcrpyt\n}", []string{"accounts file: hash: ", "did you mean 'bcrypt'?"}},
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
		})
	}
}
