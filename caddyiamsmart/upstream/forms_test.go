package upstream_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// A rule sees the path as any server may take it, and sees no more of a plain one than
// there is.
func TestARuleSeesEveryForm(t *testing.T) {
	for target, want := range map[string][]string{
		"/reports/may":           {"/reports/may"},
		"/reports/":              {"/reports/", "/reports"},
		"/Reports/May":           {"/Reports/May", "/reports/may"},
		"/office.php/x":          {"/office.php/x", "/office.php"},
		"/a/Office.php/x/y.z/1/": {"/a/office.php", "/a/Office.php", "/a/Office.php/x/y.z"},
		"/v1.0/menu":             {"/v1.0/menu"},
		"/":                      {"/"},
		"*":                      {"*"},
		"/%72eports/may":         {"/reports/may", "/%72eports/may"},
		"/x/..%2freports":        {"/reports", "/x/..%2freports"},
	} {
		path, err := parse(target)
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		if path.AnyForm(func(form string) bool { seen = append(seen, form); return false }) {
			t.Errorf("%s: nobody said yes", target)
		}
		for _, form := range want {
			if !slices.Contains(seen, form) {
				t.Errorf("%s: %s is not among %q", target, form, seen)
			}
		}
		if plain := strings.HasPrefix(target, "/v1") || target == "/reports/may" || target == "/" || target == "*"; plain && len(seen) != 1 {
			t.Errorf("%s is seen as %q", target, seen)
		}
	}
}

// What has more forms than can be looked at is under every rule.
func TestTooManyFormsAreUnderEveryRule(t *testing.T) {
	target := ""
	for i := range 300 {
		target += fmt.Sprintf("/A%d.php", i)
	}
	path, err := parse(target + "/x")
	if err != nil {
		t.Fatal(err)
	}
	forms := 0
	if !path.AnyForm(func(string) bool { forms++; return false }) || forms < 300 {
		t.Errorf("of %d forms none applied", forms)
	}
	if (upstream.Path{}).AnyForm(func(form string) bool { return form == "/reports" }) {
		t.Error("no path at all is under a rule for one")
	}
}
