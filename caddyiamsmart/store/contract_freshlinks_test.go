package store_test

import (
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// freshLink stores a link that a session of that name has just made.
func freshLink(t *testing.T, s *store.Store, person, account, session string) store.FreshLink {
	t.Helper()
	f := store.FreshLink{
		Link: insertLink(t, s, linkOf(person, account)), Session: id(session),
		Sealed: []byte("sealed address"), Expires: noon.Add(10 * time.Minute),
	}
	update(t, s, func(tx *store.Tx) error {
		if err := tx.CreateSession(sessionOf(f.Link, session)); err != nil {
			return err
		}
		return tx.PutFreshLink(f)
	})
	return f
}

func testFreshLink(t *testing.T, db database) {
	s := db(t)()
	f := freshLink(t, s, "mei", "chan", "pc")
	must(t, s.CreateSession(t.Context(), sessionOf(f.Link, "phone")))

	got, err := s.FreshLink(t.Context(), f.Session, f.Expires.Add(-time.Millisecond))
	must(t, err)
	wantEqual(t, got, f)
	_, err = s.FreshLink(t.Context(), f.Session, f.Expires)
	wantError(t, err, store.ErrNotFound)
	_, err = s.FreshLink(t.Context(), id("phone"), noon)
	wantError(t, err, store.ErrNotFound)
	update(t, s, func(tx *store.Tx) error {
		got, err := tx.FreshLink(f.Session, noon)
		wantEqual(t, got, f)
		return err
	})

	// Its time over, the sweep takes the row and leaves link and session.
	must(t, s.Sweep(t.Context(), f.Expires))
	_, err = s.FreshLink(t.Context(), f.Session, noon)
	wantError(t, err, store.ErrNotFound)
	_, err = s.Session(t.Context(), f.Session)
	must(t, err)
	_, err = findLink(s, personOf(f.Link), f.Link.App)
	must(t, err)

	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutFreshLink(store.FreshLink{Link: f.Link, Session: id("never was"), Expires: noon})
	}); err == nil {
		t.Error("a session that is not there has made a link")
	}
}

func testFreshLinkGone(t *testing.T, db database) {
	s := db(t)()
	ended, undone := freshLink(t, s, "mei", "chan", "mei's"), freshLink(t, s, "ming", "wong", "ming's")
	must(t, s.EndSession(t.Context(), ended.Session))
	update(t, s, func(tx *store.Tx) error { return tx.DeleteLink(undone.Link.ID) })
	update(t, s, func(tx *store.Tx) error { return tx.DeleteLink(undone.Link.ID) }) // once more is no error
	for _, f := range []store.FreshLink{ended, undone} {
		_, err := s.FreshLink(t.Context(), f.Session, noon)
		wantError(t, err, store.ErrNotFound)
		_, err = s.Session(t.Context(), f.Session)
		wantError(t, err, store.ErrNotFound)
	}
	_, err := findLink(s, personOf(ended.Link), ended.Link.App)
	must(t, err)
	_, err = findLink(s, personOf(undone.Link), undone.Link.App)
	wantError(t, err, store.ErrNotFound)
	// Both accounts and persons are free as far as they should be.
	insertLink(t, s, linkOf("somebody else", "wong"))
}
