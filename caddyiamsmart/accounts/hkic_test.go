package accounts_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

var numbers = []struct{ written, want string }{
	{"A123456(3)", "A1234563"},
	{" a123456 (3) ", "A1234563"},
	{"Ａ１２３４５６（３）", "A1234563"},
	{"A　123456[3]", "A1234563"},
	{"wx123456(a)", "WX123456A"},
	{"A123456", "A123456"},
	{"A12345", "A12345"},
	{"A12345678", "A12345678"},
	{"A123456B", "A123456B"},
	{"A12345A3", "A12345A3"},
	{"ABC123456", "ABC123456"},
	{"1234567", "1234567"},
	{" CC 12/34 ", "CC 12/34"},
	{"(1234)", "(1234)"},
	{"", ""},
	{" \t", ""},
}

// Given one person's number in the spellings that records have, when it is
// brought into canonical form, then all are one, and what is no such number
// stays as it is.
func TestT57CanonicalHKIC(t *testing.T) {
	for _, n := range numbers {
		if got := accounts.CanonicalHKIC(n.written); got != n.want {
			t.Errorf("%q becomes %q, want %q", n.written, got, n.want)
		}
	}
}

func FuzzCanonicalHKIC(f *testing.F) {
	for _, n := range numbers {
		f.Add(n.written)
	}
	f.Fuzz(func(t *testing.T, written string) {
		got := accounts.CanonicalHKIC(written)
		if accounts.CanonicalHKIC(got) != got || strings.TrimSpace(got) != got {
			t.Errorf("%q becomes %q, which is not canonical", written, got)
		}
	})
}
