package accounts

import (
	"encoding/base64"
	"strings"
)

// HKICHashed is a source in which numbers of identity cards stand as keyed
// hashes, so that whoever reads it learns none: without the key they would be
// found by trying all numbers, of which there are few enough.
type HKICHashed interface {
	// UseHKICHasher gives the source what makes the hash of a number, so that
	// the source never holds the key. The function takes a number in the form
	// of [CanonicalHKIC] and returns the text of [HKICHashText]; equal numbers
	// give equal texts. It may be called from many goroutines.
	//
	// The caller may give it while the source is in use, and more than once. An
	// implementer that was given none yet must answer FindByHKIC with an error
	// that wraps [ErrCannotCheck].
	UseHKICHasher(hash func(canonical string) string)
}

// hkicHashForm begins the text of a hash and names the way it is made, so that a
// list of another way is told as such.
const hkicHashForm = "hkic1:"

// HKICHashText writes a keyed hash as a source holds it: "hkic1:" and 43
// characters of Base64 for addresses, without padding.
func HKICHashText(sum [32]byte) string {
	return hkicHashForm + base64.RawURLEncoding.EncodeToString(sum[:])
}

// IsHKICHash tells whether text is of the form that [HKICHashText] writes. Base64
// that stands for the same bytes in another way is not.
func IsHKICHash(text string) bool {
	_, ok := HKICHashOf(text)
	return ok
}

// HKICHashOf reads what [HKICHashText] has written; ok is false for anything else.
func HKICHashOf(text string) (sum [32]byte, ok bool) {
	rest, ok := strings.CutPrefix(text, hkicHashForm)
	if !ok || len(rest) != base64.RawURLEncoding.EncodedLen(len(sum)) || strings.ContainsAny(rest, "\r\n") { // which the decoder passes over
		return sum, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(sum[:], []byte(rest))
	return sum, err == nil && n == len(sum)
}

// LooksLikeHKIC tells whether text is the number of a Hong Kong identity card in
// clear, in any usual spelling, with or without its check digit.
func LooksLikeHKIC(text string) bool { return isHKIC(CanonicalHKIC(text)) }
