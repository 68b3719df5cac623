package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCallbacksShowAndTrustCertificates(t *testing.T) {
	folder, _, _ := prepare(t)
	pair := filepath.Join(folder, "encipherment.pem")
	var shown int
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { shown = len(r.TLS.PeerCertificates) }))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	roots := filepath.Join(folder, "roots.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(roots, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		s  settings
		ok bool
	}{
		"both": {settings{callbackRoots: roots, callbackPair: pair}, true}, "no roots": {settings{callbackPair: pair}, false},
		"no certificate": {settings{callbackRoots: roots}, false},
	} {
		client, err := c.s.callbackClient()
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Post(server.URL, "application/json", strings.NewReader("{}"))
		if err == nil {
			response.Body.Close()
		}
		if (err == nil) != c.ok || c.ok && shown != 1 {
			t.Errorf("%s: %v, %d certificates", name, err, shown)
		}
	}
}

func TestWhatCallbacksCannotStartWith(t *testing.T) {
	folder, right, _ := prepare(t)
	secret := filepath.Join(folder, "client-secret")
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"roots that are none":       {append(right, "-callback-roots", secret), "-callback-roots"},
		"roots that are not there":  {append(right, "-callback-roots", secret+"x"), "-callback-roots"},
		"certificate that is none":  {append(right, "-callback-client-cert", secret), "-callback-client-cert"},
		"relative callback":         {append(right, "-callback-uri", "/callback"), "absolute"},
		"relative direct address":   {append(right, "-direct-uri", "/direct"), "absolute"},
		"limit below nothing":       {append(right, "-rate-limit", "-1"), "RateLimit"},
		"variants that contradict":  {append(right, "-variant", "paths-account", "-variant", "paths-sister"), "contradict"},
		"request that waits before": {append(right, "-request-life", "-1s"), "RequestLife"},
	} {
		if err := run(t.Context(), c.flags, noEnv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
