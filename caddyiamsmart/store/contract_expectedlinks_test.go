package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func expectedOf(k *store.Keys, number, account string) store.ExpectedLink {
	e := store.ExpectedLink{ClientID: "home", App: "records", HKICHash: id("hash of " + number), AccountName: account,
		AccountKey: "key-" + account, DisplayName: "Chan Siu Ming", Source: "sql", ImportedAt: noon,
		Expires: noon.Add(90 * 24 * time.Hour), Actor: "admin:root"}
	e.Seal = k.SealOfExpectedLink(e)
	return e
}

func wantExpected(t *testing.T, s *store.Store, at time.Time, want ...store.ExpectedLink) {
	t.Helper()
	all, err := s.ExpectedLinks(t.Context(), store.ExpectedLinkQuery{ClientID: "home", App: "records", Now: at})
	must(t, err)
	wantEqual(t, all, want)
	n, err := s.CountExpectedLinks(t.Context(), "home", "records", at)
	must(t, err)
	wantEqual(t, n, len(want))
	update(t, s, func(tx *store.Tx) error {
		for _, e := range want {
			got, err := tx.ExpectedLink("home", "records", e.HKICHash, at)
			must(t, err)
			wantEqual(t, got, e)
		}
		return nil
	})
}

func testExpectedLinks(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	chan_, wong := expectedOf(k, "A1", "chan"), expectedOf(k, "B2", "wong")
	put := func(e store.ExpectedLink, wantReplaced bool, want error) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error {
			replaced, err := tx.PutExpectedLink(e)
			wantError(t, err, want)
			wantEqual(t, replaced, wantReplaced)
			return nil // a refusal leaves the transaction usable
		})
	}
	put(chan_, false, nil)
	put(wong, false, nil)
	wantExpected(t, s, noon, chan_, wong)
	if !k.ExpectedLinkFits(chan_) {
		t.Error("it does not fit its seal")
	}

	// The same list once more, with a name that was changed meanwhile.
	later := chan_
	later.ImportedAt, later.Expires, later.AccountName, later.DisplayName = noon.Add(time.Hour), chan_.Expires.Add(time.Hour), "Chan", "Chan S. M."
	later.Source, later.Actor = "ldap", "admin:mei"
	later.Seal = k.SealOfExpectedLink(later)
	put(later, true, nil)
	wantExpected(t, s, noon, later, wong)

	// Neither number nor account gets another partner.
	put(expectedOf(k, "A1", "lee"), false, store.ErrHKICExpected)
	put(expectedOf(k, "C3", "chan"), false, store.ErrAccountExpected)
	put(expectedOf(k, "A1", "wong"), false, store.ErrHKICExpected)
	wantExpected(t, s, noon, later, wong)
	for _, other := range []func(*store.ExpectedLink){
		func(e *store.ExpectedLink) { e.App = "roster" },
		func(e *store.ExpectedLink) { e.ClientID = "test" },
	} {
		e := expectedOf(k, "A1", "wong")
		other(&e)
		put(e, false, nil)
	}
	wantExpected(t, s, noon, later, wong)

	// It is used once.
	boom := fmt.Errorf("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.DeleteExpectedLink("home", "records", later.HKICHash))
		return boom
	}), boom)
	wantExpected(t, s, noon, later, wong)
	update(t, s, func(tx *store.Tx) error { return tx.DeleteExpectedLink("home", "records", later.HKICHash) })
	update(t, s, func(tx *store.Tx) error {
		wantError(t, tx.DeleteExpectedLink("home", "records", later.HKICHash), store.ErrNotFound)
		_, err := tx.ExpectedLink("home", "records", later.HKICHash, noon)
		wantError(t, err, store.ErrNotFound)
		return nil
	})
	wantExpected(t, s, noon, wong)

	// Or taken back, by its account.
	back := func(clientID, app, key string, now time.Time, want error) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error {
			err := tx.DeleteExpectedLinkOf(clientID, app, key, now)
			if want == nil {
				return err
			}
			wantError(t, err, want)
			return nil
		})
	}
	back("home2", "records", wong.AccountKey, noon, store.ErrNotFound)
	back("home", "records2", wong.AccountKey, noon, store.ErrNotFound)
	back("home", "records", "name:other", noon, store.ErrNotFound)
	back("home", "records", wong.AccountKey, wong.Expires, store.ErrNotFound)
	wantExpected(t, s, noon, wong)
	back("home", "records", wong.AccountKey, noon, nil)
	wantExpected(t, s, noon)
}

func testExpectedLinkExpires(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	put := func(e store.ExpectedLink) (err error) {
		return s.Update(t.Context(), func(tx *store.Tx) error { _, err = tx.PutExpectedLink(e); return err })
	}
	chan_, wong := expectedOf(k, "A1", "chan"), expectedOf(k, "B2", "wong")
	must(t, put(chan_))
	must(t, put(wong))
	wantExpected(t, s, chan_.Expires.Add(-time.Millisecond), chan_, wong)
	wantExpected(t, s, chan_.Expires)
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.ExpectedLink("home", "records", chan_.HKICHash, chan_.Expires)
		wantError(t, err, store.ErrNotFound)
		return nil
	})

	// Those that have expired and were not swept stand in nobody's way: here both the
	// number and the account had another partner.
	crossed := expectedOf(k, "A1", "wong")
	crossed.ImportedAt = chan_.Expires.Add(-time.Millisecond)
	wantError(t, put(crossed), store.ErrHKICExpected)
	crossed.ImportedAt, crossed.Expires = chan_.Expires, chan_.Expires.Add(time.Hour)
	must(t, put(crossed))
	wantExpected(t, s, noon, crossed)
	must(t, s.Sweep(t.Context(), crossed.Expires.Add(-time.Millisecond)))
	wantExpected(t, s, noon, crossed)
	must(t, s.Sweep(t.Context(), crossed.Expires))
	wantExpected(t, s, noon)
}

func testExpectedLinksInParts(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	const people = 1_203
	updateMany(t, s, people, func(tx *store.Tx, i int) error {
		_, err := tx.PutExpectedLink(expectedOf(k, fmt.Sprint(i), fmt.Sprintf("%04d", i)))
		return err
	})
	for _, limit := range []int{0, 100, 1_000, 5_000} {
		q, seen := store.ExpectedLinkQuery{ClientID: "home", App: "records", Now: noon, Limit: limit}, 0
		for {
			part, err := s.ExpectedLinks(t.Context(), q)
			must(t, err)
			if len(part) == 0 {
				break
			}
			if len(part) > 1_000 || limit == 100 && len(part) > 100 {
				t.Fatalf("%d at once", len(part))
			}
			for _, e := range part {
				wantEqual(t, e.AccountName, fmt.Sprintf("%04d", seen))
				seen++
			}
			q.After = part[len(part)-1].AccountKey
		}
		wantEqual(t, seen, people)
	}
	must(t, s.Sweep(t.Context(), noon.Add(91*24*time.Hour))) // in batches
	wantExpected(t, s, noon)
}

func testExpectedLinkRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	k := openKeys(t, stores[0])
	put := func(i int, e store.ExpectedLink) error {
		return stores[i%2].Update(t.Context(), func(tx *store.Tx) error { _, err := tx.PutExpectedLink(e); return err })
	}
	wantOneWinner(t, race(func(i int) error { return put(i, expectedOf(k, "A1", fmt.Sprint(i))) }), store.ErrHKICExpected)
	wantOneWinner(t, race(func(i int) error { return put(i, expectedOf(k, fmt.Sprint(i), "chan")) }), store.ErrAccountExpected)
}

func testExpectedLinkBounds(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	for name, spoil := range map[string]func(*store.ExpectedLink){
		"no client":         func(e *store.ExpectedLink) { e.ClientID = "" },
		"long client":       func(e *store.ExpectedLink) { e.ClientID = strings.Repeat("x", 257) },
		"no app":            func(e *store.ExpectedLink) { e.App = "" },
		"long app":          func(e *store.ExpectedLink) { e.App = strings.Repeat("x", 257) },
		"no name":           func(e *store.ExpectedLink) { e.AccountName = "" },
		"long name":         func(e *store.ExpectedLink) { e.AccountName = strings.Repeat("x", 1025) },
		"no key":            func(e *store.ExpectedLink) { e.AccountKey = "" },
		"long key":          func(e *store.ExpectedLink) { e.AccountKey = strings.Repeat("x", 1025) },
		"long source":       func(e *store.ExpectedLink) { e.Source = strings.Repeat("x", 257) },
		"long display name": func(e *store.ExpectedLink) { e.DisplayName = strings.Repeat("x", 1025) },
		"no actor":          func(e *store.ExpectedLink) { e.Actor = "" },
		"long actor":        func(e *store.ExpectedLink) { e.Actor = strings.Repeat("x", 257) },
	} {
		e := expectedOf(k, "A1", "chan")
		spoil(&e)
		if err := s.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.PutExpectedLink(e); return err }); err == nil {
			t.Errorf("%s: is stored", name)
		}
	}
	wantExpected(t, s, noon)
}
