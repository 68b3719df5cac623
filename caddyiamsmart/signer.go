package caddyiamsmart

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// The life of a signing key: it is published keyAhead before it signs, so that verifiers
// which keep what they have read know it in time; signs for keyLife; and stays published
// keyAfter, until whatever it has signed is over.
const (
	keyLife  = 90 * 24 * time.Hour
	keyAhead = 48 * time.Hour
	keyAfter = 24 * time.Hour
	// keysKept is how long this program goes by what it has read of the keys. It is much
	// shorter than keyAhead, since another machine may have made the next key.
	keysKept = time.Hour
	jwksKept = 10 * time.Minute // how long verifiers may keep the published keys
)

// signNow is the clock of assertions and their keys. Only tests change it.
var signNow = time.Now

// signer holds the keys that sign the assertions of a realm. It is safe for concurrent
// use.
type signer struct {
	rows      *store.Store
	keys      *store.Keys
	logger    *zap.Logger
	realm     string
	algorithm string

	mu     sync.Mutex
	chain  []link // the first to begin first
	readAt time.Time
}

// link is one key of the chain.
type link struct {
	key    upstream.SigningKey
	begins time.Time
}

// current is the key that signs now.
func (s *signer) current(ctx context.Context, now time.Time) (upstream.SigningKey, error) {
	chain, err := s.read(ctx, now)
	if err != nil {
		return upstream.SigningKey{}, err
	}
	key := chain[0].key // a clock that was set back finds one all the same
	for _, l := range chain {
		if !l.begins.After(now) {
			key = l.key
		}
	}
	return key, nil
}

// published are all keys by which an assertion may have to be verified now or soon.
func (s *signer) published(ctx context.Context, now time.Time) (keys []upstream.SigningKey, err error) {
	chain, err := s.read(ctx, now)
	for _, l := range chain {
		keys = append(keys, l.key)
	}
	return keys, err
}

// read returns the keys, one at least. Where the store cannot be reached it goes by what
// it has read before.
func (s *signer) read(ctx context.Context, now time.Time) ([]link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chain != nil && now.Sub(s.readAt).Abs() < keysKept {
		return s.chain, nil
	}
	chain, err := s.turn(ctx, now)
	switch {
	case err == nil:
		s.chain, s.readAt = chain, now
	case s.chain == nil:
		return nil, fmt.Errorf("reading the keys that sign assertions: %w", err)
	default:
		s.readAt = now.Add(time.Minute - keysKept) // not at each request
		s.logger.Error("reading the keys that sign assertions; those that are known go on", zap.Error(err))
	}
	return s.chain, nil
}

// turn reads the keys, makes the one that is due and forgets those that nobody needs any
// more, all in one transaction: of several machines one makes it.
func (s *signer) turn(ctx context.Context, now time.Time) (chain []link, err error) {
	err = s.rows.Update(ctx, func(tx *store.Tx) error {
		rows, err := tx.SigningKeys(s.realm, s.algorithm)
		if err != nil {
			return err
		}
		for len(rows) > 1 && now.Sub(rows[1].Begins) > keyAfter {
			if err := tx.DeleteSigningKey(rows[0]); err != nil {
				return err
			}
			rows = rows[1:]
		}
		if begins, due := nextKey(rows, now); due {
			row, err := s.make(begins)
			if err != nil {
				return err
			}
			if err := tx.PutSigningKey(row); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		chain = chain[:0]
		for _, row := range rows {
			key, err := s.open(row)
			if err != nil {
				return err
			}
			chain = append(chain, link{key, row.Begins})
		}
		return nil
	})
	return chain, err
}

// nextKey tells whether a key has to be made, and from when on it signs.
func nextKey(rows []store.SigningKey, now time.Time) (begins time.Time, due bool) {
	if len(rows) == 0 {
		return now, true
	}
	begins = rows[len(rows)-1].Begins.Add(keyLife)
	if now.Before(begins.Add(-keyAhead)) {
		return begins, false
	}
	if soonest := now.Add(keyAhead / 2); begins.Before(soonest) { // nobody was here to make it in time
		begins = soonest
	}
	return begins, true
}

func (s *signer) make(begins time.Time) (store.SigningKey, error) {
	key, err := upstream.NewSigningKey(s.algorithm)
	if err != nil {
		return store.SigningKey{}, err
	}
	text, err := key.Reveal()
	if err != nil {
		return store.SigningKey{}, fmt.Errorf("keeping signing key: %w", err)
	}
	row := store.SigningKey{Realm: s.realm, Algorithm: s.algorithm, ID: key.ID(), Begins: begins.Truncate(time.Millisecond)}
	row.Sealed = s.keys.Seal(text, s.labels(row)...)
	return row, nil
}

func (s *signer) open(row store.SigningKey) (upstream.SigningKey, error) {
	text, err := s.keys.Open(row.Sealed, s.labels(row)...)
	if err != nil {
		return upstream.SigningKey{}, fmt.Errorf("opening signing key %s: %w", row.ID, err)
	}
	return upstream.KeptSigningKey(s.algorithm, text)
}

func (s *signer) labels(row store.SigningKey) []string {
	return []string{"signing key", row.Realm, row.Algorithm, row.ID, fmt.Sprint(row.Begins.UnixMilli())}
}
