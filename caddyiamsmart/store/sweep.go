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
	// triesKept is longer than a run of ten tries can last, each of them made
	// within a quarter of an hour of the one before it.
	triesKept = 3 * time.Hour
)

// Sweep deletes claims, pending link-ups, requests and the rows of fresh links (not the
// links) that have expired at now, sessions whose absolute end is a day past,
// endings of sessions that would have ended by now and tries that are three
// hours old, link codes, registrations and expected links that have expired at
// now, kept forms and what is remembered of idle sessions, and the rows at the beginning of the audit trail that must be kept no
// longer, also by the clock of the database; the newest row stays. It deletes at
// most 100 000 of each. After an error part may be done; doing it
// again is harmless.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, table := range []struct {
		query string
		limit time.Time
	}{
		{sweepClaims, now},
		{sweepPendings, now},
		{sweepFreshLinks, now},
		{sweepRequests, now},
		{sweepSessions, now.Add(-sessionsKept)},
		{sweepTries, now.Add(-triesKept)},
		{sweepEndings, now},
		{sweepLinkCodes, now},
		{sweepRegistrations, now},
		{sweepExpectedLinks, now},
		{sweepIdleEnds, now},
		{sweepKeptForms, now},
		{sweepAudit, now},
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
