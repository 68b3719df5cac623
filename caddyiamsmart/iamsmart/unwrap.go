package iamsmart

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // the hash of one padding
	_ "crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
)

// cekLength is the length of a content key in bytes.
const cekLength = 32

var errNoKeyFits = errors.New("none of the configured encipherment keys opens the content key; " +
	"is the certificate that the portal holds among them?")

var errNotAKey = errors.New("what is wrapped is not a content key of 32 bytes in the expected form")

// unwrapper opens wrapped content keys with our keys, padded and written as the protocol's options say.
type unwrapper struct {
	keys     *enciphermentKeys
	protocol Protocol
}

// unwrap opens a wrapped content key. While certificates roll over, iAM Smart goes on wrapping with the old one until the
// content key ends; the hint names the public key used, in a form that is not documented, so it only sets the order: all
// keys are tried.
//
// The usual wrapping is RSA with PKCS#1 v1.5 padding, which is dangerous where a stranger can send cipher texts and watch
// what becomes of them. From getKey they come over TLS in answer to our own call, so there is no such stranger.
func (u unwrapper) unwrap(wrapped, publicKeyHint string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(wrapped)
	if err != nil {
		return nil, errors.New("secretKey is not Base64")
	}
	failure := errNoKeyFits
	for _, key := range inOrderOf(publicKeyHint, u.keys.get()) {
		plain, err := key.private.Decrypt(nil, trimToSize(secret, key.private.Size()), u.padding())
		if err != nil {
			continue
		}
		if cek, ok := contentKey(u.protocol.KeyText, plain); ok {
			return cek, nil
		}
		failure = errNotAKey
	}
	return nil, failure
}

// padding is nil for PKCS#1 v1.5, as crypto.Decrypter wants it.
func (u unwrapper) padding() crypto.DecrypterOpts {
	switch u.protocol.KeyPadding {
	case "oaep-sha1":
		return &rsa.OAEPOptions{Hash: crypto.SHA1}
	case "oaep-sha256":
		return &rsa.OAEPOptions{Hash: crypto.SHA256}
	}
	return nil
}

// inOrderOf puts the keys that the hint names first.
func inOrderOf(hint string, keys []*Encipherment) []*Encipherment {
	der, err := base64.StdEncoding.DecodeString(hint)
	if err != nil || len(der) == 0 {
		return keys
	}
	var named, others []*Encipherment
	for _, key := range keys {
		if key.isNamedBy(der) {
			named = append(named, key)
		} else {
			others = append(others, key)
		}
	}
	return append(named, others...)
}

// isNamedBy compares with each form that a public key is commonly written in: as X.509 writes it, as PKCS#1 does, and the
// certificate whole.
func (e *Encipherment) isNamedBy(der []byte) bool {
	return bytes.Equal(der, e.certificate.RawSubjectPublicKeyInfo) ||
		bytes.Equal(der, x509.MarshalPKCS1PublicKey(&e.private.PublicKey)) ||
		bytes.Equal(der, e.certificate.Raw)
}

// trimToSize drops the zero byte that Java's BigInteger puts before a number whose highest bit is set.
func trimToSize(secret []byte, size int) []byte {
	if len(secret) == size+1 && secret[0] == 0 {
		return secret[1:]
	}
	return secret
}

// contentKey takes the key out of the unwrapped text: 32 raw bytes, or the same in Base64 or hex, which some systems wrap.
// Form is the option's word.
func contentKey(form string, plain []byte) (key []byte, ok bool) {
	var err error
	switch length := len(plain); {
	case length == cekLength && form != "base64":
		return plain, true
	case length == base64.StdEncoding.EncodedLen(cekLength) && form != "raw":
		key, err = base64.StdEncoding.DecodeString(string(plain))
	case length == hex.EncodedLen(cekLength) && form == "auto":
		key, err = hex.DecodeString(string(plain))
	default:
		return nil, false
	}
	return key, err == nil && len(key) == cekLength
}
