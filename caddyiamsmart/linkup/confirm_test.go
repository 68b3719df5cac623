package linkup_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestT53AnAccountOfAnotherPersonIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ theirs, mine accounts.Account }{
		"same name":              {records, records},
		"another spelling of it": {records, accounts.Account{Name: " ＣＨＡＮ.SM "}},
		"same key, renamed":      {pantry, accounts.Account{Name: "kitchen", Key: "0815"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			theirs, theirSession := h.links(wong, c.theirs)
			own := h.session(theirs, 99)
			if err := h.Rows.CreateSession(context.Background(), own); err != nil {
				t.Fatal(err)
			}
			id := h.arrives(chan1)
			p, err := h.Prove(context.Background(), h.tries(id), shown(c.mine))
			if !errors.Is(err, linkup.ErrTaken) {
				t.Fatalf("taken: %v", err)
			}
			if p.Proof != nil || h.pending(id).Proof != nil {
				t.Error("it is kept as proven")
			}
			if h.linkOf(chan1) != nil || *h.linkOf(wong) != theirs {
				t.Error("a link changed")
			}
			if !h.stands(own.ID) || !h.stands(theirSession.ID) {
				t.Error("a session ended")
			}
			h.mayTryAnother(id)
		})
		t.Run(name+", linked between proof and yes", func(t *testing.T) {
			h := open(t)
			id := h.arrives(chan1)
			proof := h.proves(id, c.mine)
			theirs, theirSession := h.links(wong, c.theirs)
			own := h.session(theirs, 99)
			if err := h.Rows.CreateSession(context.Background(), own); err != nil {
				t.Fatal(err)
			}
			link, begun, err := h.confirms(proof, own.ID)
			if !errors.Is(err, linkup.ErrTaken) {
				t.Fatalf("taken: %v", err)
			}
			if link != (store.Link{}) {
				t.Errorf("it is told whose it is: %+v", link)
			}
			if h.linkOf(chan1) != nil || *h.linkOf(wong) != theirs {
				t.Error("a link changed")
			}
			if begun.LinkID != 0 || !h.stands(own.ID) || !h.stands(theirSession.ID) {
				t.Error("a session was begun or ended")
			}
			if _, _, err := h.confirms(proof); !errors.Is(err, linkup.ErrStale) {
				t.Errorf("the same yes once more: %v", err)
			}
			h.mayTryAnother(id)
		})
	}
}

// mayTryAnother wants the link-up of who was refused an account to go on.
func (h *home) mayTryAnother(id store.ID) {
	h.t.Helper()
	link, _, err := h.confirms(h.proves(id, accounts.Account{Name: "another"}))
	if err != nil || link.AccountName != "another" {
		h.t.Errorf("another account: %+v, %v", link, err)
	}
}

// The right password of an account that is taken uses up a try of the link-up, so
// nobody asks for many accounts whether they are taken.
func TestT53RefusedAccountsAreCounted(t *testing.T) {
	h := open(t)
	h.links(wong, records)
	id := h.arrives(chan1)
	for range linkup.DefaultTries {
		if _, err := h.Prove(context.Background(), h.tries(id), shown(records)); !errors.Is(err, linkup.ErrTaken) {
			t.Fatal(err)
		}
	}
	if _, err := h.Try(context.Background(), id, h.another()); !errors.Is(err, linkup.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
}

func TestT53APersonHasOneAccount(t *testing.T) {
	h := open(t)
	first, s := h.links(chan1, records)
	id := h.arrives(chan1)
	link, begun, err := h.confirms(h.proves(id, pantry), s.ID)
	if !errors.Is(err, linkup.ErrHaveAnother) {
		t.Fatalf("a second account: %v", err)
	}
	if link != first {
		t.Errorf("the person is not told which is theirs: %+v", link)
	}
	if *h.linkOf(chan1) != first || begun.LinkID != 0 || !h.stands(s.ID) || h.pending(id) != nil {
		t.Error("something changed besides the end of the link-up")
	}
	if link, _, err := h.confirms(h.proves(h.arrives(wong), pantry)); err != nil || link.Person != wong {
		t.Errorf("whose account it is, cannot link it: %v", err)
	}
	if _, err := h.Prove(context.Background(), h.tries(h.arrives(chan1)), shown(pantry)); !errors.Is(err, linkup.ErrTaken) {
		t.Errorf("another's account for one who has another: %v", err)
	}
}

func TestTheSameLinkOnceMoreIsNoError(t *testing.T) {
	h := open(t)
	first, stood := h.links(chan1, records)
	p := h.proves(h.arrives(chan1), accounts.Account{Name: "CHAN.SM"})
	var begun store.Session
	link, err := h.Confirm(context.Background(), p.ID, linkup.ProofToken(p), func(l store.Link) (store.Session, error) {
		begun = h.session(l, 77)
		return begun, nil
	}, stood.ID)
	if err != nil || link != first || *h.linkOf(chan1) != first {
		t.Errorf("again: %+v, %v", link, err)
	}
	if !h.stands(begun.ID) || h.stands(stood.ID) {
		t.Error("no session is begun, or the old one not ended")
	}
	if h.pending(p.ID) != nil {
		t.Error("the link-up still stands")
	}
}

func TestLinkAndSessionAreOneAct(t *testing.T) {
	ctx := context.Background()
	t.Run("the sessions that stood end with it", func(t *testing.T) {
		h := open(t)
		_, s1 := h.links(wong, pantry)
		other, s2 := h.links([32]byte{3}, accounts.Account{Name: "other"})
		bystander := h.session(other, 88)
		if err := h.Rows.CreateSession(ctx, bystander); err != nil {
			t.Fatal(err)
		}
		_, begun, err := h.confirms(h.proves(h.arrives(chan1), records), s1.ID, s2.ID)
		if err != nil {
			t.Fatal(err)
		}
		if h.stands(s1.ID) || h.stands(s2.ID) || !h.stands(begun.ID) || !h.stands(bystander.ID) {
			t.Error("not exactly the sessions that stood have ended")
		}
	})
	for name, begin := range map[string]func(store.Link) (store.Session, error){
		"no session can be begun":            func(store.Link) (store.Session, error) { return store.Session{}, errors.New("no seal") },
		"the session's row is not of a link": func(store.Link) (store.Session, error) { return store.Session{ID: store.ID{1}, LinkID: 4711}, nil },
	} {
		t.Run("where "+name+", nothing happens", func(t *testing.T) {
			h := open(t)
			_, stood := h.links(wong, pantry)
			id := h.arrives(chan1)
			p := h.proves(id, records)
			_, err := h.Confirm(ctx, id, linkup.ProofToken(p), begin, stood.ID)
			if err == nil || errors.Is(err, linkup.ErrEnded) {
				t.Fatalf("confirmed: %v", err)
			}
			if h.linkOf(chan1) != nil {
				t.Error("a link was made")
			}
			if !h.stands(stood.ID) {
				t.Error("the session that stood has ended")
			}
			if now := h.pending(id); now == nil || linkup.ProofToken(*now) != linkup.ProofToken(p) {
				t.Errorf("the link-up became %+v", now)
			}
			if _, _, err := h.confirms(p); err != nil {
				t.Errorf("a second go: %v", err)
			}
		})
	}
}

// race confirms proofs at once and counts the outcomes.
func (h *home) race(proofs []store.Pending, allowed ...error) (made []store.Link) {
	h.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	start := make(chan struct{})
	var refused atomic.Int64
	for n, p := range proofs {
		all.Go(func() {
			<-start
			link, err := h.Confirm(context.Background(), p.ID, linkup.ProofToken(p), func(l store.Link) (store.Session, error) {
				return h.session(l, byte(n)), nil
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made = append(made, link)
				return
			}
			for _, a := range allowed {
				if errors.Is(err, a) {
					refused.Add(1)
					return
				}
			}
			h.t.Errorf("confirm %d: %v", n, err)
		})
	}
	close(start)
	all.Wait()
	if len(made)+int(refused.Load()) != len(proofs) {
		h.t.Errorf("%d made, %d refused of %d", len(made), refused.Load(), len(proofs))
	}
	return made
}

func TestT53RaceOfTwentyForOneAccount(t *testing.T) {
	h := open(t)
	var proofs []store.Pending
	for n := range 20 {
		proofs = append(proofs, h.proves(h.arrives([32]byte{5, byte(n)}), records))
	}
	made := h.race(proofs, linkup.ErrTaken)
	if len(made) != 1 {
		t.Fatalf("%d persons are one account", len(made))
	}
	linked := 0
	for n := range 20 {
		if link := h.linkOf([32]byte{5, byte(n)}); link != nil {
			if linked++; *link != made[0] {
				t.Errorf("the link is %+v, returned was %+v", link, made[0])
			}
		}
	}
	if linked != 1 {
		t.Errorf("%d links stand", linked)
	}
}

func TestT53RaceOfOneProof(t *testing.T) {
	h := open(t)
	p := h.proves(h.arrives(chan1), records)
	var proofs []store.Pending
	for range 20 {
		proofs = append(proofs, p)
	}
	made := h.race(proofs, linkup.ErrEnded)
	if len(made) != 1 || *h.linkOf(chan1) != made[0] {
		t.Errorf("one proof made %d links", len(made))
	}
}

// TestT53RaceOfOnePersonForManyAccounts goes the whole way in twenty browsers at
// once, with another account in each.
func TestT53RaceOfOnePersonForManyAccounts(t *testing.T) {
	h := open(t)
	goes := func(name string) (store.Link, error) {
		ctx := context.Background()
		id, _, err := h.Begin(ctx, arrival(chan1, 1))
		if err != nil {
			return store.Link{}, err
		}
		asked, err := h.Try(ctx, store.Hash(id), h.another())
		if err != nil {
			return store.Link{}, err
		}
		p, err := h.Prove(ctx, asked, shown(accounts.Account{Name: name}))
		if err != nil {
			return store.Link{}, err
		}
		link, _, err := h.confirms(p)
		return link, err
	}
	for round := range 10 {
		var mu sync.Mutex
		var made []store.Link
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				link, err := goes(fmt.Sprintf("user%d.%d", round, n))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made = append(made, link)
				case errors.Is(err, linkup.ErrEnded), errors.Is(err, linkup.ErrStale),
					errors.Is(err, linkup.ErrTooMany), errors.Is(err, linkup.ErrHaveAnother):
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		stands := h.linkOf(chan1)
		if len(made) > 1 || len(made) == 1 && *stands != made[0] {
			t.Fatalf("round %d made %+v, and %+v stands", round, made, stands)
		}
		if stands != nil {
			return
		}
		h.pass(2 * linkup.Window) // all were overtaken by one another; once more
	}
	t.Error("nobody ever came through")
}

func TestT65ManyPeopleLinkAtOnce(t *testing.T) {
	h := open(t)
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			ctx := context.Background()
			person, name := [32]byte{6, byte(n)}, fmt.Sprintf("user%02d", n)
			id, _, err := h.Begin(ctx, arrival(person, byte(n)))
			if err != nil {
				t.Error(err)
				return
			}
			asked, err := h.Try(ctx, store.Hash(id), h.another())
			if err != nil {
				t.Error(err)
				return
			}
			p, err := h.Prove(ctx, asked, shown(accounts.Account{Name: name}))
			if err != nil {
				t.Error(err)
				return
			}
			link, err := h.Confirm(ctx, p.ID, linkup.ProofToken(p), func(l store.Link) (store.Session, error) { return h.session(l, byte(n)), nil })
			if err != nil || link.Person != person || link.AccountName != name {
				t.Errorf("%s became %+v, %v", name, link, err)
			}
		})
	}
	all.Wait()
	for n := range 100 {
		if link := h.linkOf([32]byte{6, byte(n)}); link == nil || link.AccountName != fmt.Sprintf("user%02d", n) {
			t.Errorf("user%02d is %+v", n, link)
		}
	}
}
