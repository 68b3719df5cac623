package linkup_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// acts is whatever people and administrators do in a home, one after the other, and
// what must be true whatever that was.
type acts struct {
	*home
	flows    byte
	pendings []store.ID
	proofs   []proven              // all that ever were
	codes    []string              // also those that are used
	requests []int64               // also those that are decided
	sessions []store.ID            // of links that were made
	before   []store.Link          // that stood before the act
	past     map[string][][32]byte // of each account, the persons who had it and do no more
	may      func(store.Link) bool
	undone   int64
}

type proven struct {
	row   store.Pending
	token string
}

// So few that they meet one another all the time.
const people, things = 3, 3

func (a *acts) person(t *rapid.T) [32]byte {
	return person(rapid.IntRange(1, people).Draw(t, "person"))
}

// account is one of several, of which one is shared and one has a key.
func (a *acts) account(t *rapid.T) accounts.Account {
	n := rapid.IntRange(1, things).Draw(t, "account")
	account := accounts.Account{Name: fmt.Sprintf("user%d", n)}
	if n == things {
		account.Key = "k"
	}
	return account
}

func one[T any](t *rapid.T, all []T) T {
	if len(all) == 0 {
		t.Skip("there is none")
	}
	return all[len(all)-1-rapid.IntRange(0, min(len(all)-1, 5)).Draw(t, "which")]
}

func (a *acts) begins(t *rapid.T, who linkup.Arrival) {
	a.flows++
	who.Flow = store.ID{9, a.flows}
	if id, _, err := a.Begin(context.Background(), who); err == nil {
		a.pendings = append(a.pendings, store.Hash(id))
	}
}

func (a *acts) proves(p store.Pending, err error) {
	if err == nil && p.Proof != nil {
		a.proofs = append(a.proofs, proven{p, linkup.ProofToken(p)})
	}
}

func (a *acts) tries(t *rapid.T) linkup.Tried {
	tried, err := a.Try(context.Background(), one(t, a.pendings), a.another())
	if err != nil {
		t.Skip(err)
	}
	return tried
}

func (a *acts) begin(l store.Link) (store.Session, error) {
	s := a.session(l, 0)
	s.ID[4], s.ID[5], s.ID[6] = byte(len(a.sessions)), byte(len(a.sessions)>>8), a.App[len(a.App)-1]
	copy(s.ID[7:], a.App)
	a.sessions = append(a.sessions, s.ID)
	return s, nil
}

func (a *acts) all(t *rapid.T) map[string]func(*rapid.T) {
	ctx := context.Background()
	return map[string]func(*rapid.T){
		"arrives": func(t *rapid.T) { a.begins(t, arrival(a.person(t), 0)) },
		"returns": func(t *rapid.T) { // to prove again, to choose, or for another's link
			who := arrival(a.person(t), 0)
			who.Renews = one(t, a.before)
			who.Reason = rapid.SampledFrom([]linkup.Standing{linkup.Ended, linkup.Changed, linkup.Gone}).Draw(t, "reason")
			if who.Choosing = rapid.Bool().Draw(t, "choosing"); who.Choosing {
				who.Renews = store.Link{}
			}
			a.begins(t, who)
		},
		"types a password": func(t *rapid.T) { a.proves(a.Prove(ctx, a.tries(t), shown(a.account(t)))) },
		"opens an account": func(t *rapid.T) {
			by := shown(a.account(t))
			by.Way = linkup.ByRegister
			a.proves(a.Prove(ctx, a.tries(t), by))
		},
		"waits": func(t *rapid.T) { _, _ = a.Wait(ctx, one(t, a.pendings), nil) },
		"is found": func(t *rapid.T) {
			id := one(t, a.pendings)
			_, _ = a.Answered(ctx, id, nil, nil)
			a.proves(a.ProveAnswered(ctx, id, found(a.account(t))))
		},
		"makes a code": func(t *rapid.T) {
			if code, _, err := a.Code(ctx, a.account(t), "sql", admin); err == nil {
				a.codes = append(a.codes, code)
			}
		},
		"types a code": func(t *rapid.T) { a.proves(a.Redeem(ctx, a.tries(t), one(t, a.codes))) },
		"imports": func(t *rapid.T) {
			n := byte(rapid.IntRange(1, 3).Draw(t, "number"))
			_, _ = a.Expect(ctx, linkup.Expected{HKICHash: [32]byte{n}, Account: a.account(t), Source: "sql"}, admin, false)
		},
		"is expected": func(t *rapid.T) {
			n := byte(rapid.IntRange(1, 3).Draw(t, "number"))
			a.proves(a.provesExpected(one(t, a.pendings), [32]byte{n}))
		},
		"says yes": func(t *rapid.T) { // to any proof there ever was, perhaps in another's link-up
			p := one(t, a.proofs)
			id := p.row.ID
			if rapid.IntRange(0, 4).Draw(t, "mixed") == 0 {
				id = one(t, a.pendings)
			}
			stands, err := a.Linker.Pending(ctx, id)
			a.may = func(l store.Link) bool {
				return err == nil && stands.Proof != nil && stands.Proof.ID == p.row.Proof.ID && stands.ID == p.row.ID &&
					l.Person == p.row.Person && l.Person == stands.Person && l.AccountKey == stands.Proof.AccountKey && l.Way == p.row.Proof.Way
			}
			_, _ = a.Confirm(ctx, id, p.token, a.begin)
		},
		"says not mine": func(t *rapid.T) { _, _ = a.Disown(ctx, one(t, a.pendings)) },
		"leaves":        func(t *rapid.T) { _ = a.Cancel(ctx, one(t, a.pendings)) },
		"asks for an account": func(t *rapid.T) {
			if r, err := a.Request(ctx, one(t, a.pendings), []byte("form")); err == nil {
				a.requests = append(a.requests, r.Number)
			}
		},
		"approves": func(t *rapid.T) {
			number, account := one(t, a.requests), a.account(t)
			a.may = func(l store.Link) bool { return l.AccountKey == linkup.Key(account) && l.Way == linkup.ByRequest }
			_, _ = a.Approve(ctx, number, accounts.Record{Account: account}, "sql", admin, "")
		},
		"refuses": func(t *rapid.T) { _ = a.Refuse(ctx, one(t, a.requests), admin, "") },
		"chooses": func(t *rapid.T) { _, _ = a.Choose(ctx, one(t, a.pendings), one(t, a.before).ID, a.begin) },
		"unlinks": func(t *rapid.T) { _, _ = a.Unlink(ctx, act(one(t, a.before).ID), a.person(t)) },
		"ends":    func(t *rapid.T) { _, _ = a.UnlinkAs(ctx, admin, one(t, a.before).ID) },
		"undoes": func(t *rapid.T) {
			if link, err := a.Undo(ctx, one(t, a.sessions)); err == nil {
				a.undone = link.ID
			}
		},
		"time passes": func(t *rapid.T) {
			a.pass(rapid.SampledFrom([]time.Duration{time.Minute, 4 * time.Minute, linkup.TriesWindow}).Draw(t, "time"))
		},
		"links up": func(t *rapid.T) {
			a.goes(t, arrival(a.person(t), 0), linkup.ByPassword, linkup.ByRegister, linkup.ByHKIC, linkup.ByCode, linkup.ByImport, linkup.ByRequest)
		},
		"proves again": func(t *rapid.T) { // now and then by somebody whose link it is not
			link := one(t, a.before)
			who := arrival(link.Person, 0)
			if rapid.IntRange(0, 4).Draw(t, "mixed") == 0 {
				who.Person = a.person(t)
			}
			who.Renews, who.Reason = link, rapid.SampledFrom([]linkup.Standing{linkup.Ended, linkup.Changed, linkup.Gone}).Draw(t, "reason")
			a.goes(t, who, linkup.ByPassword, linkup.ByHKIC, linkup.ByCode, linkup.ByImport)
		},
		"": func(t *rapid.T) { a.holds(t) },
	}
}

// holds wants what must be true after every act.
func (a *acts) holds(t *rapid.T) {
	now := a.allLinks()
	persons, of := map[string]int{}, map[[32]byte]int{}
	for _, l := range now {
		persons[l.AccountKey]++
		of[l.Person]++
		if !a.Keys.LinkFits(l) {
			t.Fatalf("a link without a seal: %+v", l)
		}
		i := slices.IndexFunc(a.before, func(was store.Link) bool { return was.ID == l.ID })
		if i >= 0 {
			if was := a.before[i]; was.Person != l.Person || was.AccountKey != l.AccountKey || was.Slot != l.Slot || was.Seat != l.Seat {
				t.Fatalf("a link has moved from %+v to %+v", was, l)
			}
			continue
		}
		if a.may == nil || !a.may(l) {
			t.Fatalf("a link without a proof: %+v", l)
		}
		_, shared := a.Rules.Shared[l.AccountName]
		if !shared && a.wasAnothers(l.AccountKey, l.Person) && l.Way != linkup.ByCode && l.Way != linkup.ByRequest {
			t.Fatalf("what was another's passed to %+v", l)
		}
	}
	for key, n := range persons {
		if most, shared := a.Rules.Shared[key[len("name:"):]]; n > 1 && !shared || shared && n > most {
			t.Fatalf("%d persons are %s", n, key)
		}
	}
	for who, n := range of {
		if n > a.Rules.AccountsPerPerson {
			t.Fatalf("person %d has %d accounts", who[1], n)
		}
	}
	for _, was := range a.before {
		if was.ID != a.undone && !slices.ContainsFunc(now, func(l store.Link) bool { return l.ID == was.ID }) {
			a.past[was.AccountKey] = append(a.past[was.AccountKey], was.Person)
		}
	}
	a.before, a.may, a.undone = now, nil, 0
}

// Whatever is done, in whatever order: no two persons are an account that is not
// shared, nobody has more accounts than they may, no link is without a proof of the
// same link-up, none moves, and none passes to another person without the
// administrator.
func TestT53WhateverIsDoneTheRulesHold(t *testing.T) {
	h := open(t)
	n := 0
	made := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		n++
		a := &acts{home: h.at("client", fmt.Sprintf("app%d", n), h.Host), past: map[string][][32]byte{}}
		a.Rules = linkup.Rules{
			AccountsPerPerson: rapid.IntRange(1, 2).Draw(t, "accounts per person"),
			Shared:            map[string]int{"user1": rapid.IntRange(0, 2).Draw(t, "persons per account")},
		}
		a.Tries = 100
		all := a.all(t)
		all["links up at once"], all["proves again at once"] = all["links up"], all["proves again"]
		for _, often := range []string{"types a password", "says yes", "types a code", "is found", "arrives", "links up", "proves again"} {
			all[often+" too"], all[often+" as well"] = all[often], all[often]
		}
		t.Repeat(all)
		for _, l := range a.before {
			made[l.Way]++
		}
		made["past"] += len(a.past)
	})
	t.Logf("links that stood at the ends: %v", made)
}
