package form_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/logging" // the file writer of the log

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// host is a Caddy app that loads an account source as its guest, as the gate
// does.
type host struct {
	SourceRaw json.RawMessage `json:"source" caddy:"namespace=iamsmart.accounts inline_key=kind"`
	source    any
}

var lastHost *host // the one that Caddy runs

func init() { caddy.RegisterModule(&host{}) }

func (*host) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "form_test_host", New: func() caddy.Module { return new(host) }}
}

func (h *host) Provision(ctx caddy.Context) (err error) {
	h.source, err = ctx.LoadModule(h, "SourceRaw")
	lastHost = h
	return err
}

func (*host) Start() error { return nil }
func (*host) Stop() error  { return nil }

// Given Caddy with its log at DEBUG, when checks go well, go wrong and fail in
// every way that is logged, then the log tells of it, and neither a name, a
// password, a token nor a query is in it.
func TestLogHoldsNoSecret(t *testing.T) {
	app := newCareless(t)
	app.Config.Handler = logoutFails(app.Config.Handler)
	log := filepath.Join(t.TempDir(), "caddy.log")
	config := fmt.Sprintf(`{
		"admin": {"disabled": true, "config": {"persist": false}},
		"logging": {"logs": {"default": {"level": "DEBUG", "writer": {"output": "file", "filename": %q}}}},
		"apps": {"form_test_host": {"source": {"kind": "form", "url": %q,
			"user_field": "user", "password_field": "pass", "logout": "/out"}}}
	}`, log, app.URL+"/login?key=hidden-key")
	if err := caddy.Load([]byte(config), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	if kind := lastHost.source.(accounts.Source).Kind(); kind != "form" {
		t.Errorf("kind = %q, want form", kind)
	}
	f := lastHost.source.(accounts.PasswordChecker)

	if _, err := f.CheckPassword(t.Context(), "alice", "secret"); err != nil {
		t.Fatalf("right password: %v", err)
	}
	if _, err := f.CheckPassword(t.Context(), "alice", "open-sesame"); outcome(err) != "wrong" {
		t.Fatalf("wrong password: %v", err)
	}
	app.open.Store(true)
	if err := caddy.Load([]byte(config), true); err != nil { // a new instance, which has to try its rules
		t.Fatal(err)
	}
	f = lastHost.source.(accounts.PasswordChecker)
	if _, err := f.CheckPassword(t.Context(), "alice", "secret"); outcome(err) != "unusable" {
		t.Fatalf("an app that lets anyone in: %v", err)
	}

	written, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"may have stayed open", "would let anyone in", "remedy", app.URL + "/login"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the log does not hold %q", want)
		}
	}
	// Caddy's own line about its configuration holds the address, so only ours
	// are looked at.
	for line := range strings.Lines(string(written)) {
		if !strings.Contains(line, "iamsmart.accounts.form") {
			continue
		}
		for _, secret := range []string{"alice", "secret", "open-sesame", "hidden-key", "token"} {
			if strings.Contains(line, secret) {
				t.Errorf("the log holds %q: %s", secret, line)
			}
		}
	}
}

// logoutFails adds to an app a link for logging out that answers with 500.
func logoutFails(app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/out") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		app.ServeHTTP(w, r)
		fmt.Fprint(w, `<a href="/out?token=tok-123">Out</a>`)
	})
}
