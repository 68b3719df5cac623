package linkup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// openLast is a home whose link-ups end with a second approval.
func openLast(t *testing.T) *home {
	h := open(t)
	h.ApprovalLast = true
	return h
}

// asking is a journey to iAM Smart for one proof of one link-up.
type asking struct{ pending, proof store.ID }

func (a asking) For() (pending, proof store.ID) { return a.pending, a.proof }

// asks sends the person of a proof to iAM Smart.
func (h *home) asks(p store.Pending) asking {
	h.t.Helper()
	p, err := h.Ask(context.Background(), p.ID, linkup.ProofToken(p))
	if err != nil {
		h.t.Fatal(err)
	}
	return asking{p.ID, p.Proof.ID}
}

// approves comes back from iAM Smart as a person.
func (h *home) approves(a asking, person [32]byte, stood ...store.ID) (store.Link, store.Session, error) {
	var begun store.Session
	link, err := h.ConfirmApproved(context.Background(), linkup.Approved(a, person), func(l store.Link) (store.Session, error) {
		begun = h.session(l, byte(l.ID))
		return begun, nil
	}, stood...)
	return link, begun, err
}

func TestTheSamePersonsSecondApprovalLinks(t *testing.T) {
	h := open(t)
	_, stood := h.links(wong, pantry)
	h.ApprovalLast = true
	p := h.proves(h.arrives(chan1), records)
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrOtherWay) || h.linkOf(chan1) != nil {
		t.Fatalf("a mere yes: %v", err)
	}
	link, s, err := h.approves(h.asks(p), chan1, stood.ID)
	if err != nil || link.Person != chan1 || link.AccountName != "chan.sm" || *h.linkOf(chan1) != link {
		t.Fatalf("%+v, %v", link, err)
	}
	if !h.stands(s.ID) || h.stands(stood.ID) || h.pending(p.ID) != nil {
		t.Error("link, session and the end of what stood are not one act")
	}
	if _, _, err := h.approves(asking{p.ID, p.Proof.ID}, chan1); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("the same approval once more: %v", err)
	}
}

func TestT51AnotherPersonsApprovalLinksNobody(t *testing.T) {
	for name, linked := range map[string]bool{"who is new here": false, "who is linked": true} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			if linked {
				h.links(wong, pantry)
			}
			h.ApprovalLast = true
			before := h.linkOf(wong)
			p := h.proves(h.arrives(chan1), records)
			a := h.asks(p)
			link, begun, err := h.approves(a, wong)
			if !errors.Is(err, linkup.ErrOtherPerson) {
				t.Fatalf("approved by another: %v", err)
			}
			if link != (store.Link{}) || begun.LinkID != 0 || h.linkOf(chan1) != nil {
				t.Error("something was linked or begun")
			}
			if after := h.linkOf(wong); (after == nil) != (before == nil) || after != nil && *after != *before {
				t.Error("the other person's link has changed")
			}
			// The password that the first person proved is good for nothing more.
			if h.pending(p.ID) != nil {
				t.Error("the link-up still stands")
			}
			if _, _, err := h.approves(a, chan1); !errors.Is(err, linkup.ErrEnded) {
				t.Errorf("the right person, too late: %v", err)
			}
			if got := h.proves(h.arrives(chan1), records); got.Tries != 2 {
				t.Errorf("a new link-up knows of %d tries, want those of the first and its own", got.Tries)
			}
		})
	}
}

func TestAnApprovalIsGoodForTheProofThatItWasAskedFor(t *testing.T) {
	h := openLast(t)
	id := h.arrives(chan1)
	older := h.asks(h.proves(id, pantry))
	newer := h.proves(id, records)
	other := h.proves(h.arrives(wong), pantry)
	for name, a := range map[string]asking{
		"an older proof":          older,
		"another link-up's proof": {id, other.Proof.ID},
		"no proof":                {pending: id},
	} {
		for who, person := range map[string][32]byte{"the person": chan1, "another": wong} {
			if _, _, err := h.approves(a, person); !errors.Is(err, linkup.ErrStale) {
				t.Errorf("%s, approved by %s: %v", name, who, err)
			}
		}
	}
	if _, err := h.ConfirmApproved(context.Background(), linkup.Approval{}, nil); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("no approval at all: %v", err)
	}
	if _, err := h.Ask(context.Background(), id, linkup.ProofToken(other)); !errors.Is(err, linkup.ErrStale) {
		t.Errorf("asked for another's proof: %v", err)
	}
	if now := h.pending(id); now == nil || linkup.ProofToken(*now) != linkup.ProofToken(newer) || h.linkOf(chan1) != nil {
		t.Error("something has changed")
	}
	if link, _, err := h.approves(h.asks(newer), chan1); err != nil || link.AccountName != "chan.sm" {
		t.Errorf("the proof that stands: %+v, %v", link, err)
	}

	t.Run("and is refused where it is disowned", func(t *testing.T) {
		h := openLast(t)
		p := h.proves(h.arrives(chan1), records)
		a := h.asks(p)
		if _, err := h.Disown(context.Background(), p.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.approves(a, chan1); !errors.Is(err, linkup.ErrStale) {
			t.Error(err)
		}
	})
	t.Run("and meets the rules that a yes meets", func(t *testing.T) {
		h := open(t)
		late := h.arrives([32]byte{3})
		p, q := h.proves(h.arrives(chan1), records), h.proves(late, records)
		h.links(wong, records)
		h.ApprovalLast = true
		if _, _, err := h.approves(h.asks(p), chan1); !errors.Is(err, linkup.ErrTaken) || h.pending(p.ID).Proof != nil {
			t.Errorf("an account of another: %v", err)
		}
		a := h.asks(q)
		h.pass(linkup.Window)
		if _, _, err := h.approves(a, [32]byte{3}); !errors.Is(err, linkup.ErrTaken) || h.pending(late) != nil {
			t.Errorf("an account of another, when the time for another password is over: %v", err)
		}
	})
}

func TestWhoIsAskedHasTheTimeThatIAmSmartTakes(t *testing.T) {
	ctx := context.Background()
	t.Run("the five minutes end what was not asked", func(t *testing.T) {
		h := openLast(t)
		p := h.proves(h.arrives(chan1), records)
		h.pass(linkup.Window)
		if _, err := h.Ask(ctx, p.ID, linkup.ProofToken(p)); !errors.Is(err, linkup.ErrEnded) {
			t.Error(err)
		}
	})
	t.Run("eighteen minutes of iAM Smart fit, asking again gives no more", func(t *testing.T) {
		h := openLast(t)
		p := h.proves(h.arrives(chan1), records)
		h.pass(linkup.Window - time.Second)
		a := h.asks(p)
		ends := h.pending(p.ID).Expires
		h.pass(18 * time.Minute)
		h.asks(p)
		if again := h.pending(p.ID).Expires; !again.Equal(ends) || ends.Sub(p.CreatedAt) != 25*time.Minute {
			t.Errorf("ends after %v, then after %v", ends.Sub(p.CreatedAt), again.Sub(p.CreatedAt))
		}
		if _, _, err := h.approves(a, chan1); err != nil {
			t.Error(err)
		}
	})
	t.Run("beyond it is too late", func(t *testing.T) {
		h := openLast(t)
		p := h.proves(h.arrives(chan1), records)
		a := h.asks(p)
		h.pass(linkup.Window + linkup.ApprovalWindow)
		if _, _, err := h.approves(a, chan1); !errors.Is(err, linkup.ErrEnded) || h.linkOf(chan1) != nil {
			t.Error(err)
		}
	})
	t.Run("it is no longer time for passwords", func(t *testing.T) {
		h := openLast(t)
		p := h.proves(h.arrives(chan1), records)
		h.asks(p)
		h.pass(linkup.Window)
		if _, err := h.Try(ctx, p.ID, h.another()); !errors.Is(err, linkup.ErrEnded) || h.pending(p.ID).Tries != 1 {
			t.Errorf("a try: %v", err)
		}
		h.ApprovalLast = false // the option changed meanwhile
		if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("a mere yes: %v", err)
		}
		if _, err := h.Disown(ctx, p.ID); err != nil || h.pending(p.ID) != nil {
			t.Errorf("disowned: %v, and the link-up stands: %v", err, h.pending(p.ID) != nil)
		}
	})
	t.Run("where nobody asks, nothing is longer", func(t *testing.T) {
		h := open(t)
		p := h.proves(h.arrives(chan1), records)
		if _, err := h.Ask(ctx, p.ID, linkup.ProofToken(p)); !errors.Is(err, linkup.ErrOtherWay) || !h.pending(p.ID).Expires.Equal(p.Expires) {
			t.Error(err)
		}
	})
}
