package caddyiamsmart_test

import (
	"strings"
	"testing"
)

func TestConfigFaultsOfTheAppsSessionAreNamed(t *testing.T) {
	names := func(list ...string) func(*setup) { return func(s *setup) { s.gate.AppSession = list } }
	hold(t, []fault{
		{"off beside a name", names("off", "PHPSESSID"), []string{"app_session: off stands alone", "either off or names"}},
		{"empty", names(""), []string{"app_session: ''", "no name of a cookie"}},
		{"with a blank", names("A B"), []string{"app_session: 'A B'", "no name of a cookie"}},
		{"with a value", names("A=1"), []string{"app_session: 'A=1'", "without its value"}},
		{"with an escape", names("A%20"), []string{"app_session: 'A%20'", "no name of a cookie"}},
		{"of a variable", names("{env.HOME}"), []string{"app_session: '{env.HOME}'", "no name of a cookie"}},
		{"any", names("*"), []string{"app_session: '*'", "nearly every cookie"}},
		{"nearly any", names("a*"), []string{"app_session: 'a*'", "nearly every cookie"}},
		{"nothing but what servers pass over", names("++*"), []string{"app_session: '++*'", "nearly every cookie"}},
		{"two stars", names("a*b*"), []string{"app_session: 'a*b*'", "one star"}},
		{"of the gate", names("__Host-Http-iamsmart-x"), []string{"app_session: ", "a cookie of the gate"}},
		{"too long", names(strings.Repeat("a", 129)), []string{"app_session: ", "longer than 128"}},
	})
}

func TestAnAppSessionThatIsOffIsWarnedOf(t *testing.T) {
	warning := `"the application's session is not tied to the login (app_session off)`
	if log := newWorld(t, site{Gate: "app_session off"}).log(); !strings.Contains(log, warning) {
		t.Error("nothing in the log")
	}
	if log := newWorld(t, site{}).log(); strings.Contains(log, warning) {
		t.Error("warned by default, too")
	}
}
