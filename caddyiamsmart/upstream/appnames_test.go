package upstream_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestTheWellKnownNames(t *testing.T) {
	app := appSession(t, [][]byte{key(1)})
	for _, name := range []string{
		"PHPSESSID", "JSESSIONID", "JSESSIONID.4f2a", "JSESSIONIDSSO", "ASPSESSIONIDQABCDEFG", "ASP.NET_SessionId", ".ASPXAUTH", ".AspNet.ApplicationCookie",
		".AspNetCore.Session", ".AspNetCore.Cookies", ".AspNetCore.CookiesC1", ".AspNetCore.Identity.Application", "sessionid", "_session_id",
		"_records_session", "laravel_session", "records-session", "remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d", "connect.sid", "session", "session.sig",
		"DokuWiki", "DW7fa065a06cb74b536c124cfbe56ac6d3",
		"remember-me", "REMEMBERME", "session_id", "SESS49960de5880e8c687434170f6476605b", "SSESS49960de5880e8c687434170f6476605b", "CGISESSID", "CFID", "CFTOKEN",
		"MoodleSession", "MoodleSessiontest", "wordpress_logged_in_4f2a", "wordpress_sec_4f2a", "wordpress_4f2a", "koa.sess", "koa.sess.sig", "koa:sess", "connect.sid.sig",
		"__Host-session", "__Secure-PHPSESSID", "__Host-Http-sessionid", "__Http-JSESSIONID",
	} {
		if out := set(app, chanLogin, name+"=abc"); out == name+"=abc" {
			t.Errorf("%s is not tied", name)
		}
	}
}

// inReadme is what stands in code between two texts of the README.
func inReadme(t *testing.T, from, to string) (names []string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, begun := strings.Cut(string(readme), from)
	text, _, ended := strings.Cut(text, to)
	if !begun || !ended {
		t.Fatalf("the README has no text from %q to %q", from, to)
	}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// The README lists the names that are tied by default.
func TestTheReadmeNamesTheCookies(t *testing.T) {
	told, want := inReadme(t, "| which | tied by default |", "**Look at"), slices.Clone(upstream.WellKnownAppCookies)
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("the README has\n%q, the list\n%q", told, want)
	}
}

// What the README says to be taken away, nobody can send.
func TestTheReadmeNamesHeadersThatGo(t *testing.T) {
	told := inReadme(t, "- every header that a `header_up` of this gate sets", "(`Authorization` stays")
	if len(told) < 30 {
		t.Fatalf("only %q", told)
	}
	for _, name := range told {
		if kept := left(upstream.NewScrubber(nil), strings.ReplaceAll(name, "*", "Anything")); len(kept) > 0 {
			t.Errorf("the app would see %s", name)
		}
	}
}
