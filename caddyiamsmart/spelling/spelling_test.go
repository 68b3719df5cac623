package spelling_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	words := []string{"public_url", "realm", "app", "session"}
	for found, want := range map[string]string{
		"public_ulr":             "public_url", // two letters changed places
		"Realm":                  "realm",
		"sesion":                 "session",
		"ap":                     "app",
		"entirely_else":          "",
		"":                       "",
		strings.Repeat("x", 1e6): "",
	} {
		if got := spelling.Nearest(found, words...); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", found, got, want)
		}
	}
	if got := spelling.Hint("relm", words...); got != " (did you mean 'realm'?)" {
		t.Errorf("Hint = %q", got)
	}
	if got := spelling.Hint("nothing like it", words...); got != "" {
		t.Errorf("Hint = %q", got)
	}
}
