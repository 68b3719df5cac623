package caddyiamsmart_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// kindsOfServers are the kinds of accounts that ask a server, with the
// configuration that asks the one at an address.
var kindsOfServers = map[string]string{
	"form":  `{"url": "http://%s/login", "user_field": "u", "password_field": "p"}`,
	"basic": `{"url": "http://%s/ping"}`,
	"ldap": `{"urls": ["ldap://%s"], "tls": "off", "bind": {"dn": "cn=gate", "password": "service-pass"},
		"base": "dc=example,dc=com", "user": "(uid={username})"}`,
}

// typedInVain must not reach any source.
var typedInVain = [][2]string{
	{"", "secret-pass"}, {"alice-name", ""}, {"", ""}, {"alice-name\x00", "secret-pass"}, {"alice-name\r\n", "secret-pass"}, {"alice-name", "secret\x00pass"},
	{"alice-name\xff", "secret-pass"}, {strings.Repeat("alice-name", 26), "secret-pass"}, {"alice-name", strings.Repeat("secret-pass", 100)},
}

// loadKind brings a kind of accounts to life as Caddy does.
func loadKind(t *testing.T, kind, config string) accounts.PasswordChecker {
	t.Helper()
	source, err := tryKind(kind, config)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func tryKind(kind, config string) (accounts.PasswordChecker, error) {
	info, err := caddy.GetModule("iamsmart.accounts." + kind)
	if err != nil {
		return nil, err
	}
	module := info.New()
	if err := caddy.StrictUnmarshalJSON([]byte(config), module); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	return module.(accounts.PasswordChecker), module.(caddy.Provisioner).Provision(ctx)
}

// Given each kind of accounts that asks a server, when the server is silent or
// away, or what is typed must not reach it, then the kind does what the interface
// asks of all: it answers in time, refuses without asking, takes no doubt for a
// yes or a no, and repeats nothing that is secret.
func TestEveryKindOfAccountsDoesItsDuties(t *testing.T) {
	var asked atomic.Int32
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var kept []net.Conn
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			kept = append(kept, c)
		}
	}()
	t.Cleanup(func() {
		silent.Close()
		<-stopped
		for _, c := range kept {
			c.Close()
		}
	})
	away := fmt.Sprintf("127.0.0.1:%d", servertest.FreePort(t))

	for kind, config := range kindsOfServers {
		source := loadKind(t, kind, fmt.Sprintf(config, silent.Addr()))
		if named, ok := source.(accounts.Source); !ok || named.Kind() != kind {
			t.Errorf("%s: it does not say its kind", kind)
		}

		before := asked.Load()
		for _, typed := range typedInVain {
			account, err := source.CheckPassword(t.Context(), typed[0], typed[1])
			if !errors.Is(err, accounts.ErrWrong) || account != (accounts.Account{}) {
				t.Errorf("%s: %.20q, %.20q: %v, want wrong", kind, typed[0], typed[1], err)
			}
			tellsNothing(t, kind, err)
		}
		if n := asked.Load() - before; n != 0 {
			t.Errorf("%s: what must be refused was asked about %d times", kind, n)
		}

		for what, source := range map[string]accounts.PasswordChecker{
			"silent": source, "away": loadKind(t, kind, fmt.Sprintf(config, away)),
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			began := time.Now()
			account, err := source.CheckPassword(ctx, "alice-name", "secret-pass")
			if !errors.Is(err, accounts.ErrCannotCheck) || errors.Is(err, accounts.ErrWrong) || account != (accounts.Account{}) {
				t.Errorf("%s, %s: %v, want cannot check", kind, what, err)
			}
			if !errors.Is(err, accounts.ErrNotAsked) {
				t.Errorf("%s, %s: %v, want it told that the password was not sent", kind, what, err)
			}
			selfErr := source.(accounts.SelfChecker).CheckSelf(ctx)
			if !errors.Is(selfErr, accounts.ErrCannotCheck) {
				t.Errorf("%s, %s: trying itself: %v, want cannot check", kind, what, selfErr)
			}
			cancel()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s, %s: it took %s", kind, what, took)
			}
			tellsNothing(t, kind, err)
			tellsNothing(t, kind, selfErr)
		}
	}
}

func tellsNothing(t *testing.T, kind string, err error) {
	t.Helper()
	for _, secret := range []string{"alice-name", "secret-pass", "service-pass"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats what is secret: %v", kind, err)
		}
	}
}

// Given the kind of accounts that asks no server but a file, when what is typed
// must not be looked for, or the file is away, then it does the same duties: it
// refuses, repeats nothing that is secret, and takes no doubt for a yes.
func TestAFileOfAccountsDoesTheSameDuties(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(path, []byte("name,hash\nalice-name,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := loadKind(t, "file", fmt.Sprintf(`{"path": %q}`, path))
	if named, ok := source.(accounts.Source); !ok || named.Kind() != "file" {
		t.Error("it does not say its kind")
	}
	for _, typed := range typedInVain {
		account, err := source.CheckPassword(t.Context(), typed[0], typed[1])
		if !errors.Is(err, accounts.ErrWrong) || account != (accounts.Account{}) {
			t.Errorf("%.20q, %.20q: %v, want wrong", typed[0], typed[1], err)
		}
		tellsNothing(t, "file", err)
	}
	account, err := source.CheckPassword(t.Context(), "alice-name", "secret-pass")
	if !errors.Is(err, accounts.ErrCannotCheck) || errors.Is(err, accounts.ErrWrong) || account != (accounts.Account{}) {
		t.Errorf("without a hash: %v, want cannot check", err)
	}
	tellsNothing(t, "file", err)
	if err := source.(accounts.SelfChecker).CheckSelf(t.Context()); err != nil {
		t.Errorf("trying itself: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := source.(accounts.SelfChecker).CheckSelf(t.Context()); !errors.Is(err, accounts.ErrCannotCheck) {
		t.Errorf("trying itself without the file: %v, want cannot check", err)
	}
}
