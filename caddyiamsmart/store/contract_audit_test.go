package store_test

import (
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func auditOf(event, account string) store.Audit {
	return store.Audit{At: noon, ClientID: "home", App: "records", Event: event, Person: "pseudonym of " + account, Account: account,
		Source: "form", Way: "password", Actor: "person", Detail: "on the ward's PC", Ref: "K7Q2", KeepUntil: time.Now().Add(time.Hour)}
}

func audit(t testing.TB, s *store.Store, k *store.Keys, a store.Audit) store.Audit {
	t.Helper()
	added, err := s.Audit(t.Context(), k, a)
	must(t, err)
	return added
}

func wantTrail(t testing.TB, s *store.Store, q store.AuditQuery, want ...store.Audit) {
	t.Helper()
	got, err := s.AuditTrail(t.Context(), q)
	must(t, err)
	wantEqual(t, got, want)
}

func wantVerified(t testing.TB, s *store.Store, k *store.Keys, wantRows, wantBad int64) {
	t.Helper()
	rows, bad, err := s.VerifyAudit(t.Context(), k)
	must(t, err)
	if rows != wantRows || bad != wantBad {
		t.Errorf("%d rows, first bad %d; want %d and %d", rows, bad, wantRows, wantBad)
	}
}

func testAudit(t *testing.T, db database) {
	t.Run("rows come back whole, numbered without gaps", func(t *testing.T) {
		open := db(t)
		s := open()
		k := openKeys(t, s)
		wantTrail(t, s, store.AuditQuery{})
		wantVerified(t, s, k, 0, 0)
		first, second := audit(t, s, k, auditOf("login", "chan")), audit(t, s, k, auditOf("logout", "chan"))
		// What is undone takes no number, and neither does what is refused.
		boom := errors.New("boom")
		wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
			a, err := tx.Audit(k, auditOf("login", "wong"))
			must(t, err)
			wantEqual(t, a.Number, int64(3))
			return boom
		}), boom)
		if _, err := s.Audit(t.Context(), k, auditOf("", "wong")); err == nil {
			t.Error("a row without an event was added")
		}
		s = open()
		third := audit(t, s, k, auditOf("login", "wong"))
		for i, a := range []store.Audit{first, second, third} {
			wantEqual(t, a.Number, int64(i+1))
		}
		wantTrail(t, s, store.AuditQuery{}, first, second, third)
		wantVerified(t, s, k, 3, 0)
	})
}
