package linkup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestALinkupWaitsForIAmSmart(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	h.pass(linkup.Window - time.Millisecond)
	p := must[store.Pending](t)(h.Wait(ctx, id, []byte("asked")))
	if string(p.Sealed) != "asked" || !p.Expires.Equal(h.clock.Add(19*time.Minute)) || string(h.pending(id).Sealed) != "asked" {
		t.Errorf("waits as %+v", p)
	}
	h.pass(linkup.AnswerWindow - time.Millisecond)
	p = must[store.Pending](t)(h.Answered(ctx, id, []byte("answered"), []byte("profile")))
	if string(p.Sealed) != "answered" || string(p.Profile) != "profile" || !p.ApprovedAt.Equal(*h.clock) || !p.Expires.Equal(h.clock.Add(linkup.Window)) {
		t.Errorf("goes on as %+v", p)
	}
	h.pass(linkup.Window - time.Millisecond)
	link, _, err := h.confirms(h.proves(id, records))
	if err != nil || link.Profile != "profile" {
		t.Errorf("%+v, %v", link, err)
	}
}

func TestAWaitEnds(t *testing.T) {
	ctx := context.Background()
	for name, late := range map[string]func(*home, store.ID) error{
		"an answer":  func(h *home, id store.ID) error { _, err := h.Answered(ctx, id, nil, nil); return err },
		"a stop":     func(h *home, id store.ID) error { _, err := h.StopWaiting(ctx, id, nil); return err },
		"a wait":     func(h *home, id store.ID) error { _, err := h.Wait(ctx, id, nil); return err },
		"what stays": func(h *home, id store.ID) error { _, err := h.Keep(ctx, id, nil); return err },
	} {
		h := open(t)
		id := h.arrives(chan1)
		must[store.Pending](t)(h.Wait(ctx, id, []byte("asked")))
		h.pass(linkup.AnswerWindow)
		if err := late(h, id); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("%s after it: %v", name, err)
		}
	}
}

// While a person is asked in iAM Smart, who finds the page cannot begin anything.
func TestAWaitGivesNoTimeForAnythingElse(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	p := h.proves(id, records)
	must[store.Pending](t)(h.Wait(ctx, id, []byte("asked")))
	if h.pending(id).Proof == nil {
		t.Error("the proof is gone")
	}
	h.pass(linkup.Window)
	_, errTry := h.Try(ctx, id, h.another())
	_, errWait := h.Wait(ctx, id, []byte("more"))
	_, errStop := h.StopWaiting(ctx, id, []byte("more"))
	_, _, errConfirm := h.confirms(p)
	for name, err := range map[string]error{"try": errTry, "wait": errWait, "stop": errStop, "yes": errConfirm} {
		if !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("a %s: %v", name, err)
		}
	}
	if now := h.pending(id); now == nil || string(now.Sealed) != "asked" {
		t.Errorf("the wait is %+v", now)
	}
	must[store.Pending](t)(h.Answered(ctx, id, []byte("answered"), nil))
	if link, _, err := h.confirms(p); err != nil || link.AccountName != "chan.sm" {
		t.Errorf("once they have answered: %+v, %v", link, err)
	}
}

func TestAStoppedWaitHasTheMinutesOfBefore(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	ends := h.pending(id).Expires
	must[store.Pending](t)(h.Wait(ctx, id, []byte("asked")))
	h.pass(linkup.Window - time.Millisecond)
	p := must[store.Pending](t)(h.StopWaiting(ctx, id, []byte("stopped")))
	if !p.Expires.Equal(ends) || string(p.Sealed) != "stopped" {
		t.Errorf("it stands as %+v", p)
	}
	h.pass(time.Millisecond)
	if h.pending(id) != nil {
		t.Error("it stands longer")
	}
}

func TestAnAnswerWithoutAProfileLeavesWhatIsKnown(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.answers(h.arrives(chan1))
	if p := must[store.Pending](t)(h.Answered(ctx, id, nil, nil)); string(p.Profile) != "profile" {
		t.Errorf("known is %q", p.Profile)
	}
	if p := must[store.Pending](t)(h.Answered(ctx, id, nil, []byte("newer"))); string(p.Profile) != "newer" {
		t.Errorf("known is %q", p.Profile)
	}
}

// However often a person is asked, and whatever is dropped, in an hour it is over.
func TestNoLinkupStandsForMoreThanAnHour(t *testing.T) {
	ctx := context.Background()
	for name, act := range map[string]func(*home, store.ID) error{
		"asked":    func(h *home, id store.ID) error { _, err := h.Wait(ctx, id, nil); return err },
		"answered": func(h *home, id store.ID) error { _, err := h.Answered(ctx, id, nil, nil); return err },
		"stopped":  func(h *home, id store.ID) error { _, err := h.StopWaiting(ctx, id, nil); return err },
		"tried":    func(h *home, id store.ID) error { _, err := h.Try(ctx, id, h.another()); return err },
		"disowned": func(h *home, id store.ID) error { _, err := h.Disown(ctx, id); return err },
		"sent for approval": func(h *home, id store.ID) error {
			h.ApprovalLast = true
			_, err := h.Ask(ctx, id, linkup.ProofToken(h.proves(id, records)))
			return err
		},
	} {
		h := open(t)
		id := h.arrives(chan1)
		ends := h.clock.Add(time.Hour)
		for range 4 {
			must[store.Pending](t)(h.Wait(ctx, id, nil))
			h.pass(14 * time.Minute)
			must[store.Pending](t)(h.Answered(ctx, id, nil, nil))
		}
		h.pass(3 * time.Minute) // 59
		must[store.Pending](t)(h.Answered(ctx, id, nil, nil))
		if err := act(h, id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if now := h.pending(id); now == nil || !now.Expires.Equal(ends) {
			t.Errorf("%s, it ends %v after an hour", name, now.Expires.Sub(ends))
		}
	}
}

func TestWhatIsSealedInALinkupIsReplaced(t *testing.T) {
	h := open(t)
	id := h.arrives(chan1)
	before := *h.pending(id)
	p := must[store.Pending](t)(h.Keep(context.Background(), id, []byte("kept")))
	want := before
	want.Sealed, want.Seal = []byte("kept"), p.Seal
	if now := *h.pending(id); string(now.Sealed) != "kept" || !now.Expires.Equal(want.Expires) || now.Tries != 0 || now.Proof != nil {
		t.Errorf("it stands as %+v", now)
	}
}

// What a link keeps for its ten minutes is what the caller lets it.
func TestALinkKeepsWhatTheCallerLetsIt(t *testing.T) {
	h := open(t)
	h.Forget = func(sealed []byte) []byte { return sealed[:3] }
	_, s := h.links(chan1, records)
	if fresh := must[store.FreshLink](t)(h.Fresh(context.Background(), s.ID)); string(fresh.Sealed) != "sea" {
		t.Errorf("kept %q", fresh.Sealed)
	}
}

// Whose link is proven again because of the account has the profile of before; who
// may be another person has not.
func TestAProfileOutlivesAProofOfTheAccountOnly(t *testing.T) {
	for why, want := range map[linkup.Standing]string{linkup.Ended: "profile", linkup.Gone: "profile", linkup.Changed: ""} {
		h := open(t)
		p := must[store.Pending](t)(h.ProveAnswered(context.Background(), h.answers(h.arrives(chan1)), found(records)))
		link := must[store.Link](t)(first(h.confirms(p)))
		again := must[store.Link](t)(h.goesOn(h.renews(link, why), records))
		if again.ID != link.ID || again.Profile != want {
			t.Errorf("%s: the profile is %q", why, again.Profile)
		}
	}
}

// What stays of a link-up that came to nothing counts its tries and knows nothing.
func TestABuriedLinkupKeepsNothingOfThePerson(t *testing.T) {
	h := open(t)
	id := h.answers(h.arrives(chan1))
	h.proves(id, records)
	if err := h.Cancel(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	err := h.Rows.Update(context.Background(), func(tx *store.Tx) error {
		p, err := tx.PendingOf(store.Person{ClientID: h.ClientID, Hash: chan1}, h.App, *h.clock)
		if err != nil {
			return err
		}
		if p.ID == id || len(p.Profile) != 0 || len(p.Sealed) != 0 || p.Proof != nil || p.Tries != 1 {
			t.Errorf("it keeps %+v", p)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestARefusedStepIsCountedAndWrittenDown(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	id := h.arrives(chan1)
	row := store.Audit{Event: linkup.EventRefused, Person: h.Keys.Pseudonym(chan1, h.ClientID, h.App), Ref: "r1"}
	for n := range 2 {
		h.wrote(func() {
			if err := h.CountRefusal(ctx, id, 20, row); err != nil || h.pending(id).Refusals != n+1 {
				t.Errorf("counted as %d, %v", h.pending(id).Refusals, err)
			}
		}, "refused chan    person r1")
	}
	h.wrote(func() { // that most have been written down
		if err := h.CountRefusal(ctx, id, 2, row); err != nil || h.pending(id).Refusals != 2 {
			t.Errorf("one more is counted as %d, %v", h.pending(id).Refusals, err)
		}
	})
	if err := h.Cancel(ctx, id); err != nil {
		t.Fatal(err)
	}
	h.wrote(func() {
		if err := h.CountRefusal(ctx, id, 20, row); err != nil {
			t.Errorf("of one that is over: %v", err)
		}
	}, "refused chan    person r1")
	h.Rows.Close()
	if h.CountRefusal(ctx, id, 20, row) == nil {
		t.Error("without the store it is counted")
	}
}
