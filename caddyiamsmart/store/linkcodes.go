package store

import (
	"context"
	"time"
)

// LinkCode is a code that gives an account to the person who brings it, once. In
// bytes: ClientID, App and Actor 1 to 256, AccountName and AccountKey 1 to 1024,
// Source at most 256, DisplayName 1024; the store refuses anything else.
type LinkCode struct {
	ID                                   ID // see Keys.CodeHash
	ClientID, App                        string
	AccountName, AccountKey, DisplayName string
	Source                               string
	CreatedAt, Expires                   time.Time
	Actor                                string // who had it made
	Seal                                 Seal   // over all of them, made by the caller
}

// codesAtOnce bounds what LinkCodes returns.
const codesAtOnce = 10_000

func (c *LinkCode) columns() []any {
	return []any{hashColumn{&c.ID}, textColumn{&c.ClientID, maxID}, textColumn{&c.App, maxID},
		textColumn{&c.AccountName, maxAccount}, textColumn{&c.AccountKey, maxAccount}, textColumn{&c.Source, maxID},
		textColumn{&c.DisplayName, maxAccount}, timeColumn{&c.CreatedAt}, timeColumn{&c.Expires},
		textColumn{&c.Actor, maxID}, sealColumn{&c.Seal}}
}

// PutLinkCode stores a link code in place of any that the same account has. An id
// that another account has is an error.
func (t *Tx) PutLinkCode(c LinkCode) error {
	_, err := t.exec(deleteLinkCodeOfAccount, c.ClientID, c.App, c.AccountKey)
	if err == nil {
		_, err = t.exec(insertLinkCode, c.ID[:], c.ClientID, c.App, c.AccountName, c.AccountKey, c.Source, c.DisplayName,
			millis(c.CreatedAt), millis(c.Expires), c.Actor, c.Seal[:])
	}
	if err != nil {
		return failed("storing link code", err)
	}
	return nil
}

// LinkCode returns a link code, or ErrNotFound when there is none or it has expired
// at now.
func (t *Tx) LinkCode(id ID, now time.Time) (LinkCode, error) {
	var c LinkCode
	err := t.get(c.columns(), selectLinkCode, id[:], millis(now))
	if err == nil && c.ID != id {
		err = errMisled
	}
	if err != nil {
		return LinkCode{}, failed("reading link code", err)
	}
	return c, nil
}

// DeleteLinkCode deletes a link code. It is no error when there is none.
func (t *Tx) DeleteLinkCode(id ID) error {
	if _, err := t.exec(deleteLinkCode, id[:]); err != nil {
		return failed("deleting link code", err)
	}
	return nil
}

// DeleteLinkCodeOf deletes the link code of an account. It is no error when there is
// none.
func (t *Tx) DeleteLinkCodeOf(clientID, app, accountKey string) error {
	if _, err := t.exec(deleteLinkCodeOfAccount, clientID, app, accountKey); err != nil {
		return failed("deleting link code", err)
	}
	return nil
}

// LinkCodes returns the link codes of an app, ordered by their accounts' keys and
// 10 000 at most. Some may have expired, which the caller compares.
func (s *Store) LinkCodes(ctx context.Context, clientID, app string) (codes []LinkCode, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var c LinkCode
		err := scan(c.columns()...)
		codes = append(codes, c)
		return err
	}, selectLinkCodes, clientID, app, codesAtOnce)
	if err != nil {
		return nil, failed("reading link codes", err)
	}
	return codes, nil
}
