package linkup_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// exhausted takes n tries and wants no more than that to be left.
func (h *home) exhausted(id store.ID, n int) {
	h.t.Helper()
	for left := n - 1; left >= 0; left-- {
		if tried := h.tries(id); tried.Left != left || tried.Until.IsZero() != (left > 0) {
			h.t.Errorf("%d are left until %v, want %d", tried.Left, tried.Until, left)
		}
	}
	tried, err := h.Try(context.Background(), id, h.another())
	if !errors.Is(err, linkup.ErrTooMany) || !strings.HasSuffix(err.Error(), "by one person") {
		h.t.Errorf("after %d tries: %v", n, err)
	}
	if tried.Until.IsZero() || tried.Left != 0 {
		h.t.Errorf("it is not said until when: %+v", tried)
	}
}

// waits wants a person to have no tries until a time.
func (h *home) waits(person [32]byte, until time.Time) {
	h.t.Helper()
	id, ends, err := h.Begin(context.Background(), arrival(person, 3))
	if !errors.Is(err, linkup.ErrTooMany) || id != nil {
		h.t.Errorf("with no try left a link-up begins: %v", err)
	}
	if !ends.Equal(until) {
		h.t.Errorf("is to wait until %v, want %v", ends, until)
	}
}

func TestFourPasswordsMayBeTried(t *testing.T) {
	if linkup.DefaultTries != 4 {
		t.Errorf("%d may be", linkup.DefaultTries)
	}
	h := open(t)
	id := h.arrives(chan1)
	h.exhausted(id, 4)
	if h.pending(id).Tries != 4 {
		t.Error("a refused try is counted")
	}
}

func TestTriesCountOnOverANewLogin(t *testing.T) {
	h := open(t)
	first := h.arrives(chan1)
	h.tries(first)
	p := h.proves(first, records)
	h.pass(time.Minute)
	second := h.arrives(chan1)
	if h.pending(first) != nil {
		t.Error("a person has two link-ups")
	}
	if got := h.pending(second); got.Tries != 2 || got.Proof != nil {
		t.Errorf("the new one begins as %+v", got)
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("the proof of the old one: %v", err)
	}
	h.exhausted(second, 2)
	h.waits(chan1, h.clock.Add(linkup.Window)) // the proven one counts for the link-up alone
	h.pass(linkup.Window - time.Millisecond)
	h.waits(chan1, h.clock.Add(time.Millisecond))
	h.pass(time.Millisecond)
	h.exhausted(h.arrives(chan1), 1)
	until := h.clock.Add(linkup.TriesWindow)
	h.waits(chan1, until)
	h.pass(linkup.TriesWindow - time.Millisecond)
	h.waits(chan1, until)

	t.Run("nobody else waits", func(t *testing.T) { h.arrives(wong) })
	t.Run("nor this person elsewhere", func(t *testing.T) {
		h.at("client", "app2", "records.example").arrives(chan1)
		h.at("client2", "app", "records.example").arrives(chan1)
	})
	t.Run("but another host is no way round", func(t *testing.T) {
		h.at("client", "app", "other.example").waits(chan1, until)
	})
	t.Run("until the time is up", func(t *testing.T) {
		h.pass(time.Millisecond)
		if got := h.pending(h.arrives(chan1)); got.Tries != 0 {
			t.Errorf("begins with %d tries used", got.Tries)
		}
	})
}

func TestEndingALinkupBuysNoNewTries(t *testing.T) {
	ctx := context.Background()
	t.Run("by cancelling", func(t *testing.T) {
		h := open(t)
		id := h.arrives(chan1)
		until := h.clock.Add(time.Minute + linkup.TriesWindow)
		for range 3 {
			h.tries(id)
		}
		h.pass(time.Minute)
		if err := h.Cancel(ctx, id); err != nil {
			t.Fatal(err)
		}
		again := h.arrives(chan1)
		if got := h.pending(again); got.Tries != 3 {
			t.Errorf("after cancelling %d tries are used, want 3", got.Tries)
		}
		h.exhausted(again, 1)
		if err := h.Cancel(ctx, again); err != nil {
			t.Fatal(err)
		}
		h.waits(chan1, until)
		h.pass(until.Sub(*h.clock))
		h.arrives(chan1)
	})
	t.Run("by a refused account", func(t *testing.T) {
		h := open(t)
		h.links(wong, records)
		id := h.arrives(chan1)
		for range 3 {
			h.tries(id)
		}
		if _, err := h.Prove(ctx, h.tries(id), shown(records)); !errors.Is(err, linkup.ErrTaken) {
			t.Fatal(err)
		}
		h.waits(chan1, h.clock.Add(linkup.Window))
	})
	t.Run("and what is kept for it opens nothing", func(t *testing.T) {
		h := open(t)
		id := h.arrives(chan1)
		p := h.proves(id, records)
		if err := h.Cancel(ctx, id); err != nil {
			t.Fatal(err)
		}
		err := h.Rows.Update(ctx, func(tx *store.Tx) error {
			left, err := tx.PendingOf(store.Person{ClientID: "client", Hash: chan1}, "app", *h.clock)
			if err != nil {
				return err
			}
			if left.ID == id || left.Sealed != nil || left.Proof != nil || left.Tries != 1 || !left.Expires.Equal(p.Expires) {
				t.Errorf("what is left is %+v", left)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("and where none was used nothing is kept", func(t *testing.T) {
		h := open(t)
		if err := h.Cancel(ctx, h.arrives(chan1)); err != nil {
			t.Fatal(err)
		}
		err := h.Rows.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.PendingOf(store.Person{ClientID: "client", Hash: chan1}, "app", *h.clock)
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a row is left: %v", err)
		}
	})
}

func TestTriesAreCountedAmongMany(t *testing.T) {
	h := open(t)
	id := h.arrives(chan1)
	var taken, refused atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch _, err := h.Try(context.Background(), id, h.another()); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, linkup.ErrTooMany):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if taken.Load() != linkup.DefaultTries || refused.Load() != 20-linkup.DefaultTries {
		t.Errorf("%d of 20 passwords were tried at once, %d refused", taken.Load(), refused.Load())
	}
}
