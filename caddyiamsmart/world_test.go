package caddyiamsmart_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/simulator"
	"caddyiamsmart.example/caddyiamsmart/store/storetest"
)

// site is what a test wants of the world; zero fields mean the plain case.
type site struct {
	Admin    string // the line of Caddy's admin endpoint; default: admin off
	Servers  string // global options of Caddy
	Global   string // further lines of the global option
	Realm    string // further lines of the realm
	Gate     string // further lines of the directive
	Before   string // lines of the site block before the directive
	After    string // lines of the site block after reverse_proxy
	More     string // further site blocks; knows {{.Port2}}, {{.App2}}, …
	Header   string // header_up lines; default: X-Remote-User = account
	Form     string // further lines of accounts form
	Accounts string // lines before accounts form

	Caddyfile string            // in the place of all that; the world's address and store are in Env
	From      string            // the file of that, from where it imports others
	Env       map[string]string // environment of Caddy; knows {{.Gate}}, …

	App func(*world) string // starts the application, in the place of legacy

	// How failed tries are answered; by default so fast that no test waits.
	Trying *caddyiamsmart.Trying

	Simulator simulator.Options                        // Clients are filled in
	Weather   func(iAmSmart http.Handler) http.Handler // what stands between the gate and iAM Smart
	Scopes    []string                                 // what the portal has granted; nil is eidapi_auth alone
	Portal    func(*world, *simulator.Client)          // what else stands in the portal
	Announced []string                                 // violations that the test provokes
}

// world is the whole thing on this machine: a simulator, a Caddy with the gate,
// and an application behind it. Caddy is one per process, so tests that make a
// world do not run in parallel.
type world struct {
	t         testing.TB
	Dir       string
	Port      int
	Port2     int
	Gate      string // http://localhost:Port
	Gate2     string
	SimURL    string
	App       string // address of the application, as the gate reaches it
	AppHost   string
	App2      string // a second application with accounts of its own
	App2Host  string
	ClientID  string
	Client2   string
	Site      site
	sim       *simulator.Simulator
	legacy    *legacy
	legacy2   *legacy
	caddyfile string
}

const worldCaddyfile = `{
	{{.Site.Admin}}
	persist_config off
	auto_https off
	storage file_system {{.Dir}}/caddy
	log {
		level DEBUG
		output file {{.Dir}}/caddy.log
		format json
	}
	{{.Site.Servers}}
	iamsmart {
		store sqlite {{.Dir}}/iamsmart.db
		{{.Site.Global}}
		realm {
			environment simulator {{.SimURL}}
			client_id {{.ClientID}}
			client_secret {file.{{.Dir}}/secret}
			encipherment_cert {{.Dir}}/encipherment.pem
			{{.Site.Realm}}
		}
		realm second {
			environment simulator {{.SimURL}}
			client_id {{.Client2}}
			client_secret {file.{{.Dir}}/secret2}
			encipherment_cert {{.Dir}}/encipherment.pem
		}
	}
}
http://localhost:{{.Port}}, http://127.0.0.1:{{.Port}} {
	log
	{{.Site.Before}}
	iamsmart {
		public_url {{.Gate}}
		{{.Site.Accounts}}
		accounts form {{.App}}/login {
			fields user pass
			{{.Site.Form}}
		}
		{{.Site.Header}}
		{{.Site.Gate}}
	}
	reverse_proxy {{.AppHost}}
	{{.Site.After}}
}
{{.More}}
`

// newWorld makes a world and ends it with the test.
func newWorld(t testing.TB, s site) *world {
	t.Helper()
	w := &world{t: t, Dir: t.TempDir(), Site: s, ClientID: "client-one", Client2: "client-two"}
	if s.Admin == "" {
		w.Site.Admin = "admin off"
	}
	if s.Header == "" {
		w.Site.Header = "header_up X-Remote-User {iamsmart.account}"
	}
	w.Port, w.Port2 = freePort(t), freePort(t)
	w.Gate, w.Gate2 = fmt.Sprintf("http://localhost:%d", w.Port), fmt.Sprintf("http://localhost:%d", w.Port2)

	options := s.Simulator
	certificate := w.credentialsOf(worldKey())
	for id, gate := range map[string]string{w.ClientID: w.Gate, w.Client2: w.Gate2} {
		client := simulator.Client{
			ID: id, Secret: w.read(map[string]string{w.ClientID: "secret", w.Client2: "secret2"}[id]), Certificate: certificate,
			RedirectURIs: []string{gate + "/iamsmart/callback"},
			CallbackURIs: []string{gate + "/iamsmart/callback/profile", gate + "/iamsmart/callback/form", gate + "/iamsmart/callback/reauthentication"},
			DirectURI:    gate + "/iamsmart/direct",
			Scopes:       s.Scopes,
		}
		if s.Portal != nil {
			s.Portal(w, &client)
		}
		options.Clients = append(options.Clients, client)
	}
	var err error
	if w.sim, err = simulator.New(options); err != nil {
		t.Fatal(err)
	}
	w.sim.Watch(t, s.Announced...)
	if s.Weather == nil {
		s.Weather = func(h http.Handler) http.Handler { return h }
	}
	w.SimURL = serve(t, s.Weather(w.sim))
	w.legacy, w.legacy2 = newLegacy(), newLegacy()
	w.App, w.App2 = serve(t, w.legacy), serve(t, w.legacy2)
	if s.App != nil {
		w.App = s.App(w)
	}
	w.AppHost, w.App2Host = strings.TrimPrefix(w.App, "http://"), strings.TrimPrefix(w.App2, "http://")
	trying := caddyiamsmart.Trying{Pace: time.Millisecond}
	if s.Trying != nil {
		trying = *s.Trying
	}
	t.Cleanup(trying.Set())
	storetest.Make(t, filepath.Join(w.Dir, "iamsmart.db"))
	w.load()
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Caddy's log:\n%s", w.log())
		}
	})
	return w
}

// More is the text of further site blocks with its own fields filled in.
func (w *world) More() string { return w.fill(w.Site.More) }

func (w *world) fill(text string) string {
	w.t.Helper()
	var out bytes.Buffer
	if err := template.Must(template.New("").Parse(text)).Execute(&out, w); err != nil {
		w.t.Fatal(err)
	}
	return out.String()
}

// load gives Caddy the world's Caddyfile, again for a reload.
func (w *world) load() {
	w.t.Helper()
	if err := w.tryLoad(); err != nil {
		w.t.Fatalf("%v\n%s", err, w.caddyfile)
	}
}

func (w *world) tryLoad() error {
	w.t.Helper()
	w.caddyfile = w.Site.Caddyfile
	if w.caddyfile == "" {
		w.caddyfile = w.fill(worldCaddyfile)
	}
	for name, value := range w.Site.Env {
		w.t.(*testing.T).Setenv(name, w.fill(value))
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(w.caddyfile), map[string]any{"filename": cmp.Or(w.Site.From, "Caddyfile")})
	if err != nil {
		return fmt.Errorf("adapting: %w", err)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	return nil
}

// log is what Caddy has logged so far, at DEBUG.
func (w *world) log() string { return w.read("caddy.log") }

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w *world) write(name string, text []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, name), text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// worldKey is that of every world's first certificate: to make one takes its time.
var worldKey = sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// credentials writes throw-away secrets and an encipherment certificate.
func (w *world) credentials() *x509.Certificate {
	w.t.Helper()
	return w.credentialsOf(newKey())
}

func (w *world) credentialsOf(key *rsa.PrivateKey) *x509.Certificate {
	w.t.Helper()
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test only"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("encipherment.pem", append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...))
	w.write("secret", []byte(rand.Text()))
	w.write("secret2", []byte(rand.Text()))
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return certificate
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func freePort(t testing.TB) int { return servertest.FreePort(t) }
