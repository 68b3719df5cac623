package iamsmart

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What LoadEncipherment's callers tell apart.
var (
	// ErrWrongPassword: the PKCS#12 file does not open with this password.
	ErrWrongPassword = errors.New("wrong password")
	// ErrNoKey: there is no private key in the file.
	ErrNoKey = errors.New("no private key in the file")
	// ErrNoCertificate: there is no certificate in the file.
	ErrNoCertificate = errors.New("no certificate in the file")
	// ErrKeyMismatch: the private key belongs to none of the certificates in the file.
	ErrKeyMismatch = errors.New("the private key does not belong to the certificate")
)

const (
	maxEnciphermentFile = 1 << 20
	minKeyBits          = 2048 // what recognised Hong Kong authorities certify, and the least that is safe
)

// Encipherment is one encipherment certificate with its private key: the pair under which iAM Smart wraps content keys for
// us. It prints itself by the certificate's end alone.
type Encipherment struct {
	certificate *x509.Certificate
	private     *rsa.PrivateKey
}

// LoadEncipherment reads a certificate and its private key out of the bytes of one file: PEM (the key as PKCS#1 or PKCS#8,
// in any order, further certificates of the chain beside it) or PKCS#12 (.p12, .pfx) with modern or with the legacy ciphers
// that recognised authorities still hand out. The password is for PKCS#12; PEM ignores it. The key must be RSA of at least
// 2048 bits and belong to one of the certificates. Files over 1 MiB are refused. An expired certificate is not: see NotAfter.
//
// Errors wrap ErrWrongPassword, ErrNoKey, ErrNoCertificate or ErrKeyMismatch where one of them fits.
func LoadEncipherment(data []byte, password string) (*Encipherment, error) {
	pair, err := readPair(data, password)
	if err != nil {
		return nil, fmt.Errorf("reading encipherment certificate: %w", err)
	}
	return pair, nil
}

// NotAfter is the moment the certificate ends.
func (e *Encipherment) NotAfter() time.Time { return e.certificate.NotAfter }

// Certificate is the certificate itself. It must not be changed.
func (e *Encipherment) Certificate() *x509.Certificate { return e.certificate }

// Bits is the length of the RSA key.
func (e *Encipherment) Bits() int { return e.private.N.BitLen() }

// Format keeps the private key out of anything printed.
func (e Encipherment) Format(state fmt.State, _ rune) {
	if e.certificate == nil {
		fmt.Fprint(state, "no encipherment certificate")
		return
	}
	fmt.Fprintf(state, "encipherment certificate until %s", e.certificate.NotAfter.UTC().Format(time.DateOnly))
}

func readPair(data []byte, password string) (*Encipherment, error) {
	if len(data) > maxEnciphermentFile {
		return nil, errors.New("the file is larger than 1 MiB")
	}
	var key any
	var certificates []*x509.Certificate
	var err error
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		key, certificates, err = readPEM(data)
	} else {
		key, certificates, err = readPKCS12(data, password)
	}
	if err != nil {
		return nil, err
	}
	return pairUp(key, certificates)
}

// pairUp finds the certificate that the key belongs to: files hold the chain in any order.
func pairUp(key any, certificates []*x509.Certificate) (*Encipherment, error) {
	if key == nil {
		return nil, ErrNoKey
	}
	if len(certificates) == 0 {
		return nil, ErrNoCertificate
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the private key is not an RSA key")
	}
	if bits := private.N.BitLen(); bits < minKeyBits {
		return nil, fmt.Errorf("the RSA key has %d bits, at least %d are needed", bits, minKeyBits)
	}
	for _, certificate := range certificates {
		if private.PublicKey.Equal(certificate.PublicKey) {
			return &Encipherment{certificate: certificate, private: private}, nil
		}
	}
	return nil, ErrKeyMismatch
}

func readPEM(data []byte) (key any, certificates []*x509.Certificate, err error) {
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			return key, certificates, nil
		}
		switch {
		case block.Type == "CERTIFICATE":
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("reading certificate: %w", err)
			}
			certificates = append(certificates, certificate)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if key != nil {
				return nil, nil, errors.New("more than one private key in the file")
			}
			if key, err = readPEMKey(block); err != nil {
				return nil, nil, err
			}
		}
	}
}

func readPEMKey(block *pem.Block) (any, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the private key in the PEM file is encrypted: store it unencrypted, or as PKCS#12 with a password")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, errors.New("the private key is not an RSA key")
	}
	if err != nil {
		// The cause stays out: parsers of keys may quote numbers.
		return nil, errors.New("the private key in the PEM file is damaged")
	}
	return key, nil
}
