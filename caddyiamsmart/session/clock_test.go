package session_test

import (
	"context"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestT33AClockThatIsWrongNeverOpens(t *testing.T) {
	t.Run("set back by ten minutes", func(t *testing.T) {
		d := open(t)
		cookie := d.login(session.Nobody{})
		d.pass(-10 * time.Minute)
		d.nobody(cookie, "begun in ten minutes")
		d.restarted().nobody(cookie, "begun in ten minutes, after a restart")
		d.pass(10 * time.Minute)
		d.linked(cookie) // the clock was mended; nothing was ended for its sake
	})
	t.Run("two nodes may differ by two minutes", func(t *testing.T) {
		d := open(t)
		cookie := d.login(session.Nobody{})
		d.pass(-2 * time.Minute)
		d.linked(cookie)
		d.pass(-time.Millisecond)
		d.nobody(cookie, "begun in more than two minutes")
	})
	t.Run("set forward by a day", func(t *testing.T) {
		d := open(t)
		cookie := d.login(session.Nobody{})
		d.pass(24 * time.Hour)
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Expired}) {
			t.Errorf("a day on: %#v", got)
		}
		d.pass(-24 * time.Hour)
		d.nobody(cookie, "back again")
		d.restarted().nobody(cookie, "back again, after a restart")
	})
}

func TestTheExactEnds(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		d := open(t)
		cookie := d.login(session.Nobody{})
		d.pass(15 * time.Minute)
		d.linked(cookie)
		d.pass(time.Millisecond)
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Idled}) {
			t.Errorf("just over fifteen minutes: %#v", got)
		}
	})
	t.Run("longest time", func(t *testing.T) {
		d := open(t)
		cookie := d.login(session.Nobody{})
		for range 13*4 - 1 {
			d.pass(15 * time.Minute)
			d.who(d.Manager, cookie, true)
		}
		d.pass(15*time.Minute - time.Millisecond)
		d.linked(cookie)
		d.pass(time.Millisecond)
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Expired}) {
			t.Errorf("at thirteen hours: %#v", got)
		}
	})
	t.Run("found only after a restart", func(t *testing.T) {
		d := open(t)
		idle, old := d.login(session.Nobody{}), d.login(session.Nobody{})
		d.pass(16 * time.Minute)
		if got := d.who(d.restarted().Manager, idle, true); got != (session.Nobody{Why: session.Idled}) {
			t.Errorf("idle: %#v", got)
		}
		d.pass(13 * time.Hour)
		if got := d.who(d.restarted().Manager, old, true); got != (session.Nobody{Why: session.Expired}) {
			t.Errorf("too old: %#v", got)
		}
	})
}

func TestWhatIsLeftIsTold(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	d.pass(10 * time.Minute)
	if idle, max := d.Left(d.linked(cookie)); idle != 5*time.Minute || max != 13*time.Hour-10*time.Minute {
		t.Errorf("after ten minutes: idle %v, max %v", idle, max)
	}
	d.who(d.Manager, cookie, true)
	if idle, _ := d.Left(d.linked(cookie)); idle != 15*time.Minute {
		t.Errorf("after activity: idle %v", idle)
	}
	for range 76 {
		d.pass(10 * time.Minute)
		d.who(d.Manager, cookie, true)
	}
	d.pass(8 * time.Minute) // 12 h 58 min: the end is nearer than idleness
	if idle, max := d.Left(d.linked(cookie)); idle != 2*time.Minute || max != 2*time.Minute {
		t.Errorf("shortly before the end: idle %v, max %v", idle, max)
	}
}

// seenElsewhere is what another node's Flush does.
func (d *desk) seenElsewhere(l session.Linked, at time.Time) {
	d.t.Helper()
	if err := d.rows.Touch(context.Background(), map[store.ID]time.Time{l.Row(): at}); err != nil {
		d.t.Fatal(err)
	}
}

func TestActivityOnAnotherNodeKeepsTheSession(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	linked := d.linked(cookie)
	d.pass(14 * time.Minute)
	d.seenElsewhere(linked, *d.clock)

	d.pass(10 * time.Minute)
	linked = d.linked(cookie)
	if idle, _ := d.Left(linked); idle != 5*time.Minute {
		t.Errorf("idle %v are left, the store says five minutes", idle)
	}

	t.Run("and the request that found it out counts as well", func(t *testing.T) {
		d.seenElsewhere(linked, d.clock.Add(time.Minute))
		d.pass(7 * time.Minute) // sixteen after what this node knows, six after what the store does
		if idle, _ := d.Left(linked); idle > 0 {
			t.Fatalf("this node thinks that %v are left; the store need not be asked", idle)
		}
		if _, ok := d.who(d.Manager, cookie, true).(session.Linked); !ok {
			t.Fatal("ended although the store had seen the person")
		}
		d.pass(14 * time.Minute)
		d.linked(cookie)
	})
	t.Run("until it ends on both", func(t *testing.T) {
		d.pass(16 * time.Minute)
		if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Idled}) {
			t.Errorf("nobody was seen anywhere: %#v", got)
		}
		if _, err := d.rows.Session(context.Background(), linked.Row()); err == nil {
			t.Error("the row still stands")
		}
	})
}

func TestAnEndOnAnotherNodeIsSeenWhenIdle(t *testing.T) {
	d := open(t)
	cookie := d.login(session.Nobody{})
	linked := d.linked(cookie)
	if err := d.rows.EndSession(context.Background(), linked.Row()); err != nil {
		t.Fatal(err)
	}
	d.pass(16 * time.Minute)
	if got := d.who(d.Manager, cookie, true); got != (session.Nobody{Why: session.Idled}) {
		t.Errorf("its row is gone: %#v", got)
	}
	d.nobody(cookie, "its row is gone")
}

func TestFlushWritesActivityForARestart(t *testing.T) {
	d := open(t)
	ctx := context.Background()
	cookie, quiet := d.login(session.Nobody{}), d.login(session.Nobody{})
	began := *d.clock
	d.pass(10 * time.Minute)
	d.who(d.Manager, cookie, true)
	d.who(d.Manager, quiet, false)
	if err := d.cache.Flush(ctx, d.rows, *d.clock); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]time.Time{cookie: *d.clock, quiet: began} {
		row, err := d.rows.Session(ctx, d.linked(value).Row())
		if err != nil || !row.LastSeen.Equal(want) {
			t.Errorf("the store says %v, want %v: %v", row.LastSeen, want, err)
		}
	}
	d.pass(10 * time.Minute)
	again := d.restarted()
	again.linked(cookie)
	if got := d.who(again.Manager, quiet, true); got != (session.Nobody{Why: session.Idled}) {
		t.Errorf("the quiet one after twenty minutes and a restart: %#v", got)
	}

	// What the store knows is not written again, and never moved back.
	d.seenElsewhere(again.linked(cookie), d.clock.Add(time.Minute))
	if err := d.cache.Flush(ctx, d.rows, *d.clock); err != nil {
		t.Fatal(err)
	}
	if row, _ := d.rows.Session(ctx, again.linked(cookie).Row()); !row.LastSeen.Equal(d.clock.Add(time.Minute)) {
		t.Errorf("the store says %v", row.LastSeen)
	}
}
