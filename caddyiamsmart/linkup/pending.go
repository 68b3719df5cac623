package linkup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Pending returns a link-up that stands, or [ErrEnded].
func (l *Linker) Pending(ctx context.Context, id store.ID) (store.Pending, error) {
	return l.ours(l.Rows.Pending(ctx, id, l.Now()))
}

// ours turns a row that is gone, or another's, into ErrEnded.
func (l *Linker) ours(p store.Pending, err error) (store.Pending, error) {
	if p, err = l.ofApp(p, err); err == nil && p.Host != l.Host {
		return store.Pending{}, ErrEnded
	}
	return p, err
}

// ofApp is ours for a row of any host, and refuses one that was altered.
func (l *Linker) ofApp(p store.Pending, err error) (store.Pending, error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Pending{}, ErrEnded
	case err != nil:
		return store.Pending{}, err
	case p.ClientID != l.ClientID || p.App != l.App:
		return store.Pending{}, ErrEnded
	case !l.Keys.PendingFits(p):
		return store.Pending{}, errPendingAltered
	}
	return p, nil
}

// put seals and stores a pending link-up.
func (l *Linker) put(tx *store.Tx, p *store.Pending) error {
	p.Seal = l.Keys.SealOfPending(*p)
	return tx.PutPending(*p)
}

// save seals a pending link-up and stores what may have changed in it.
func (l *Linker) save(tx *store.Tx, p *store.Pending) error {
	p.Seal = l.Keys.SealOfPending(*p)
	return tx.SavePending(*p)
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
		return l.save(tx, &p)
	})
	if err != nil {
		return p, fmt.Errorf("%s: %w", what, err)
	}
	return p, nil
}

// CountRefusal counts that a step of a link-up was refused, and writes it down,
// unless that has happened most times already: then somebody only fills the trail. It
// is no error when the link-up is gone.
func (l *Linker) CountRefusal(ctx context.Context, id store.ID, most int, a store.Audit) error {
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err == nil && p.Refusals >= most {
			return nil
		}
		if err == nil {
			p.Refusals++
			err = l.save(tx, &p)
		}
		if err != nil && !errors.Is(err, ErrEnded) {
			return err
		}
		return l.Trail.Note(tx, a)
	})
	if err != nil {
		return fmt.Errorf("counting refusal: %w", err)
	}
	return nil
}

// Cancel ends a pending link-up; nothing is linked. It is no error when none
// stands.
func (l *Linker) Cancel(ctx context.Context, id store.ID) error {
	err := l.Rows.Update(ctx, func(tx *store.Tx) error {
		p, err := l.ours(tx.Pending(id, l.Now()))
		if err != nil {
			return err
		}
		return l.bury(tx, p)
	})
	if err != nil && !errors.Is(err, ErrEnded) {
		return fmt.Errorf("cancelling link-up: %w", err)
	}
	return nil
}

// EndOf ends the pending link-up of a person, at whatever host of this app it stands;
// nothing is linked. It is no error when none does, or only one that was altered: that
// opens nothing, and stays for who looks into it.
func (l *Linker) EndOf(tx *store.Tx, person [32]byte) error {
	p, err := l.ofApp(tx.PendingOf(l.person(person), l.App, l.Now()))
	if errors.Is(err, ErrEnded) || errors.Is(err, store.ErrDamaged) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ending link-up: %w", err)
	}
	return l.bury(tx, p)
}

// bury ends a pending link-up that led to no link. Where it has used tries a row
// without secrets stays until the old end, under an id that nobody has, so that
// ending a link-up buys no new tries.
func (l *Linker) bury(tx *store.Tx, p store.Pending) error {
	if p.Tries == 0 {
		return tx.DeletePending(p.ID)
	}
	rand.Read(p.ID[:])
	p.Sealed, p.Profile, p.Proof = nil, nil, nil
	return l.put(tx, &p)
}
