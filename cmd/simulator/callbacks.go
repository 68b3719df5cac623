package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
)

// callbackClient is the client that posts results, with the certificates of the flags; nil where there are none.
func (s *settings) callbackClient() (*http.Client, error) {
	if s.callbackRoots == "" && s.callbackPair == "" {
		return nil, nil
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.callbackRoots != "" {
		text, err := readBounded(s.callbackRoots)
		if err != nil {
			return nil, fmt.Errorf("reading -callback-roots: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("reading -callback-roots: %s holds no PEM block CERTIFICATE", s.callbackRoots)
		}
	}
	if s.callbackPair != "" {
		text, err := readBounded(s.callbackPair)
		if err != nil {
			return nil, fmt.Errorf("reading -callback-client-cert: %w", err)
		}
		pair, err := tls.X509KeyPair(text, text)
		if err != nil {
			return nil, fmt.Errorf("reading -callback-client-cert: %w", err)
		}
		trust.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	return &http.Client{Transport: transport}, nil
}
