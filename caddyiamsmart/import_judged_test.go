package caddyiamsmart_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

// Given records that take a question and never answer it, when an imported person
// has approved, then no proof stands while they are asked, nor afterwards: another tab
// finds nothing to say yes to. The page offers to begin again.
func TestNothingIsProvenWhileTheRecordsAreAsked(t *testing.T) {
	records, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	asked := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := records.Accept()
			if err != nil {
				close(asked)
				return
			}
			asked <- conn
		}
	}()
	w := newWorld(t, site{Gate: english, Scopes: profileScopes, Accounts: fmt.Sprintf(
		`accounts sql postgres "postgres://gate:hidden@%s/records?sslmode=disable" {%s}`, records.Addr(), statements)})
	w.browser().visit("/") // the gate has opened its store by then
	if outcome, err := w.asker().ImportUnseen(t.Context(), card(t, "Z000001"), accounts.Account{Name: "KChan", Key: "1"}, "sql"); err != nil || outcome != linkup.OutcomeNew {
		t.Fatalf("%s, %v", outcome, err)
	}
	b := w.arrivesExpected("chan", "/")
	w.answers("chan", "approve")

	told := make(chan *shown, 1)
	go func() {
		p, err := b.try(http.MethodGet, w.Gate+"/iamsmart/link/wait", nil, nil)
		if err != nil {
			t.Error(err)
		}
		told <- p
	}()
	select {
	case conn := <-asked:
		if n := w.rows("pendings WHERE proof_id IS NOT NULL"); n != 0 {
			t.Error("a proof stands that nobody has judged")
		}
		records.Close()
		conn.Close()
	case <-time.After(30 * time.Second):
		t.Fatal("the records were not asked")
	}
	for conn := range asked { // it may have asked once more meanwhile
		conn.Close()
	}
	if p := <-told; p != nil {
		p.want(t, 502, "cannot be checked now", "Login with iAM Smart")
	}
	if n := w.rows("pendings WHERE proof_id IS NOT NULL"); n != 0 {
		t.Error("a proof is left")
	}
	w.nobody(b)
}

// The account of an import is that of the source which the import names, and no
// other's; where a source before it knows the name, it is somebody else's there.
func TestAnImportedAccountIsThatOfItsOwnSource(t *testing.T) {
	lists := func(names ...[]string) (modules []any) {
		for _, of := range names {
			modules = append(modules, list{names: of})
		}
		return modules
	}
	for name, c := range map[string]struct {
		modules []any
		from    string
		want    error
		key     string
	}{
		"in its own":                         {lists([]string{"wong"}, []string{"chan"}), "list 2", nil, "list 2/1"},
		"in the first, which is its own":     {lists([]string{"chan"}, []string{"*chan"}), "list", nil, "1"},
		"only in one after it":               {lists([]string{"wong"}, []string{"chan"}), "list", accounts.ErrUnknown, ""},
		"only in one before it":              {lists([]string{"chan"}, []string{"wong"}), "list 2", accounts.ErrUnknown, ""},
		"in one before it, too":              {lists([]string{"chan"}, []string{"chan"}), "list 2", accounts.ErrSeveral, ""},
		"its own is not configured any more": {lists([]string{"chan"}), "list 2", caddyiamsmart.ErrNoSource, ""},
		"its own is away":                    {[]any{list{names: []string{"wong"}}, list{away: true}}, "list 2", accounts.ErrCannotCheck, ""},
		"one before it is away":              {[]any{list{away: true}, list{names: []string{"chan"}}}, "list 2", accounts.ErrCannotCheck, ""},
	} {
		t.Run(name, func(t *testing.T) {
			from := accounts.Account{Name: "chan", Key: c.key}
			got, err := caddyiamsmart.ReadOwn(t.Context(), c.modules, from, c.from)
			if !errors.Is(err, c.want) || err == nil && (got.Name != "chan" || got.Key != c.key || got.State != accounts.Active) {
				t.Errorf("%+v, %v, want %v", got, err, c.want)
			}
		})
	}

	// At the gate: the account has gone from the list that the import names, and
	// somebody of another list has its name.
	first, second := newStaffList(t, "name,hash,state\nKChan,"+bcryptOfFile+",1\n"), newStaffList(t, "name,hash,state\nKChan,"+bcryptOfFile+",1\n")
	w := newWorld(t, site{Gate: english, Accounts: `accounts file "` + first.path + "\"\n" + `accounts file "` + second.path + `"`, Scopes: profileScopes})
	w.imports(card(t, "Z000001"), "KChan")
	first.write("name,hash,state\nWong," + bcryptOfFile + ",1\n")
	w.load()
	b := w.arrivesExpected("chan", "/")
	w.answers("chan", "approve")
	b.visit("/iamsmart/link/wait").want(t, 403, "cannot be used now", "Ref")
	w.nobody(b)
	if n := w.rows("links"); n != 0 {
		t.Errorf("%d links", n)
	}
}

// Attack T58: given an import that waits for somebody else, then whoever it does not
// know may have the records searched no more often by logging in again and again.
func TestT58ASearchAfterAnImportIsCounted(t *testing.T) {
	staff := staffFile(t, employee{login: "KChan"}, employee{login: "Wong", card: card(t, "Z000002")})
	w := newWorld(t, site{Gate: byNumber + "link_tries 2\n", Accounts: staff.block(), Scopes: profileScopes})
	w.imports(card(t, "Z000001"), "KChan")
	for range 2 {
		b := w.arrivesExpected("testa", "/")
		w.answers("testa", "approve")
		b.visit("/iamsmart/link/wait").want(t, 403, "No matching account")
	}
	w.browser().login("testa", "approve").want(t, 403, "Too many tries")
	// A number that is found costs none.
	b := w.arrivesExpected("wong", "/")
	w.answers("wong", "approve")
	confirm := b.visit("/iamsmart/link/wait").want(t, 200, "Is this your account?", "Wong")
	if n := w.rows("tries WHERE scope = 'person'"); n != 2 {
		t.Errorf("%d tries count, of two that found nobody", n)
	}
	b.submit(confirm, "/iamsmart/link", url.Values{"answer": {"yes"}}).want(t, 200, "has been linked")
}
