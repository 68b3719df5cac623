package linkup_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// two is a person with two links, who has come back and has yet to choose.
func two(t *testing.T) (h *home, links []store.Link, id store.ID) {
	h = open(t)
	h.Rules.AccountsPerPerson = 2
	h.links(chan1, records)
	h.links(chan1, pantry)
	return h, h.linksOf(chan1), h.chooses(chan1)
}

func (h *home) chooses(person [32]byte) store.ID {
	h.t.Helper()
	a := arrival(person, 5)
	a.Choosing = true
	id, _, err := h.Begin(context.Background(), a)
	if err != nil {
		h.t.Fatal(err)
	}
	return store.Hash(id)
}

func (h *home) takes(id store.ID, link int64, stood ...store.ID) (store.Link, store.Session, error) {
	var begun store.Session
	chosen, err := h.Choose(context.Background(), id, link, func(l store.Link) (store.Session, error) {
		begun = h.session(l, byte(100+h.names.Add(1)))
		return begun, nil
	}, stood...)
	return chosen, begun, err
}

func TestAPersonWithTwoAccountsChooses(t *testing.T) {
	for n := range 2 {
		h, links, id := two(t)
		if !linkup.IsChoosing(*h.pending(id)) || linkup.IsChoosing(*h.pending(h.arrives(wong))) {
			t.Error("it is not said who has yet to choose")
		}
		_, stood := h.links(wong, named("wong.ml"))
		h.wrote(func() {
			link, s, err := h.takes(id, links[n].ID, stood.ID)
			if err != nil || link != links[n] || !h.stands(s.ID) || h.stands(stood.ID) || h.pending(id) != nil {
				t.Errorf("%+v, %v", link, err)
			}
			if _, err := h.Undo(context.Background(), s.ID); !errors.Is(err, linkup.ErrUndoOver) {
				t.Errorf("what was chosen is undone: %v", err)
			}
		}, "login chan "+links[n].AccountName+" form password person")
		if _, _, err := h.takes(id, links[n].ID); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("once more: %v", err)
		}
	}
}

// T53: whoever is unlinked while they are in a link-up begins anew: what they have proven
// there before is no way round a password that was changed to keep them out.
func TestT53UnlinkingEndsALinkUpOfThePerson(t *testing.T) {
	for name, unlink := range map[string]func(*home, store.Link) error{
		"by the administrator": func(h *home, link store.Link) error { h.unlinks(link); return nil },
		"by the person": func(h *home, link store.Link) error {
			_, err := h.Unlink(context.Background(), act(link.ID), chan1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			link, _ := h.links(chan1, records)
			p, other := h.proves(h.arrives(chan1), records), h.proves(h.arrives(wong), pantry)
			if err := unlink(h, link); err != nil {
				t.Fatal(err)
			}
			if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) || len(h.allLinks()) != 0 {
				t.Errorf("proven before, confirmed after: %v", err)
			}
			if _, _, err := h.confirms(other); err != nil {
				t.Errorf("somebody else's link-up: %v", err)
			}
			link = *h.linkOf(wong)
			h.proves(h.arrives(wong), pantry)
			h.behind(`UPDATE pendings SET flow = zeroblob(32)`)
			if err := unlink(h, link); err != nil && name == "by the administrator" {
				t.Errorf("while a link-up was altered: %v", err)
			}
		})
	}
}

func TestT52NobodyChoosesWhatIsNotTheirs(t *testing.T) {
	h, links, id := two(t)
	theirs, _ := h.links(wong, named("boss"))
	elsewhere, _ := h.at("client", "app2", h.Host).links(chan1, named("boss"))
	atClient2, _ := h.at("client2", "app", h.Host).links(chan1, named("boss"))
	h.wrote(func() {
		for name, link := range map[string]int64{"another person's": theirs.ID, "one of another app": elsewhere.ID, "one of another Client ID": atClient2.ID, "none": 4711, "nothing": 0} {
			if got, s, err := h.takes(id, link); !errors.Is(err, linkup.ErrStale) || got != (store.Link{}) || s.LinkID != 0 {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	})
	if h.pending(id) == nil {
		t.Error("the link-up ended")
	}
	for name, other := range map[string]*home{"Client ID": h.at("client2", "app", h.Host), "app": h.at("client", "app2", h.Host), "host": h.at("client", "app", "x")} {
		if _, _, err := other.takes(id, links[0].ID); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("from another %s: %v", name, err)
		}
	}
	if _, err := h.Choose(context.Background(), id, links[0].ID, func(store.Link) (store.Session, error) { return store.Session{}, errors.New("no") }); err == nil || h.pending(id) == nil {
		t.Errorf("where no session can be begun: %v", err)
	}
	h.pass(linkup.Window)
	if _, _, err := h.takes(id, links[0].ID); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("too late: %v", err)
	}
	h, links, id = two(t)
	h.unlinks(links[1])
	for _, link := range links {
		if _, _, err := h.takes(id, link.ID); !errors.Is(err, linkup.ErrEnded) {
			t.Errorf("after one of them was unlinked: %v", err)
		}
	}
}

// Whoever must prove an account again does not get round it by choosing.
func TestT54ChoosingIsNoProof(t *testing.T) {
	ctx := context.Background()
	h, links, _ := two(t)
	for _, why := range []linkup.Standing{linkup.Ended, linkup.Changed, linkup.Gone, linkup.Stands} {
		for _, link := range links {
			id := h.renews(links[0], why)
			if _, s, err := h.takes(id, link.ID); !errors.Is(err, linkup.ErrOtherWay) || h.stands(s.ID) || h.pending(id) == nil {
				t.Errorf("%q: %v", why, err)
			}
		}
	}
	if _, _, err := h.takes(h.arrives(chan1), links[0].ID); !errors.Is(err, linkup.ErrOtherWay) {
		t.Errorf("who came to link another: %v", err)
	}
	a := arrival(chan1, 6)
	a.Renews, a.Reason, a.Choosing = links[0], linkup.Changed, true
	id, _, err := h.Begin(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.takes(store.Hash(id), links[0].ID); !errors.Is(err, linkup.ErrOtherWay) {
		t.Errorf("both at once: %v", err)
	}
	// A wait for iAM Smart gives no more time to choose.
	id2 := h.chooses(chan1)
	must[store.Pending](t)(h.Wait(ctx, id2, nil))
	h.pass(linkup.Window)
	if _, _, err := h.takes(id2, links[0].ID); !errors.Is(err, linkup.ErrEnded) {
		t.Errorf("while waiting: %v", err)
	}
}

// act is a journey for one act upon one link.
type act int64

func (a act) On() int64 { return int64(a) }

func TestAPersonEndsTheirLink(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, s := h.links(chan1, records)
	phone := h.session(link, 99)
	if err := h.Rows.CreateSession(ctx, phone); err != nil {
		t.Fatal(err)
	}
	theirs, bystander := h.links(wong, pantry)
	h.wrote(func() {
		if got, err := h.Unlink(ctx, act(link.ID), wong); !errors.Is(err, linkup.ErrOtherPerson) || got != (store.Link{}) {
			t.Errorf("another person: %+v, %v", got, err)
		}
		if _, err := h.Unlink(ctx, act(theirs.ID), chan1); !errors.Is(err, linkup.ErrOtherPerson) {
			t.Errorf("another person's link: %v", err)
		}
	})
	if len(h.allLinks()) != 2 || !h.stands(s.ID) {
		t.Fatal("something has ended")
	}
	h.wrote(func() {
		if got, err := h.Unlink(ctx, act(link.ID), chan1); err != nil || got != link {
			t.Errorf("%+v, %v", got, err)
		}
	}, "unlinked chan chan.sm form password person")
	if h.linkOf(chan1) != nil || h.stands(s.ID) || h.stands(phone.ID) {
		t.Error("the link or a session of it stands")
	}
	if h.linkOf(wong) == nil || !h.stands(bystander.ID) {
		t.Error("another's link or session ended")
	}
	h.wrote(func() {
		if _, err := h.Unlink(ctx, act(link.ID), chan1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("once more: %v", err)
		}
	})
	for _, other := range []*home{h.at("client2", "app", h.Host), h.at("client", "app2", h.Host)} {
		if _, err := other.Unlink(ctx, act(theirs.ID), wong); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("from another place: %v", err)
		}
		if _, err := other.UnlinkAs(ctx, admin, theirs.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("by the administrator of another place: %v", err)
		}
	}
	if link, _ := h.links(chan1, records); link.AccountName != "chan.sm" {
		t.Error("the person cannot link it again")
	}
}

func TestTheAdministratorEndsALink(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, s := h.links(chan1, records)
	h.wrote(func() {
		for _, nobody := range []string{"", store.ActorPerson} {
			if _, err := h.UnlinkAs(ctx, nobody, link.ID); err == nil || h.linkOf(chan1) == nil {
				t.Errorf("by %q, who is no administrator: %v", nobody, err)
			}
		}
	})
	h.wrote(func() { h.unlinks(link) }, "unlinked chan chan.sm form password "+admin)
	if h.linkOf(chan1) != nil || h.stands(s.ID) {
		t.Error("the link or its session stands")
	}
	if _, err := h.UnlinkAs(ctx, admin, link.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
}

func TestAnAccountsNewNameIsWrittenDown(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, _ := h.links(chan1, pantry)
	record := func(a accounts.Account, stamp string) accounts.Record {
		return accounts.Record{Account: a, Stamp: stamp}
	}
	renamed := accounts.Account{Name: "Kitchen", Key: "0815", DisplayName: "The kitchen"}
	h.wrote(func() {
		want := link
		want.AccountName, want.DisplayName, want.Stamp = "Kitchen", "The kitchen", "s1"
		want.Seal = h.Keys.SealOfLink(want)
		if got, err := h.Renew(ctx, link, record(renamed, "s1")); err != nil || got != want || *h.linkOf(chan1) != want {
			t.Errorf("%+v, %v", got, err)
		}
	}, "account_renamed chan Kitchen form password person")
	h.wrote(func() {
		if got, err := h.Renew(ctx, link, record(renamed, "s2")); err != nil || got.Stamp != "s1" {
			t.Errorf("the password's stamp is taken without a proof: %+v, %v", got, err)
		}
		for name, other := range map[string]accounts.Account{
			"another key": {Name: "Kitchen", Key: "0816"}, "no key": {Name: "Pantry"},
		} {
			if _, err := h.Renew(ctx, link, record(other, "")); !errors.Is(err, linkup.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.at("client", "app2", h.Host).Renew(ctx, link, record(renamed, "")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("in another app: %v", err)
		}
	})
	h.unlinks(link)
	if _, err := h.Renew(ctx, link, record(renamed, "")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestALinkOfThisAppIsFoundByItsNumber(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	link, _ := h.links(chan1, records)
	if got, err := h.Of(ctx, link.ID); err != nil || got != link {
		t.Errorf("%+v, %v", got, err)
	}
	for name, other := range map[string]*home{"Client ID": h.at("client2", "app", h.Host), "app": h.at("client", "app2", h.Host)} {
		if got, err := other.Of(ctx, link.ID); !errors.Is(err, store.ErrNotFound) || got != (store.Link{}) {
			t.Errorf("from another %s: %+v, %v", name, got, err)
		}
	}
	if links, err := h.Find(ctx, wong); err != nil || len(links) != 0 {
		t.Errorf("somebody without any: %+v, %v", links, err)
	}
}

func TestUndoingIsWrittenDown(t *testing.T) {
	h := open(t)
	var s store.Session
	h.wrote(func() { _, s = h.links(chan1, records) }, "linked chan chan.sm form password person", "login chan chan.sm form password person")
	h.wrote(func() { must[store.Link](t)(h.Undo(context.Background(), s.ID)) }, "link_undone chan chan.sm form password person")
	link, _ := h.links(chan1, records)
	h.wrote(func() { must[store.Link](t)(h.goesOn(h.renews(link, linkup.Ended), records)) },
		"link_renewed chan chan.sm form password person", "login chan chan.sm form password person")
}

// Given a link of the person's own that is not as it was proven any more, when they come
// to link an account and prove that one, then it is renewed, in its place; one that is
// as it was stays untouched.
func TestT54AProofOfOnesOwnAccountRenewsItsLink(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		stamp, source string
		moved         time.Duration // iAM Smart's record of the person
		later         time.Duration
		renews        bool
	}{
		"as it was":                       {"s1", "form", 0, 0, false},
		"another password":                {"s2", "form", 0, 0, true},
		"a password that nobody tells of": {"", "form", 0, 0, true},
		"other accounts":                  {"s1", "sql", 0, 0, true},
		"another record of the person":    {"s1", "form", time.Second, 0, true},
		"nearly too old":                  {"s1", "form", 0, 24*time.Hour - 1, false},
		"too old":                         {"s1", "form", 0, 24 * time.Hour, true},
	} {
		for _, most := range []int{0, 1, 2} {
			h := open(t)
			h.Rules.AccountsPerPerson, h.Rules.MaxAge = most, 24*time.Hour
			proves := func(a linkup.Arrival, by linkup.Proven) (store.Link, store.Session) {
				t.Helper()
				id, _, err := h.Begin(ctx, a)
				if err != nil {
					t.Fatal(err)
				}
				p := must[store.Pending](t)(h.Prove(ctx, h.tries(store.Hash(id)), by))
				link, s, err := h.confirms(p)
				if err != nil {
					t.Fatal(err)
				}
				return link, s
			}
			by := shown(records)
			by.Stamp = "s1"
			before, _ := proves(arrival(chan1, 1), by)
			h.pass(c.later)
			a := arrival(chan1, 2)
			a.LastModified = a.LastModified.Add(c.moved)
			by.Stamp, by.Source = c.stamp, c.source
			want := []string{"login chan chan.sm " + before.Source + " password person"}
			if c.renews {
				want = []string{"link_renewed chan chan.sm " + c.source + " password person", "login chan chan.sm " + c.source + " password person"}
			}
			h.wrote(func() {
				link, s := proves(a, by)
				if link.ID != before.ID || !h.stands(s.ID) || !h.Keys.LinkFits(link) {
					t.Errorf("%s, %d: %+v", name, most, link)
				}
				if renewed := link.ProvedAt.After(before.ProvedAt) || link != before; renewed != c.renews {
					t.Errorf("%s, %d: renewed %t", name, most, renewed)
				}
				if c.renews && (link.Stamp != c.stamp || link.Source != c.source || !link.LastModified.Equal(a.LastModified) || !link.ProvedAt.Equal(*h.clock)) {
					t.Errorf("%s, %d: is now %+v", name, most, link)
				}
				if all := h.linksOf(chan1); len(all) != 1 || all[0] != link {
					t.Errorf("%s, %d: the store has %+v", name, most, all)
				}
			}, want...)
		}
	}
}
