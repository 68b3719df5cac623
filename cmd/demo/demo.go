package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

//go:embed Caddyfile.tmpl
var caddyfileText string

var caddyfile = template.Must(template.New("Caddyfile").Parse(caddyfileText))

// demo is a running demonstration: simulator, gate and application.
type demo struct {
	gate      string // address for the browser
	port      int    // of the gate
	simulator *simulator.Simulator
	config    string // the Caddyfile
	servers   []*http.Server
}

// settings fill in the Caddyfile.
type settings struct {
	Dir, Gate, Number, Simulator, Records, RecordsHost, ClientID, Language string
}

// start runs the demonstration around app, with all its files in dir. Where the
// port is taken, or zero, it is any that is free.
func start(dir string, port int, language string, app http.Handler) (*demo, error) {
	gatePort, err := freePort(port)
	if err != nil {
		return nil, fmt.Errorf("looking for a free port: %w", err)
	}
	d := &demo{gate: fmt.Sprintf("http://localhost:%d", gatePort), port: gatePort, config: filepath.Join(dir, "Caddyfile")}
	secret := hex.EncodeToString(random(16))
	certificate, err := credentials(dir, secret)
	if err != nil {
		return nil, err
	}
	s := settings{Dir: dir, Gate: d.gate, Number: fmt.Sprintf("http://127.0.0.1:%d", gatePort), ClientID: hex.EncodeToString(random(16)), Language: language}
	d.simulator, err = simulator.New(simulator.Options{Clients: []simulator.Client{{
		ID: s.ClientID, Secret: secret, Certificate: certificate,
		RedirectURIs: []string{d.gate + "/iamsmart/callback"},
	}}})
	if err != nil {
		return nil, fmt.Errorf("making simulator: %w", err)
	}
	if s.Simulator, err = d.serve(d.simulator); err != nil {
		return nil, err
	}
	if s.Records, err = d.serve(app); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	s.RecordsHost = strings.TrimPrefix(s.Records, "http://")
	if err := d.runCaddy(s); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// runCaddy writes the Caddyfile and runs Caddy with it.
func (d *demo) runCaddy(s settings) error {
	var text bytes.Buffer
	if err := caddyfile.Execute(&text, s); err != nil {
		return fmt.Errorf("writing Caddyfile: %w", err)
	}
	if err := os.WriteFile(d.config, text.Bytes(), 0o600); err != nil {
		return err
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text.Bytes(), map[string]any{"filename": d.config})
	if err != nil {
		return fmt.Errorf("adapting Caddyfile: %w", err)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("starting Caddy: %w", err)
	}
	return nil
}

// serve runs a handler on a free loopback port. The simulator gets 127.0.0.1 and
// the gate localhost, so that they are as foreign to each other as in reality.
func (d *demo) serve(h http.Handler) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute}
	d.servers = append(d.servers, server)
	go server.Serve(l)
	return "http://" + l.Addr().String(), nil
}

const stopWithin = 5 * time.Second

func (d *demo) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	err := caddy.Stop()
	for _, s := range d.servers {
		err = errors.Join(err, s.Shutdown(ctx))
	}
	return err
}

// freePort returns the port that is asked for if nobody has it, else any.
func freePort(wanted int) (int, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", wanted))
	if (err != nil || takenOnIPv6(wanted)) && wanted != 0 {
		if err == nil {
			_ = l.Close() // it was only asked for
		}
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// takenOnIPv6 tells whether somebody else would answer at http://localhost:port:
// browsers try [::1] first, and not every machine has it.
func takenOnIPv6(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("[::1]:%d", port))
	if err != nil {
		return errors.Is(err, syscall.EADDRINUSE)
	}
	_ = l.Close() // it was only asked for
	return false
}

// credentials writes a throw-away client secret and encipherment certificate.
func credentials(dir, secret string) (*x509.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Demonstration only"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(filepath.Join(dir, "encipherment.pem"), text, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "client_secret"), []byte(secret), 0o600); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
