package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrHKICExpected: the HKIC number is expected, with another account.
	ErrHKICExpected = errors.New("HKIC number is expected with another account")
	// ErrAccountExpected: the account is expected, with another HKIC number.
	ErrAccountExpected = errors.New("account is expected with another HKIC number")
)

// ExpectedLink is a link that a home wants one of its people to have. In bytes:
// ClientID, App and Actor 1 to 256, AccountName and AccountKey 1 to 1024, Source at
// most 256, DisplayName 1024; the store refuses anything else.
type ExpectedLink struct {
	ClientID, App                        string
	HKICHash                             [32]byte // keyed, made by the caller
	AccountName, AccountKey, DisplayName string
	Source                               string
	ImportedAt, Expires                  time.Time
	Actor                                string // who has imported it
	Seal                                 Seal   // over all of them, made by the caller
}

func (e *ExpectedLink) columns() []any {
	return []any{textColumn{&e.ClientID, maxID}, textColumn{&e.App, maxID}, hashColumn{&e.HKICHash},
		textColumn{&e.AccountName, maxAccount}, textColumn{&e.AccountKey, maxAccount}, textColumn{&e.Source, maxID},
		textColumn{&e.DisplayName, maxAccount}, timeColumn{&e.ImportedAt}, timeColumn{&e.Expires},
		textColumn{&e.Actor, maxID}, sealColumn{&e.Seal}}
}

// PutExpectedLink stores an expected link, in place of one for the same HKIC number
// and the same account, and says whether there was one. Where one of the two is
// expected with another partner, which had not expired when e was imported, it
// changes nothing and returns ErrHKICExpected, else ErrAccountExpected; the
// transaction may go on.
func (t *Tx) PutExpectedLink(e ExpectedLink) (replaced bool, err error) {
	_, err = t.exec(deleteExpiredExpectedLinks, e.ClientID, e.App, e.HKICHash[:], e.AccountKey, millis(e.ImportedAt))
	values := []any{e.ClientID, e.App, e.HKICHash[:], e.AccountName, e.AccountKey, e.Source, e.DisplayName,
		millis(e.ImportedAt), millis(e.Expires), e.Actor, e.Seal[:]}
	var n int64
	if err == nil {
		n, err = t.exec(updateExpectedLink, values...)
	}
	if err == nil && n > 0 {
		return true, nil
	}
	if err == nil {
		n, err = t.exec(insertExpectedLink, values...)
	}
	if err == nil && n == 0 { // a unique index refused
		_, err = t.ExpectedLink(e.ClientID, e.App, e.HKICHash, e.ImportedAt)
		switch {
		case err == nil:
			err = ErrHKICExpected
		case errors.Is(err, ErrNotFound):
			err = ErrAccountExpected
		}
	}
	if err != nil {
		return false, failed("storing expected link", err)
	}
	return false, nil
}

// ExpectedLink returns the expected link of an HKIC number, or ErrNotFound when
// there is none or it has expired at now.
func (t *Tx) ExpectedLink(clientID, app string, hkicHash [32]byte, now time.Time) (ExpectedLink, error) {
	var e ExpectedLink
	err := t.get(e.columns(), selectExpectedLink, clientID, app, hkicHash[:], millis(now))
	if err == nil && (e.ClientID != clientID || e.App != app || e.HKICHash != hkicHash) {
		err = errMisled
	}
	if err != nil {
		return ExpectedLink{}, failed("reading expected link", err)
	}
	return e, nil
}

// DeleteExpectedLink deletes the expected link of an HKIC number. It returns
// ErrNotFound when there is none.
func (t *Tx) DeleteExpectedLink(clientID, app string, hkicHash [32]byte) error {
	n, err := t.exec(deleteExpectedLink, clientID, app, hkicHash[:])
	if err != nil {
		return failed("deleting expected link", err)
	}
	if n == 0 {
		return fmt.Errorf("deleting expected link: %w", ErrNotFound)
	}
	return nil
}

// DeleteExpectedLinkOf deletes the expected link of an account. It returns ErrNotFound
// when there is none or it has expired at now.
func (t *Tx) DeleteExpectedLinkOf(clientID, app, accountKey string, now time.Time) error {
	n, err := t.exec(deleteExpectedLinkOf, clientID, app, accountKey, millis(now))
	if err != nil {
		return failed("deleting expected link", err)
	}
	if n == 0 {
		return fmt.Errorf("deleting expected link: %w", ErrNotFound)
	}
	return nil
}

// CountExpectedLinks says how many expected links of an app have not expired at now.
func (s *Store) CountExpectedLinks(ctx context.Context, clientID, app string, now time.Time) (n int, err error) {
	if err := s.getter(ctx)([]any{&n}, countExpectedLinks, clientID, app, millis(now)); err != nil {
		return 0, failed("counting expected links", err)
	}
	return n, nil
}

// ExpectedLinkQuery says which expected links of an app are wanted.
type ExpectedLinkQuery struct {
	ClientID, App string
	Now           time.Time // they have not expired at
	After         string    // the account key of the last one that was seen before
	Limit         int       // from 1 to 1000; anything else means 1000
}

// ExpectedLinks returns expected links, ordered by their accounts' keys.
func (s *Store) ExpectedLinks(ctx context.Context, q ExpectedLinkQuery) (all []ExpectedLink, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var e ExpectedLink
		err := scan(e.columns()...)
		all = append(all, e)
		return err
	}, selectExpectedLinks, q.ClientID, q.App, q.After, millis(q.Now), atOnce(q.Limit))
	if err != nil {
		return nil, failed("reading expected links", err)
	}
	return all, nil
}
