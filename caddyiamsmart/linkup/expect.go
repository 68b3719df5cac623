package linkup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// ExpectLife is how long an imported link waits for its person.
const ExpectLife = 180 * 24 * time.Hour

// Expected is one line of an import: the account of the person whose number has
// this keyed hash.
type Expected struct {
	HKICHash [32]byte
	Account  accounts.Account
	Source   string
}

// Outcome says what became of one line of an import. Their words are for
// operators, and the same in every version.
type Outcome string

const (
	OutcomeNew     Outcome = "new"           // it is expected from now on
	OutcomeSame    Outcome = "known"         // it was expected already
	OutcomeLinked  Outcome = "linked"        // the account is linked; nothing to do
	OutcomeTaken   Outcome = "taken back"    // nobody is expected any more
	OutcomeNobody  Outcome = "not expected"  // nobody was expected; nothing to take back
	OutcomeShared  Outcome = "shared"        // refused: the account is shared
	OutcomeNumber  Outcome = "number taken"  // refused: the number is expected with another account
	OutcomeAccount Outcome = "account taken" // refused: the account is expected with another number
	OutcomeFormer  Outcome = "was another's" // refused: somebody had the account before, so it takes a code

	// For callers, who look the account up; all are refused.
	OutcomeUnknown    Outcome = "no such account"
	OutcomeClosed     Outcome = "closed"         // the account may not be used
	OutcomeSpelling   Outcome = "not a name"     // nobody can look accounts up, and more than one may be meant
	OutcomeUnseen     Outcome = "not looked up"  // nobody can look accounts up, and it was not said that the name is certain
	OutcomeUnreadable Outcome = "cannot be read" // whether there is such an account cannot be told now
)

// Refused tells whether a line was not taken.
func (o Outcome) Refused() bool {
	switch o {
	case OutcomeNew, OutcomeSame, OutcomeLinked, OutcomeTaken, OutcomeNobody:
		return false
	}
	return true
}

var errDryRun = errors.New("dry run")

// Expect says beforehand whose an account is: whoever iAM Smart vouches for to have
// the number is linked to it at their first login. A dry run changes nothing. Doing
// it again is harmless.
func (l *Linker) Expect(ctx context.Context, e Expected, actor string, dry bool) (Outcome, error) {
	outcome := OutcomeNew
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		if err := mustBeNamed(actor); err != nil {
			return err
		}
		key := Key(e.Account)
		stand, err := l.allSound(tx.LinksOfAccount(l.ClientID, l.App, key))
		if err != nil {
			return err
		}
		was, err := tx.WasAnothers(l.ClientID, l.App, key, [32]byte{})
		if err != nil {
			return err
		}
		switch _, shared := l.Rules.Shared[Fold(e.Account.Name)]; {
		case shared:
			outcome = OutcomeShared
		case len(stand) > 0:
			outcome = OutcomeLinked
		case was:
			outcome = OutcomeFormer
		default:
			outcome, err = l.expect(tx, e, key, actor)
		}
		if err == nil && dry {
			err = errDryRun
		}
		return err
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return "", fmt.Errorf("expecting link: %w", err)
	}
	return outcome, nil
}

func (l *Linker) expect(tx *store.Tx, e Expected, key, actor string) (Outcome, error) {
	row := store.ExpectedLink{
		ClientID: l.ClientID, App: l.App, HKICHash: e.HKICHash, AccountName: e.Account.Name, AccountKey: key,
		DisplayName: e.Account.DisplayName, Source: e.Source, ImportedAt: l.Now(), Expires: l.Now().Add(ExpectLife), Actor: actor,
	}
	row.Seal = l.Keys.SealOfExpectedLink(row)
	replaced, err := tx.PutExpectedLink(row)
	switch {
	case errors.Is(err, store.ErrHKICExpected):
		return OutcomeNumber, nil
	case errors.Is(err, store.ErrAccountExpected):
		return OutcomeAccount, nil
	case err != nil:
		return "", err
	case replaced:
		return OutcomeSame, nil
	}
	return OutcomeNew, l.Trail.Note(tx, store.Audit{Event: EventExpected, Account: e.Account.Name, Source: e.Source, Way: ByImport, Actor: actor})
}

// Unexpect takes back what an import said of an account, whoever's it was to be: nobody
// is linked to it by its number any more, also who has come and not yet been linked. A
// link that stands stays. A dry run changes nothing. Doing it again is harmless.
func (l *Linker) Unexpect(ctx context.Context, a accounts.Account, source, actor string, dry bool) (Outcome, error) {
	outcome := OutcomeTaken
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		if err := mustBeNamed(actor); err != nil {
			return err
		}
		err := tx.DeleteExpectedLinkOf(l.ClientID, l.App, Key(a), l.Now())
		switch {
		case errors.Is(err, store.ErrNotFound):
			outcome = OutcomeNobody
			return nil
		case err == nil && dry:
			return errDryRun
		case err != nil:
			return err
		}
		return l.Trail.Note(tx, store.Audit{Event: EventUnexpected, Account: a.Name, Source: source, Way: ByImport, Actor: actor})
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return "", fmt.Errorf("taking expected link back: %w", err)
	}
	return outcome, nil
}

func (l *Linker) liveExpected(tx *store.Tx, hkicHash [32]byte) (store.ExpectedLink, error) {
	row, err := tx.ExpectedLink(l.ClientID, l.App, hkicHash, l.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.ExpectedLink{}, ErrNotExpected
	case err == nil && !l.Keys.ExpectedLinkFits(row):
		return store.ExpectedLink{}, errExpectedAltered
	}
	return row, err
}

// ExpectedOf returns the account that the administrator has said to be that of the
// person with this number (its keyed hash), and the source to look for it in, or
// [ErrNotExpected].
func (l *Linker) ExpectedOf(ctx context.Context, hkicHash [32]byte) (Expected, error) {
	e := Expected{HKICHash: hkicHash}
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		row, err := l.liveExpected(tx, hkicHash)
		e.Account = accounts.Account{Name: row.AccountName, DisplayName: row.DisplayName}
		if key, keyed := strings.CutPrefix(row.AccountKey, "key:"); keyed {
			e.Account.Key = key
		}
		e.Source = row.Source
		return err
	})
	if err != nil {
		return Expected{}, fmt.Errorf("reading expected link: %w", err)
	}
	return e, nil
}

// Expecting tells whether anybody's first login is waited for.
func (l *Linker) Expecting(ctx context.Context) (bool, error) {
	n, err := l.Rows.CountExpectedLinks(ctx, l.ClientID, l.App, l.Now())
	return n > 0, err
}
