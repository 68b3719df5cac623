package store_test

import (
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given a session that can be stepped up, when it is, then a new row stands for it, the
// old one is shortened and of no use for another step-up, and both end with the login.
func testStepUpReplaces(t *testing.T, db database) {
	s := db(t)()
	ctx := t.Context()
	link := insertLink(t, s, linkOf("mei", "chan"))
	before, other := sessionOf(link, "before"), sessionOf(link, "another browser")
	must(t, s.CreateSession(ctx, before))
	must(t, s.CreateSession(ctx, other))
	_, err := s.StepUp(ctx, before.ID)
	wantError(t, err, store.ErrNotFound)
	wantError(t, s.KeepStepUp(ctx, id("never was"), []byte("sealed")), store.ErrNotFound)
	must(t, s.KeepStepUp(ctx, before.ID, []byte("sealed once")))
	must(t, s.KeepStepUp(ctx, before.ID, []byte("sealed")))
	sealed, err := s.StepUp(ctx, before.ID)
	must(t, err)
	if string(sealed) != "sealed" {
		t.Errorf("kept is %q", sealed)
	}

	step := func(from store.ID, name string) error {
		after := sessionOf(link, name)
		after.Login = before.ID
		return s.Update(ctx, func(tx *store.Tx) error {
			return tx.ReplaceSession(from, noon.Add(10*time.Second), after, []byte("sealed anew"))
		})
	}
	must(t, step(before.ID, "after"))
	wantError(t, step(before.ID, "after, in another tab"), store.ErrNotFound)
	old, err := s.Session(ctx, before.ID)
	must(t, err)
	wantEqual(t, old.Ends, noon.Add(10*time.Second))
	_, err = s.StepUp(ctx, before.ID)
	wantError(t, err, store.ErrNotFound)
	must(t, step(id("after"), "after the second"))

	must(t, s.EndSession(ctx, before.ID)) // its seconds are over
	_, err = s.Session(ctx, id("after"))
	must(t, err)
	must(t, s.EndLogin(ctx, id("after"))) // the person logs out
	for _, name := range []string{"before", "after", "after the second"} {
		_, err = s.Session(ctx, id(name))
		wantError(t, err, store.ErrNotFound)
		_, err = s.StepUp(ctx, id(name))
		wantError(t, err, store.ErrNotFound)
	}
	_, err = s.Session(ctx, other.ID)
	must(t, err)
}
