package iamsmart

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"unicode"
)

// HKIC is the number of an identity card as iAM Smart tells it: mostly of a Hong Kong identity card, for some people of a
// consular corps card, whose numbers look otherwise. It is opaque, and redacts itself as Secret does.
type HKIC struct {
	redacting
	identification, checkDigit hidden
}

// NewHKIC hides a number that comes from one's own records; the check digit stands apart and may be empty.
func NewHKIC(identification, checkDigit string) HKIC {
	return HKIC{identification: hide(identification), checkDigit: hide(checkDigit)}
}

// Identification is the number without the check digit: "A123456".
func (n HKIC) Identification() string { return n.identification.Reveal() }

// CheckDigit is the digit, or A, that stands in brackets on the card. It is not compared with what it should be: see
// [HKICCheckDigit].
func (n HKIC) CheckDigit() string { return n.checkDigit.Reveal() }

// Canonical is the whole number with its check digit, as [CanonicalHKIC] writes it. Empty without an identification.
func (n HKIC) Canonical() string {
	if n.Identification() == "" || n.CheckDigit() == "" {
		return CanonicalHKIC(n.Identification())
	}
	return CanonicalHKIC(n.Identification() + "(" + n.CheckDigit() + ")")
}

// Matches tells whether a number from one's own records, check digit included, is this one: their canonical forms are the
// same, compared in constant time. A number without a check digit matches only one without.
func (n HKIC) Matches(record string) bool {
	own := n.Canonical()
	return sameText(own, CanonicalHKIC(record)) == 1 && own != ""
}

const (
	maxIdentification = 64
	maxCheckDigit     = 4
)

// readHKIC takes any short text of one line, for the reason that HKIC gives.
func readHKIC(identification, checkDigit string) (HKIC, error) {
	switch {
	case identification == "" && checkDigit == "":
		return HKIC{}, nil
	case identification == "" || len(identification) > maxIdentification || len(checkDigit) > maxCheckDigit:
		return HKIC{}, errors.New("idNo lacks its identification or is too long")
	}
	return NewHKIC(identification, checkDigit), nil
}

// CanonicalHKIC writes the number of an identity card in the one way in which numbers from different hands can be compared:
//
//   - full-width letters, digits, brackets and blanks become those of ASCII, and a to z becomes A to Z;
//   - blanks anywhere, and the brackets ( ) and [ ], are dropped;
//   - if what is left is one or two letters, six digits and at most one more digit or A, that is the canonical form: A1234563,
//     WX123456A, or A123456 where the check digit is missing;
//   - every other text, such as the number of a consular corps card, is given back as it came, but for blanks around it.
//
// It does not look at whether the check digit is right. Doing it twice changes nothing.
func CanonicalHKIC(number string) string {
	var b strings.Builder
	for _, r := range number {
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
	if _, _, ok := splitHKIC(b.String()); ok {
		return b.String()
	}
	return strings.TrimSpace(number)
}

// splitHKIC takes apart one or two letters and six or seven digits, the last of which may be A.
func splitHKIC(text string) (letters, digits string, ok bool) {
	n := 0
	for n < len(text) && n < 2 && isUpper(text[n]) {
		n++
	}
	letters, digits = text[:n], text[n:]
	if n == 0 || len(digits) < 6 || len(digits) > 7 {
		return "", "", false
	}
	return letters, digits, wellFormed(digits[:6], 6, isDigit) && (len(digits) == 6 || isDigit(digits[6]) || digits[6] == 'A')
}

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }
func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// HKICCheckDigit computes the check digit of a number of one or two letters and six digits: 0 to 9 or A. It is for finding
// mistakes in one's own records, and no reason to refuse what iAM Smart says. It is not ok for any other text.
func HKICCheckDigit(identification string) (digit byte, ok bool) {
	letters, digits, ok := splitHKIC(CanonicalHKIC(identification))
	if !ok || len(digits) != 6 {
		return 0, false
	}
	sum, weight := 0, 9
	if len(letters) == 1 {
		sum, weight = 36*9, 8 // the blank in front of a single letter counts as 36
	}
	for i, c := range []byte(letters + digits) {
		value := int(c - '0')
		if isUpper(c) {
			value = int(c-'A') + 10
		}
		sum += value * (weight - i)
	}
	return "0123456789A"[(11-sum%11)%11], true
}

// HKICHash is what signing requests take to make sure that the right person signs: the Base64 of the SHA-256 of the number
// without its check digit. There are few enough numbers to try them all, so the hash hides as the number does.
func HKICHash(number HKIC) Secret {
	sum := sha256.Sum256([]byte(CanonicalHKIC(number.Identification())))
	return NewSecret(base64.StdEncoding.EncodeToString(sum[:]))
}
