package ldap_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Attack T68: given a network that takes StartTLS away, when a check is made,
// then no password of anybody is sent.
func TestT68StartTLSStripped(t *testing.T) {
	f := newFake(t)
	l := load(t, block(f.Directory))
	_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
	if outcome(err) != "cannot check, not asked" || !strings.Contains(err.Error(), "starting TLS") {
		t.Errorf("%v, want cannot check", err)
	}
	for _, dns := range f.bound() {
		if len(dns) != 0 {
			t.Errorf("%q was bound without TLS", dns)
		}
	}
}

// Given a directory whose certificate nobody vouches for, or which is for
// another host, when a check is made, then no password is sent and the log hears
// what is wrong.
func TestCertificatesAreLookedAt(t *testing.T) {
	d := servertest.Slapd(t, staff)
	other := servertest.Slapd(t, "")
	for what, config := range map[string]string{
		"StartTLS, vouched for by another": blockAt(d, d.URL, "ca "+other.CA),
		"LDAPS, vouched for by another":    blockAt(d, d.SecureURL, "ca "+other.CA),
		"StartTLS, another name":           blockAt(d, strings.Replace(d.URL, "127.0.0.1", "localhost", 1)),
		"LDAPS, another name":              blockAt(d, strings.Replace(d.SecureURL, "127.0.0.1", "localhost", 1)),
	} {
		_, err := load(t, config).CheckPassword(t.Context(), "bob", "bob-pass")
		if outcome(err) != "cannot check, not asked" || !strings.Contains(err.Error(), "x509: ") {
			t.Errorf("%s: %v, want cannot check and the cause", what, err)
		}
	}
	if _, err := load(t, blockAt(d, d.URL, "tls off")).CheckPassword(t.Context(), "bob", "bob-pass"); err != nil {
		t.Errorf("without TLS on this machine, as stated: %v", err)
	}
}

// Given several servers, when the first is down, then the next one answers, and
// the dead one does not delay the next check.
func TestFailOver(t *testing.T) {
	d := servertest.Slapd(t, staff)
	dead := fmt.Sprintf("ldap://127.0.0.1:%d", servertest.FreePort(t))
	silent, asked := silentServer(t)
	l := load(t, blockAt(d, dead+" "+silent+" "+d.URL))
	if got, err := l.CheckPassword(t.Context(), "bob", "bob-pass"); err != nil || got.Name != "bob" {
		t.Fatalf("with two of three away: %q, %v", got.Name, err)
	}
	if n := asked(); n != 1 {
		t.Errorf("the silent server was asked %d times, want once", n)
	}
	began := time.Now()
	if _, err := l.CheckPassword(t.Context(), "bob", "wrong-pass"); outcome(err) != "wrong" {
		t.Errorf("wrong password: %v", err)
	}
	if n := asked(); n != 1 {
		t.Errorf("the silent server was asked again within %s", time.Since(began))
	}
	if err := l.ListAccounts(t.Context(), func(accounts.Record) bool { return true }); err != nil {
		t.Errorf("listing: %v", err)
	}
}

// Given that no server answers, when a check is made, then it ends in time, the
// try need not count, and each server is named with what is wrong.
func TestNoServerAnswers(t *testing.T) {
	port := servertest.FreePort(t)
	silent, _ := silentServer(t)
	f := newFake(t)
	l := load(t, blockAt(f.Directory, fmt.Sprintf("ldap://127.0.0.1:%d %s", port, silent)))
	began := time.Now()
	_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
	if outcome(err) != "cannot check, not asked" || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	for _, want := range []string{fmt.Sprint(port), "connection refused", silent, "no answer in time"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v does not hold %q in one line", err, want)
		}
	}
	mustNotTell(t, err, "alice", "service-pass")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, readErr := l.ReadAccount(ctx, accounts.Account{Name: "alice"})
	for name, err := range map[string]error{
		"ReadAccount":  readErr,
		"ListAccounts": l.ListAccounts(ctx, func(accounts.Record) bool { return true }),
		"CheckSelf":    l.CheckSelf(ctx),
	} {
		if outcome(err) != "cannot check" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Given a visitor who leaves, when the check ends with that, then the server is
// not taken for dead.
func TestVisitorWhoLeaves(t *testing.T) {
	silent, asked := silentServer(t)
	f := newFake(t)
	l := load(t, blockAt(f.Directory, silent+" "+f.URL, "tls off"))
	for i := range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		began := time.Now()
		if _, err := l.CheckPassword(ctx, "alice", "alice-pass"); outcome(err) != "cannot check, not asked" || time.Since(began) > 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		cancel()
		if asked() != i+1 {
			t.Errorf("the first server was asked %d times, want %d", asked(), i+1)
		}
	}
}

// Given a server that breaks off when it has the password, when a check is made,
// then no other server gets it: there it would count as one more try.
func TestAPasswordIsSentOnce(t *testing.T) {
	first, second := newFake(t), newFake(t)
	for _, f := range []*fake{first, second} {
		f.has(map[string][]string{"sAMAccountName": {"alice"}})
	}
	first.says(answer{hangUp: true})
	second.says(answer{})
	l := load(t, strings.Replace(first.asAD(), first.URL, first.URL+" "+second.URL, 1))
	if _, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); outcome(err) != "cannot check" {
		t.Errorf("%v, want cannot check", err)
	}
	if n := len(second.bound()); n != 0 {
		t.Errorf("the second server was asked %d times", n)
	}
}

// Given servers that answer badly, when they are asked, then that is a doubt
// with a cause, and too much is not read.
func TestAnswersThatAreNoUse(t *testing.T) {
	f := newFake(t)
	l := load(t, f.asAD())
	large := ldapv3.NewEntry("CN=x", map[string][]string{"sAMAccountName": {strings.Repeat("a", 9<<20)}})
	for what, tt := range map[string]struct {
		entries []*ldapv3.Entry
		said    answer
		want    string
	}{
		"no such base":          {nil, answer{code: ldapv3.LDAPResultNoSuchObject, text: "alice"}, "'base' does not exist"},
		"no right to look":      {nil, answer{code: ldapv3.LDAPResultInsufficientAccessRights, text: "alice"}, "result code 50"},
		"it hangs up":           {nil, answer{hangUp: true}, "ended early"},
		"busy":                  {nil, answer{code: ldapv3.LDAPResultBusy}, "result code 51"},
		"nine megabytes a name": {[]*ldapv3.Entry{large}, answer{}, "more than 8 MiB"},
	} {
		f.finds(tt.said, tt.entries...)
		_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
		// A machine that is slow at that makes no nine megabytes before its time is up.
		slow := err != nil && len(tt.entries) > 0 && strings.Contains(err.Error(), "no answer in time")
		if outcome(err) != "cannot check" || !strings.Contains(err.Error(), tt.want) && !slow {
			t.Errorf("%s: %v, want cannot check and %q", what, err, tt.want)
		}
		mustNotTell(t, err, "alice")
	}
	f.finds(answer{code: ldapv3.LDAPResultSizeLimitExceeded})
	if err := l.ListAccounts(t.Context(), func(accounts.Record) bool { return true }); outcome(err) != "cannot check" || !strings.Contains(err.Error(), "size limit") {
		t.Errorf("a part of the list: %v", err)
	}

	f.refusesService()
	_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
	if outcome(err) != "cannot check, not asked" || !strings.Contains(err.Error(), "service account") {
		t.Errorf("the service account's password is wrong: %v", err)
	}
	mustNotTell(t, err, "service-pass")
}

// Given a server that lets anybody in, when the source tries itself, then it is
// unusable.
func TestT68AServerThatLetsAnybodyIn(t *testing.T) {
	f := newFake(t)
	l := load(t, f.asAD())
	if err := l.CheckSelf(t.Context()); err != nil {
		t.Errorf("a server that does not: %v", err)
	}
	f.says(answer{})
	if err := l.CheckSelf(t.Context()); outcome(err) != "unusable" {
		t.Errorf("any bind is accepted: %v, want unusable", err)
	}
	f.says(answer{code: ldapv3.LDAPResultInvalidCredentials})
	f.has(map[string][]string{"sAMAccountName": {"alice"}})
	if err := l.CheckSelf(t.Context()); outcome(err) != "unusable" {
		t.Errorf("any name has an entry: %v, want unusable", err)
	}
}

// silentServer accepts connections and says nothing. asked counts them.
func silentServer(t *testing.T) (url string, asked func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		for c := range accepted {
			_ = c.Close()
		}
	})
	return "ldap://" + listener.Addr().String(), func() int { return len(accepted) }
}
