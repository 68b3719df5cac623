package store

import (
	"context"
	"time"
)

const (
	rowsPerSweep = 500 // in one transaction, so that logins slip in between
	maxSweeps    = 200 // of one table in one call; the next call goes on
	// sessionsKept is how long a session's row outlives its absolute end, so
	// that a clock that is wrong by hours ends no session early.
	sessionsKept = 24 * time.Hour
)

// Sweep deletes claims and pending link-ups that have expired at now, sessions
// whose absolute end is a day past, and endings of sessions that would have
// ended by now, at most 100 000 of each. After an
// error part may be done; doing it again is harmless.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, table := range []struct {
		query string
		limit time.Time
	}{
		{sweepClaims, now},
		{sweepPendings, now},
		{sweepSessions, now.Add(-sessionsKept)},
		{sweepEndings, now},
	} {
		if err := s.sweepTable(ctx, table.query, table.limit); err != nil {
			return failed("sweeping", err)
		}
	}
	return nil
}

func (s *Store) sweepTable(ctx context.Context, query string, limit time.Time) error {
	for range maxSweeps {
		n, err := s.exec(ctx, query, millis(limit), rowsPerSweep)
		if err != nil {
			return err
		}
		if n < rowsPerSweep {
			return nil
		}
	}
	return nil
}
