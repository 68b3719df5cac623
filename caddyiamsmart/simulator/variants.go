package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// Variants chooses other readings of points on which the public sources about iAM Smart are silent or disagree. The zero value is the
// likeliest reading. A client that is robust is tested under each.
type Variants struct {
	// RawSignature also accepts a signature header in plain Base64, not percent-encoded.
	RawSignature bool
	// OrderedTimestamps refuses a timestamp that is lower than an earlier one of the same client.
	OrderedTimestamps bool
	// Padding is how the CEK is wrapped: "" for RSA PKCS#1 v1.5, or "oaep-sha1", or "oaep-sha256".
	Padding string
	// Base64Key wraps the 44 characters of the CEK's Base64 text, not its 32 bytes.
	Base64Key bool
	// AbsoluteExpiry makes expiresIn, of key and token, a time in milliseconds since 1970, not a duration.
	AbsoluteExpiry bool
	// BareDenial redirects with the state alone, without error_code, when a person does not approve.
	BareDenial bool
	// StrictSpelling refuses lang and brokerPage in another case than documented.
	StrictSpelling bool
	// SisterDialect answers as the sister system of the same office does: msg for message, and codes that begin with M.
	SisterDialect bool
	// ExtraFields adds members that no document knows to envelopes and contents; a client must overlook them.
	ExtraFields bool
}

const (
	paddingOAEPSHA1   = "oaep-sha1"
	paddingOAEPSHA256 = "oaep-sha256"
)

func (v Variants) check() error {
	if !slices.Contains([]string{"", paddingOAEPSHA1, paddingOAEPSHA256}, v.Padding) {
		return fmt.Errorf("variant padding %q: must be empty, %s or %s", v.Padding, paddingOAEPSHA1, paddingOAEPSHA256)
	}
	return nil
}

// VariantWords are the words that Variants.Set takes.
func VariantWords() []string {
	return []string{
		"raw-signature", "ordered-timestamps", paddingOAEPSHA1, paddingOAEPSHA256, "base64-key", "absolute-expiry", "bare-denial",
		"strict-spelling", "sister-dialect", "extra-fields",
	}
}

// Set switches on the variant that word names; the error lists the words there are.
func (v *Variants) Set(word string) error {
	switch word {
	case "raw-signature":
		v.RawSignature = true
	case "ordered-timestamps":
		v.OrderedTimestamps = true
	case paddingOAEPSHA1, paddingOAEPSHA256:
		v.Padding = word
	case "base64-key":
		v.Base64Key = true
	case "absolute-expiry":
		v.AbsoluteExpiry = true
	case "bare-denial":
		v.BareDenial = true
	case "strict-spelling":
		v.StrictSpelling = true
	case "sister-dialect":
		v.SisterDialect = true
	case "extra-fields":
		v.ExtraFields = true
	default:
		return fmt.Errorf("unknown variant %q, expected one of %s", word, strings.Join(VariantWords(), ", "))
	}
	return nil
}
