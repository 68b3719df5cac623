package iamsmart

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
)

// The causes of a failed call that we put into our own words.
var (
	errNotHTTP       = errors.New("what came back is not proper HTTP over TLS")
	errUntrusted     = errors.New("the server's TLS certificate is of an authority that this machine does not trust")
	errOtherHost     = errors.New("the server's TLS certificate is for another host name")
	errOutsideDates  = errors.New("the server's TLS certificate has expired or is not valid yet; check this machine's clock")
	errBadServerCert = errors.New("the server's TLS certificate is not valid")
)

// ownWords keeps the causes whose text is made on this machine. What else net/http reports may quote bytes that the other
// side sent, and those do not belong in a log.
func ownWords(err error) error {
	known := []error{context.DeadlineExceeded, context.Canceled, io.ErrUnexpectedEOF, io.EOF, http.ErrSchemeMismatch}
	for _, cause := range known {
		if errors.Is(err, cause) {
			return cause
		}
	}
	if cause := certificateTrouble(err); cause != nil {
		return cause
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return network
	}
	return errNotHTTP
}

// certificateTrouble says what is wrong with a server's certificate, nil if that is not the trouble.
func certificateTrouble(err error) error {
	var unverified *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return errUntrusted
	case errors.As(err, &host):
		return errOtherHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errOutsideDates
	case errors.As(err, &invalid), errors.As(err, &unverified):
		return errBadServerCert
	}
	return nil
}
