package caddyiamsmart_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"
)

// BenchmarkLogin is a whole login of a linked person: the login page, the button,
// iAM Smart's page and decision (the simulator's share of the processor is in
// it), the callback with getToken, and the page of the application.
func BenchmarkLogin(b *testing.B) {
	w := newWorld(b, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	b.ResetTimer()
	began := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := w.oneLogin("chan", "chan.sm"); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "logins/s")
}

// BenchmarkHandshake is what TLS alone would allow: both sides of one handshake
// under an RSA certificate of 2048 bits, as a browser that comes anew needs it.
func BenchmarkHandshake(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		b.Fatal(err)
	}
	server := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	began := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			here, there := net.Pipe()
			done := make(chan error, 1)
			go func() { done <- tls.Server(there, server).Handshake() }()
			if err := tls.Client(here, &tls.Config{InsecureSkipVerify: true}).Handshake(); err != nil {
				b.Error(err)
			}
			here.Close()
			<-done
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "handshakes/s")
}

// BenchmarkUnwrap is what RSA alone would allow, were a content key unwrapped for
// each login and not once in its life.
func BenchmarkUnwrap(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	//lint:ignore SA1019 this is how iAM Smart wraps it
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := key.Decrypt(nil, wrapped, nil); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "unwraps/s")
}
