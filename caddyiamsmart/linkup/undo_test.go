package linkup_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestTheSessionThatLinkedMayUndoIt(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, s := h.links(chan1, records)
	phone := h.session(link, 99)
	if err := h.Rows.CreateSession(ctx, phone); err != nil {
		t.Fatal(err)
	}
	_, bystander := h.links(wong, pantry)

	fresh, err := h.Fresh(ctx, s.ID)
	if err != nil || fresh.Link != link || string(fresh.Sealed) != "sealed" || !fresh.Expires.Equal(h.clock.Add(10*time.Minute)) {
		t.Fatalf("the fresh link is %+v, %v", fresh, err)
	}
	undone, err := h.Undo(ctx, s.ID)
	if err != nil || undone != link {
		t.Fatalf("%+v, %v", undone, err)
	}
	if h.linkOf(chan1) != nil || h.stands(s.ID) || h.stands(phone.ID) {
		t.Error("the link or a session of it still stands")
	}
	if h.linkOf(wong) == nil || !h.stands(bystander.ID) {
		t.Error("another person's link or session ended")
	}
	if _, err := h.Undo(ctx, s.ID); !errors.Is(err, linkup.ErrUndoOver) {
		t.Errorf("twice: %v", err)
	}
	t.Run("and then another person may link the account", func(t *testing.T) {
		if link, _ := h.links([32]byte{7}, records); link.AccountName != "chan.sm" {
			t.Errorf("linked %+v", link)
		}
	})
}

func TestNobodyElseUndoesALink(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, s := h.links(chan1, records)
	_, another := h.links(wong, pantry)
	later := h.session(link, 99) // the same person, logged in elsewhere
	if err := h.Rows.CreateSession(ctx, later); err != nil {
		t.Fatal(err)
	}
	refused := func(name string, at *home, session store.ID) {
		t.Helper()
		_, errFresh := at.Fresh(ctx, session)
		_, errUndo := at.Undo(ctx, session)
		if !errors.Is(errFresh, linkup.ErrUndoOver) || !errors.Is(errUndo, linkup.ErrUndoOver) {
			t.Errorf("%s: %v, %v", name, errFresh, errUndo)
		}
	}
	refused("a later session of the person", h, later.ID)
	refused("no session", h, store.ID{})
	refused("another Client ID", h.at("client2", "app", "records.example"), s.ID)
	refused("another app", h.at("client", "app2", "records.example"), s.ID)
	h.pass(linkup.UndoWindow)
	refused("after ten minutes", h, s.ID)
	h.pass(-time.Millisecond)
	if h.linkOf(chan1) == nil || h.linkOf(wong) == nil || !h.stands(s.ID) || !h.stands(another.ID) || !h.stands(later.ID) {
		t.Fatal("something ended all the same")
	}
	if _, err := h.Undo(ctx, s.ID); err != nil {
		t.Errorf("a moment before: %v", err)
	}
}

// TestALinkThatStoodIsNotUndone: who links the same account once more has not
// made the link, and does not take it away.
func TestALinkThatStoodIsNotUndone(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	h.links(chan1, records)
	p := h.proves(h.arrives(chan1), accounts.Account{Name: "chan.sm"})
	var again store.Session
	if _, err := h.Confirm(ctx, p.ID, linkup.ProofToken(p), func(l store.Link) (store.Session, error) {
		again = h.session(l, 99)
		return again, nil
	}); err != nil || !h.stands(again.ID) {
		t.Fatal(err)
	}
	if _, err := h.Undo(ctx, again.ID); !errors.Is(err, linkup.ErrUndoOver) || h.linkOf(chan1) == nil {
		t.Errorf("undone: %v", err)
	}
}

func TestUndoneOnceByTwentyAtOnce(t *testing.T) {
	h := open(t)
	_, s := h.links(chan1, records)
	var all sync.WaitGroup
	var undone atomic.Int64
	for range 20 {
		all.Go(func() {
			switch _, err := h.Undo(context.Background(), s.ID); {
			case err == nil:
				undone.Add(1)
			case !errors.Is(err, linkup.ErrUndoOver):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if undone.Load() != 1 {
		t.Errorf("undone %d times", undone.Load())
	}
}

func TestWithoutTheStoreNothingIsUndone(t *testing.T) {
	h := open(t)
	_, s := h.links(chan1, records)
	h.Rows.Close()
	if _, err := h.Undo(context.Background(), s.ID); err == nil || errors.Is(err, linkup.ErrUndoOver) {
		t.Error(err)
	}
}
