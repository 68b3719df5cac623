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
	Source        string // the accounts that proved it
	Way           string // how it was proven
	UserType      string
	LinkedAt      time.Time
	LastModified  time.Time // of the person's iAM Smart profile
	Seat          int       // 0 is the first person of an account that several share
	DisplayName   string    // of the account's record; may be empty
	Stamp         string    // by which the account's password was known when it was proven, or ""
	ProvedAt      time.Time // when the account was last proven
	Profile       string    // what iAM Smart said of the person, sealed by the caller; "" where it was not asked
	Seal          Seal      // over all of them, made by the caller
}

func (l *Link) columns() []any {
	return []any{&l.ID, &l.ClientID, &l.App, hashColumn{&l.Person}, &l.Slot, &l.AccountName, &l.AccountKey,
		&l.Source, &l.Way, &l.UserType, timeColumn{&l.LinkedAt}, timeColumn{&l.LastModified},
		&l.Seat, &l.DisplayName, &l.Stamp, timeColumn{&l.ProvedAt}, blobColumn{&l.Profile}, sealColumn{&l.Seal}}
}

// errMisled: SQLite believes its indexes. Where a byte of one has turned, it
// leads to the row of somebody else.
var errMisled = fmt.Errorf("%w: an index leads to another row", ErrDamaged)

// lister reads all rows of a query; Store and Tx each have one, so that a look-up
// is written once.
type lister func(read func(scan func(...any) error) error, query string, args ...any) error

func (s *Store) lister(ctx context.Context) lister {
	return func(read func(scan func(...any) error) error, query string, args ...any) error {
		return s.each(ctx, read, query, args...)
	}
}

// Links returns a person's links in an app, the first account first.
func (s *Store) Links(ctx context.Context, p Person, app string) ([]Link, error) {
	return linksOfPerson(s.lister(ctx), p, app)
}

// Links returns a person's links in an app, the first account first.
func (t *Tx) Links(p Person, app string) ([]Link, error) { return linksOfPerson(t.each, p, app) }

func linksOfPerson(each lister, p Person, app string) ([]Link, error) {
	links, err := readLinks(each, selectLinksOfPerson, p.ClientID, app, p.Hash[:])
	for _, l := range links {
		if l.ClientID != p.ClientID || l.App != app || l.Person != p.Hash {
			return nil, errMisled
		}
	}
	return links, err
}

// LinksOfAccount returns the links that hold the account, whoever the persons
// are, the first seat first.
func (t *Tx) LinksOfAccount(clientID, app, accountKey string) ([]Link, error) {
	links, err := readLinks(t.each, selectLinksOfAccount, clientID, app, accountKey)
	for _, l := range links {
		if l.ClientID != clientID || l.App != app || l.AccountKey != accountKey {
			return nil, errMisled
		}
	}
	return links, err
}

// AllLinks returns at most limit links of an app whose id is greater than after,
// lowest first.
func (s *Store) AllLinks(ctx context.Context, clientID, app string, after int64, limit int) ([]Link, error) {
	return readLinks(s.lister(ctx), selectAllLinks, clientID, app, after, limit)
}

func readLinks(each lister, query string, args ...any) ([]Link, error) {
	var links []Link
	err := each(func(scan func(...any) error) error {
		var l Link
		err := scan(l.columns()...)
		links = append(links, l)
		return err
	}, query, args...)
	if err != nil {
		return nil, failed("reading links", err)
	}
	return links, nil
}

// LinkByID returns a link, or ErrNotFound.
func (s *Store) LinkByID(ctx context.Context, id int64) (Link, error) {
	return readLink(s.getter(ctx), selectLinkByID, id)
}

// LinkByID returns a link, or ErrNotFound.
func (t *Tx) LinkByID(id int64) (Link, error) { return readLink(t.get, selectLinkByID, id) }

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
// when the seat at the account is taken. After either the transaction may go on.
func (t *Tx) InsertLink(l Link) (int64, error) {
	var id int64
	err := t.get([]any{&id}, insertLink, l.ClientID, l.App, l.Person[:], l.Slot, l.AccountName, l.AccountKey,
		l.Source, l.Way, l.UserType, millis(l.LinkedAt), millis(l.LastModified),
		l.Seat, l.DisplayName, l.Stamp, millis(l.ProvedAt), blob([]byte(l.Profile)))
	if errors.Is(err, ErrNotFound) { // nothing inserted: a unique index refused
		return 0, t.whyRefused(l)
	}
	if err != nil {
		return 0, failed("inserting link", err)
	}
	return id, nil
}

func (t *Tx) whyRefused(l Link) error {
	links, err := t.Links(Person{l.ClientID, l.Person}, l.App)
	if err != nil {
		return err
	}
	for _, stands := range links {
		if stands.Slot == l.Slot {
			return ErrPersonLinked
		}
	}
	return ErrAccountTaken
}

// UpdateLink stores what may change in a link, and its seal: the account's name
// and display name, source, way and proof, the profile and what iAM Smart says of
// the person. Whose link it is and of which account stays. It returns ErrNotFound
// when the link is gone.
func (t *Tx) UpdateLink(l Link) error {
	n, err := t.exec(updateLink, l.AccountName, l.DisplayName, l.Source, l.Way, l.UserType, l.Stamp,
		millis(l.ProvedAt), millis(l.LastModified), blob([]byte(l.Profile)), l.Seal[:], l.ID)
	if err != nil {
		return failed("updating link", err)
	}
	if n == 0 {
		return fmt.Errorf("updating link: %w", ErrNotFound)
	}
	return nil
}
