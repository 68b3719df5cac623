package linkup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// RequestLife is how long a request for an account waits for the administrator,
// and how long a decided one is told to the person.
const RequestLife = 90 * 24 * time.Hour

var (
	// ErrRequested means that the person has a request already that nobody has
	// decided.
	ErrRequested = errors.New("an account is requested already")
	// ErrDecided means that a request was approved or refused before.
	ErrDecided = errors.New("the request is decided already")
)

// Request asks the administrator for an account, in the name of the person of a
// link-up that stands. form is what the administrator is to see, sealed by the
// caller; it is erased at the decision. It ends the link-up.
//
// It returns [ErrEnded] or [ErrRequested].
func (l *Linker) Request(ctx context.Context, id store.ID, form []byte) (store.Registration, error) {
	var r store.Registration
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err == nil {
			err = l.mustBeInTime(p)
		}
		if err != nil {
			return err
		}
		r, err = tx.PutRegistration(l.Keys, store.Registration{
			ClientID: l.ClientID, App: l.App, Person: p.Person, UserType: p.UserType, LastModified: p.LastModified,
			Form: form, CreatedAt: l.Now(), Expires: l.Now().Add(RequestLife),
		})
		if errors.Is(err, store.ErrRegistrationOpen) {
			return ErrRequested
		}
		if err != nil {
			return err
		}
		if err := l.bury(tx, p); err != nil {
			return err
		}
		return l.Trail.Note(tx, store.Audit{Event: EventRequested, Person: l.pseudonym(p.Person), Way: ByRequest, Ref: number(r)})
	})
	if err != nil {
		return r, fmt.Errorf("requesting account: %w", err)
	}
	return r, nil
}

// Requested returns the latest request of a person, open or decided, or
// [store.ErrNotFound].
func (l *Linker) Requested(ctx context.Context, person [32]byte) (store.Registration, error) {
	return l.soundRequest(l.Rows.RegistrationOf(ctx, l.person(person), l.App, l.Now()))
}

// Approve links the person of a request to the account that the administrator
// names, which source has, and returns the link. It returns [store.ErrNotFound],
// [ErrDecided], [ErrTaken], [ErrShared] or [ErrHaveAnother].
func (l *Linker) Approve(ctx context.Context, request int64, r accounts.Record, source, actor, note string) (store.Link, error) {
	var link store.Link
	err := l.decide(ctx, request, actor, func(tx *store.Tx, asked store.Registration) error {
		p := store.Pending{Person: asked.Person, UserType: asked.UserType, LastModified: asked.LastModified,
			Proof: &store.Proof{AccountName: r.Name, AccountKey: Key(r.Account), DisplayName: r.DisplayName, Source: source, Way: ByRequest, Stamp: r.Stamp}}
		var err error
		if link, _, err = l.link(tx, p, actor); err != nil {
			return err
		}
		asked.State, asked.AccountName = store.RegistrationApproved, r.Name
		return l.decided(tx, asked, EventRequestApproved, actor, note)
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("approving request %d: %w", request, err)
	}
	return link, nil
}

// Refuse refuses a request. The note is told to the person. It returns
// [store.ErrNotFound] or [ErrDecided].
func (l *Linker) Refuse(ctx context.Context, request int64, actor, note string) error {
	err := l.decide(ctx, request, actor, func(tx *store.Tx, asked store.Registration) error {
		asked.State = store.RegistrationRefused
		return l.decided(tx, asked, EventRequestRefused, actor, note)
	})
	if err != nil {
		return fmt.Errorf("refusing request %d: %w", request, err)
	}
	return nil
}

func (l *Linker) decide(ctx context.Context, request int64, actor string, how func(*store.Tx, store.Registration) error) error {
	return l.Rows.Update(ctx, func(tx *store.Tx) error {
		if err := mustBeNamed(actor); err != nil {
			return err
		}
		asked, err := l.soundRequest(tx.Registration(request))
		switch {
		case err != nil:
			return err
		case asked.ClientID != l.ClientID || asked.App != l.App || !l.Now().Before(asked.Expires):
			return store.ErrNotFound
		case asked.State != store.RegistrationOpen:
			return ErrDecided
		}
		return how(tx, asked)
	})
}

func (l *Linker) decided(tx *store.Tx, asked store.Registration, event, actor, note string) error {
	asked.DecidedAt, asked.Actor, asked.Note = l.Now(), actor, note
	asked.Expires = asked.DecidedAt.Add(RequestLife)
	if _, err := tx.SaveRegistration(l.Keys, asked); err != nil {
		return err
	}
	return l.Trail.Note(tx, store.Audit{Event: event, Person: l.pseudonym(asked.Person), Account: asked.AccountName, Way: ByRequest, Actor: actor, Ref: number(asked)})
}

func (l *Linker) soundRequest(r store.Registration, err error) (store.Registration, error) {
	if err == nil && !l.Keys.RegistrationFits(r) {
		return store.Registration{}, errRequestAltered
	}
	return r, err
}

func number(r store.Registration) string { return fmt.Sprintf("request %d", r.Number) }

func (l *Linker) pseudonym(person [32]byte) string {
	return l.Keys.Pseudonym(person, l.ClientID, l.App)
}
