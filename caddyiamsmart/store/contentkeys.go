package store

import (
	"context"
	"time"
)

// ContentKey returns the sealed content key that was last put for a client, or
// ErrNotFound.
func (s *Store) ContentKey(ctx context.Context, clientID string) ([]byte, error) {
	var owner string
	var sealed []byte
	if err := s.getter(ctx)([]any{&owner, &sealed}, selectContentKey, clientID); err != nil {
		return nil, failed("reading content key", err)
	}
	if owner != clientID {
		return nil, failed("reading content key", errMisled)
	}
	return sealed, nil
}

// PutContentKey stores the sealed content key of a client, 1 to 4096 bytes, in
// the place of the one before.
func (s *Store) PutContentKey(ctx context.Context, clientID string, sealed []byte, now time.Time) error {
	if _, err := s.exec(ctx, putContentKey, clientID, sealed, millis(now)); err != nil {
		return failed("storing content key", err)
	}
	return nil
}
