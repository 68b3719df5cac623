package store_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func benchmarkStore(b *testing.B, links int) *store.Store {
	b.Helper()
	s := openFile(b, filepath.Join(b.TempDir(), "iamsmart.db"))
	for done := 0; done < links; done += 5_000 {
		update(b, s, func(tx *store.Tx) error {
			for i := done; i < min(links, done+5_000); i++ {
				l := linkOf(fmt.Sprint("person ", i), fmt.Sprint("account ", i))
				var err error
				if l.ID, err = tx.InsertLink(l); err != nil {
					return err
				}
				if err := tx.CreateSession(sessionOf(l, fmt.Sprint("session ", i))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return s
}

func BenchmarkClaim(b *testing.B) {
	s := benchmarkStore(b, 0)
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		if err := s.Claim(b.Context(), store.Hash(binary.BigEndian.AppendUint64(nil, n)), noon); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreateSession(b *testing.B) {
	s := benchmarkStore(b, 0)
	link := insertLink(b, s, linkOf("mei", "chan"))
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		session := sessionOf(link, "")
		session.ID = store.Hash(binary.BigEndian.AppendUint64(nil, n))
		if err := s.CreateSession(b.Context(), session); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLinks(b *testing.B) {
	const links = 100_000
	s := benchmarkStore(b, links)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i = (i + 7919) % links
		if _, err := findLink(s, personOf(linkOf(fmt.Sprint("person ", i), "")), "records"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSession(b *testing.B) {
	const links = 100_000
	s := benchmarkStore(b, links)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i = (i + 7919) % links
		if _, err := s.Session(b.Context(), id(fmt.Sprint("session ", i))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealOpen(b *testing.B) {
	k := openKeys(b, benchmarkStore(b, 0))
	plain := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(k.Seal(plain, "pending", "home", "records"), "pending", "home", "records"); err != nil {
			b.Fatal(err)
		}
	}
}
