package iamsmart

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// readPKCS12 reads DER. What opens with the password but lacks a part leaves that part nil, for pairUp to name.
func readPKCS12(data []byte, password string) (key any, certificates []*x509.Certificate, err error) {
	key, certificate, chain, err := pkcs12.DecodeChain(data, password)
	switch {
	case err == nil:
		return key, append([]*x509.Certificate{certificate}, chain...), nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, nil, ErrWrongPassword
	}
	// The library has no sentinels for the next two; a test holds it to these words.
	switch {
	case strings.Contains(err.Error(), "certificate missing"):
		return nil, nil, ErrNoCertificate
	case strings.Contains(err.Error(), "private key missing"):
		return nil, nil, ErrNoKey
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return nil, nil, fmt.Errorf("%w: it is a bare certificate", ErrNoKey)
	}
	var unsupported pkcs12.NotImplementedError
	if errors.As(err, &unsupported) {
		return nil, nil, fmt.Errorf("this kind of PKCS#12 file is not supported: %w", err)
	}
	return nil, nil, errors.New("the file is neither PEM nor readable PKCS#12")
}
