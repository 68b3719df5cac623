package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func testPending(t *testing.T, db database) {
	s := db(t)()
	p := pendingOf("mei", "on the way")
	update(t, s, func(tx *store.Tx) error { return tx.PutPending(p) })
	got, err := s.Pending(t.Context(), p.ID, noon)
	must(t, err)
	wantEqual(t, got, p)

	// A wrong password, then a right one.
	p.Expires, p.Tries, p.Refusals, p.Sealed, p.ApprovedAt = p.Expires.Add(time.Minute), 2, 3, []byte("sealed anew"), noon.Add(time.Second)
	p.Profile = []byte("sealed profile")
	p.Proof = &store.Proof{ID: id("proof"), AccountName: "chan", AccountKey: "key-chan", DisplayName: "陳大文",
		Source: "form", Way: "password", At: noon.Add(time.Minute), Stamp: "digest of a hash", Code: id("code")}
	saved := p
	saved.Renews, saved.Reason, saved.CreatedAt = 7, "not to be saved", noon.Add(time.Hour)
	update(t, s, func(tx *store.Tx) error { return tx.SavePending(saved) })
	got, err = s.Pending(t.Context(), p.ID, noon)
	must(t, err)
	wantEqual(t, got, p)

	// The proof is withdrawn; then all is over.
	p.Proof = nil
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.SavePending(p))
		got, err := tx.Pending(p.ID, noon)
		wantEqual(t, got, p)
		return err
	})
	update(t, s, func(tx *store.Tx) error { return tx.DeletePending(p.ID) })
	_, err = s.Pending(t.Context(), p.ID, noon)
	wantError(t, err, store.ErrNotFound)
	update(t, s, func(tx *store.Tx) error {
		wantError(t, tx.SavePending(p), store.ErrNotFound)
		return tx.DeletePending(p.ID)
	})
}

func testPendingReplaced(t *testing.T, db database) {
	s := db(t)()
	old, fresh := pendingOf("mei", "old tab"), pendingOf("mei", "new tab")
	otherPerson, otherApp, otherRealm := pendingOf("ming", "ming"), pendingOf("mei", "roster"), pendingOf("mei", "test")
	otherApp.App, otherRealm.ClientID = "roster", "test"
	fresh.Proof = &store.Proof{ID: id("proof"), AccountName: "chan", At: noon}
	for _, p := range []store.Pending{old, otherPerson, otherApp, otherRealm, fresh} {
		update(t, s, func(tx *store.Tx) error { return tx.PutPending(p) })
	}
	_, err := s.Pending(t.Context(), old.ID, noon)
	wantError(t, err, store.ErrNotFound)
	for _, want := range []store.Pending{otherPerson, otherApp, otherRealm, fresh} {
		got, err := s.Pending(t.Context(), want.ID, noon)
		must(t, err)
		wantEqual(t, got, want)
	}
}

func testPendingExpires(t *testing.T, db database) {
	s := db(t)()
	p := pendingOf("mei", "on the way")
	update(t, s, func(tx *store.Tx) error { return tx.PutPending(p) })
	_, err := s.Pending(t.Context(), p.ID, p.Expires.Add(-time.Millisecond))
	must(t, err)
	_, err = s.Pending(t.Context(), p.ID, p.Expires)
	wantError(t, err, store.ErrNotFound)
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.Pending(p.ID, p.Expires)
		wantError(t, err, store.ErrNotFound)
		return nil
	})
}

func testUndone(t *testing.T, db database) {
	s := db(t)()
	trouble := errors.New("trouble")
	change := func(tx *store.Tx) {
		_, err := tx.InsertLink(linkOf("mei", "chan"))
		must(t, err)
		must(t, tx.PutPending(pendingOf("mei", "on the way")))
	}
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		change(tx)
		return trouble
	}), trouble)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(t.Context(), func(tx *store.Tx) error {
			change(tx)
			panic("trouble")
		})
	}()
	ctx, giveUp := context.WithCancel(t.Context())
	wantError(t, s.Update(ctx, func(tx *store.Tx) error {
		change(tx)
		giveUp()
		return nil
	}), context.Canceled)
	wantError(t, s.Update(ctx, func(*store.Tx) error { return nil }), context.Canceled)
	var kept *store.Tx
	update(t, s, func(tx *store.Tx) error { kept = tx; return nil }) // the writer is free again
	if err := kept.DeletePending(id("on the way")); err == nil {
		t.Error("a transaction works after its end")
	}
	_, err := findLink(s, personOf(linkOf("mei", "chan")), "records")
	wantError(t, err, store.ErrNotFound)
	_, err = s.Pending(t.Context(), id("on the way"), noon)
	wantError(t, err, store.ErrNotFound)
}

func testFailedNotCommitted(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.CreateSession(sessionOf(link, "first")))
		spoilt := sessionOf(link, "second")
		spoilt.Account = "" // the database refuses it
		if err := tx.CreateSession(spoilt); err == nil {
			t.Error("a session without an account was stored")
		}
		if err := tx.EndLogin(id("any")); err == nil {
			t.Error("the transaction went on")
		}
		return nil // the caller overlooks it all
	})
	if err == nil {
		t.Error("the transaction was committed")
	}
	_, err = s.Session(t.Context(), id("first"))
	wantError(t, err, store.ErrNotFound)
}
