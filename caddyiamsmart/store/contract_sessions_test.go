package store_test

import (
	"fmt"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func testSessionWhole(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	want := sessionOf(link, "monday")
	must(t, s.CreateSession(t.Context(), want))
	got, err := s.Session(t.Context(), want.ID)
	must(t, err)
	wantEqual(t, got, want)

	must(t, s.EndSession(t.Context(), want.ID))
	_, err = s.Session(t.Context(), want.ID)
	wantError(t, err, store.ErrNotFound)
	must(t, s.EndSession(t.Context(), want.ID)) // a second click on log out
}

func testSessionNeedsLink(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	standing := sessionOf(link, "standing")
	must(t, s.CreateSession(t.Context(), standing))

	change := map[string]func(*store.Session){
		"the link is gone":              func(n *store.Session) { n.LinkID++ },
		"the link is another person's":  func(n *store.Session) { n.Person = id("ming") },
		"the link is of another app":    func(n *store.Session) { n.App = "roster" },
		"the link is of another client": func(n *store.Session) { n.ClientID = "test" },
	}
	for name, spoil := range change {
		n := sessionOf(link, name)
		spoil(&n)
		wantError(t, s.CreateSession(t.Context(), n, standing.ID), store.ErrNotFound)
		_, err := s.Session(t.Context(), n.ID)
		wantError(t, err, store.ErrNotFound)
	}
	_, err := s.Session(t.Context(), standing.ID)
	must(t, err) // all or nothing
}

func testSessionReplaces(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	before, after := sessionOf(link, "before"), sessionOf(link, "after")
	must(t, s.CreateSession(t.Context(), before))
	must(t, s.CreateSession(t.Context(), after, before.ID, id("never was")))
	_, err := s.Session(t.Context(), before.ID)
	wantError(t, err, store.ErrNotFound)
	_, err = s.Session(t.Context(), after.ID)
	must(t, err)

	if err := s.CreateSession(t.Context(), after); err == nil {
		t.Error("the same session id was stored twice")
	}
}

func testLinkGone(t *testing.T, db database) {
	s := db(t)()
	link, other := insertLink(t, s, linkOf("mei", "chan")), insertLink(t, s, linkOf("ming", "wong"))
	must(t, s.CreateSession(t.Context(), sessionOf(link, "pc")))
	must(t, s.CreateSession(t.Context(), sessionOf(link, "phone")))
	must(t, s.CreateSession(t.Context(), sessionOf(other, "other")))

	must(t, store.DeleteLink(t.Context(), s, link.ID))

	for _, name := range []string{"pc", "phone"} {
		_, err := s.Session(t.Context(), id(name))
		wantError(t, err, store.ErrNotFound)
	}
	_, err := s.Session(t.Context(), id("other"))
	must(t, err)
	wantError(t, s.CreateSession(t.Context(), sessionOf(link, "late")), store.ErrNotFound)
	// T54: whoever links next does not get the id of the link that went.
	if next := insertLink(t, s, linkOf("new", "chan")); next.ID <= other.ID {
		t.Errorf("link id %d was given again", next.ID)
	}
}

func testTouch(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	seen := map[store.ID]time.Time{id("a session long gone"): noon.Add(time.Hour)}
	const sessions = 1201 // more than two batches
	update(t, s, func(tx *store.Tx) error {
		for i := range sessions {
			n := sessionOf(link, fmt.Sprint(i))
			n.LastSeen = noon
			if err := tx.CreateSession(n); err != nil {
				return err
			}
			seen[n.ID] = noon.Add(time.Duration(i-600) * time.Second)
		}
		return nil
	})
	must(t, s.Touch(t.Context(), nil))
	must(t, s.Touch(t.Context(), seen))
	for _, i := range []int{0, 599, 600, 601, 1200} {
		n, err := s.Session(t.Context(), id(fmt.Sprint(i)))
		must(t, err)
		wantEqual(t, n.LastSeen, noon.Add(time.Duration(max(0, i-600))*time.Second))
	}
	_, err := s.Session(t.Context(), id("a session long gone"))
	wantError(t, err, store.ErrNotFound)
}

func testSweep(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	now := noon.Add(100 * time.Hour)
	old, young := sessionOf(link, "old"), sessionOf(link, "young")
	old.Ends, young.Ends = now.Add(-24*time.Hour), now.Add(-24*time.Hour+time.Millisecond)
	over, open := pendingOf("ming", "over"), pendingOf("mei", "open")
	over.Expires, open.Expires = now, now.Add(time.Millisecond)
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.CreateSession(old))
		must(t, tx.CreateSession(young))
		must(t, tx.PutPending(over))
		return tx.PutPending(open)
	})
	must(t, s.Claim(t.Context(), id("over"), now))
	must(t, s.Claim(t.Context(), id("open"), now.Add(time.Millisecond)))
	typed := subjectOf("chan")
	tryAt(t, s, "over", typed, now.Add(-3*time.Hour))
	tryAt(t, s, "open", typed, now.Add(-3*time.Hour+time.Millisecond))

	must(t, s.Sweep(t.Context(), now))

	_, err := s.Session(t.Context(), old.ID)
	wantError(t, err, store.ErrNotFound)
	_, err = s.Session(t.Context(), young.ID)
	must(t, err)
	_, err = s.Pending(t.Context(), over.ID, noon)
	wantError(t, err, store.ErrNotFound)
	_, err = s.Pending(t.Context(), open.ID, noon)
	must(t, err)
	must(t, s.Claim(t.Context(), id("over"), now.Add(time.Hour)))
	wantError(t, s.Claim(t.Context(), id("open"), now.Add(time.Hour)), store.ErrClaimed)
	_, err = findLink(s, personOf(link), "records")
	must(t, err)
	wantTries(t, s, typed, 9, now.Add(-3*time.Hour+time.Millisecond))
}

func testSweepMany(t *testing.T, db database) {
	s := db(t)()
	link := insertLink(t, s, linkOf("mei", "chan"))
	const sessions = 1201 // more than two batches
	update(t, s, func(tx *store.Tx) error {
		for i := range sessions {
			if err := tx.CreateSession(sessionOf(link, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		for i := range sessions {
			if err := tx.InsertTry(id(fmt.Sprint(i)), subjectOf("chan"), noon); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, s.Sweep(t.Context(), noon.Add(38*time.Hour)))
	wantTries(t, s, subjectOf("chan"), 1)
	for i := range sessions {
		_, err := s.Session(t.Context(), id(fmt.Sprint(i)))
		wantError(t, err, store.ErrNotFound)
	}
}

func testReopened(t *testing.T, db database) {
	open := db(t)
	s := open()
	link := insertLink(t, s, linkOf("mei", "chan"))
	session, pending := sessionOf(link, "monday"), pendingOf("ming", "on the way")
	must(t, s.CreateSession(t.Context(), session))
	must(t, s.Claim(t.Context(), id("flow"), noon))
	update(t, s, func(tx *store.Tx) error { return tx.PutPending(pending) })
	tryAt(t, s, "first", subjectOf("chan"), noon)
	must(t, s.Close())
	if _, err := s.Session(t.Context(), session.ID); err == nil {
		t.Error("a closed store still answers")
	}

	s = open()
	gotLink, err := findLink(s, personOf(link), "records")
	must(t, err)
	wantEqual(t, gotLink, link)
	gotSession, err := s.Session(t.Context(), session.ID)
	must(t, err)
	wantEqual(t, gotSession, session)
	gotPending, err := s.Pending(t.Context(), pending.ID, noon)
	must(t, err)
	wantEqual(t, gotPending, pending)
	wantError(t, s.Claim(t.Context(), id("flow"), noon), store.ErrClaimed)
	wantTries(t, s, subjectOf("chan"), 9, noon)
}
