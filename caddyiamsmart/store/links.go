package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Person is who iAM Smart vouches for, within one Client ID.
type Person struct {
	ClientID string
	Hash     [32]byte // of the openID, see Keys.PersonHash
}

// Link is the stored fact that a person is an account of an app. ClientID, App,
// AccountName and AccountKey must not be empty; the database refuses it.
type Link struct {
	ID            int64 // given by the store, never given twice
	ClientID, App string
	Person        [32]byte
	Slot          int    // 0 is the person's first account in the app
	AccountName   string // as the app spells it
	AccountKey    string // what identifies the account for good, or its folded name
	Source        string // the kind of accounts that proved it
	Way           string // how it was proven
	UserType      string
	LinkedAt      time.Time
	LastModified  time.Time // of the person's iAM Smart profile
	Seal          Seal      // over all of them, made by the caller
}

func (l *Link) columns() []any {
	return []any{&l.ID, &l.ClientID, &l.App, hashColumn{&l.Person}, &l.Slot, &l.AccountName, &l.AccountKey,
		&l.Source, &l.Way, &l.UserType, timeColumn{&l.LinkedAt}, timeColumn{&l.LastModified}, sealColumn{&l.Seal}}
}

// FindLink returns the person's link in slot 0 of the app, or ErrNotFound.
func (s *Store) FindLink(ctx context.Context, p Person, app string) (Link, error) {
	return linkOf(s.getter(ctx), p, app, 0)
}

// Link returns the person's link in slot 0 of the app, or ErrNotFound.
func (t *Tx) Link(p Person, app string) (Link, error) {
	return linkOf(t.get, p, app, 0)
}

// LinkOfAccount returns the link that holds the account, whoever the person
// is, or ErrNotFound.
func (t *Tx) LinkOfAccount(clientID, app, accountKey string) (Link, error) {
	l, err := readLink(t.get, selectLinkOfAccount, clientID, app, accountKey)
	if err == nil && (l.ClientID != clientID || l.App != app || l.AccountKey != accountKey) {
		return Link{}, errMisled
	}
	return l, err
}

// errMisled: SQLite believes its indexes. Where a byte of one has turned, it
// leads to the row of somebody else.
var errMisled = fmt.Errorf("%w: an index leads to another row", ErrDamaged)

func linkOf(get getter, p Person, app string, slot int) (Link, error) {
	l, err := readLink(get, selectLink, p.ClientID, app, p.Hash[:], slot)
	if err == nil && (l.ClientID != p.ClientID || l.App != app || l.Person != p.Hash || l.Slot != slot) {
		return Link{}, errMisled
	}
	return l, err
}

func readLink(get getter, query string, args ...any) (Link, error) {
	var l Link
	if err := get(l.columns(), query, args...); err != nil {
		return Link{}, failed("reading link", err)
	}
	return l, nil
}

// InsertLink stores a link and returns the id it got; l.ID and l.Seal are not
// read, for the seal is over the id too (see SealLink). It returns
// ErrPersonLinked when the person has a link in that slot, else ErrAccountTaken
// when the account is linked. After either the transaction may go on.
func (t *Tx) InsertLink(l Link) (int64, error) {
	var id int64
	err := t.get([]any{&id}, insertLink, l.ClientID, l.App, l.Person[:], l.Slot, l.AccountName, l.AccountKey,
		l.Source, l.Way, l.UserType, millis(l.LinkedAt), millis(l.LastModified))
	if errors.Is(err, ErrNotFound) { // nothing inserted: a unique index refused
		return 0, t.whyRefused(l)
	}
	if err != nil {
		return 0, failed("inserting link", err)
	}
	return id, nil
}

func (t *Tx) whyRefused(l Link) error {
	_, err := linkOf(t.get, Person{l.ClientID, l.Person}, l.App, l.Slot)
	switch {
	case err == nil:
		return ErrPersonLinked
	case errors.Is(err, ErrNotFound):
		return ErrAccountTaken
	default:
		return err
	}
}
