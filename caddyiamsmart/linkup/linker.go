package linkup

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Linker makes the links of one app under one Client ID. It is safe for
// concurrent use.
type Linker struct {
	Rows     *store.Store
	ClientID string
	App      string
	Host     string
	Now      func() time.Time
}

// Arrival is a person whom iAM Smart has just vouched for.
type Arrival struct {
	Person       [32]byte // keyed hash of the openID
	UserType     string
	LastModified time.Time
	Flow         store.ID // the flow that iAM Smart answered; claimed
	Sealed       []byte   // what the caller wants back at the end
}

// Begin makes the person's pending link-up and returns the random id that goes
// to the browser. An older one of the same person ends, but the tries that it
// used up count in the new one; where none is left, Begin returns [ErrTooMany]
// and the time to wait for. Only who begins after the older one's time is up
// begins anew.
func (l *Linker) Begin(ctx context.Context, a Arrival) (id []byte, ends time.Time, err error) {
	id = make([]byte, 32)
	rand.Read(id)
	now := l.Now()
	ends = now.Add(Window)
	err = l.Rows.Update(ctx, func(tx *store.Tx) error {
		p := store.Pending{
			ID: store.Hash(id), ClientID: l.ClientID, App: l.App, Host: l.Host,
			Person: a.Person, Flow: a.Flow, Sealed: a.Sealed,
			UserType: a.UserType, LastModified: a.LastModified,
			CreatedAt: now, Expires: ends,
		}
		older, err := tx.PendingOf(l.person(a.Person), l.App, now)
		switch {
		case err == nil && triesLeft(older) == 0:
			ends = older.Expires
			return ErrTooMany
		case err == nil:
			p.Tries = older.Tries
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		return tx.PutPending(p)
	})
	if err != nil {
		return nil, ends, fmt.Errorf("beginning link-up: %w", err)
	}
	return id, ends, nil
}

// Pending returns a link-up that stands, or [ErrEnded].
func (l *Linker) Pending(ctx context.Context, id store.ID) (store.Pending, error) {
	return l.ours(l.Rows.Pending(ctx, id, l.Now()))
}

// ours turns a row that is gone, or another's, into ErrEnded.
func (l *Linker) ours(p store.Pending, err error) (store.Pending, error) {
	if errors.Is(err, store.ErrNotFound) {
		return store.Pending{}, ErrEnded
	}
	if err == nil && (p.ClientID != l.ClientID || p.App != l.App || p.Host != l.Host) {
		return store.Pending{}, ErrEnded
	}
	return p, err
}

// Try takes one of the tries, before the app is asked, and drops an older
// proof. It returns [ErrTooMany] when none is left, with the row that says until
// when.
func (l *Linker) Try(ctx context.Context, id store.ID) (store.Pending, error) {
	return l.change(ctx, "counting try", id, func(p *store.Pending) error {
		if triesLeft(*p) == 0 {
			return ErrTooMany
		}
		p.Tries++
		p.Proof = nil
		return nil
	})
}

// Left is how many tries a pending link-up has.
func Left(p store.Pending) int { return triesLeft(p) }

// Prove records that the app said yes to this account. asked is the row as Try
// returned it: a proof that took so long that another try began, or the row
// ended, is not recorded ([ErrStale], [ErrEnded]).
func (l *Linker) Prove(ctx context.Context, asked store.Pending, a accounts.Account, source string) (store.Pending, error) {
	return l.change(ctx, "recording proof", asked.ID, func(p *store.Pending) error {
		if p.Tries != asked.Tries || p.Person != asked.Person || p.Flow != asked.Flow {
			return ErrStale
		}
		proof := &store.Proof{
			AccountName: a.Name, AccountKey: Key(a), DisplayName: a.DisplayName,
			Source: source, Way: "password", At: l.Now(),
		}
		rand.Read(proof.ID[:])
		p.Proof = proof
		return nil
	})
}

// Disown drops the proof: the person says that the account is another's.
func (l *Linker) Disown(ctx context.Context, id store.ID) (store.Pending, error) {
	return l.change(ctx, "dropping proof", id, func(p *store.Pending) error {
		p.Proof = nil
		return nil
	})
}

func (l *Linker) change(ctx context.Context, what string, id store.ID, f func(*store.Pending) error) (store.Pending, error) {
	var p store.Pending
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		var err error
		if p, err = l.ours(tx.Pending(id, l.Now())); err != nil {
			return err
		}
		if err := f(&p); err != nil {
			return err
		}
		return tx.SavePending(p)
	})
	if err != nil {
		return p, fmt.Errorf("%s: %w", what, err)
	}
	return p, nil
}

// Cancel ends a pending link-up; nothing is linked. It is no error when none
// stands.
func (l *Linker) Cancel(ctx context.Context, id store.ID) error {
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err != nil {
			return err
		}
		return bury(tx, p)
	})
	if err != nil && !errors.Is(err, ErrEnded) {
		return fmt.Errorf("cancelling link-up: %w", err)
	}
	return nil
}

// bury ends a pending link-up that led to no link. Where it has used tries a row
// without secrets stays until the old end, under an id that nobody has, so that
// ending a link-up buys no new tries.
func bury(tx *store.Tx, p store.Pending) error {
	if p.Tries == 0 {
		return tx.DeletePending(p.ID)
	}
	rand.Read(p.ID[:])
	p.Sealed, p.Proof = nil, nil
	return tx.PutPending(p)
}

// ProofToken names the proof of a pending link-up in the confirm form.
func ProofToken(p store.Pending) string {
	if p.Proof == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(p.Proof.ID[:])
}

// Confirm makes the link that the person has agreed to: the proof named by
// proofToken is used up, the link and the session that begin makes of it are
// written, and the session that stood is ended, all in one transaction.
//
// It returns [ErrEnded], [ErrStale], [ErrTaken] or [ErrHaveAnother]; the last
// two end the link-up.
func (l *Linker) Confirm(ctx context.Context, id store.ID, proofToken string,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	var link store.Link
	var refused error
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err != nil {
			return err
		}
		if p.Proof == nil || subtle.ConstantTimeCompare([]byte(ProofToken(p)), []byte(proofToken)) != 1 {
			return ErrStale
		}
		if link, refused, err = l.link(tx, p); err != nil {
			return err
		}
		if refused != nil {
			return bury(tx, p)
		}
		if err := tx.DeletePending(id); err != nil {
			return err
		}
		s, err := begin(link)
		if err != nil {
			return err
		}
		for _, old := range stood {
			if err := tx.EndSession(old); err != nil {
				return err
			}
		}
		return tx.InsertSession(s)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return link, fmt.Errorf("linking: %w", err)
	}
	return link, nil
}

// link writes the link of a proven pending link-up. A refusal is apart from a
// failure: it commits the end of the pending row.
func (l *Linker) link(tx *store.Tx, p store.Pending) (link store.Link, refused, failed error) {
	ofPerson, err := found(tx.Link(l.person(p.Person), l.App))
	if err != nil {
		return link, nil, err
	}
	ofAccount, err := found(tx.LinkOfAccount(l.ClientID, l.App, p.Proof.AccountKey))
	if err != nil {
		return link, nil, err
	}
	same, refused := verdict(p.Proof.AccountKey, ofPerson, ofAccount)
	switch {
	case refused != nil:
		if ofPerson != nil {
			link = *ofPerson // the person may be told which account is theirs already
		}
		return link, refused, nil
	case same:
		return *ofPerson, nil, Sound(*ofPerson)
	}
	link = store.Link{
		ClientID: l.ClientID, App: l.App, Person: p.Person,
		AccountName: p.Proof.AccountName, AccountKey: p.Proof.AccountKey,
		Source: p.Proof.Source, Way: p.Proof.Way, UserType: p.UserType,
		LinkedAt: l.Now(), LastModified: p.LastModified,
	}
	link.ID, err = tx.InsertLink(link)
	switch {
	case errors.Is(err, store.ErrAccountTaken):
		return link, nil, ErrTaken
	case errors.Is(err, store.ErrPersonLinked):
		return link, nil, ErrHaveAnother
	}
	return link, nil, err
}

// found makes nil of a row that is not there.
func found(link store.Link, err error) (*store.Link, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &link, nil
}

func (l *Linker) person(hash [32]byte) store.Person {
	return store.Person{ClientID: l.ClientID, Hash: hash}
}
