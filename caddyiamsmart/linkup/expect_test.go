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

// arrivesExpected has a person whom an import knows approve once.
func (h *home) arrivesExpected(person, hash [32]byte) (store.Pending, error) {
	h.t.Helper()
	return h.provesExpected(h.answers(h.arrives(person)), hash)
}

// provesExpected looks whose account an import names, finds it there, and proves it.
func (h *home) provesExpected(id store.ID, hash [32]byte) (store.Pending, error) {
	h.t.Helper()
	e, err := h.ExpectedOf(context.Background(), hash)
	if err != nil {
		return store.Pending{}, err
	}
	return h.ProveExpected(context.Background(), id, hash, linkup.Proven{Account: e.Account, Source: e.Source, Way: linkup.ByImport})
}

func TestAnImportedPersonIsLinkedAtTheFirstLogin(t *testing.T) {
	for _, last := range []bool{false, true} { // they have just approved, so nobody asks them once more
		h := open(t)
		h.ApprovalLast = last
		h.wrote(func() {
			if got := h.expects(number, pantry); got != linkup.OutcomeNew {
				t.Errorf("the outcome is %s", got)
			}
		}, "link_expected - Pantry sql import "+admin)
		if yes := must[bool](t)(h.Expecting(context.Background())); !yes {
			t.Error("nobody is waited for")
		}
		p := must[store.Pending](t)(h.arrivesExpected(chan1, number))
		if p.Proof.AccountName != "Pantry" || p.Proof.AccountKey != "key:0815" || p.Proof.Source != "sql" || p.Proof.Way != linkup.ByImport {
			t.Errorf("proven is %+v", p.Proof)
		}
		h.wrote(func() {
			link, s, err := h.confirms(p)
			if err != nil || *h.linkOf(chan1) != link || link.Way != linkup.ByImport || link.Profile != "profile" || !h.stands(s.ID) {
				t.Errorf("%+v, %v", link, err)
			}
		}, "linked chan Pantry sql import person", "login chan Pantry sql import person")
		if yes := must[bool](t)(h.Expecting(context.Background())); yes {
			t.Error("the person is waited for still")
		}
		if _, err := h.arrivesExpected(wong, number); !errors.Is(err, linkup.ErrNotExpected) {
			t.Errorf("another person with the number, afterwards: %v", err)
		}
	}
}

// Only an import goes without the second approval where the home wants one.
func TestTheSecondApprovalIsAskedOfEveryOtherWay(t *testing.T) {
	ctx := context.Background()
	for name, prove := range map[string]func(*home) store.Pending{
		"password": func(h *home) store.Pending { return h.proves(h.arrives(chan1), records) },
		"number": func(h *home) store.Pending {
			return must[store.Pending](t)(h.ProveAnswered(ctx, h.answers(h.arrives(chan1)), found(records)))
		},
		"code": func(h *home) store.Pending { return h.redeemed(h.arrives(chan1), h.codes(records)) },
		"a password in the place of an import": func(h *home) store.Pending {
			h.expects(number, pantry)
			p := must[store.Pending](t)(h.arrivesExpected(chan1, number))
			return h.proves(p.ID, records)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := openLast(t)
			h.t = t
			p := prove(h)
			if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrOtherWay) || len(h.allLinks()) != 0 {
				t.Errorf("a mere yes: %v", err)
			}
			if link, _, err := h.approves(h.asks(p), chan1); err != nil || link.AccountName != "chan.sm" {
				t.Errorf("approved: %+v, %v", link, err)
			}
		})
	}
	h := openLast(t)
	if _, _, err := h.confirms(store.Pending{ID: h.arrives(chan1)}); !errors.Is(err, linkup.ErrOtherWay) {
		t.Errorf("with no proof: %v", err)
	}
}

func TestWhatAnImportSaysOfEachLine(t *testing.T) {
	ctx := context.Background()
	another := [32]byte{0x22}
	former := func(h *home) {
		link, _ := h.links(wong, records)
		h.unlinks(link)
	}
	for name, c := range map[string]struct {
		given   func(*home)
		want    linkup.Outcome
		refused bool
		word    string
	}{
		"a new one":                         {func(*home) {}, linkup.OutcomeNew, false, "new"},
		"once more":                         {func(h *home) { h.expects(number, records) }, linkup.OutcomeSame, false, "known"},
		"the account is linked":             {func(h *home) { h.links(wong, records) }, linkup.OutcomeLinked, false, "linked"},
		"the account is shared":             {func(h *home) { h.Rules.Shared = map[string]int{"chan.sm": 5} }, linkup.OutcomeShared, true, "shared"},
		"shared by nobody":                  {func(h *home) { h.Rules.Shared = map[string]int{"chan.sm": 0} }, linkup.OutcomeShared, true, "shared"},
		"the number has another account":    {func(h *home) { h.expects(number, pantry) }, linkup.OutcomeNumber, true, "number taken"},
		"the account has another number":    {func(h *home) { h.expects(another, records) }, linkup.OutcomeAccount, true, "account taken"},
		"somebody had the account":          {former, linkup.OutcomeFormer, true, "was another's"},
		"one who undid it":                  {func(h *home) { _, s := h.links(wong, records); must[store.Link](t)(h.Undo(ctx, s.ID)) }, linkup.OutcomeNew, false, "new"},
		"that of another account has ended": {func(h *home) { h.expects(number, pantry); h.pass(linkup.ExpectLife) }, linkup.OutcomeNew, false, "new"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			c.given(h)
			line := linkup.Expected{HKICHash: number, Account: named("CHAN.SM"), Source: "sql"}
			known := must[bool](t)(h.Expecting(ctx))
			h.wrote(func() {
				for range 2 {
					if got, err := h.Expect(ctx, line, admin, true); got != c.want || err != nil {
						t.Errorf("a dry run says %q, %v", got, err)
					}
				}
			})
			if now := must[bool](t)(h.Expecting(ctx)); now != known {
				t.Error("a dry run changed something")
			}
			before := len(h.trail(0))
			if got, err := h.Expect(ctx, line, admin, false); got != c.want || err != nil || string(got) != c.word || got.Refused() != c.refused {
				t.Errorf("it says %q, refused %v, %v", got, got.Refused(), err)
			}
			if written := len(h.trail(before)); (written == 1) != (c.want == linkup.OutcomeNew) || written > 1 {
				t.Errorf("%d rows in the trail", written)
			}
			p, err := h.arrivesExpected(chan1, number)
			switch c.want {
			case linkup.OutcomeNew, linkup.OutcomeSame:
				if err != nil || p.Proof.AccountKey != "name:chan.sm" {
					t.Errorf("the person is %+v, %v", p.Proof, err)
				}
			case linkup.OutcomeNumber:
				if err != nil || p.Proof.AccountKey != "key:0815" {
					t.Errorf("the person is %+v, %v", p.Proof, err)
				}
			default:
				if !errors.Is(err, linkup.ErrNotExpected) || p.Proof != nil {
					t.Errorf("the person is %+v, %v", p.Proof, err)
				}
			}
		})
	}
	if !linkup.OutcomeUnknown.Refused() {
		t.Error("an account that is not there is taken")
	}
}

func TestAnImportWaitsForHalfAYear(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	h.pass(linkup.ExpectLife - time.Millisecond)
	p := must[store.Pending](t)(h.arrivesExpected(chan1, number))
	h.pass(time.Millisecond)
	if _, err := h.arrivesExpected(wong, number); !errors.Is(err, linkup.ErrNotExpected) {
		t.Errorf("too late: %v", err)
	}
	if yes := must[bool](t)(h.Expecting(context.Background())); yes {
		t.Error("waited for still")
	}
	if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) || len(h.allLinks()) != 0 {
		t.Errorf("proven in time, confirmed too late: %v", err)
	}
	if linkup.ExpectLife != 180*24*time.Hour {
		t.Error("it is not half a year")
	}
}

// takesBack has nobody be expected any more for an account, after a dry run of it.
func (h *home) takesBack(a accounts.Account, want linkup.Outcome, trail ...string) {
	h.t.Helper()
	for _, dry := range []bool{true, false} {
		written := trail
		if dry {
			written = nil
		}
		h.wrote(func() {
			if got, err := h.Unexpect(context.Background(), a, "sql", admin, dry); got != want || got.Refused() || err != nil {
				h.t.Errorf("dry %v: %s, %v", dry, got, err)
			}
		}, written...)
	}
}

// Given imports, when one is taken back, then that one is and no other, no link that
// stands goes with it, and nothing is to be taken back twice.
func TestT53WhatTakingAnImportBackLeaves(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	h.expects([32]byte{0x22}, pantry)
	h.takesBack(accounts.Account{Name: "Pantry"}, linkup.OutcomeNobody) // of that name, with no key
	for name, other := range map[string]*home{"Client ID": h.at("client2", "app", h.Host), "app": h.at("client", "app2", h.Host)} {
		if got, err := other.Unexpect(context.Background(), records, "sql", admin, false); got != linkup.OutcomeNobody || err != nil {
			t.Errorf("another %s: %s, %v", name, got, err)
		}
	}
	h.takesBack(records, linkup.OutcomeTaken, "link_not_expected - chan.sm sql import "+admin)
	h.takesBack(records, linkup.OutcomeNobody)
	if _, err := h.arrivesExpected(chan1, number); !errors.Is(err, linkup.ErrNotExpected) {
		t.Errorf("who was expected comes: %v", err)
	}
	if _, _, err := h.confirms(must[store.Pending](t)(h.arrivesExpected(wong, [32]byte{0x22}))); err != nil {
		t.Fatal(err)
	}
	h.takesBack(pantry, linkup.OutcomeNobody)
	if h.linkOf(wong) == nil {
		t.Error("a link went")
	}
	h.expects(number, records)
	h.pass(linkup.ExpectLife)
	h.takesBack(records, linkup.OutcomeNobody)
}

// What the administrator takes back or corrects between proof and yes links nobody to
// what was said before.
func TestT53ACorrectedImportCountsAtTheLink(t *testing.T) {
	for name, account := range map[string]*accounts.Account{"taken back": nil, "corrected": {Name: "another"}} {
		h := open(t)
		h.expects(number, records)
		p := must[store.Pending](t)(h.arrivesExpected(chan1, number))
		h.takesBack(named("CHAN.SM"), linkup.OutcomeTaken, "link_not_expected - CHAN.SM sql import "+admin)
		if account != nil {
			h.expects(number, *account)
		}
		if _, _, err := h.confirms(p); !errors.Is(err, linkup.ErrStale) || len(h.allLinks()) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if account == nil {
			continue
		}
		p = must[store.Pending](t)(h.provesExpected(p.ID, number))
		if link, _, err := h.confirms(p); err != nil || link.AccountName != "another" {
			t.Errorf("%s, and proven anew: %+v, %v", name, link, err)
		}
	}
}

// Who was imported, and linked the account in another way, comes back to it after its end
// as everybody does: an import of before is no way round a password that was changed.
func TestT54AForgottenImportEndsWithTheLink(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	h.expects([32]byte{0x22}, pantry)
	link, _ := h.links(chan1, records)
	h.unlinks(link)
	if _, err := h.arrivesExpected(chan1, number); !errors.Is(err, linkup.ErrNotExpected) || len(h.allLinks()) != 0 {
		t.Errorf("the person of the import: %v", err)
	}
	if _, err := h.arrivesExpected(wong, [32]byte{0x22}); err != nil {
		t.Errorf("another account's: %v", err)
	}
}

func TestAnImportOfAnotherPlaceOrNumberIsNone(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	for _, other := range []*home{h.at("client2", "app", h.Host), h.at("client", "app2", h.Host)} {
		if _, err := other.arrivesExpected(chan1, number); !errors.Is(err, linkup.ErrNotExpected) {
			t.Error(err)
		}
		if yes := must[bool](t)(other.Expecting(context.Background())); yes {
			t.Error("waited for elsewhere")
		}
	}
	if _, err := h.arrivesExpected(chan1, [32]byte{0x12}); !errors.Is(err, linkup.ErrNotExpected) {
		t.Error(err)
	}
	id := h.arrives(chan1)
	_ = must[store.Pending](t)(h.Wait(context.Background(), id, nil))
	h.pass(linkup.Window)
	if _, err := h.provesExpected(id, number); !errors.Is(err, linkup.ErrEnded) || h.pending(id).Proof != nil {
		t.Errorf("without an answer, five minutes later: %v", err)
	}
	if _, err := h.ProveAnswered(context.Background(), id, found(records)); !errors.Is(err, linkup.ErrEnded) || h.pending(id).Proof != nil {
		t.Errorf("found without an answer, five minutes later: %v", err)
	}
}

func TestT53RaceOfTwentyForOneImport(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	var proofs []store.Pending
	for n := range 20 {
		proofs = append(proofs, must[store.Pending](t)(h.arrivesExpected(person(n), number)))
	}
	if made := h.race(proofs, linkup.ErrTaken); len(made) != 1 || len(h.allLinks()) != 1 {
		t.Errorf("one import made %d links", len(made))
	}
}

func TestAnImportThatWasAlteredLinksNobody(t *testing.T) {
	h := open(t)
	h.expects(number, records)
	p := must[store.Pending](t)(h.arrivesExpected(chan1, number))
	h.behind(`UPDATE expected_links SET source = 'form'`)
	const remedy = "delete all rows of the table expected_links"
	_, err := h.arrivesExpected(wong, number)
	h.told(err, remedy)
	_, _, err = h.confirms(p)
	h.told(err, remedy)
	if len(h.allLinks()) != 0 {
		t.Error("linked")
	}
}

// A refused account drops what was proven before it in the same link-up.
func TestT51ARefusedProofLeavesNoOlderOne(t *testing.T) {
	ctx := context.Background()
	for name, refuse := range map[string]func(*home, store.ID) error{
		"by number": func(h *home, id store.ID) error { _, err := h.ProveAnswered(ctx, id, found(pantry)); return err },
		"by import": func(h *home, id store.ID) error {
			h.allowExpected(number, pantry)
			_, err := h.provesExpected(id, number)
			return err
		},
	} {
		h := open(t)
		h.links(wong, pantry)
		id := h.arrives(chan1)
		older := h.proves(id, records)
		if err := refuse(h, id); !errors.Is(err, linkup.ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := h.confirms(older); !errors.Is(err, linkup.ErrStale) || h.pending(id).Proof != nil {
			t.Errorf("%s: the older proof: %v", name, err)
		}
	}
}

// What was looked at is what an import must still name, in its own source, when it is
// proven: nobody has looked at anything else.
func TestOnlyTheExpectedAccountIsProven(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	h.expects(number, pantry)
	looked := must[linkup.Expected](t)(h.ExpectedOf(ctx, number))
	if looked.Account.Name != "Pantry" || looked.Account.Key != "0815" || looked.Source != "sql" || looked.HKICHash != number {
		t.Errorf("expected is %+v", looked)
	}
	right := linkup.Proven{Account: looked.Account, Source: looked.Source, Way: linkup.ByImport}
	for name, c := range map[string]struct {
		change func(*linkup.Proven)
		want   error
	}{
		"another account":      {func(by *linkup.Proven) { by.Account = records }, linkup.ErrNotExpected},
		"another key":          {func(by *linkup.Proven) { by.Account.Key = "0816" }, linkup.ErrNotExpected},
		"known by name only":   {func(by *linkup.Proven) { by.Account.Key = "" }, linkup.ErrNotExpected},
		"another source":       {func(by *linkup.Proven) { by.Source = "file" }, linkup.ErrNotExpected},
		"in another way":       {func(by *linkup.Proven) { by.Way = linkup.ByPassword }, linkup.ErrOtherWay},
		"the account, renamed": {func(by *linkup.Proven) { by.Account.Name = "Larder" }, nil},
	} {
		by := right
		c.change(&by)
		p, err := h.ProveExpected(ctx, h.answers(h.arrives(chan1)), number, by)
		if !errors.Is(err, c.want) || (p.Proof == nil) != (c.want != nil) {
			t.Errorf("%s: %+v, %v", name, p.Proof, err)
		}
		if err == nil && (p.Proof.AccountName != "Larder" || p.Proof.AccountKey != "key:0815") {
			t.Errorf("%s: proven is %+v", name, p.Proof)
		}
	}
}
