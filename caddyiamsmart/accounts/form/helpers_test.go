package form_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/form"
)

// load reads a block as the gate's Caddyfile does, from the word "form" on, and
// brings the module to life as Caddy does: by way of its JSON.
func load(t *testing.T, block string) *form.Form {
	t.Helper()
	f, err := tryLoad(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	return f
}

func tryLoad(block string) (*form.Form, error) {
	var written form.Form
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	f := written.CaddyModule().New().(*form.Form)
	if err := caddy.StrictUnmarshalJSON(config, f); err != nil {
		return nil, err
	}
	return f, provision(f)
}

func provision(f *form.Form) error {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	if err := f.Provision(ctx); err != nil {
		return err
	}
	return f.Validate()
}

// block writes a form block with the fields that the test apps have.
func block(url string, lines ...string) string {
	return "form " + url + " {\n\tfields user pass\n\t" + strings.Join(lines, "\n\t") + "\n}"
}

// outcome names what a check came to, in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrState):
		return "state"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot check"
	default:
		return "unforeseen: " + err.Error()
	}
}

// mustNotTell fails if an error repeats what was typed.
func mustNotTell(t *testing.T, err error, typed ...string) {
	t.Helper()
	for _, secret := range typed {
		if err != nil && len(secret) > 3 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats what was typed: %v", err)
		}
	}
}
