package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const clientID = "bench"

// bench is everything that runs.
type bench struct {
	list    []*setup
	app     *http.Server
	child   *child
	cookies []string // header values of people who are logged in
}

// start makes the application, Caddy and the people who are logged in.
func start(ctx context.Context, dir string, s settings) (*bench, error) {
	b := &bench{}
	for _, one := range setups() {
		if len(b.list) == 0 || s.only == "" || strings.Contains(one.name, s.only) {
			b.list = append(b.list, one)
		}
	}
	app, err := b.startApp()
	if err != nil {
		return nil, err
	}
	if err := credentials(dir); err != nil {
		return nil, err
	}
	ports := make([]int, len(b.list)+1)
	for i := range ports {
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	for i, one := range b.list {
		one.port = ports[i]
	}
	config, err := caddyfile(b.list, dir, app, ports[len(b.list)])
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "Starting Caddy.")
	if b.child, err = startChild(ctx, config, ports); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "Logging %d people in.\n", s.cookies)
	if b.cookies, err = logIn(ctx, dir, s.cookies); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

func (b *bench) stop() {
	_ = b.child.stop()
	_ = b.app.Close()
}

// startApp serves an application that says what it was told.
func (b *bench) startApp() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	b.app = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := func(name, word string) string {
			switch value := r.Header.Get(name); {
			case value == "":
				return "-"
			case word == "":
				return value
			}
			return word
		}
		told := said("X-Remote-User", "") + " " + said("X-Person", "person")
		if strings.Count(r.Header.Get("X-Iamsmart-Assertion"), ".") == 2 {
			told += " assertion"
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte(told))
	})}
	go b.app.Serve(l)
	return l.Addr().String(), nil
}

// measure has the set-ups take turns.
func (b *bench) measure(ctx context.Context, s settings, clients int) (table, error) {
	t := table{rows: make([]row, len(b.list))}
	order := make([]int, len(b.list))
	for i, one := range b.list {
		t.rows[i].name, order[i] = one.name, i
		if _, err := b.turn(ctx, one, max(s.requests/10, 50), clients); err != nil { // the first of all is slower
			return t, err
		}
	}
	for round := range s.rounds {
		mathrand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			turn, err := b.turn(ctx, b.list[i], s.requests, clients)
			if err != nil {
				return t, err
			}
			t.rows[i].turns = append(t.rows[i].turns, turn)
		}
		fmt.Fprintf(os.Stderr, "\r%d clients: round %d of %d", clients, round+1, s.rounds)
	}
	fmt.Fprintln(os.Stderr)
	return t, nil
}

// turn is one set-up for some requests.
func (b *bench) turn(ctx context.Context, of *setup, requests, clients int) (turn, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	load := load{of: of, client: &http.Client{Transport: transport, Timeout: 30 * time.Second}, cookies: b.cookies}
	before, err := b.child.processorTime()
	if err != nil {
		return turn{}, err
	}
	began := time.Now()
	waited, err := load.run(ctx, requests, clients)
	took := time.Since(began)
	if err != nil {
		return turn{}, fmt.Errorf("%s: %w", of.name, err)
	}
	after, err := b.child.processorTime()
	if err != nil {
		return turn{}, err
	}
	slices.Sort(waited)
	return turn{
		cost: (after - before) / time.Duration(requests), perSecond: float64(requests) / took.Seconds(),
		p50: waited[len(waited)/2], p99: waited[len(waited)*99/100],
	}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// credentials writes throw-away ones, which nobody is shown: iAM Smart is never asked.
func credentials(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Measurement only"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour), KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "encipherment.pem"), text, 0o600),
		os.WriteFile(filepath.Join(dir, "secret"), []byte(rand.Text()), 0o600),
		os.WriteFile(filepath.Join(dir, "staff.csv"), []byte("name,key,state\nchan,1,1\n"), 0o600),
	)
}
