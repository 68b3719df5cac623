package session_test

import (
	"context"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given a logout that did not reach the store, when the person clicks once more
// and is told that it has worked, then it has: also if the power fails then.
func TestASecondLogoutFinishesTheFirst(t *testing.T) {
	d := open(t)
	cookie, other := d.login(session.Nobody{}), d.login(session.Nobody{})
	d.linked(other)
	gone, leave := context.WithCancel(context.Background())
	leave()
	if err := d.End(gone, d.linked(cookie)); err == nil {
		t.Fatal("the first logout reached the store")
	}
	if err := d.Finish(gone, cookie, 1); err == nil {
		t.Error("a second one that did not reach the store either says nothing")
	}
	if err := d.Finish(context.Background(), cookie, 1); err != nil {
		t.Fatal(err)
	}
	d.restarted().nobody(cookie, "after a restart")

	// It ends nothing that is not over.
	for _, of := range []string{other, cookie, "rubbish", ""} {
		if err := d.Finish(context.Background(), of, 1); err != nil {
			t.Error(err)
		}
	}
	d.linked(other)
}

// Given a session's row that was altered, or in which a bit has turned, then it
// is nobody's.
func TestARowThatNamesSomebodyElseOpensNoMore(t *testing.T) {
	d := open(t)
	for name, alter := range map[string]func(*store.Session){
		"account": func(s *store.Session) { s.Account = "wong.ml" },
		"key":     func(s *store.Session) { s.AccountKey = "name:wong.ml" },
	} {
		draft, err := d.Draft(d.link)
		if err != nil {
			t.Fatal(err)
		}
		whole, cookie := draft.Row, d.cookieOf(draft)
		alter(&draft.Row)
		if err := d.rows.CreateSession(context.Background(), draft.Row); err != nil {
			t.Fatal(err)
		}
		if v, err := d.Identify(context.Background(), cookie, 1, true); err == nil || v != (session.Nobody{}) {
			t.Errorf("another %s: %#v, %v", name, v, err)
		}
		if err := d.rows.CreateSession(context.Background(), whole, whole.ID); err != nil {
			t.Fatal(err)
		}
		d.linked(cookie) // as it was, it opens
	}
}
