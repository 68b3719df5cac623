package store

import (
	"context"
	"time"
)

// Ban is a person or an account whose tries are used up.
type Ban struct {
	Scope Scope // OfPerson or OfAccount
	Hash  [32]byte
	Tries int       // that count
	Until time.Time // when they count no more
}

// bansAtOnce bounds what Bans returns.
const bansAtOnce = 10_000

// Bans returns the persons and accounts of an app who have used up that many tries
// at now, some thousand at most and those by one person first. Tries count as long as
// each was made within the window of the next one, and the newest within that of now.
func (s *Store) Bans(ctx context.Context, clientID, app string, tries int, window time.Duration, now time.Time) (bans []Ban, err error) {
	for _, scope := range []Scope{OfPerson, OfAccount} {
		run := triesRun{window: window}
		ended := func() {
			if run.tries >= max(tries, 1) && len(bans) < bansAtOnce {
				bans = append(bans, Ban{scope, run.hash, run.tries, run.newest.Add(window)})
			}
		}
		err := s.each(ctx, func(scan func(...any) error) error {
			var hash [32]byte
			var at time.Time
			if err := scan(hashColumn{&hash}, timeColumn{&at}); err != nil {
				return err
			}
			if hash != run.hash {
				ended()
				run = triesRun{window: window, hash: hash, newest: at, last: now}
			}
			run.add(at)
			return nil
		}, selectTriesByHash, clientID, app, scope)
		if err != nil {
			return nil, failed("reading bans", err)
		}
		ended()
	}
	return bans, nil
}

// triesRun counts tries of one subject, the newest first.
type triesRun struct {
	window time.Duration
	hash   [32]byte
	newest time.Time
	last   time.Time // the one before, at first now
	over   bool
	tries  int
}

func (r *triesRun) add(at time.Time) {
	if r.over = r.over || r.last.Sub(at) >= r.window; !r.over {
		r.last = at
		r.tries++
	}
}

// DeleteTriesOf erases the tries of a subject, and says how many there were. The
// same tries stay counted for others.
func (t *Tx) DeleteTriesOf(of Subject) (int64, error) {
	n, err := t.exec(deleteTriesOf, of.ClientID, of.App, of.Scope, of.Hash[:])
	if err != nil {
		return 0, failed("deleting tries", err)
	}
	return n, nil
}
