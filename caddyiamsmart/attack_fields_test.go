package caddyiamsmart_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Given two people before their link forms, when one form is sent with what the
// other has, or with the names that the application's own form has, then nothing
// is tried.
func TestT52TheLinkFormsFieldsBelongToOneLinkUp(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b, other := w.firstTime("chan"), w.firstTime("wong")
	form, others := b.visit("/iamsmart/link?way=password"), other.visit("/iamsmart/link?way=password")
	mine, theirs := form.typed("chan.sm", "night-shift-7"), others.typed("chan.sm", "night-shift-7")
	if len(mine) != 2 || len(theirs) != 2 {
		t.Fatalf("the forms have the fields %v and %v", mine, theirs)
	}
	for name := range mine {
		if theirs.Has(name) {
			t.Errorf("both forms have a field %s", name)
		}
		for _, word := range []string{"user", "name", "login", "pass", "pwd", "account"} {
			if strings.Contains(name, word) {
				t.Errorf("the name %s tells what belongs there", name)
			}
		}
	}
	sent := func(token string, fields ...url.Values) *shown {
		all := url.Values{"token": {token}, "step": {"password"}}
		for _, f := range fields {
			maps.Copy(all, f)
		}
		return b.ask("POST", b.resolve("/iamsmart/link"), all, nil)
	}
	token := hidden(form, "token")
	names := slices.Sorted(maps.Keys(mine))
	for name, p := range map[string]*shown{
		"the application's names": sent(token, url.Values{"user": {"chan.sm"}, "pass": {"night-shift-7"}}),
		"names that tell":         sent(token, url.Values{"username": {"chan.sm"}, "password": {"night-shift-7"}}),
		"another's fields":        sent(token, theirs),
		"another's token":         sent(hidden(others, "token"), mine),
		"another's form":          sent(hidden(others, "token"), theirs),
		"one field":               sent(token, url.Values{names[0]: mine[names[0]]}),
		"the other field":         sent(token, url.Values{names[1]: mine[names[1]]}),
		"no field":                sent(token),
	} {
		if p.StatusCode != 403 || !strings.Contains(content(p.doc), "out of date") {
			t.Errorf("%s: %d\n%s", name, p.StatusCode, p.body)
		}
	}
	if n := w.legacy.tried(); n != 0 {
		t.Errorf("the application was asked %d times", n)
	}
	// None of it counts as a try, and the form is as good as before.
	b.submit(form, "/iamsmart/link", form.typed("chan.sm", "guess")).want(t, 422, "3 tries left")
	b.submit(form, "/iamsmart/link", mine).want(t, 200, "Is this your account?", "chan.sm")
	// A new login begins a new link-up, whose form has other names again.
	again := w.firstTime("wong").visit("/iamsmart/link?way=password")
	for name := range again.typed("", "") {
		if theirs.Has(name) {
			t.Error("a later link-up has the fields of an earlier one")
		}
	}
}
