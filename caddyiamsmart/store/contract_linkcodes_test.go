package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func linkCodeOf(k *store.Keys, code, account string) store.LinkCode {
	c := store.LinkCode{ID: k.CodeHash("home", "records", code), ClientID: "home", App: "records", AccountName: account,
		AccountKey: "key-" + account, DisplayName: "Chan Siu Ming", Source: "form", CreatedAt: noon,
		Expires: noon.Add(14 * 24 * time.Hour), Actor: "admin:root"}
	c.Seal = k.SealOfLinkCode(c)
	return c
}

func wantLinkCode(t *testing.T, s *store.Store, id store.ID, at time.Time, want store.LinkCode) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		got, err := tx.LinkCode(id, at)
		must(t, err)
		wantEqual(t, got, want)
		return nil
	})
}

func wantNoLinkCode(t *testing.T, s *store.Store, id store.ID, at time.Time) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.LinkCode(id, at)
		wantError(t, err, store.ErrNotFound)
		return nil
	})
}

func testLinkCodes(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	first := linkCodeOf(k, "first", "chan")
	put := func(c store.LinkCode) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error { return tx.PutLinkCode(c) })
	}
	put(first)
	wantLinkCode(t, s, first.ID, noon, first)
	if !k.LinkCodeFits(first) {
		t.Error("it does not fit its seal")
	}
	wantNoLinkCode(t, s, k.CodeHash("home", "records", "second"), noon)

	// A new slip makes the old one worthless, and leaves those of others alone.
	second, wongs, elsewhere := linkCodeOf(k, "second", "chan"), linkCodeOf(k, "third", "wong"), linkCodeOf(k, "fourth", "chan")
	elsewhere.App = "roster"
	for _, c := range []store.LinkCode{second, wongs, elsewhere} {
		put(c)
	}
	wantNoLinkCode(t, s, first.ID, noon)
	codes, err := s.LinkCodes(t.Context(), "home", "records")
	must(t, err)
	wantEqual(t, codes, []store.LinkCode{second, wongs})

	// The code of one account never becomes that of another.
	stolen := linkCodeOf(k, "third", "chan")
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.PutLinkCode(stolen) }); err == nil {
		t.Error("two accounts have one code")
	}
	wantLinkCode(t, s, wongs.ID, noon, wongs)
	wantLinkCode(t, s, second.ID, noon, second)

	// It is used once: what fails leaves it, what is done takes it.
	boom := errors.New("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.DeleteLinkCode(second.ID))
		return boom
	}), boom)
	wantLinkCode(t, s, second.ID, noon, second)
	for range 2 {
		update(t, s, func(tx *store.Tx) error { return tx.DeleteLinkCode(second.ID) })
		wantNoLinkCode(t, s, second.ID, noon)
	}

	// It expires, and then it is swept.
	wantLinkCode(t, s, wongs.ID, wongs.Expires.Add(-time.Millisecond), wongs)
	wantNoLinkCode(t, s, wongs.ID, wongs.Expires)
	must(t, s.Sweep(t.Context(), wongs.Expires.Add(-time.Millisecond)))
	wantLinkCode(t, s, wongs.ID, noon, wongs)
	must(t, s.Sweep(t.Context(), wongs.Expires))
	wantNoLinkCode(t, s, wongs.ID, noon)
}

func testLinkCodeBounds(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	for name, spoil := range map[string]func(*store.LinkCode){
		"no client":        func(c *store.LinkCode) { c.ClientID = "" },
		"long client":      func(c *store.LinkCode) { c.ClientID = strings.Repeat("長", 86) },
		"no app":           func(c *store.LinkCode) { c.App = "" },
		"long app":         func(c *store.LinkCode) { c.App = strings.Repeat("x", 257) },
		"no name":          func(c *store.LinkCode) { c.AccountName = "" },
		"long name":        func(c *store.LinkCode) { c.AccountName = strings.Repeat("x", 1025) },
		"no key":           func(c *store.LinkCode) { c.AccountKey = "" },
		"long behind NUL":  func(c *store.LinkCode) { c.AccountKey = "key\x00" + strings.Repeat("x", 1025) },
		"long source":      func(c *store.LinkCode) { c.Source = strings.Repeat("x", 257) },
		"long displayname": func(c *store.LinkCode) { c.DisplayName = strings.Repeat("x", 1025) },
		"no actor":         func(c *store.LinkCode) { c.Actor = "" },
		"long actor":       func(c *store.LinkCode) { c.Actor = strings.Repeat("x", 257) },
	} {
		c := linkCodeOf(k, "first", "chan")
		spoil(&c)
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.PutLinkCode(c) }); err == nil {
			t.Errorf("%s: is stored", name)
		} else if strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the error tells the value", name)
		}
	}
}

func testCodeHash(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	hash := k.CodeHash("home", "records", "code")
	for name, other := range map[string]store.ID{
		"another code":      k.CodeHash("home", "records", "cod"),
		"another app":       k.CodeHash("home", "roster", "code"),
		"another Client ID": k.CodeHash("test", "records", "code"),
		"fields run over":   k.CodeHash("homer", "ecords", "code"),
		"a subject":         k.SubjectHash(store.OfAccount, "home", "records", "code"),
		"another store's":   openKeys(t, db(t)()).CodeHash("home", "records", "code"),
	} {
		if hash == other {
			t.Errorf("%s has the same hash", name)
		}
	}
	must(t, store.TurnRing(t.Context(), s, root(t, rootText), 2))
	wantEqual(t, openKeys(t, s).CodeHash("home", "records", "code"), hash)
}
