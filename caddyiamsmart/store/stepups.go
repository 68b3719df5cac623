package store

import (
	"context"
	"fmt"
	"time"
)

// KeepStepUp stores what a session can be stepped up by, sealed by the caller, in the
// place of what was there. It returns ErrNotFound when the session is gone.
func (s *Store) KeepStepUp(ctx context.Context, session ID, sealed []byte) error {
	return s.Update(ctx, func(t *Tx) error { return t.KeepStepUp(session, sealed) })
}

// KeepStepUp is [Store.KeepStepUp] within a transaction.
func (t *Tx) KeepStepUp(session ID, sealed []byte) error {
	n, err := t.exec(putStepUp, session[:], sealed)
	if err != nil {
		return failed("keeping what a step-up needs", err)
	}
	if n == 0 {
		return fmt.Errorf("keeping what a step-up needs: session: %w", ErrNotFound)
	}
	return nil
}

// StepUp returns what a session can be stepped up by, or ErrNotFound.
func (s *Store) StepUp(ctx context.Context, session ID) (sealed []byte, err error) {
	if err := s.getter(ctx)([]any{&sealed}, selectStepUp, session[:]); err != nil {
		return nil, failed("reading what a step-up needs", err)
	}
	return sealed, nil
}

// ReplaceSession gives a session a new row for a step-up, and leaves the old one until
// ends at the latest. It returns ErrNotFound where the old one is gone, or was replaced
// before: a step-up counts once.
func (t *Tx) ReplaceSession(old ID, ends time.Time, n Session, sealed []byte) error {
	gone, err := t.exec(deleteStepUp, old[:])
	if err == nil {
		_, err = t.exec(shortenSession, millis(ends), old[:])
	}
	if err != nil {
		return failed("replacing session", err)
	}
	if gone == 0 {
		return fmt.Errorf("replacing session: %w", ErrNotFound)
	}
	if err := t.insertSession(n); err != nil {
		return err
	}
	return t.KeepStepUp(n.ID, sealed)
}
