//go:build linux

package store_test

import (
	"bufio"
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// logInAudited logs people in for ever, each with a row in the audit trail.
func logInAudited(path string) error {
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	key, err := store.ParseRootKey(rootText)
	if err != nil {
		return err
	}
	k, err := store.OpenKeys(ctx, s, key)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		name := fmt.Sprint(n)
		err := s.Update(ctx, func(tx *store.Tx) (err error) {
			l := linkOf("person "+name, name)
			if l.ID, err = tx.InsertLink(l); err != nil {
				return err
			}
			if err := tx.CreateSession(sessionOf(l, "session "+name)); err != nil {
				return err
			}
			_, err = tx.Audit(k, auditOf("login", name))
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// Killed in the middle of many logins: each that was acknowledged has its row, none
// has a row without a session, and the chain holds.
func TestAuditKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	cmd := helper(t, "log in audited", path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	acknowledged := int64(0)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged++; lines.Text() != fmt.Sprint(acknowledged) {
			t.Fatalf("helper said %q", lines.Text())
		}
		if acknowledged == 60 {
			must(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); err == nil || acknowledged < 60 {
		t.Fatalf("helper ended by itself after %d: %v", acknowledged, err)
	}
	s := openFile(t, path)
	k := openKeys(t, s)
	var sessions int64
	must(t, behind(t, path).QueryRow(`SELECT count(*) FROM sessions`).Scan(&sessions))
	if sessions != acknowledged && sessions != acknowledged+1 {
		t.Errorf("%d were acknowledged, %d are in", acknowledged, sessions)
	}
	wantVerified(t, s, k, sessions, 0)
	wantEqual(t, audit(t, s, k, auditOf("login", "next")).Number, sessions+1)
}
