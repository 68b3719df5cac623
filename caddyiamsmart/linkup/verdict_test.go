package linkup_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// goes the whole way by password, and says how it ended, whether at the proof or at
// the yes.
func (h *home) goes(person [32]byte, a accounts.Account) (store.Link, error) {
	h.t.Helper()
	return h.goesOn(h.arrives(person), a)
}

func (h *home) goesOn(id store.ID, a accounts.Account) (store.Link, error) {
	h.t.Helper()
	p, err := h.Prove(context.Background(), h.tries(id), shown(a))
	if err != nil {
		return store.Link{}, err
	}
	link, _, err := h.confirms(p)
	return link, err
}

func named(name string) accounts.Account { return accounts.Account{Name: name} }

// Given some links that stand, when a person proves an account, then the rules say
// whether it is theirs.
func TestT53TheRulesSayHowManyLinksStand(t *testing.T) {
	several := func(person [32]byte, names ...string) func(*home) {
		return func(h *home) {
			for _, name := range names {
				h.links(person, named(name))
			}
		}
	}
	former := func(h *home) { // wong had "a" once
		link, _ := h.links(wong, named("a"))
		h.unlinks(link)
	}
	for name, c := range map[string]struct {
		rules linkup.Rules
		given func(*home)
		want  error
		slot  int
		seat  int
	}{
		"nobody's account":                       {},
		"one account per person":                 {given: several(chan1, "b"), want: linkup.ErrHaveAnother},
		"one, said with a number below":          {rules: linkup.Rules{AccountsPerPerson: -3}, given: several(chan1, "b"), want: linkup.ErrHaveAnother},
		"one person per account":                 {given: several(wong, "a"), want: linkup.ErrTaken},
		"two accounts, the second":               {rules: linkup.Rules{AccountsPerPerson: 2}, given: several(chan1, "b"), slot: 1},
		"two accounts, the third":                {rules: linkup.Rules{AccountsPerPerson: 2}, given: several(chan1, "b", "c"), want: linkup.ErrHaveAnother},
		"three accounts, the third":              {rules: linkup.Rules{AccountsPerPerson: 3}, given: several(chan1, "b", "c"), slot: 2},
		"shared by nobody":                       {rules: linkup.Rules{Shared: map[string]int{"a": 0}}, want: linkup.ErrShared},
		"shared by two, the first":               {rules: linkup.Rules{Shared: map[string]int{"a": 2}}},
		"shared by two, the second":              {rules: linkup.Rules{Shared: map[string]int{"a": 2}}, given: several(wong, "a"), seat: 1},
		"shared by one, the second":              {rules: linkup.Rules{Shared: map[string]int{"a": 1}}, given: several(wong, "a"), want: linkup.ErrShared},
		"another account is shared":              {rules: linkup.Rules{Shared: map[string]int{"b": 2}}, given: several(wong, "a"), want: linkup.ErrTaken},
		"was another's":                          {given: former, want: linkup.ErrWasAnothers},
		"was another's, and is shared":           {rules: linkup.Rules{Shared: map[string]int{"a": 1}}, given: former},
		"taken, and I have another":              {given: func(h *home) { several(wong, "a")(h); several(chan1, "b")(h) }, want: linkup.ErrTaken},
		"was another's, and I have another":      {given: func(h *home) { former(h); several(chan1, "b")(h) }, want: linkup.ErrWasAnothers},
		"was mine, with nobody in between":       {given: func(h *home) { link, _ := h.links(chan1, named("a")); h.unlinks(link) }},
		"is mine already":                        {given: several(chan1, "a")},
		"is mine, and may no more be shared":     {rules: linkup.Rules{Shared: map[string]int{"a": 0}}, given: func(h *home) { h.Rules.Shared = nil; several(chan1, "a")(h); h.Rules.Shared = map[string]int{"a": 0} }},
		"more accounts than the rules allow now": {rules: linkup.Rules{AccountsPerPerson: 3}, given: func(h *home) { several(chan1, "b", "c")(h); h.Rules.AccountsPerPerson = 1 }, want: linkup.ErrHaveAnother},
		"more persons than the rules allow now": {rules: linkup.Rules{Shared: map[string]int{"a": 3}}, given: func(h *home) {
			several(wong, "a")(h)
			several(lee, "a")(h)
			h.Rules.Shared = map[string]int{"a": 1}
		}, want: linkup.ErrShared},
		"shared no more, and one is left": {rules: linkup.Rules{Shared: map[string]int{"a": 3}}, given: func(h *home) {
			first, _ := h.links(wong, named("a"))
			several(lee, "a")(h)
			h.unlinks(first)
			h.Rules.Shared = nil
		}, want: linkup.ErrTaken},
		"shared no more, and all have gone": {rules: linkup.Rules{Shared: map[string]int{"a": 3}}, given: func(h *home) {
			first, _ := h.links(wong, named("a"))
			h.unlinks(first)
			h.Rules.Shared = nil
		}, want: linkup.ErrWasAnothers},
		"a slot between two is free": {rules: linkup.Rules{AccountsPerPerson: 3}, given: func(h *home) {
			several(chan1, "b", "c", "d")(h)
			h.unlinks(h.linksOf(chan1)[1])
		}, slot: 1},
		"a seat before another is free": {rules: linkup.Rules{Shared: map[string]int{"a": 2}}, given: func(h *home) {
			first, _ := h.links(wong, named("a"))
			several(lee, "a")(h)
			h.unlinks(first)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.Rules = c.rules
			if c.given != nil {
				c.given(h)
			}
			before := fmt.Sprint(h.allLinks())
			link, err := h.goes(chan1, named("A"))
			if !errors.Is(err, c.want) {
				t.Fatalf("it ends with %v, want %v", err, c.want)
			}
			if c.want != nil {
				if after := fmt.Sprint(h.allLinks()); after != before {
					t.Errorf("refused, and the links are\n%s, were\n%s", after, before)
				}
				return
			}
			if link.Person != chan1 || link.AccountKey != "name:a" || link.Slot != c.slot || link.Seat != c.seat {
				t.Errorf("linked %+v, want slot %d and seat %d", link, c.slot, c.seat)
			}
		})
	}
}

// What the rules no longer allow stands until somebody ends it.
func TestT53ALowerNumberEndsNoLink(t *testing.T) {
	h := open(t)
	h.Rules = linkup.Rules{AccountsPerPerson: 2, Shared: map[string]int{"pantry": 2}}
	h.links(chan1, pantry)
	h.links(wong, pantry)
	h.links(chan1, records)
	h.Rules = linkup.Rules{}
	if links, err := h.Find(context.Background(), chan1); err != nil || len(links) != 2 {
		t.Errorf("%+v, %v", links, err)
	}
	if link, err := h.goes(wong, pantry); err != nil || link.Person != wong {
		t.Errorf("once more the same: %+v, %v", link, err)
	}
}

// The administrator's word gives an account that was another's to a person; no proof
// of their own does, whichever way.
func TestT54AnAccountThatWasAnothersTakesTheAdministrator(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		go_  func(*home) (store.Link, error)
		want error
	}{
		"password": {func(h *home) (store.Link, error) { return h.goes(chan1, records) }, linkup.ErrWasAnothers},
		"opened by the person": {func(h *home) (store.Link, error) {
			by := shown(records)
			by.Way = linkup.ByRegister
			_, err := h.Prove(ctx, h.tries(h.arrives(chan1)), by)
			return store.Link{}, err
		}, linkup.ErrWasAnothers},
		"number": {func(h *home) (store.Link, error) {
			_, err := h.ProveAnswered(ctx, h.answers(h.arrives(chan1)), found(records))
			return store.Link{}, err
		}, linkup.ErrWasAnothers},
		"import": {func(h *home) (store.Link, error) {
			h.allowExpected(number, records)
			_, err := h.provesExpected(h.answers(h.arrives(chan1)), number)
			return store.Link{}, err
		}, linkup.ErrWasAnothers},
		"code": {func(h *home) (store.Link, error) {
			link, _, err := h.confirms(h.redeemed(h.arrives(chan1), h.codes(records)))
			return link, err
		}, nil},
		"request": {func(h *home) (store.Link, error) { return h.approvesRequest(h.requests(chan1), records) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			link, _ := h.links(wong, records)
			h.unlinks(link)
			got, err := c.go_(h)
			if !errors.Is(err, c.want) {
				t.Fatalf("it ends with %v, want %v", err, c.want)
			}
			if mine := h.linkOf(chan1); (mine != nil) != (c.want == nil) || mine != nil && *mine != got {
				t.Errorf("linked %+v, returned %+v", mine, got)
			}
		})
	}
}

// allowExpected stores an expected link past the rules of the import, as if the
// account had been linked and left after it.
func (h *home) allowExpected(hash [32]byte, a accounts.Account) {
	h.t.Helper()
	row := store.ExpectedLink{ClientID: h.ClientID, App: h.App, HKICHash: hash, AccountName: a.Name, AccountKey: linkup.Key(a),
		Source: "sql", ImportedAt: *h.clock, Expires: h.clock.Add(linkup.ExpectLife), Actor: admin}
	row.Seal = h.Keys.SealOfExpectedLink(row)
	err := h.Rows.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.PutExpectedLink(row)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestARenewalStaysAtItsLink(t *testing.T) {
	for _, why := range []linkup.Standing{linkup.Ended, linkup.Changed, linkup.Gone} {
		t.Run(string(why), func(t *testing.T) {
			t.Run("the same account", func(t *testing.T) {
				h := open(t)
				first, _ := h.links(chan1, records)
				h.pass(1e12)
				by := shown(named("CHAN.sm"))
				by.Stamp, by.Source = "new", "sql"
				p := must[store.Pending](t)(h.Prove(context.Background(), h.tries(h.renews(first, why)), by))
				link, s, err := h.confirms(p)
				if err != nil {
					t.Fatal(err)
				}
				want := first
				want.AccountName, want.DisplayName, want.Stamp, want.Source, want.ProvedAt = "CHAN.sm", "", "new", "sql", *h.clock
				want.LastModified = first.LastModified.Add(1e9)
				want.Seal = h.Keys.SealOfLink(want)
				if links := h.allLinks(); link != want || len(links) != 1 || links[0] != want || !h.stands(s.ID) {
					t.Errorf("renewed as\n%+v, stored\n%+v, want\n%+v", link, links, want)
				}
				if _, err := h.Undo(context.Background(), s.ID); !errors.Is(err, linkup.ErrUndoOver) {
					t.Errorf("a renewal is undone: %v", err)
				}
			})
			t.Run("another account", func(t *testing.T) {
				h := open(t)
				h.Rules.AccountsPerPerson = 3 // there would be room
				first, old := h.links(chan1, records)
				link, err := h.goesOn(h.renews(first, why), named("another"))
				links := h.allLinks()
				if why == linkup.Gone {
					if err != nil || len(links) != 1 || links[0] != link || link.AccountName != "another" || link.ID == first.ID || h.stands(old.ID) {
						t.Errorf("in the place of one that is gone: %v, %+v", err, links)
					}
					return
				}
				if !errors.Is(err, linkup.ErrHaveAnother) || link != first || len(links) != 1 || links[0] != first {
					t.Errorf("it ends with %v, told %+v, and the links are %+v", err, link, links)
				}
			})
			t.Run("another account that they have too", func(t *testing.T) {
				h := open(t)
				h.Rules.AccountsPerPerson = 2
				first, _ := h.links(chan1, records)
				second, _ := h.links(chan1, named("another"))
				h.pass(1e12)
				link, err := h.goesOn(h.renews(first, why), named("another"))
				if err != nil || link.ID != second.ID || !link.ProvedAt.Equal(*h.clock) || *h.linkOf(chan1) != first || h.allLinks()[1] != link {
					t.Errorf("%v, %+v; links %+v", err, link, h.allLinks())
				}
			})
			t.Run("another person's account", func(t *testing.T) {
				h := open(t)
				first, _ := h.links(chan1, records)
				h.links(wong, named("boss"))
				if _, err := h.goesOn(h.renews(first, why), named("boss")); !errors.Is(err, linkup.ErrTaken) || *h.linkOf(chan1) != first {
					t.Errorf("it ends with %v", err)
				}
			})
			t.Run("of a link that is ended meanwhile", func(t *testing.T) {
				for _, account := range []accounts.Account{records, named("another")} {
					h := open(t)
					first, _ := h.links(chan1, records)
					early, late := h.renews(first, why), store.ID{}
					p := h.proves(early, records)
					h.unlinks(first)
					if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrEnded) {
						t.Errorf("between proof and yes: %v", err)
					}
					late = h.renews(first, why)
					if _, err := h.goesOn(late, account); !errors.Is(err, linkup.ErrEnded) || h.pending(late).Proof != nil {
						t.Errorf("before the proof of %s: %v", account.Name, err)
					}
					if len(h.allLinks()) != 0 {
						t.Errorf("linked %+v", h.allLinks())
					}
				}
			})
			t.Run("of another person's link", func(t *testing.T) {
				h := open(t)
				theirs, _ := h.links(wong, records)
				foreign := theirs
				foreign.Person = chan1
				if _, err := h.goesOn(h.renews(foreign, why), named("another")); !errors.Is(err, linkup.ErrEnded) || len(h.allLinks()) != 1 {
					t.Errorf("it ends with %v", err)
				}
			})
		})
	}
}

// Who has several accounts and must prove one again is told of that one.
func TestTheLinkThatStandsInTheWayIsTheOneToBeProven(t *testing.T) {
	h := open(t)
	h.Rules.AccountsPerPerson = 3
	h.links(chan1, records)
	second, _ := h.links(chan1, named("second"))
	h.links(chan1, named("third"))
	if link, err := h.goesOn(h.renews(second, linkup.Ended), named("another")); !errors.Is(err, linkup.ErrHaveAnother) || link != second {
		t.Errorf("%v, told %+v", err, link)
	}
	if link, err := h.goes(chan1, named("another")); !errors.Is(err, linkup.ErrHaveAnother) || link.Slot != 0 {
		t.Errorf("%v, told %+v", err, link)
	}
}

// The place of an account that is gone is free for the next, though the person has as
// many as they may.
func TestOneThatIsGoneMakesRoom(t *testing.T) {
	h := open(t)
	h.Rules.AccountsPerPerson = 2
	first, _ := h.links(chan1, records)
	second, _ := h.links(chan1, named("second"))
	h.wrote(func() {
		link, err := h.goesOn(h.renews(first, linkup.Gone), named("another"))
		if err != nil || link.Slot != 0 || len(h.allLinks()) != 2 || h.allLinks()[0] != second {
			t.Errorf("%v, %+v", err, link)
		}
	}, "unlinked chan chan.sm form password person", "linked chan another form password person", "login chan another form password person")
	if _, err := h.goes(wong, records); !errors.Is(err, linkup.ErrWasAnothers) {
		t.Errorf("who comes back to the name that was gone: %v", err)
	}
}
