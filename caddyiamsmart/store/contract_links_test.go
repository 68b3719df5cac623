package store_test

import (
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func testLinkUpdated(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	// When the account was proven again, under a new name,
	want := link
	want.AccountName, want.DisplayName, want.Source, want.Way, want.UserType = "chan.tm", "Chan Tai Man", "ldap", "code", "2"
	want.Stamp, want.ProvedAt, want.LastModified, want.Profile = "another", noon.Add(2*time.Hour), noon, ""
	want.Seal = store.Seal{1}
	// (and whose it is would be changed with it, which must not be,)
	asked := want
	asked.Person, asked.AccountKey, asked.Slot, asked.Seat, asked.LinkedAt = id("ming"), "key-boss", 4, 4, noon.Add(time.Minute)
	update(t, s, func(tx *store.Tx) error { return tx.UpdateLink(asked) })
	// then that is what is read by whatever way.
	got, err := findLink(s, personOf(link), link.App)
	must(t, err)
	wantEqual(t, got, want)
	got, err = s.LinkByID(t.Context(), link.ID)
	must(t, err)
	wantEqual(t, got, want)

	must(t, store.DeleteLink(t.Context(), s, link.ID))
	_, err = s.LinkByID(t.Context(), link.ID)
	wantError(t, err, store.ErrNotFound)
	update(t, s, func(tx *store.Tx) error {
		wantError(t, tx.UpdateLink(want), store.ErrNotFound)
		return nil
	})
}

func testLinksListed(t *testing.T, db database) {
	s := db(t)()
	var all []store.Link
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, insertLink(t, s, linkOf(name, name)))
	}
	other := linkOf("a", "a")
	other.App = "roster"
	insertLink(t, s, other)
	first, err := s.AllLinks(t.Context(), "home", "records", 0, 2)
	must(t, err)
	wantEqual(t, first, all[:2])
	rest, err := s.AllLinks(t.Context(), "home", "records", first[1].ID, 2)
	must(t, err)
	wantEqual(t, rest, all[2:])
}

func testPastLinks(t *testing.T, db database) {
	s := db(t)()
	was := func(person string) (was bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			was, err = tx.WasAnothers("home", "records", "key-chan", id(person))
			return err
		})
		return was
	}
	// Given an account that nobody had, it is free for all.
	wantEqual(t, []bool{was("mei"), was("ming")}, []bool{false, false})
	// A link that is undone leaves no trace.
	undone := insertLink(t, s, linkOf("mei", "chan"))
	update(t, s, func(tx *store.Tx) error { return tx.UndoLink(undone) })
	wantEqual(t, []bool{was("mei"), was("ming")}, []bool{false, false})
	// One that was deleted, by whomever, does, for all but who had it;
	first := insertLink(t, s, linkOf("mei", "chan"))
	must(t, store.DeleteLink(t.Context(), s, first.ID))
	wantEqual(t, []bool{was("mei"), was("ming")}, []bool{false, true})
	// and a later link of the same person that is undone does not take it away.
	again := insertLink(t, s, linkOf("mei", "chan"))
	update(t, s, func(tx *store.Tx) error { return tx.UndoLink(again) })
	wantEqual(t, []bool{was("mei"), was("ming")}, []bool{false, true})
	// Deleting it twice is no error.
	second := insertLink(t, s, linkOf("mei", "chan"))
	must(t, store.DeleteLink(t.Context(), s, second.ID))
	wantEqual(t, was("ming"), true)
}
