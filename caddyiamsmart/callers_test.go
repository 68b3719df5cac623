package caddyiamsmart_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// Given callbacks that bring a key of their own, when they come from an address
// that the realm allows, then they count; from any other they do not.
func TestCallbackFromAnAllowedAddress(t *testing.T) {
	for allow, taken := range map[string]bool{
		"127.0.0.1": true, "203.0.113.0/24 127.0.0.0/8 ::1": true, "203.0.113.0/24": false, "127.0.0.2": false,
	} {
		t.Run(allow, func(t *testing.T) {
			var refused []string
			if !taken {
				refused = []string{"callback-refused"}
			}
			w := newWorld(t, site{
				Gate: english, Scopes: profileScopes, Announced: refused,
				Realm:     "callback {\n allow " + allow + "\n}\nprotocol {\n callback_cek own\n}",
				Simulator: simulator.Options{Variants: simulator.Variants{FreshCallbackKey: true}},
			})
			a := w.asking("chan")
			_, there, err := a.Outcome(t.Context(), a.profile("approve"))
			if err != nil || there != taken {
				t.Errorf("taken: %t, %v", there, err)
			}
			if said := strings.Contains(w.log(), "an address that 'allow' does not name"); said == taken {
				t.Errorf("the log says that the address is refused: %t", said)
			}
			// Whoever has no more than the certificate still needs what was sent to iAM Smart only.
			status, _, err := send(w.Gate+"/iamsmart/callback/profile", "application/json", w.callbackForger().callback("guessed", "guessed"))
			if status != http.StatusBadRequest || err != nil {
				t.Errorf("a guess: %d, %v", status, err)
			}
		})
	}
}

// A refusal may come with the businessID alone; nothing else may, and it cannot be
// turned into a yes afterwards.
func TestCallbackOfARefusalWithoutState(t *testing.T) {
	w := newWorld(t, site{
		Gate: english, Scopes: profileScopes, Realm: "callback {\n allow 127.0.0.1\n}\nprotocol {\n callback_cek own\n}",
	})
	a := w.asking("chan")
	id := a.profile("")
	own, f := w.Gate+"/iamsmart/callback/profile", w.callbackForger()
	bare := fmt.Sprintf(`{"businessID":%q}`, w.sim.Waiting()[0].BusinessID)
	for code, want := range map[string]int{"D00000": http.StatusBadRequest, "D50001": http.StatusOK} {
		if status, _, err := send(own, "application/json", f.made(code, bare)); status != want || err != nil {
			t.Errorf("%s without a state: %d, %v", code, status, err)
		}
	}
	if err := w.sim.Decide(w.sim.Waiting()[0].ID, "approve"); err != nil || !w.sim.Settle(10*time.Second) {
		t.Fatal(err)
	}
	answer, there, err := a.Outcome(t.Context(), id)
	if err != nil || !there || answer.Failure == nil || answer.Failure.Number != 50001 {
		t.Errorf("%t, %v: %v", there, err, answer.Failure)
	}
}

// Given a realm whose callbacks open by their own key and that says nothing of who
// may call, then it does not start, and says why.
func TestOwnCallbackKeyNeedsAGuard(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.Site.Realm = "protocol {\n callback_cek own\n}"
	if err := w.tryLoad(); err == nil || !strings.Contains(err.Error(), "callback { allow") || !strings.Contains(err.Error(), "realm default") {
		t.Errorf("it loads: %v", err)
	}
	w.Site.Realm = "callback {\n client_ca " + w.Dir + "/secret\n}\nprotocol {\n callback_cek own\n}"
	if err := w.tryLoad(); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("it loads without the authority's certificate: %v", err)
	}
	for range1, why := range map[string]string{
		"0.0.0.0/0": "is everybody", "::/0": "is everybody", "::ffff:203.0.113.0/120": "neither an address nor a range",
	} {
		w.Site.Realm = "callback {\n allow " + range1 + "\n}\nprotocol {\n callback_cek own\n}"
		if err := w.tryLoad(); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("allow %s loads: %v", range1, err)
		}
	}
	for _, url := range []string{"http://records.example.com", "https://records.example.com/path", "records.example.com"} {
		w.Site.Realm = "callback_url " + url
		if err := w.tryLoad(); err == nil || !strings.Contains(err.Error(), "callback_url: ") {
			t.Errorf("callback_url %s loads: %v", url, err)
		}
	}
	w.Site.Realm = ""
}

func keepFile(t testing.TB, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// authority signs certificates for this test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{t, cert, key}
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// sign makes a certificate for one use, in PEM with its key.
func (a authority) sign(use x509.ExtKeyUsage, until time.Time) (certificate, private []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	der, err := x509.CreateCertificate(rand.Reader, plan, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	marshalled, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: marshalled})
}

// caller posts as iAM Smart would: with a client certificate, or without.
func (a authority) caller(root *x509.Certificate, use x509.ExtKeyUsage, until time.Time) *http.Client {
	a.t.Helper()
	pair, err := tls.X509KeyPair(a.sign(use, until))
	if err != nil {
		a.t.Fatal(err)
	}
	client := withoutCertificate(root)
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{pair}
	return client
}

func withoutCertificate(root *x509.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// Given a realm that wants iAM Smart's client certificate, when a callback comes
// with one of that authority, then it counts; with none, a foreign one, one that
// has ended or one for another use it does not.
func TestCallbackWithAClientCertificate(t *testing.T) {
	smart, foreign, own := newAuthority(t), newAuthority(t), newAuthority(t)
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		caller *http.Client
		taken  bool
	}{
		"its own":         {smart.caller(own.cert, x509.ExtKeyUsageClientAuth, soon), true},
		"none":            {withoutCertificate(own.cert), false},
		"a foreign one":   {foreign.caller(own.cert, x509.ExtKeyUsageClientAuth, soon), false},
		"an old one":      {smart.caller(own.cert, x509.ExtKeyUsageClientAuth, past), false},
		"one for servers": {smart.caller(own.cert, x509.ExtKeyUsageServerAuth, soon), false},
	} {
		t.Run(name, func(t *testing.T) {
			files := t.TempDir()
			var refused []string
			if !c.taken {
				refused = []string{"callback-refused"}
			}
			w := newWorld(t, site{
				Gate: english, Scopes: profileScopes, Announced: refused,
				Portal: func(w *world, client *simulator.Client) {
					client.CallbackURIs = append(client.CallbackURIs, fmt.Sprintf("https://localhost:%d/iamsmart/callback/profile", w.Port2))
					if w.Site.More != "" {
						return
					}
					keepFile(t, files+"/smart.pem", smart.pem())
					certificate, key := own.sign(x509.ExtKeyUsageServerAuth, soon)
					keepFile(t, files+"/own.pem", certificate)
					keepFile(t, files+"/own.key", key)
					address := fmt.Sprintf("https://localhost:%d", w.Port2)
					w.Site.Realm = fmt.Sprintf("callback_url %s\ncallback {\n client_ca %s/smart.pem\n}", address, files)
					w.Site.More = address + " {\n tls " + files + "/own.pem " + files + "/own.key {\n  client_auth {\n   mode request\n  }\n }\n" +
						" iamsmart {\n  public_url " + address + "\n  app callbacks\n  accounts form {{.App}}/login {\n   fields user pass\n  }\n }\n}"
				},
				Simulator: simulator.Options{CallbackClient: c.caller},
			})
			a := w.asking("chan")
			_, answered, err := a.Outcome(t.Context(), a.profile("approve"))
			if err != nil || answered != c.taken {
				t.Errorf("taken: %t, %v; answered by %v", answered, err, w.statuses())
			}
			if !c.taken && !strings.Contains(w.log(), "client certificate") {
				t.Error("the log does not tell why")
			}
		})
	}
}
