package store

import (
	"context"
	"time"
)

// Claim takes an id for ever to be the caller's alone: of any number of
// callers, on any number of machines, one gets nil and all others ErrClaimed.
// The row may be swept after expires, so expires must not come before the
// claimed thing itself has ended. On any other error the claim may or may not
// stand: the caller must go on as if it were not his.
func (s *Store) Claim(ctx context.Context, id ID, expires time.Time) error {
	n, err := s.exec(ctx, insertClaim, id[:], millis(expires))
	if err != nil {
		return failed("claiming", err)
	}
	if n == 0 {
		return ErrClaimed
	}
	return nil
}
