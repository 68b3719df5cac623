package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Session is a linked person's stay in one app on one host. It ends with its
// link.
type Session struct {
	ID                  ID
	ClientID, App, Host string
	LinkID              int64
	Account, AccountKey string
	Way, UserType       string
	Person              [32]byte
	LoginAt             time.Time
	CreatedAt           time.Time
	LastSeen            time.Time
	Ends                time.Time // the absolute end; the caller compares it
	FormSecret          []byte    // sealed by the caller
	Login               ID        // the first session of the login that it came from; zero is itself
	SteppedUpAt         time.Time // when the person last showed themselves in a step-up
	OpenID              []byte    // sealed by the caller; nil where it is not kept
}

func (n *Session) columns() []any {
	return []any{hashColumn{&n.ID}, &n.ClientID, &n.App, &n.Host, &n.LinkID, &n.Account, &n.AccountKey,
		&n.Way, &n.UserType, hashColumn{&n.Person}, timeColumn{&n.LoginAt}, timeColumn{&n.CreatedAt},
		timeColumn{&n.LastSeen}, timeColumn{&n.Ends}, &n.FormSecret, hashColumn{&n.Login}, timeColumn{&n.SteppedUpAt}, &n.OpenID}
}

// Session returns a session, or ErrNotFound when there is none or it was
// ended. Whether its time is up is for the caller to judge.
func (s *Store) Session(ctx context.Context, id ID) (Session, error) {
	var n Session
	if err := s.getter(ctx)(n.columns(), selectSession, id[:]); err != nil {
		return Session{}, failed("reading session", err)
	}
	return n, nil
}

// CreateSession is [Tx.CreateSession] in a transaction of its own.
func (s *Store) CreateSession(ctx context.Context, n Session, ends ...ID) error {
	return s.Update(ctx, func(t *Tx) error { return t.CreateSession(n, ends...) })
}

// CreateSession ends some sessions, each with all of its login, and stores a new one. It returns ErrNotFound
// when the link n.LinkID is gone or is not the link of this person in this app.
func (t *Tx) CreateSession(n Session, ends ...ID) error {
	for _, id := range ends {
		if err := t.EndLogin(id); err != nil {
			return err
		}
	}
	return t.insertSession(n)
}

func (t *Tx) insertSession(n Session) error {
	var link int64
	err := t.get([]any{&link}, selectSessionLink, n.LinkID, n.ClientID, n.App, n.Person[:])
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("inserting session: link of this person: %w", ErrNotFound)
	}
	if err != nil {
		return failed("inserting session", err)
	}
	if n.Login == (ID{}) {
		n.Login = n.ID
	}
	_, err = t.exec(insertSession, n.ID[:], n.ClientID, n.App, n.Host, n.LinkID, n.Account, n.AccountKey,
		n.Way, n.UserType, n.Person[:], millis(n.LoginAt), millis(n.CreatedAt), millis(n.LastSeen), millis(n.Ends), n.FormSecret,
		n.Login[:], millis(n.SteppedUpAt), n.OpenID)
	if err != nil {
		return failed("inserting session", err)
	}
	return nil
}

// EndSession ends a session and nothing else of its login. It is no error when there
// is none.
func (s *Store) EndSession(ctx context.Context, id ID) error {
	if _, err := s.exec(ctx, deleteSession, id[:]); err != nil {
		return failed("ending session", err)
	}
	return nil
}

// EndLogin ends a session and what else came from its login: a session that it was
// stepped up from or to. It is no error when there is none.
func (s *Store) EndLogin(ctx context.Context, id ID) error {
	if _, err := s.exec(ctx, deleteLogin, id[:]); err != nil {
		return failed("ending session", err)
	}
	return nil
}

// EndLogin is [Store.EndLogin] within a transaction.
func (t *Tx) EndLogin(id ID) error {
	if _, err := t.exec(deleteLogin, id[:]); err != nil {
		return failed("ending session", err)
	}
	return nil
}

// touchesPerTransaction keeps a batch short enough for a login to slip in
// between two.
const touchesPerTransaction = 500

// Touch moves the last-seen times of sessions forward; one that is later in
// the store stays, a session that has ended is passed over. After an error
// part of the batch may be done; doing it again is harmless.
func (s *Store) Touch(ctx context.Context, seen map[ID]time.Time) error {
	ids := slices.Collect(maps.Keys(seen))
	for batch := range slices.Chunk(ids, touchesPerTransaction) {
		err := s.Update(ctx, func(t *Tx) error {
			for _, id := range batch {
				if _, err := t.exec(touchSession, millis(seen[id]), id[:]); err != nil {
					return failed("touching sessions", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// EndSessionsOf ends every session of a person in an app, on whatever host.
func (t *Tx) EndSessionsOf(p Person, app string) error {
	if _, err := t.exec(deleteSessionsOfPerson, p.ClientID, app, p.Hash[:]); err != nil {
		return failed("ending sessions", err)
	}
	return nil
}
