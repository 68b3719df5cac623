package store_test

import (
	"encoding/binary"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// What a login costs with its row in the audit trail; compare with
// BenchmarkCreateSession.
func BenchmarkCreateSessionAudited(b *testing.B) {
	s := benchmarkStore(b, 0)
	k := openKeys(b, s)
	link := insertLink(b, s, linkOf("mei", "chan"))
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		session := sessionOf(link, "")
		session.ID = store.Hash(binary.BigEndian.AppendUint64(nil, n))
		update(b, s, func(tx *store.Tx) error {
			if err := tx.CreateSession(session); err != nil {
				return err
			}
			_, err := tx.Audit(k, auditOf("login", "chan"))
			return err
		})
	}
}

func BenchmarkVerifyAudit(b *testing.B) {
	s := benchmarkStore(b, 0)
	k := openKeys(b, s)
	const rows = 20_000
	update(b, s, func(tx *store.Tx) error {
		for range rows {
			if _, err := tx.Audit(k, auditOf("login", "chan")); err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		if _, bad, err := s.VerifyAudit(b.Context(), k); err != nil || bad != 0 {
			b.Fatal(bad, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
