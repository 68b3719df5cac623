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
	// ExtraFields adds members that no document knows to envelopes, contents and callbacks; a client must overlook them.
	ExtraFields bool
	// PathsAccount serves only the paths that begin with account and anonymous, PathsSister only those of the sister system.
	PathsAccount, PathsSister bool
	// RawSignatureOnly refuses a signature header that is percent-encoded.
	RawSignatureOnly bool
	// GetKeyEmpty demands an empty body of getKey, GetKeyObject demands {}.
	GetKeyEmpty, GetKeyObject bool
	// PubKeyPKCS1 and PubKeyCertificate choose the form of pubKey in getKey: PKCS #1, or the whole certificate.
	PubKeyPKCS1, PubKeyCertificate bool
	// BareCallback makes the clear text of a callback the object itself, not {"content": object}.
	BareCallback bool
	// FreshCallbackKey makes a CEK for each callback, which getKey does not know.
	FreshCallbackKey bool
	// ResendCallbacks sends each callback twice more, the same bytes.
	ResendCallbacks bool
	// RedirectEncoded demands redirectURI inside a clear text percent-encoded, RedirectPlain demands it as it is.
	RedirectEncoded, RedirectPlain bool
	// AuthScopeProfiles lets eidapi_auth suffice for a profile request.
	AuthScopeProfiles bool
	// DirectMarked exchanges the code of a direct login only with isDirectLogin; DirectPlain knows neither that nor code_verifier.
	DirectMarked, DirectPlain bool
	// ErrorStatus answers by HTTP 400, with the envelope, where the code is not that of success.
	ErrorStatus bool
}

const (
	paddingOAEPSHA1   = "oaep-sha1"
	paddingOAEPSHA256 = "oaep-sha256"
)

// switches are the words, but for the paddings, and what each sets.
func (v *Variants) switches() []struct {
	word string
	on   *bool
} {
	return []struct {
		word string
		on   *bool
	}{
		{"raw-signature", &v.RawSignature}, {"raw-signature-only", &v.RawSignatureOnly}, {"ordered-timestamps", &v.OrderedTimestamps},
		{"base64-key", &v.Base64Key}, {"absolute-expiry", &v.AbsoluteExpiry}, {"bare-denial", &v.BareDenial},
		{"strict-spelling", &v.StrictSpelling}, {"sister-dialect", &v.SisterDialect}, {"extra-fields", &v.ExtraFields},
		{"paths-account", &v.PathsAccount}, {"paths-sister", &v.PathsSister}, {"getkey-empty", &v.GetKeyEmpty},
		{"getkey-object", &v.GetKeyObject}, {"pubkey-pkcs1", &v.PubKeyPKCS1}, {"pubkey-certificate", &v.PubKeyCertificate},
		{"bare-callback", &v.BareCallback}, {"fresh-callback-key", &v.FreshCallbackKey}, {"resend-callbacks", &v.ResendCallbacks},
		{"redirect-encoded", &v.RedirectEncoded}, {"redirect-plain", &v.RedirectPlain}, {"auth-scope-profiles", &v.AuthScopeProfiles},
		{"direct-marked", &v.DirectMarked}, {"direct-plain", &v.DirectPlain}, {"error-status", &v.ErrorStatus},
	}
}

// conflicts are pairs of words that contradict each other.
var conflicts = [][2]string{
	{"raw-signature", "raw-signature-only"}, {"paths-account", "paths-sister"}, {"getkey-empty", "getkey-object"},
	{"pubkey-pkcs1", "pubkey-certificate"}, {"redirect-encoded", "redirect-plain"}, {"direct-marked", "direct-plain"},
}

func (v Variants) check() error {
	if !slices.Contains([]string{"", paddingOAEPSHA1, paddingOAEPSHA256}, v.Padding) {
		return fmt.Errorf("variant padding %q: must be empty, %s or %s", v.Padding, paddingOAEPSHA1, paddingOAEPSHA256)
	}
	on := map[string]bool{}
	for _, s := range v.switches() {
		on[s.word] = *s.on
	}
	for _, pair := range conflicts {
		if on[pair[0]] && on[pair[1]] {
			return fmt.Errorf("the variants %s and %s contradict each other", pair[0], pair[1])
		}
	}
	return nil
}

// serves reports whether paths of a family are there.
func (v Variants) serves(f family) bool {
	return !(v.PathsAccount && f == sisterFamily || v.PathsSister && f == accountFamily)
}

// VariantWords are the words that Variants.Set takes.
func VariantWords() []string {
	words := []string{paddingOAEPSHA1, paddingOAEPSHA256}
	for _, s := range new(Variants).switches() {
		words = append(words, s.word)
	}
	return words
}

// Set switches on the variant that word names; the error lists the words there are.
func (v *Variants) Set(word string) error {
	if word == paddingOAEPSHA1 || word == paddingOAEPSHA256 {
		v.Padding = word
		return nil
	}
	for _, s := range v.switches() {
		if s.word == word {
			*s.on = true
			return nil
		}
	}
	return fmt.Errorf("unknown variant %q, expected one of %s", word, strings.Join(VariantWords(), ", "))
}
