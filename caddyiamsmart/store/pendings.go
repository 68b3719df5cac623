package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Pending is a pending link-up: a person who came back from iAM Smart and has
// no link yet.
type Pending struct {
	ID                  ID
	ClientID, App, Host string
	Person              [32]byte
	Flow                ID     // of the login attempt that it belongs to
	Sealed              []byte // the access token and what else is secret, sealed by the caller
	UserType            string
	LastModified        time.Time // of the person's iAM Smart profile
	CreatedAt, Expires  time.Time
	ApprovedAt          time.Time // when the person last showed themselves in iAM Smart
	Tries               int
	Refusals            int    // steps that were refused
	Renews              int64  // the link whose account is to be proven again, or 0
	Reason              string // why it is to be
	Profile             []byte // what iAM Smart said of the person, sealed by the caller
	Proof               *Proof // nil until the person has proven an account
	Seal                Seal   // over all of them, made by the caller
}

// Proof says which account a person has shown to be theirs.
type Proof struct {
	ID                                   ID
	AccountName, AccountKey, DisplayName string
	Source, Way                          string
	Stamp                                string // by which the account's password is known, or ""
	Code                                 ID     // of what the link will use up, such as a link code, or zero
	At                                   time.Time
}

// proofColumns are the columns of a proof as they lie in the row: all NULL
// when there is none.
type proofColumns struct {
	id                              []byte
	name, key, display, source, way sql.NullString
	at                              sql.NullInt64
	stamp                           sql.NullString
	code                            []byte
}

func (c *proofColumns) proof() (*Proof, error) {
	if c.id == nil {
		return nil, nil
	}
	p := &Proof{AccountName: c.name.String, AccountKey: c.key.String, DisplayName: c.display.String,
		Source: c.source.String, Way: c.way.String, Stamp: c.stamp.String, At: time.UnixMilli(c.at.Int64).UTC()}
	if err := (hashColumn{&p.ID}).Scan(c.id); err != nil {
		return nil, err
	}
	if c.code != nil {
		if err := (hashColumn{&p.Code}).Scan(c.code); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// proofValues lists what proofColumns reads, in the order of the table.
func proofValues(p *Proof) []any {
	if p == nil {
		return make([]any, 9)
	}
	var code any
	if p.Code != (ID{}) {
		code = p.Code[:]
	}
	return []any{p.ID[:], p.AccountName, p.AccountKey, p.DisplayName, p.Source, p.Way, millis(p.At), p.Stamp, code}
}

// Pending returns a pending link-up, or ErrNotFound when there is none or it
// has expired at now.
func (s *Store) Pending(ctx context.Context, id ID, now time.Time) (Pending, error) {
	return readPending(s.getter(ctx), selectPending, id[:], millis(now))
}

// Pending returns a pending link-up, or ErrNotFound when there is none or it
// has expired at now.
func (t *Tx) Pending(id ID, now time.Time) (Pending, error) {
	return readPending(t.get, selectPending, id[:], millis(now))
}

// PendingOf returns the pending link-up of a person in an app, or ErrNotFound
// when there is none or it has expired at now.
func (t *Tx) PendingOf(p Person, app string, now time.Time) (Pending, error) {
	return readPending(t.get, selectPendingOfPerson, p.ClientID, app, p.Hash[:], millis(now))
}

func readPending(get getter, query string, args ...any) (Pending, error) {
	var (
		p Pending
		c proofColumns
	)
	dest := []any{hashColumn{&p.ID}, &p.ClientID, &p.App, &p.Host, hashColumn{&p.Person}, hashColumn{&p.Flow}, &p.Sealed,
		&p.UserType, timeColumn{&p.LastModified}, timeColumn{&p.CreatedAt}, timeColumn{&p.Expires}, &p.Tries,
		&c.id, &c.name, &c.key, &c.display, &c.source, &c.way, &c.at, &c.stamp, &c.code,
		timeColumn{&p.ApprovedAt}, &p.Renews, &p.Reason, &p.Refusals, &p.Profile, sealColumn{&p.Seal}}
	err := get(dest, query, args...)
	if err == nil {
		p.Proof, err = c.proof()
	}
	if err != nil {
		return Pending{}, failed("reading pending link-up", err)
	}
	return p, nil
}

// PutPending stores a pending link-up in place of any that the same person has
// in the same app, with or without a proof. What that one had asked goes with it.
func (t *Tx) PutPending(p Pending) error {
	of := []any{p.ClientID, p.App, p.Person[:]}
	_, err := t.exec(deleteRequestsOfPerson, of...)
	if err == nil {
		_, err = t.exec(deletePendingOfPerson, of...)
	}
	if err == nil {
		values := []any{p.ID[:], p.ClientID, p.App, p.Host, p.Person[:], p.Flow[:], p.Sealed,
			p.UserType, millis(p.LastModified), millis(p.CreatedAt), millis(p.Expires), p.Tries}
		values = append(values, proofValues(p.Proof)...)
		_, err = t.exec(insertPending, append(values, millis(p.ApprovedAt), p.Renews, p.Reason, p.Refusals, p.Profile, p.Seal[:])...)
	}
	if err != nil {
		return failed("storing pending link-up", err)
	}
	return nil
}

// SavePending stores what may change in a pending link-up: its end, tries and
// refusals, what is sealed in it, the profile, the time of the last approval, the
// proof and the seal. It returns ErrNotFound when the pending link-up is gone.
func (t *Tx) SavePending(p Pending) error {
	values := append([]any{millis(p.Expires), p.Tries, p.Sealed, millis(p.ApprovedAt), p.Refusals, p.Profile}, proofValues(p.Proof)...)
	n, err := t.exec(updatePending, append(values, p.Seal[:], p.ID[:])...)
	if err != nil {
		return failed("saving pending link-up", err)
	}
	if n == 0 {
		return fmt.Errorf("saving pending link-up: %w", ErrNotFound)
	}
	return nil
}

// DeletePending erases a pending link-up and what it has asked. It is no error when there is none.
func (t *Tx) DeletePending(id ID) error {
	_, err := t.exec(deletePending, id[:])
	if err == nil {
		_, err = t.exec(deleteRequests, id[:])
	}
	if err != nil {
		return failed("deleting pending link-up", err)
	}
	return nil
}
