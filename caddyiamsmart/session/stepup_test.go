package session_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func (d *desk) stepUp(l session.Linked) (cookie string, err error) {
	w := httptest.NewRecorder()
	err = d.StepUp(context.Background(), w, l, func(store.ID) []byte { return []byte("sealed") }, func(*store.Tx) error { return nil })
	if err != nil {
		if len(w.Result().Cookies()) != 0 {
			d.t.Error("a cookie is set all the same")
		}
		return "", err
	}
	return only(d.t, w, d.SessionCookie()).Value, nil
}

// steppable begins a session that may be stepped up.
func (d *desk) steppable() string {
	d.t.Helper()
	cookie := d.login(session.Nobody{})
	if err := d.rows.KeepStepUp(context.Background(), d.linked(cookie).Row(), []byte("sealed")); err != nil {
		d.t.Fatal(err)
	}
	return cookie
}

// Given a person who steps up, then the session has another id at once, the old id its
// old rights for ten seconds, and nothing after that, also after a restart.
func TestT42AStepUpGivesTheSessionAnotherID(t *testing.T) {
	d := open(t)
	old := d.steppable()
	before := d.linked(old)
	fresh, err := d.stepUp(before)
	if err != nil || fresh == old {
		t.Fatalf("the cookie is the same: %v, %v", fresh == old, err)
	}
	after := d.linked(fresh)
	if after.Row() == before.Row() || after.Login() != before.Login() || after.LoginAt() != before.LoginAt() || after.Account() != before.Account() {
		t.Error("the new session is not the old one under another id")
	}
	if !after.SteppedUpAt().Equal(*d.clock) || before.SteppedUpAt().Equal(*d.clock) {
		t.Errorf("stepped up at %v and %v", after.SteppedUpAt(), before.SteppedUpAt())
	}
	d.pass(9 * time.Second)
	if still := d.linked(old); still.SteppedUpAt().Equal(after.SteppedUpAt()) {
		t.Error("the old id has the new rights")
	}
	d.linked(fresh)
	d.pass(2 * time.Second)
	d.nobody(old, "after ten seconds")
	if got := d.who(d.restarted().Manager, old, false); got == session.Visitor(before) || isLinked(got) {
		t.Errorf("after a restart it is %#v", got)
	}
	if err := d.cache.Flush(context.Background(), d.rows, *d.clock); err != nil {
		t.Fatal(err)
	}
	if _, err := d.rows.Session(context.Background(), before.Row()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old row: %v", err)
	}
	d.linked(fresh)
	if d.restarted().SessionCookie() == "" || !isLinked(d.who(d.restarted().Manager, fresh, false)) {
		t.Error("the new session does not outlive a restart")
	}
}

func isLinked(v session.Visitor) bool {
	_, ok := v.(session.Linked)
	return ok
}

// Given a step-up a moment ago, when the person logs out by either id, then both are
// dead at once.
func TestT40ALogoutEndsTheIDBeforeTheStepUp(t *testing.T) {
	for _, by := range []string{"the new id", "the old id"} {
		t.Run(by, func(t *testing.T) {
			d := open(t)
			old := d.steppable()
			fresh, err := d.stepUp(d.linked(old))
			if err != nil {
				t.Fatal(err)
			}
			out := d.linked(fresh)
			d.linked(old)
			if by == "the old id" {
				out = d.linked(old)
			}
			d.end(out)
			d.nobody(old, "the old id")
			d.nobody(fresh, "the new id")
			d.restarted().nobody(old, "the old id, after a restart")
			d.restarted().nobody(fresh, "the new id, after a restart")
		})
	}
}

// Given twenty tabs that bring the same answer, then one steps up.
func TestAStepUpCountsOnce(t *testing.T) {
	d := open(t)
	l := d.linked(d.steppable())
	var won atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := d.stepUp(l); err == nil {
				won.Add(1)
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d stepped up", won.Load())
	}
	d.end(l)
	if _, err := d.stepUp(l); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that has ended: %v", err)
	}
}

// A row in which somebody has written a step-up is nobody's.
func TestAStepUpThatSomebodyWroteIsNone(t *testing.T) {
	d := open(t)
	cookie := d.steppable()
	fresh, err := d.stepUp(d.linked(cookie))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	row, err := d.rows.Session(ctx, d.linked(fresh).Row())
	if err != nil {
		t.Fatal(err)
	}
	row.SteppedUpAt = row.SteppedUpAt.Add(time.Hour)
	if err := errors.Join(d.rows.EndSession(ctx, row.ID), d.rows.CreateSession(ctx, row)); err != nil {
		t.Fatal(err)
	}
	if v, _ := d.restarted().Identify(ctx, fresh, 1, false); isLinked(v) {
		t.Error("it is believed")
	}
}
