package accounts

import (
	"strings"
	"unicode"
)

// CanonicalHKIC writes the number of a Hong Kong identity card, as the home's
// own records have it, in the form that [HKICFinder] compares:
//
//   - full-width letters, digits, brackets and blanks become those of ASCII, and
//     a to z becomes A to Z;
//   - blanks anywhere, and the brackets ( ) and [ ], are dropped;
//   - if what is left is one or two letters, six digits and at most one more
//     digit or A, that is the canonical form: A1234563, WX123456A, or A123456
//     where the check digit is missing;
//   - every other text is given back as it came, but for blanks around it.
//
// It does not look at whether the check digit is right. Doing it twice changes
// nothing.
func CanonicalHKIC(text string) string {
	var b strings.Builder
	for _, r := range text {
		if '！' <= r && r <= '～' {
			r -= '！' - '!'
		}
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		if !unicode.IsSpace(r) && !strings.ContainsRune("()[]", r) {
			b.WriteRune(r)
		}
	}
	if isHKIC(b.String()) {
		return b.String()
	}
	return strings.TrimSpace(text)
}

// isHKIC takes one or two letters and six or seven digits, the last of which may
// be A.
func isHKIC(text string) bool {
	digits := strings.TrimLeftFunc(text, func(r rune) bool { return 'A' <= r && r <= 'Z' })
	if letters := len(text) - len(digits); letters < 1 || letters > 2 || len(digits) < 6 || len(digits) > 7 {
		return false
	}
	for i, c := range []byte(digits) {
		if (c < '0' || c > '9') && (i != 6 || c != 'A') {
			return false
		}
	}
	return true
}
