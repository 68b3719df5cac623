package accounts_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Given the text of a hash, when one character of it is lost, added or no longer
// what was written, then it is no hash any more.
func TestTextOfAnHKICHash(t *testing.T) {
	text := accounts.HKICHashText([32]byte{1, 2, 3, 31: 0xff})
	if len(text) != 49 || !accounts.IsHKICHash(text) || strings.ContainsAny(text, "+/=") {
		t.Errorf("%q is not the text of a hash", text)
	}
	for _, other := range []string{
		"", "hkic1:", text[1:], text[:len(text)-1], text + "A", text + "=", text[:len(text)-1] + "\n", text[:len(text)-1] + "9",
		"hkic2:" + text[6:], strings.ToUpper(text), strings.Replace(text, ":", ":+", 1)[:49], "A1234563",
	} {
		if accounts.IsHKICHash(other) {
			t.Errorf("%q counts as a hash", other)
		}
	}
}

// Given a number in clear, in the spellings that records have, then it is known
// for one; a hash and other texts are not.
func TestNumbersInClearAreKnown(t *testing.T) {
	for _, n := range []string{"A123456(3)", "a1234563", " WX 123456 (A) ", "Ａ１２３４５６（３）", "A123456"} {
		if !accounts.LooksLikeHKIC(n) {
			t.Errorf("%q is not known", n)
		}
	}
	for _, n := range []string{"", "chan", "1234567", "ABC123456", accounts.HKICHashText([32]byte{})} {
		if accounts.LooksLikeHKIC(n) {
			t.Errorf("%q counts as a number", n)
		}
	}
}
