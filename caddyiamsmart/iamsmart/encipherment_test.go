package iamsmart_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"

	"software.sslmate.com/src/go-pkcs12"
)

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func withLeadingZero(wrapped string) string {
	raw, _ := base64.StdEncoding.DecodeString(wrapped)
	return base64.StdEncoding.EncodeToString(append([]byte{0}, raw...))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, []byte("\n")) }

// Given a PEM file, it is read in any order and with a chain beside, or refused with the reason.
func TestLoadPEM(t *testing.T) {
	ours, other := ourPair(), otherPair()
	small := newPair(1024)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	damaged := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("geheim")})
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	encryptedOld := bytes.Replace(ours.keyPEM, []byte("KEY-----\n"), []byte("KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"), 1)
	for _, c := range []struct {
		name string
		file []byte
		is   error  // a sentinel, or
		says string // words; neither: it loads
	}{
		{"certificate, PKCS#1 key", ours.file(), nil, ""},
		{"PKCS#8 key, certificate", join(pkcs8(t, ours.private), ours.certPEM), nil, ""},
		{"chain before the certificate", join(other.certPEM, ours.keyPEM, ours.certPEM), nil, ""},
		{"text around, Windows line ends", bytes.ReplaceAll(join([]byte("Bag Attributes"), ours.file()), []byte("\n"), []byte("\r\n")), nil, ""},
		{"key alone", ours.keyPEM, iamsmart.ErrNoCertificate, ""},
		{"certificate alone", ours.certPEM, iamsmart.ErrNoKey, ""},
		{"mismatch", join(other.certPEM, ours.keyPEM), iamsmart.ErrKeyMismatch, ""},
		{"two keys", join(ours.file(), other.keyPEM), nil, "more than one"},
		{"1024 bits", small.file(), nil, "1024 bits"},
		{"elliptic curve", join(ours.certPEM, pkcs8(t, ec)), nil, "not an RSA key"},
		{"damaged key", join(ours.certPEM, damaged), nil, "damaged"},
		{"encrypted key", join(ours.certPEM, encrypted), nil, "is encrypted"},
		{"encrypted key, old form", join(ours.certPEM, encryptedOld), nil, "is encrypted"},
		{"damaged certificate", join(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), ours.keyPEM), nil, "certificate"},
		{"no block ends", []byte("-----BEGIN CERTIFICATE-----\nAAAA"), iamsmart.ErrNoKey, ""},
		{"too large", append(ours.file(), make([]byte, 1<<20)...), nil, "larger than 1 MiB"},
		{"nothing", nil, nil, "neither PEM nor"},
		{"certificate as DER", ours.certificate.Raw, iamsmart.ErrNoKey, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			loaded, err := iamsmart.LoadEncipherment(c.file, "ignored")
			if c.is == nil && c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				want(t, "ours", loaded.Certificate().Equal(ours.certificate), true)
				want(t, "end", loaded.NotAfter().Equal(ours.certificate.NotAfter), true)
				return
			}
			refusedWith(t, err, c.is, c.says)
		})
	}
}

func refusedWith(t *testing.T, err, is error, says string) {
	t.Helper()
	if err == nil || is != nil && !errors.Is(err, is) || !strings.Contains(err.Error(), says) {
		t.Errorf("error is %v, want %v %s", err, is, says)
	}
	if err != nil && (!strings.HasPrefix(err.Error(), "reading encipherment certificate: ") || strings.Contains(err.Error(), "geheim")) {
		t.Errorf("error is %q", err)
	}
}

// Given PKCS#12 files as openssl makes them, modern and legacy, they load, and a login works with what was in them.
func TestLoadPKCS12(t *testing.T) {
	need(t, "openssl")
	ours := ourPair()
	pemFile := save(t, "ours.pem", ours.file())
	chain := save(t, "chain.pem", otherPair().certPEM)
	for _, c := range []struct {
		name      string
		arguments []string
		password  string
		is        error
		says      string
	}{
		{"modern", nil, "geheim", nil, ""},
		{"modern with chain", []string{"-certfile", chain}, "geheim", nil, ""},
		{"3DES and SHA-1", []string{"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"}, "geheim", nil, ""},
		{"legacy: RC2 and 3DES", []string{"-legacy"}, "geheim", nil, ""},
		{"wrong password", nil, "falsch", iamsmart.ErrWrongPassword, ""},
		{"wrong password, legacy", []string{"-legacy"}, "falsch", iamsmart.ErrWrongPassword, ""},
		{"no password", nil, "", iamsmart.ErrWrongPassword, ""},
		{"no key", []string{"-nokeys"}, "geheim", iamsmart.ErrNoKey, ""},
		{"no certificate", []string{"-nocerts"}, "geheim", iamsmart.ErrNoCertificate, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.p12")
			arguments := append([]string{"pkcs12", "-export", "-in", pemFile, "-passout", "pass:geheim", "-out", out}, c.arguments...)
			if _, err := try(nil, "openssl", arguments...); err != nil {
				cannot(t, "this openssl does not make files with %v", c.arguments)
			}
			loaded, err := iamsmart.LoadEncipherment(read(t, out), c.password)
			if c.is != nil {
				refusedWith(t, err, c.is, c.says)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want(t, "ours", loaded.Certificate().Equal(ours.certificate), true)
			client := newSmart(t).client(t, func(config *iamsmart.Config) { config.Keys = []*iamsmart.Encipherment{loaded} })
			if _, err := client.GetToken(context.Background(), aCode); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file that openssl encrypted the legacy way is read also where the installed openssl no longer makes such files.
func TestLoadCommittedLegacyPKCS12(t *testing.T) {
	fromPEM, err := iamsmart.LoadEncipherment(vector(t, "encipherment.pem"), "")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := iamsmart.LoadEncipherment(vector(t, "legacy-rc2.p12"), "vector")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "same", loaded.Certificate().Equal(fromPEM.Certificate()), true)
	_, err = iamsmart.LoadEncipherment(vector(t, "legacy-rc2.p12"), "other")
	refusedWith(t, err, iamsmart.ErrWrongPassword, "")
}

// openssl refuses to make a file whose key does not fit, so another library makes it here.
func TestLoadMismatchedPKCS12(t *testing.T) {
	data, err := pkcs12.Modern.Encode(ourPair().private, otherPair().certificate, nil, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	_, err = iamsmart.LoadEncipherment(data, "geheim")
	refusedWith(t, err, iamsmart.ErrKeyMismatch, "")
	_, err = iamsmart.LoadEncipherment(data[:len(data)/2], "geheim")
	refusedWith(t, err, nil, "neither PEM nor")
}

// A zero byte that Java puts before a wrapped key does not matter.
func TestWrappedKeyWithLeadingZero(t *testing.T) {
	server := newSmart(t)
	server.getKey = func(w http.ResponseWriter, _ *http.Request) {
		server.giveKey(w, withLeadingZero(wrapByHand(&server.wrapFor.private.PublicKey, server.cek)), "")
	}
	if _, err := server.client(t).GetToken(context.Background(), aCode); err != nil {
		t.Fatal(err)
	}
}
