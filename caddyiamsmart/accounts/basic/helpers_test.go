package basic_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/basic"
)

// load reads a block as the gate's Caddyfile does, from the word "basic" on, and
// brings the module to life as Caddy does: by way of its JSON.
func load(t testing.TB, block string) *basic.Basic {
	t.Helper()
	b, err := tryLoad(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	return b
}

func tryLoad(block string) (*basic.Basic, error) {
	var written basic.Basic
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	b := written.CaddyModule().New().(*basic.Basic)
	if err := caddy.StrictUnmarshalJSON(config, b); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	return b, b.Provision(ctx)
}

// outcome names what a check came to, in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrUnusable) && errors.Is(err, accounts.ErrNotAsked):
		return "unusable, not asked"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrCannotCheck) && errors.Is(err, accounts.ErrNotAsked):
		return "cannot check, not asked"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot check"
	}
	return "unforeseen: " + err.Error()
}

func mustNotTell(t testing.TB, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if err != nil && len(secret) > 3 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats what is secret: %v", err)
		}
	}
}

// app is one that knows alice, and that a test has answer her oddly.
type app struct {
	*httptest.Server
	asked atomic.Int32 // requests with credentials of alice
	odd   func(w http.ResponseWriter, r *http.Request)
}

func newApp(t testing.TB) *app {
	t.Helper()
	a := new(app)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if ok && user == "alice" && password == "secret" {
			a.asked.Add(1)
			if a.odd != nil {
				a.odd(w, r)
				return
			}
		}
		if !ok || user != "alice" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="Home", charset="UTF-8"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "Hello <b>Alice</b>")
	}))
	t.Cleanup(a.Close)
	return a
}
