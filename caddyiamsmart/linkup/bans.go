package linkup

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Ban is a person or an account whose tries are used up; see [Linker.Try].
type Ban struct {
	// Ref names the ban to an administrator. It says nothing of whose it is, and is
	// the same as long as the store's keys are.
	Ref    string
	Scope  store.Scope // [store.OfPerson] or [store.OfAccount]
	Person string      // the name that apps may see, or "" where it is an account
	Tries  int         // that count
	Until  time.Time
}

// Banned says whose ban is meant, by one of these.
type Banned struct {
	Ref     string
	Person  string // the name that apps may see
	Account string // in any spelling under which tries at it are counted
}

// ErrNoBan means that who is named has tries left, or is nobody.
var ErrNoBan = errors.New("there is no such ban")

// Bans returns who has no tries left, persons first; some thousand at most. Of an
// account the store knows no name.
func (l *Linker) Bans(ctx context.Context) ([]Ban, error) {
	rows, err := l.Rows.Bans(ctx, l.ClientID, l.App, l.Tries, TriesWindow, l.Now())
	if err != nil {
		return nil, fmt.Errorf("listing bans: %w", err)
	}
	bans := make([]Ban, len(rows))
	for i, row := range rows {
		bans[i] = l.ban(l.subject(row))
		bans[i].Tries, bans[i].Until = row.Tries, row.Until
	}
	return bans, nil
}

// Lift gives a person or an account all tries back, on the word of an administrator,
// who must be named. It returns [ErrNoBan].
//
// The tries of a person and of the account that they tried are two bans.
func (l *Linker) Lift(ctx context.Context, actor string, whose Banned) (Ban, error) {
	if err := mustBeNamed(actor); err != nil {
		return Ban{}, err
	}
	whose.Account = strings.TrimSpace(whose.Account)
	of, err := l.banned(ctx, whose)
	if err != nil {
		return Ban{}, fmt.Errorf("lifting ban: %w", err)
	}
	ban := l.ban(of)
	err = l.Rows.Update(ctx, func(tx *store.Tx) error {
		now := l.Now()
		counted, err := l.tally(tx, of, now)
		if err == nil && counted.used < l.Tries {
			err = ErrNoBan
		}
		if err != nil {
			return err
		}
		ban.Tries, ban.Until = counted.used, counted.ends
		if _, err := tx.DeleteTriesOf(of); err != nil {
			return err
		}
		if of.Scope == store.OfPerson {
			if err := l.forgive(tx, of.Hash, now); err != nil {
				return err
			}
		}
		return l.Trail.Note(tx, store.Audit{
			Event: EventBanLifted, Person: ban.Person, Account: whose.Account, Actor: actor, Detail: string(of.Scope), Ref: ban.Ref,
		})
	})
	if err != nil {
		return Ban{}, fmt.Errorf("lifting ban: %w", err)
	}
	return ban, nil
}

// banned finds the subject of a ban. Of persons and references the store keeps but
// what they are made of, so all bans are looked through.
func (l *Linker) banned(ctx context.Context, whose Banned) (store.Subject, error) {
	if whose.Account != "" {
		return l.byName(whose.Account), nil
	}
	rows, err := l.Rows.Bans(ctx, l.ClientID, l.App, l.Tries, TriesWindow, l.Now())
	for _, row := range rows {
		of := l.subject(row)
		ban := l.ban(of)
		if whose.Person != "" && whose.Person == ban.Person || whose.Ref != "" && whose.Ref == ban.Ref {
			return of, nil
		}
	}
	if err == nil {
		err = ErrNoBan
	}
	return store.Subject{}, err
}

// forgive has the person's link-up count from the beginning, too: it keeps a count of
// its own.
func (l *Linker) forgive(tx *store.Tx, person [32]byte, now time.Time) error {
	p, err := l.ofApp(tx.PendingOf(l.person(person), l.App, now))
	if errors.Is(err, ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Tries = 0
	return l.save(tx, &p)
}

func (l *Linker) subject(row store.Ban) store.Subject {
	return store.Subject{Scope: row.Scope, ClientID: l.ClientID, App: l.App, Hash: row.Hash}
}

func (l *Linker) ban(of store.Subject) Ban {
	// The hash itself is what the store knows them by, and is shown to nobody.
	sum := l.Keys.SubjectHash("ban", l.ClientID, l.App, string(of.Scope)+string(of.Hash[:]))
	ban := Ban{Ref: strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5])), Scope: of.Scope}
	if of.Scope == store.OfPerson {
		ban.Person = l.pseudonym(of.Hash)
	}
	return ban
}
