package accounts_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Given names and passwords that no source must see, when they are typed, then
// they are told as wrong, and nothing of them is repeated.
func TestTypedIsRefused(t *testing.T) {
	for what, typed := range map[string][2]string{
		"no name":                      {"", "secret"},
		"no password":                  {"alice", ""},
		"NUL in the name":              {"ali\x00ce", "secret"},
		"a line end in the name":       {"alice\r\n", "secret"},
		"NUL in the password":          {"alice", "sec\x00ret"},
		"DEL in the password":          {"alice", "sec\x7fret"},
		"a name that is no UTF-8":      {"ali\xffce", "secret"},
		"a password that is no UTF-8":  {"alice", "sec\xffret"},
		"a name over its bound":        {strings.Repeat("a", 257), "secret"},
		"a password over its bound":    {"alice", strings.Repeat("a", 1025)},
		"a name of too many Chinese":   {strings.Repeat("陳", 86), "secret"},
		"a password that is too long.": {"alice", strings.Repeat("密", 342)},
	} {
		err := accounts.RefuseTyped(typed[0], typed[1])
		if !errors.Is(err, accounts.ErrWrong) || errors.Is(err, accounts.ErrUnknown) {
			t.Errorf("%s: %v, want wrong", what, err)
		}
		if err != nil && (strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: the error repeats it: %v", what, err)
		}
	}
	for _, typed := range [][2]string{
		{"alice", "secret"}, {"陳大文", "密碼 密碼"}, {"DOM\\alice", `*)(uid=*`}, {strings.Repeat("a", 256), strings.Repeat("a", 1024)}, {" ", " "},
	} {
		if err := accounts.RefuseTyped(typed[0], typed[1]); err != nil {
			t.Errorf("%q: %v", typed[0], err)
		}
	}
}

// Given a source that has no record of its own, when a name has more than one
// spelling, then it is told as wrong; else it is asked in lower case.
func TestOnlyPlainNamesAreTakenAsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"alice": "alice", "Alice.W-2_x@Home.HK": "alice.w-2_x@home.hk", "0": "0", strings.Repeat("A", 64): strings.Repeat("a", 64),
		"": "", "Chan Tai Man": "", " alice": "", "alice ": "", "陳大文": "", "ａｌｉｃｅ": "", "DOM\\alice": "", "a%00": "", "alice\u200b": "", "alice\n": "",
		strings.Repeat("a", 65): "", "a'b": "", "<b>": "", "a:b": "", "\u212aevin": "",
	} {
		got, err := accounts.Plain(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", typed, got, err, want)
		}
		if err != nil && !errors.Is(err, accounts.ErrWrong) {
			t.Errorf("%q: %v, want wrong", typed, err)
		}
	}
}

// Given the name in a source's record, when it could not be read or be told
// from another, then it does not go upstream.
func TestNamesThatCannotGoUpstream(t *testing.T) {
	for _, name := range []string{"alice", "陳大文", "Chan Tai Man", strings.Repeat("陳", 64), "a\u0301"} {
		if err := accounts.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", strings.Repeat("陳", 65), "alice\u200b", "a\x00", "a\r\nb", "a\u2028b", "\u202eecila", "a\xffb", "\u00ad", " admin", "admin\u00a0", "\u3000"} {
		err := accounts.CheckName(name)
		if err == nil || name != "" && strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Given a page of the app, when the pattern looks for the name, then the name is
// read as a browser shows it, or not at all.
func TestNameInAPage(t *testing.T) {
	for _, tt := range []struct{ pattern, page, want string }{
		{`User: <b>([^<]*)</b>`, "<p>User: <b> Chan &amp; Co </b>", "Chan & Co"},
		{`alice|bob`, "bob and alice", "bob"},
		{`User: (\S+)`, "User: &#38515;&#22823;&#25991;", "陳大文"},
		{`User: <b>([^<]*)</b>`, "<p>User: <b>\n\t&nbsp;admin </b>", ""},
		{`User: (\w*)`, "User: ", ""},
		{`User: (\w+)`, "nobody", ""},
		{`User: (.*)`, "User: a&#8203;b", ""},
		{`User: (.*)`, "User: " + strings.Repeat("a", 65), ""},
	} {
		got, err := accounts.NameIn(regexp.MustCompile(tt.pattern), tt.page)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s in %q: %q, %v, want %q", tt.pattern, tt.page, got, err, tt.want)
		}
	}
}
