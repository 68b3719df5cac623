package upstream

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The algorithms by which assertions are signed (RFC 7518, section 3.1).
const (
	ES256 = "ES256"
	RS256 = "RS256"
)

const rsaBits = 2048

// SigningKey signs assertions. It is never shown, whatever it is printed with.
type SigningKey struct {
	id      string
	private crypto.Signer
	signer  jose.Signer
}

// String implements fmt.Stringer: the key is not shown.
func (k SigningKey) String() string { return "signing key " + k.id }

// GoString implements fmt.GoStringer: the key is not shown.
func (k SigningKey) GoString() string { return k.String() }

// ID is how assertions and the published keys name it: its thumbprint (RFC 7638).
func (k SigningKey) ID() string { return k.id }

// NewSigningKey makes a key for one of the algorithms.
func NewSigningKey(algorithm string) (SigningKey, error) {
	switch algorithm {
	case ES256:
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return SigningKey{}, fmt.Errorf("making signing key: %w", err)
		}
		return newSigningKey(algorithm, private)
	case RS256:
		private, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return SigningKey{}, fmt.Errorf("making signing key: %w", err)
		}
		return newSigningKey(algorithm, private)
	}
	return SigningKey{}, fmt.Errorf("making signing key: unknown algorithm %q", algorithm)
}

// Reveal gives the key in clear (PKCS #8), for a store that seals it. [KeptSigningKey]
// reads it.
func (k SigningKey) Reveal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

// KeptSigningKey reads what [SigningKey.Reveal] gave.
func KeptSigningKey(algorithm string, text []byte) (SigningKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(text)
	if err != nil {
		return SigningKey{}, errors.New("reading signing key: it is none")
	}
	private, ok := parsed.(crypto.Signer)
	if !ok {
		return SigningKey{}, errors.New("reading signing key: it signs nothing")
	}
	return newSigningKey(algorithm, private)
}

func newSigningKey(algorithm string, private crypto.Signer) (SigningKey, error) {
	print, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return SigningKey{}, fmt.Errorf("naming signing key: %w", err)
	}
	k := SigningKey{id: base64.RawURLEncoding.EncodeToString(print), private: private}
	k.signer, err = jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: private, KeyID: k.id}},
		(&jose.SignerOptions{}).WithType("JWT"),
	)
	if err != nil {
		return SigningKey{}, fmt.Errorf("making signer: %w", err)
	}
	return k, nil
}

// Sign makes a JWT of claims (RFC 7519), in the compact form.
func (k SigningKey) Sign(claims map[string]any) (string, error) {
	text, err := jwt.Signed(k.signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("signing assertion: %w", err)
	}
	return text, nil
}

// Published is the set of public keys (RFC 7517) by which assertions are verified.
func Published(algorithm string, keys []SigningKey) jose.JSONWebKeySet {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: algorithm, Use: "sig"})
	}
	return set
}
