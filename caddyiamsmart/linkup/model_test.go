package linkup_test

import (
	"context"
	"errors"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// has is a person who is an account.
type has struct {
	person [32]byte
	key    string
}

// errUnsaid means that the administrator did not say beforehand whose the account is,
// since they were told that it could not be that person's, or is already.
var errUnsaid = errors.New("the administrator gives no word for it")

// goes has a person go all the way to an account in one act, and wants them to be
// linked just where the model says so, and nobody else to be touched.
func (a *acts) goes(t *rapid.T, who linkup.Arrival, ways ...string) {
	account, way := a.account(t), rapid.SampledFrom(ways).Draw(t, "way")
	before := a.owned(a.before)
	after, lawful := a.model(who, account, way)
	a.may = func(l store.Link) bool {
		return l.Person == who.Person && l.AccountKey == linkup.Key(account) && l.Way == way
	}
	switch err := a.wholeWay(who, account, way); {
	case errors.Is(err, errUnsaid):
		after = before
	case err == nil && !lawful:
		t.Fatalf("person %d is %s by %s against the rules; before: %v", who.Person[1], account.Name, way, before)
	case err != nil && lawful:
		t.Fatalf("person %d is not %s by %s, though the rules allow it: %v; before: %v", who.Person[1], account.Name, way, err, before)
	case err != nil && !anyOf(err, linkup.ErrTaken, linkup.ErrShared, linkup.ErrWasAnothers, linkup.ErrHaveAnother, linkup.ErrEnded):
		t.Fatalf("it is no refusal: %v", err)
	}
	if now := a.owned(a.allLinks()); !maps.Equal(now, after) {
		t.Fatalf("linked are %v, want %v", now, after)
	}
}

func anyOf(err error, these ...error) bool {
	return slices.ContainsFunc(these, func(e error) bool { return errors.Is(err, e) })
}

func (a *acts) owned(links []store.Link) map[has]bool {
	all := map[has]bool{}
	for _, l := range links {
		all[has{l.Person, l.AccountKey}] = true
	}
	return all
}

// model says who is which account after a person has proven one, and whether the rules
// allow that: where they do not, all stays as it was.
func (a *acts) model(who linkup.Arrival, account accounts.Account, way string) (after map[has]bool, lawful bool) {
	before := a.owned(a.before)
	want := has{who.Person, linkup.Key(account)}
	if before[want] { // nothing is made
		return before, true
	}
	after = maps.Clone(before)
	if who.Renews.ID != 0 { // a link is made in the place of one that is gone, and of no other
		again := has{who.Person, who.Renews.AccountKey}
		if who.Renews.Person != who.Person || who.Reason != linkup.Gone {
			return before, false
		}
		delete(after, again)
	}
	after[want] = true
	persons, things := 0, 0
	for h := range after {
		if h.key == want.key {
			persons++
		}
		if h.person == want.person {
			things++
		}
	}
	most, shared := a.Rules.Shared[account.Name]
	if !shared {
		most = 1
	}
	passes := !shared && a.wasAnothers(want.key, who.Person) && way != linkup.ByCode && way != linkup.ByRequest
	if persons > most || things > a.Rules.AccountsPerPerson || passes {
		return before, false
	}
	return after, true
}

func (a *acts) wasAnothers(key string, person [32]byte) bool {
	return slices.ContainsFunc(a.past[key], func(was [32]byte) bool { return was != person })
}

// wholeWay arrives, proves and says yes, with what the administrator must have done for
// that.
func (a *acts) wholeWay(who linkup.Arrival, account accounts.Account, way string) error {
	ctx := context.Background()
	var code string
	switch way {
	case linkup.ByCode:
		made, _, err := a.Code(ctx, account, "sql", admin)
		if anyOf(err, linkup.ErrTaken, linkup.ErrShared) {
			return errUnsaid
		}
		if err != nil {
			return err
		}
		code, a.codes = made, append(a.codes, made)
	case linkup.ByImport:
		outcome, err := a.Expect(ctx, linkup.Expected{HKICHash: [32]byte{who.Person[1]}, Account: account, Source: "sql"}, admin, false)
		if err != nil {
			return err
		}
		if outcome != linkup.OutcomeNew && outcome != linkup.OutcomeSame {
			return errUnsaid
		}
	}
	a.flows++
	who.Flow = store.ID{9, a.flows}
	random, _, err := a.Begin(ctx, who)
	if err != nil {
		return err
	}
	id := store.Hash(random)
	if way == linkup.ByRequest {
		r, err := a.Request(ctx, id, []byte("form"))
		if errors.Is(err, linkup.ErrRequested) {
			r, err = a.Requested(ctx, who.Person)
		}
		if err == nil {
			_, err = a.Approve(ctx, r.Number, accounts.Record{Account: account}, "sql", admin, "")
		}
		return err
	}
	p, err := a.provesBy(id, account, way, code)
	if err == nil {
		_, err = a.Confirm(ctx, id, linkup.ProofToken(p), a.begin)
	}
	return err
}

func (a *acts) provesBy(id store.ID, account accounts.Account, way, code string) (store.Pending, error) {
	ctx := context.Background()
	switch way {
	case linkup.ByHKIC, linkup.ByImport:
		p, err := a.Answered(ctx, id, nil, nil)
		if err != nil {
			return p, err
		}
		if way == linkup.ByImport {
			return a.provesExpected(id, [32]byte{p.Person[1]})
		}
		return a.ProveAnswered(ctx, id, found(account))
	}
	tried, err := a.Try(ctx, id, a.another())
	if err != nil {
		return store.Pending{}, err
	}
	if way == linkup.ByCode {
		return a.Redeem(ctx, tried, code)
	}
	by := shown(account)
	by.Way = way
	return a.Prove(ctx, tried, by)
}
