package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

const (
	keyFile    = "encipherment.pem"
	secretFile = "client-secret"
	idFile     = "client-id"

	keyBits  = 2048
	certLife = 365 * 24 * time.Hour

	// exampleRedirect is where a gate with the default prefix on this machine expects the redirect.
	exampleRedirect = "https://localhost/iamsmart/callback"
)

// made is what the printed help needs to know.
type made struct {
	Folder, ClientID, Secret, Key, Listen, RedirectURI string
	HostPort                                           string
}

var help = template.Must(template.New("").Parse(`Throw-away credentials are in {{.Folder}}. They are worth nothing outside this simulator.

Start the simulator (add the redirect URI of your own gate: its public_url and /iamsmart/callback):

    simulator -listen {{.Listen}} -client-id {{.ClientID}} \
        -client-secret-file "{{.Secret}}" \
        -cert "{{.Key}}" \
        -redirect-uri {{.RedirectURI}}

The realm in the Caddyfile, inside the global option iamsmart:

    realm default {
        environment simulator http://{{.HostPort}}
        client_id {{.ClientID}}
        client_secret "{file.{{.Secret}}}"
        encipherment_cert "{{.Key}}"
    }
`))

// makeCredentials writes a certificate with its key, a secret and a client ID into new files, and prints how to use them. Files that
// are there already are left alone, and are an error.
func makeCredentials(s *settings, stdout io.Writer) error {
	folder, err := filepath.Abs(s.makeCredentials)
	if err != nil {
		return fmt.Errorf("making credentials: %w", err)
	}
	m := made{
		Folder: folder, Secret: filepath.Join(folder, secretFile), Key: filepath.Join(folder, keyFile),
		ClientID: randomHex(16), Listen: s.listen, RedirectURI: exampleRedirect, HostPort: callable(s.listen),
	}
	if len(s.redirectURIs) > 0 {
		m.RedirectURI = s.redirectURIs[0]
	}
	key, err := makeKey()
	if err != nil {
		return fmt.Errorf("making credentials: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making credentials: %w", err)
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{idFile, []byte(m.ClientID)}, {secretFile, []byte(randomHex(32))}, {keyFile, key}} {
		if err := writeNew(filepath.Join(folder, file.name), file.content); err != nil {
			return fmt.Errorf("making credentials: %w", err)
		}
	}
	return help.Execute(stdout, m)
}

// callable is the address to call for an address to listen on.
func callable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// writeNew writes a file that only its owner reads, and overwrites nothing.
func writeNew(file string, content []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// makeKey makes an RSA key with a certificate of its own, as PEM.
func makeKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "throw-away encipherment certificate for the simulator"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(certLife),
		KeyUsage:     x509.KeyUsageKeyEncipherment,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), nil
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails: the program ends instead
	return hex.EncodeToString(b)
}
