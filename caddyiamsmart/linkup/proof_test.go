package linkup_test

import (
	"context"
	"errors"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestAProofBelongsToOneTryOfOneLinkup(t *testing.T) {
	ctx := context.Background()
	t.Run("a slow check that another try overtook is stale", func(t *testing.T) {
		h := open(t)
		id := h.arrives(chan1)
		slow := h.tries(id)
		quick := h.proves(id, pantry)
		if _, err := h.Prove(ctx, slow, shown(records)); !errors.Is(err, linkup.ErrStale) {
			t.Errorf("the slow one: %v", err)
		}
		if got := h.pending(id); linkup.ProofToken(*got) != linkup.ProofToken(quick) || got.Proof.AccountName != "Pantry" {
			t.Errorf("the proof is now %+v", got.Proof)
		}
	})
	t.Run("a new try drops the older proof before the app is asked", func(t *testing.T) {
		h := open(t)
		id := h.arrives(chan1)
		p := h.proves(id, records)
		h.tries(id)
		if h.pending(id).Proof != nil {
			t.Error("the older proof stands while another is asked for")
		}
		if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) {
			t.Errorf("the older proof: %v", err)
		}
	})
	t.Run("another flow's or person's row is not this one", func(t *testing.T) {
		h := open(t)
		id := h.arrives(chan1)
		asked := h.tries(id)
		for name, alter := range map[string]func(*store.Pending){
			"flow":       func(p *store.Pending) { p.Flow = store.ID{8} },
			"person":     func(p *store.Pending) { p.Person = wong },
			"later try":  func(p *store.Pending) { p.Tries++ },
			"before any": func(p *store.Pending) { p.Tries = 0 },
		} {
			altered := asked
			alter(&altered.Row)
			if _, err := h.Prove(ctx, altered, shown(records)); !errors.Is(err, linkup.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if h.pending(id).Proof != nil {
			t.Error("a proof is recorded")
		}
	})
	t.Run("a check that outlives a new login proves nothing", func(t *testing.T) {
		h := open(t)
		slow := h.tries(h.arrives(chan1))
		next := h.arrives(chan1)
		if _, err := h.Prove(ctx, slow, shown(records)); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("the old link-up: %v", err)
		}
		if h.pending(next).Proof != nil {
			t.Error("the new one inherits the proof")
		}
	})
}

func TestT51NobodyInheritsAnothersProof(t *testing.T) {
	h := open(t)
	of1 := h.proves(h.arrives(chan1), records)
	id2 := h.arrives(wong)

	// The second person has the first one's form, in the same browser.
	mixed := of1
	mixed.ID = id2
	if _, _, err := h.confirms(mixed); !errors.Is(err, linkup.ErrStale) {
		t.Errorf("with no proof of one's own: %v", err)
	}
	of2 := h.proves(id2, pantry)
	if _, _, err := h.confirms(mixed); !errors.Is(err, linkup.ErrStale) {
		t.Errorf("with another proof: %v", err)
	}
	if h.linkOf(wong) != nil || h.linkOf(chan1) != nil {
		t.Error("somebody is linked")
	}
	if link, _, err := h.confirms(of2); err != nil || link.Person != wong || link.AccountName != "Pantry" {
		t.Errorf("the second person's own: %+v, %v", link, err)
	}
	if link, _, err := h.confirms(of1); err != nil || link.Person != chan1 || link.AccountName != "chan.sm" {
		t.Errorf("the first person's own: %+v, %v", link, err)
	}
}

func TestOnlyTheProofThatWasShownIsConfirmed(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	begin := func(l store.Link) (store.Session, error) { return h.session(l, 1), nil }
	for _, token := range []string{"", "x"} {
		if _, err := h.Confirm(ctx, id, token, begin); !errors.Is(err, linkup.ErrStale) {
			t.Errorf("nothing is proven, token %q: %v", token, err)
		}
	}
	older := linkup.ProofToken(h.proves(id, pantry))
	p := h.proves(id, records)
	token := linkup.ProofToken(p)
	for _, wrong := range []string{"", older, token[:42], token + "A", "A" + token[1:], "\x00"} {
		if wrong == token {
			continue
		}
		if _, err := h.Confirm(ctx, id, wrong, begin); !errors.Is(err, linkup.ErrStale) {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
	if h.linkOf(chan1) != nil || h.pending(id) == nil {
		t.Error("a wrong token changed something")
	}
	if _, _, err := h.confirms(p); err != nil {
		t.Error(err)
	}

	t.Run("and only once", func(t *testing.T) {
		if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestNotMineDropsTheProof(t *testing.T) {
	h := open(t)
	id := h.arrives(chan1)
	p := h.proves(id, records)
	after, err := h.Disown(context.Background(), id)
	if err != nil || after.Proof != nil || linkup.ProofToken(after) != "" {
		t.Fatalf("%+v, %v", after, err)
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) {
		t.Errorf("confirmed after all: %v", err)
	}
	if got := h.pending(id); got == nil || got.Tries != 1 {
		t.Errorf("the link-up became %+v", got)
	}
	if link, _, err := h.confirms(h.proves(id, pantry)); err != nil || link.AccountName != "Pantry" {
		t.Errorf("another account: %+v, %v", link, err)
	}
}

func TestCancelEndsALinkupAndLinksNothing(t *testing.T) {
	h := open(t)
	id := h.arrives(chan1)
	p := h.proves(id, records)
	bystander := h.arrives(wong)
	for range 2 {
		if err := h.Cancel(context.Background(), id); err != nil {
			t.Fatal(err)
		}
	}
	if h.pending(id) != nil || h.linkOf(chan1) != nil {
		t.Error("it stands, or has linked")
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("confirmed after all: %v", err)
	}
	if h.pending(bystander) == nil {
		t.Error("another person's link-up ended too")
	}
}

// What ends a person's sessions ends their link-up too, at whatever host it stands.
func TestALinkupEndsWithItsPerson(t *testing.T) {
	h := open(t)
	ends := func(person [32]byte) {
		t.Helper()
		err := h.Rows.Update(context.Background(), func(tx *store.Tx) error { return h.EndOf(tx, person) })
		if err != nil {
			t.Error(err)
		}
	}
	elsewhere := h.at(h.ClientID, h.App, "other.example")
	otherApp := h.at(h.ClientID, "app2", h.Host)
	id, there := h.arrives(wong), otherApp.arrives(chan1)
	p := elsewhere.proves(elsewhere.arrives(chan1), records)
	ends(chan1)
	if _, _, err := elsewhere.confirms(p); !errors.Is(err, linkup.ErrEnded) || h.linkOf(chan1) != nil {
		t.Errorf("confirmed after all: %v", err)
	}
	if h.pending(id) == nil || otherApp.pending(there) == nil {
		t.Error("another person's link-up ended too, or that in another app")
	}
	ends(chan1) // none stands
	ends(lee)
}
