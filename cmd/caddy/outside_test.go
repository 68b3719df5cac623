package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// outside is what stands before and behind the gate and outlives it: iAM Smart,
// and an application with accounts of its own.
type outside struct {
	ClientID    string
	SimURL, App string

	sim     *simulator.Simulator
	app     *application
	secret  string
	key     *rsa.PrivateKey
	encoded []byte // the encipherment certificate
}

// newOutside makes a simulator with the people named, for a gate at the port.
func newOutside(t testing.TB, port int, people ...string) *outside {
	t.Helper()
	o := &outside{ClientID: "client-one", secret: rand.Text(), app: newApplication()}
	var err error
	o.key, err = rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test only"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}
	o.encoded, err = x509.CreateCertificate(rand.Reader, plan, plan, &o.key.PublicKey, o.key)
	must(t, err)
	certificate, err := x509.ParseCertificate(o.encoded)
	must(t, err)

	options := simulator.Options{
		CodeLife: 10 * time.Minute, // a code waits until a gate that was killed is back
		Clients: []simulator.Client{{
			ID: o.ClientID, Secret: o.secret, Certificate: certificate,
			RedirectURIs: []string{fmt.Sprintf("http://localhost:%d/iamsmart/callback", port)},
		}},
	}
	for _, name := range people {
		options.Persons = append(options.Persons, simulator.Person{Name: name, EnglishName: "TEST, " + name})
	}
	o.sim, err = simulator.New(options)
	must(t, err)
	o.sim.Watch(t)
	o.SimURL, o.App = serve(t, o.sim), serve(t, o.app)
	return o
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// credentials writes what the gate is given by the iAM Smart portal.
func (o *outside) credentials(folder string) error {
	private, err := x509.MarshalPKCS8PrivateKey(o.key)
	if err != nil {
		return err
	}
	pair := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.encoded}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "encipherment.pem"), pair, 0o600),
		os.WriteFile(filepath.Join(folder, "secret"), []byte(o.secret), 0o600))
}

// application is one of the old kind: a login form, a session cookie, and a page
// that greets whoever the header names. Its accounts are all names that begin
// with "staff"; passwordOf is their password.
type application struct {
	mu       sync.Mutex
	sessions map[string]string // cookie → account, "" before login
	posts    int               // logins that were tried
}

func newApplication() *application { return &application{sessions: make(map[string]string)} }

func passwordOf(account string) string { return "the password of " + account }

const appForm = `<form method=post action=/login><input name=user><input type=password name=pass></form>`

func (a *application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case r.URL.Path != "/login":
		fmt.Fprintf(w, "<h1>Records</h1><p id=user>%s</p>", r.Header.Get("X-Remote-User"))
	case r.Method != http.MethodPost:
		a.begin(w, "")
		fmt.Fprint(w, appForm)
	case a.knows(r):
		a.begin(w, r.PostFormValue("user"))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		fmt.Fprint(w, "<p>Wrong.</p>"+appForm)
	}
}

func (a *application) knows(r *http.Request) bool {
	c, err := r.Cookie("APPSESSION")
	if err != nil {
		return false
	}
	a.mu.Lock()
	_, begun := a.sessions[c.Value]
	a.posts++
	a.mu.Unlock()
	user := r.PostFormValue("user")
	return begun && len(user) > 5 && user[:5] == "staff" && r.PostFormValue("pass") == passwordOf(user)
}

// asked counts the logins that were tried.
func (a *application) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posts
}

func (a *application) begin(w http.ResponseWriter, user string) {
	id := rand.Text()
	a.mu.Lock()
	a.sessions[id] = user
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "APPSESSION", Value: id, Path: "/"})
}
