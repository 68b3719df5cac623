package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrRegistrationOpen: the person has asked for an account in this app, and
	// nobody has decided yet.
	ErrRegistrationOpen = errors.New("the person has an open registration")
	// ErrDecided: somebody has approved or refused the registration.
	ErrDecided = errors.New("registration is decided already")
)

// MaxNote is how many bytes the note of a registration has at most.
const MaxNote = 2048

// maxForm is how many bytes the sealed form of a registration has at most.
const maxForm = 32 << 10

// RegistrationState says where a registration stands.
type RegistrationState string

// The states that a store knows; it refuses any other.
const (
	RegistrationOpen     RegistrationState = "open"
	RegistrationApproved RegistrationState = "approved"
	RegistrationRefused  RegistrationState = "refused"
)

// Registration is the request of a person for an account in an app. In bytes:
// ClientID and App 1 to 256, UserType at most 64, Form 32 768, Actor 256, Note
// MaxNote, AccountName 1024; the store refuses what is longer.
type Registration struct {
	Number             int64 // given by the store, never given twice
	ClientID, App      string
	Person             [32]byte
	UserType           string
	LastModified       time.Time // of the person's iAM Smart profile
	State              RegistrationState
	Form               []byte // sealed by the caller; none once it is decided
	CreatedAt, Expires time.Time
	DecidedAt          time.Time // zero while it is open
	Actor              string    // who has decided
	Note               string    // what the person is told about it
	AccountName        string
	Seal               Seal // over all of them, made by the store
}

func (r *Registration) read(scan func(...any) error) error {
	var decided sql.NullInt64
	err := scan(&r.Number, textColumn{&r.ClientID, maxID}, textColumn{&r.App, maxID}, hashColumn{&r.Person},
		textColumn{&r.UserType, maxWord}, timeColumn{&r.LastModified}, textColumn{(*string)(&r.State), maxWord},
		bytesColumn{&r.Form, maxForm}, timeColumn{&r.CreatedAt}, timeColumn{&r.Expires}, &decided,
		textColumn{&r.Actor, maxID}, textColumn{&r.Note, MaxNote}, textColumn{&r.AccountName, maxAccount}, sealColumn{&r.Seal})
	if decided.Valid {
		r.DecidedAt = time.UnixMilli(decided.Int64).UTC()
	}
	return err
}

func readRegistration(get getter, query string, args ...any) (Registration, error) {
	var r Registration
	err := r.read(func(dest ...any) error { return get(dest, query, args...) })
	if err != nil {
		return Registration{}, failed("reading registration", err)
	}
	return r, nil
}

// PutRegistration stores and seals a new registration, which is open, and returns
// it with its number and seal. It returns ErrRegistrationOpen when the person has an
// open one in this app that had not expired when r was created; after that the
// transaction may go on.
func (t *Tx) PutRegistration(k *Keys, r Registration) (Registration, error) {
	r.State, r.DecidedAt = RegistrationOpen, time.Time{}
	r.inMillis()
	_, err := t.exec(deleteExpiredRegistration, r.ClientID, r.App, r.Person[:], millis(r.CreatedAt))
	if err == nil {
		err = t.get([]any{&r.Number}, insertRegistration, r.ClientID, r.App, r.Person[:], r.UserType, millis(r.LastModified),
			blob(r.Form), millis(r.CreatedAt), millis(r.Expires), r.Actor, r.Note, r.AccountName)
		if errors.Is(err, ErrNotFound) { // nothing inserted: the unique index refused
			return Registration{}, fmt.Errorf("storing registration: %w", ErrRegistrationOpen)
		}
	}
	if err == nil {
		r.Seal = k.sealOfRegistration(r)
		_, err = t.exec(sealRegistration, r.Seal[:], r.Number)
	}
	if err != nil {
		return Registration{}, failed("storing registration", err)
	}
	return r, nil
}

// Registration returns a registration, expired or not, or ErrNotFound.
func (t *Tx) Registration(number int64) (Registration, error) {
	return readRegistration(t.get, selectRegistration, number)
}

// RegistrationOf returns the latest registration of a person in an app, open or
// decided, or ErrNotFound when there is none that has not expired at now.
func (s *Store) RegistrationOf(ctx context.Context, p Person, app string, now time.Time) (Registration, error) {
	return registrationOf(s.getter(ctx), p, app, now)
}

// RegistrationOf returns the latest registration of a person in an app, open or
// decided, or ErrNotFound when there is none that has not expired at now.
func (t *Tx) RegistrationOf(p Person, app string, now time.Time) (Registration, error) {
	return registrationOf(t.get, p, app, now)
}

func registrationOf(get getter, p Person, app string, now time.Time) (Registration, error) {
	r, err := readRegistration(get, selectRegistrationOfPerson, p.ClientID, app, p.Hash[:], millis(now))
	if err == nil && (r.ClientID != p.ClientID || r.App != app || r.Person != p.Hash) {
		return Registration{}, failed("reading registration", errMisled)
	}
	return r, err
}

// SaveRegistration stores and seals what may change of an open registration: the
// state, the form, the end, when and by whom it was decided, note and account name.
// One that is approved or refused loses its form and needs DecidedAt and Actor. It
// returns the registration as it is stored now, ErrDecided when it was decided
// before, or ErrNotFound when it is gone. After either the transaction may go on.
//
// r must be what the store gave, with a seal that fits: what is altered without the
// key would be sealed anew.
func (t *Tx) SaveRegistration(k *Keys, r Registration) (Registration, error) {
	var decided any
	if r.State == RegistrationOpen {
		r.DecidedAt = time.Time{}
	} else {
		r.Form, decided = nil, millis(r.DecidedAt)
	}
	r.inMillis()
	r.Seal = k.sealOfRegistration(r)
	n, err := t.exec(saveRegistration, string(r.State), blob(r.Form), millis(r.Expires), decided, r.Actor, r.Note, r.AccountName,
		r.Seal[:], r.Number)
	if err == nil && n == 0 {
		if _, err = t.Registration(r.Number); err == nil {
			err = ErrDecided
		}
	}
	if err != nil {
		return Registration{}, failed("saving registration", err)
	}
	return r, nil
}

// inMillis has the times as they come back.
func (r *Registration) inMillis() {
	for _, at := range []*time.Time{&r.LastModified, &r.CreatedAt, &r.Expires, &r.DecidedAt} {
		if !at.IsZero() {
			*at = at.Truncate(time.Millisecond).UTC()
		}
	}
}

// blob is NULL where there is nothing.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// RegistrationQuery says which registrations of an app are wanted.
type RegistrationQuery struct {
	ClientID, App string
	State         RegistrationState // any where it is empty
	After         int64             // the number of the last one that was seen before
	Limit         int               // from 1 to 1000; anything else means 1000
}

// Registrations returns registrations, the oldest first. Some may have expired,
// which the caller compares.
func (s *Store) Registrations(ctx context.Context, q RegistrationQuery) (all []Registration, err error) {
	err = s.each(ctx, func(scan func(...any) error) error {
		var r Registration
		err := r.read(scan)
		all = append(all, r)
		return err
	}, selectRegistrations, q.ClientID, q.App, string(q.State), q.After, atOnce(q.Limit))
	if err != nil {
		return nil, failed("reading registrations", err)
	}
	return all, nil
}
