package store_test

import (
	"fmt"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// told reads the endings after a number to the last.
func told(t *testing.T, s *store.Store, after int64) (ids []store.ID, last int64) {
	t.Helper()
	for {
		endings, err := s.Endings(t.Context(), after)
		must(t, err)
		if len(endings) == 0 {
			return ids, after
		}
		for _, e := range endings {
			if e.Number <= after {
				t.Fatalf("ending %d comes after %d", e.Number, after)
			}
			ids, after = append(ids, e.Session), e.Number
		}
	}
}

func testEndings(t *testing.T, db database) {
	open := db(t)
	s, other := open(), open() // two gates
	link := insertLink(t, s, linkOf("mei", "chan"))
	second := insertLink(t, s, linkOf("ming", "wong"))
	for i, name := range []string{"logged out", "logged in again", "unlinked", "goes on"} {
		l := link
		if i == 3 {
			l = second
		}
		must(t, s.CreateSession(t.Context(), sessionOf(l, name)))
	}
	ids, last := told(t, other, 0)
	wantEqual(t, len(ids), 0)

	// Each way in which a session ends is told, in order.
	must(t, s.EndSession(t.Context(), id("logged out")))
	must(t, s.CreateSession(t.Context(), sessionOf(link, "the new one"), id("logged in again")))
	ids, last = told(t, other, last)
	wantEqual(t, ids, []store.ID{id("logged out"), id("logged in again")})
	must(t, store.DeleteLink(t.Context(), s, link.ID))
	ids, last = told(t, other, last)
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("two sessions went with their link, %d were told", len(ids))
	}

	// What was undone is not.
	boom := fmt.Errorf("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.EndLogin(id("goes on")))
		return boom
	}), boom)
	ids, _ = told(t, other, last)
	wantEqual(t, len(ids), 0)

	// A sweep takes what no gate can need any more, and the numbers go on.
	must(t, s.Sweep(t.Context(), noon.Add(13*time.Hour-time.Millisecond)))
	ids, _ = told(t, other, 0)
	wantEqual(t, len(ids), 4)
	must(t, s.Sweep(t.Context(), noon.Add(13*time.Hour)))
	ids, _ = told(t, other, 0)
	wantEqual(t, len(ids), 0)
	must(t, s.EndSession(t.Context(), id("goes on")))
	ids, _ = told(t, other, last)
	wantEqual(t, ids, []store.ID{id("goes on")})
}

func TestManyEndingsAreToldInParts(t *testing.T) {
	s := openFile(t, t.TempDir()+"/iamsmart.db")
	link := insertLink(t, s, linkOf("mei", "chan"))
	const sessions = 1201
	update(t, s, func(tx *store.Tx) error {
		for i := range sessions {
			if err := tx.CreateSession(sessionOf(link, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, store.DeleteLink(t.Context(), s, link.ID))
	if first, err := s.Endings(t.Context(), 0); err != nil || len(first) >= sessions {
		t.Errorf("%d at once, %v", len(first), err)
	}
	ids, _ := told(t, s, 0)
	wantEqual(t, len(ids), sessions)
}

// An operator's shell does not ask SQLite for foreign keys.
func TestT54SessionsGoWithALinkWhoeverDeletesIt(t *testing.T) {
	path := t.TempDir() + "/iamsmart.db"
	s := openFile(t, path)
	link := insertLink(t, s, linkOf("mei", "chan"))
	must(t, s.CreateSession(t.Context(), sessionOf(link, "pc")))
	db := behind(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, `PRAGMA foreign_keys = OFF`)
	execute(t, db, `DELETE FROM links WHERE account_name = 'chan'`)
	must(t, db.Close())
	_, err := s.Session(t.Context(), id("pc"))
	wantError(t, err, store.ErrNotFound)
	ids, _ := told(t, s, 0)
	wantEqual(t, ids, []store.ID{id("pc")})
}
