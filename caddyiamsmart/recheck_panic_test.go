package caddyiamsmart_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// faulty are accounts whose reading ends in a panic.
type faulty struct {
	accounts.PasswordChecker
	fault func()
}

func (f faulty) ReadAccount(context.Context, accounts.Account) (accounts.Record, error) {
	f.fault()
	return accounts.Record{}, nil
}

// Given a fault of ours that shows while an account is looked at, then the requests that
// wait for it are refused and told to the log, without what was read; nobody is logged
// out, and the process goes on.
func TestAPanicWhileAnAccountIsLookedAt(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	_, before := w.legacy.last()
	for name, c := range map[string]struct {
		fault func()
		told  string
	}{
		"with words of its own": {func() { panic("the record of Chan Tai Man") }, "panic of type string"},
		"of the runtime":        {func() { _ = make([]int, 0)[len(os.Args)] }, "index out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.asker().AccountsAre(faulty{fault: c.fault})()
			ref := b.visit("/").want(t, 503, "Ref").ref()
			log, told := w.log(), false
			for line := range strings.Lines(log) {
				told = told || strings.Contains(line, ref) && strings.Contains(line, c.told)
			}
			if !told || !strings.Contains(log, "ReadAccount") || strings.Contains(log, "Chan Tai Man") {
				t.Error("the log tells too little or too much of it")
			}
		})
	}
	if _, n := w.legacy.last(); n != before {
		t.Error("a request reached the application")
	}
	if p := b.visit("/"); p.user() != "chan.sm" {
		t.Errorf("after it: %d, greeted as %q", p.StatusCode, p.user())
	}
}
