package caddyiamsmart_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/form"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// typedInVain must not reach any source, however right it is but for that.
func typedInVain(name, password string) [][2]string {
	return [][2]string{
		{"", password}, {name, ""}, {"", ""}, {name + "\x00", password}, {name + "\r\n", password}, {name, password + "\x00"},
		{name + "\xff", password}, {name, password + "\xff"}, {strings.Repeat(name, 257/len(name)+1), password}, {name, strings.Repeat(password, 1025/len(password)+1)},
	}
}

// silentServer takes connections and never says a word.
func silentServer(t *testing.T) (address string, asked *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int32)
	var kept []net.Conn
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			kept = append(kept, c)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
		for _, c := range kept {
			c.Close()
		}
	})
	return listener.Addr().String(), asked
}

// soon holds an answer to its time: what is patient takes fifteen seconds and more.
func soon(t *testing.T, what string, ask func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	ask(ctx)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("%s: it took %s", what, took)
	}
}

// Given each kind of accounts that asks a server, when the server is silent or away, or
// what is typed must not reach it, then the kind does what the interfaces ask of all: it
// answers in time, refuses without asking, takes no doubt for a yes or a no, and repeats
// nothing that is secret.
func TestEveryKindOfAccountsDoesItsDuties(t *testing.T) {
	silent, asked := silentServer(t)
	away := fmt.Sprintf("127.0.0.1:%d", servertest.FreePort(t))
	for name, kind := range kindsOfAccounts {
		if kind.at == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			before, source := asked.Load(), loadKind(t, kind.at(silent))
			for _, typed := range typedInVain("alice.name", "secret-pass") {
				soon(t, "what must not be asked", func(ctx context.Context) {
					account, err := source.CheckPassword(ctx, typed[0], typed[1])
					if said(err) != "wrong" || account != (accounts.Account{}) {
						t.Errorf("%.20q, %.20q: %v, want wrong", typed[0], typed[1], err)
					}
					tellsNothing(t, err)
				})
			}
			if n := asked.Load() - before; n != 0 {
				t.Errorf("what must be refused was asked about %d times", n)
			}
			for what, address := range map[string]string{"silent": silent, "away": away} {
				doubts(t, what, kind, loadKind(t, kind.at(address)))
			}
			if asked.Load() == before {
				t.Error("the silent server was never asked")
			}
		})
	}
}

// doubts holds a kind whose server cannot be asked to what it must say, by each of its
// capabilities.
func doubts(t *testing.T, what string, kind kindOfAccounts, source accounts.PasswordChecker) {
	t.Helper()
	cannot := func(by string, ask func(ctx context.Context) error) {
		t.Helper()
		soon(t, what+", "+by, func(ctx context.Context) {
			err := ask(ctx)
			if said(err) != "cannot check" {
				t.Errorf("%s, %s: %v, want cannot check", what, by, err)
			}
			tellsNothing(t, err)
			if by == "by password" && errors.Is(err, accounts.ErrNotAsked) != kind.tells {
				t.Errorf("%s: %v, want it told that the password was not sent: %t", what, err, kind.tells)
			}
		})
	}
	cannot("by password", func(ctx context.Context) error {
		account, err := source.CheckPassword(ctx, "alice.name", "secret-pass")
		if account != (accounts.Account{}) {
			t.Errorf("%s: %+v", what, account)
		}
		return err
	})
	cannot("trying itself", source.(accounts.SelfChecker).CheckSelf)
	if reader, ok := source.(accounts.Reader); ok {
		cannot("by key", func(ctx context.Context) error {
			_, err := reader.ReadAccount(ctx, accounts.Account{Name: "alice.name", Key: "7"})
			return err
		})
	}
	if finder, ok := source.(accounts.HKICFinder); ok && finder.FindsByHKIC() {
		cannot("by number", func(ctx context.Context) error {
			_, err := finder.FindByHKIC(ctx, "A1234563")
			return err
		})
	}
	if lister, ok := source.(accounts.Lister); ok {
		cannot("listing", func(ctx context.Context) error {
			return lister.ListAccounts(ctx, func(accounts.Record) bool { t.Errorf("%s: somebody is listed", what); return true })
		})
	}
}

func tellsNothing(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"alice.name", "secret-pass", "service-pass", "service-user", "A1234563", "A123456"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats what is secret: %v", err)
		}
	}
}

// Given the kind of accounts that asks no server but a file, when the file is away or an
// account has no hash, then it does the same duties. A list that was read stays in force,
// and says of itself that it is not fit.
func TestAFileOfAccountsDoesTheSameDuties(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "records.db")
	sqlite := kindOfAccounts{}
	doubts(t, "no database", sqlite, loadKind(t, `sql sqlite "`+gone+`" {`+statements+`}`))
	if _, err := os.Stat(gone); err == nil {
		t.Error("a database was made where there was none")
	}

	l := newStaffList(t, "name,hash\nalice.name,\n")
	source := loadKind(t, "file "+l.path)
	account, err := source.CheckPassword(t.Context(), "alice.name", "secret-pass")
	if said(err) != "cannot check" || account != (accounts.Account{}) {
		t.Errorf("without a hash: %v, want cannot check", err)
	}
	tellsNothing(t, err)
	if err := source.(accounts.SelfChecker).CheckSelf(t.Context()); err != nil {
		t.Errorf("trying itself: %v", err)
	}
	if err := os.Remove(l.path); err != nil {
		t.Fatal(err)
	}
	if err := source.(accounts.SelfChecker).CheckSelf(t.Context()); said(err) != "cannot check" {
		t.Errorf("trying itself without the file: %v, want cannot check", err)
	}
	if _, err := source.(accounts.Reader).ReadAccount(t.Context(), accounts.Account{Name: "alice.name"}); err != nil {
		t.Errorf("the list that was read is not in force: %v", err)
	}
}

// Given the application's own registration form, when an account is opened, then the form
// is sent once, a name that is taken is a no, and an application that cannot be asked is a
// doubt that says that nothing was sent.
func TestOpeningAnAccountKeepsTheContract(t *testing.T) {
	app := newCareApp(colleague{name: "KChan", password: "correct horse"})
	base := serve(t, app)
	silent, _ := silentServer(t)
	values := func(name string) map[string]string {
		return map[string]string{"username": name, "password": "secret-pass", "email": "alice@home.example", "name_en": "Alice Ho"}
	}
	for _, opening := range []struct {
		at, name, want string
		posted         int
	}{
		{base, "alice.name", "yes", 1},
		{base, "kchan", "wrong", 1},
		{base, "", "wrong", 0},
		{base, "bob\x00", "wrong", 0},
		{base, strings.Repeat("b", 1025), "wrong", 0},
		{"http://" + silent, "alice.name", "cannot check", 0},
		{fmt.Sprintf("http://127.0.0.1:%d", servertest.FreePort(t)), "alice.name", "cannot check", 0},
	} {
		var opener accounts.Opener = registration(t, opening.at+"/register")
		before := app.registered()
		soon(t, opening.at, func(ctx context.Context) {
			if opening.at == base {
				ctx = t.Context()
			}
			err := opener.OpenAccount(ctx, values(opening.name))
			if said(err) != opening.want {
				t.Errorf("%.20q at %s: %v, want %s", opening.name, opening.at, err, opening.want)
			}
			if (opening.want == "cannot check") != errors.Is(err, accounts.ErrNotAsked) {
				t.Errorf("%.20q at %s: %v; is it told that nothing was sent?", opening.name, opening.at, err)
			}
			for _, secret := range values(opening.name) {
				if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %v", secret, err)
				}
			}
		})
		if n := app.registered() - before; n != opening.posted {
			t.Errorf("%.20q: the form was sent %d times, want %d", opening.name, n, opening.posted)
		}
	}
	if _, right := app.proves("alice.name", "secret-pass"); !right {
		t.Error("the account is not there")
	}
}

func registration(t *testing.T, url string) *form.Registration {
	t.Helper()
	r := &form.Registration{URL: url, Fields: []form.RegistrationField{
		{Name: "login", Template: "{iamsmart.username}"}, {Name: "word", Template: "{iamsmart.password}"}, {Name: "mail", Template: "{iamsmart.email}"},
	}}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	if err := errors.Join(r.Provision(ctx), r.Validate()); err != nil {
		t.Fatal(err)
	}
	return r
}
