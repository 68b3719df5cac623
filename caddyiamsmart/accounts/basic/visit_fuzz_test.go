package basic

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Whatever the page and its charset: what is read from it is a name that can go
// upstream, or nothing.
func FuzzAccountName(f *testing.F) {
	f.Add([]byte("Signed in as <b>alice</b>"), "text/html; charset=utf-8", "<b>([^<]*)</b>")
	f.Add([]byte("Signed in as <b>\xb3\xaf\xa4\x6a\xa4\xe5</b>"), "text/html; charset=big5", "<b>([^<]*)</b>")
	f.Add([]byte("\xff\xfea\x00b\x00"), "text/plain", ".*")
	f.Add([]byte("a&#13;&#10;b"), "", "a.*")
	f.Add([]byte("<meta charset=iso-2022-kr>~"), "text/html", "(.)")
	f.Fuzz(func(t *testing.T, body []byte, contentType, pattern string) {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		name, err := accounts.NameIn(compiled, pageText(body, contentType))
		switch {
		case err != nil && name != "":
			t.Errorf("both a name and an error: %q", name)
		case err == nil && (name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 64 || strings.ContainsAny(name, "\r\n\x00\uFFFD")):
			t.Errorf("the name is %q", name)
		}
	})
}

// A challenge for Basic is seen wherever it stands, and never within a quoted
// value of another one.
func FuzzChallenges(f *testing.F) {
	for _, line := range []string{`Basic realm="x"`, `Digest realm="a, Basic b"`, "basic", `x="\", basic `, "Negotiate, Basic", "", `"`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !(answer{challenges: []string{line, `Basic realm="x"`}}).asksBasic() {
			t.Error("a second line for Basic was not seen")
		}
		inner := strings.NewReplacer(`"`, "", `\`, "").Replace(line)
		if (answer{challenges: []string{`Digest realm="` + inner + `"`}}).asksBasic() {
			t.Errorf("%q within quotes is taken for a challenge", inner)
		}
		_ = answer{status: 401, challenges: []string{line}}.doubt()
	})
}
