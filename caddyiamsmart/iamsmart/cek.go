package iamsmart

import (
	"bytes"
	"context"
	"sync"
	"time"
)

const (
	// renewEarly is how long before its end a content key is renewed.
	renewEarly = 5 * time.Minute
	// maxKeyAge bounds how long a content key is used, whatever end iAM Smart gives.
	maxKeyAge = 24 * time.Hour
	// keptPrevious is how long a key that was replaced still opens what was sealed with it: as long as iAM Smart may take to
	// answer a request.
	keptPrevious = 18 * time.Minute
)

// cek is one content-encryption key in use. It is never changed.
type cek struct {
	sealing
	key     []byte    // for the KeyStore, which gets it sealed, and for comparing
	issued  time.Time // by iAM Smart's clock
	ends    time.Time
	renewAt time.Time
	fetched bool // by a getKey of this client, not read from its KeyStore
}

// newCEK decides when a key that iAM Smart has just given is renewed. A short-lived one is used for half of what is left.
func newCEK(key []byte, issued, ends, now time.Time) (*cek, error) {
	s, err := newSealing(key)
	if err != nil {
		return nil, err
	}
	left := min(ends.Sub(now), maxKeyAge)
	renewAt := now.Add(left - min(renewEarly, left/2))
	return &cek{sealing: s, key: key, issued: issued, ends: ends, renewAt: renewAt, fetched: true}, nil
}

// toItsEnd is the same key, used as long as it lasts.
func (k *cek) toItsEnd(now time.Time) *cek {
	longer := *k
	longer.renewAt = now.Add(min(k.ends.Sub(now), maxKeyAge))
	return &longer
}

func (k *cek) same(other *cek) bool { return k != nil && other != nil && bytes.Equal(k.key, other.key) }

// cekCache holds the content key. However many calls need a new one at once, one look into the KeyStore and one getKey serve
// them all.
type cekCache struct {
	fetch   func(context.Context) (*cek, error)
	timeout time.Duration
	now     func() time.Time

	mu        sync.Mutex
	keeper    *keeper // nil: the key lives in memory alone
	current   *cek
	refused   bool // current seals no further call
	revoked   bool // current opens nothing either
	before    *cek // the key that current replaced
	until     time.Time
	flight    *flight
	refreshed time.Time // when a callback last caused a getKey

	saving sync.Mutex // the last save holds the latest keys
}

// flight is one renewal under way; its result may be read once done is closed.
type flight struct {
	done  chan struct{}
	key   *cek
	err   error
	newer bool // than the one in use, which is good for calls
}

// get gives the key in use, or waits for a new one until ctx ends. Every error is an *Error.
func (c *cekCache) get(ctx context.Context) (*cek, error) {
	key, under := c.currentOrFlight(ctx)
	if key != nil {
		return key, nil
	}
	select {
	case <-under.done:
		return under.key, under.err
	case <-ctx.Done():
		return nil, &Error{Kind: KindUnavailable, Op: opGetKey, Err: ctx.Err()}
	}
}

func (c *cekCache) currentOrFlight(ctx context.Context) (*cek, *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && !c.refused && c.now().Before(c.current.renewAt) {
		return c.current, nil
	}
	if c.flight == nil {
		c.flight = &flight{done: make(chan struct{})}
		// The flight outlives the call that began it: others wait for it too, and its result serves the next ones.
		go c.fly(context.WithoutCancel(ctx), c.flight)
	}
	return nil, c.flight
}

// drop has a key that was refused replaced before the next call, unless another call has replaced it already.
func (c *cekCache) drop(used *cek) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == used {
		c.refused = true
	}
}

// forget has the keys that are held open and seal nothing any more: they were revoked.
func (c *cekCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused, c.revoked, c.before = true, true, nil
}

// candidates are the keys that may open what comes: the one that was last in use, also if it is due for renewal or was
// refused, and the one before it, which is given for 18 minutes. It asks nobody.
func (c *cekCache) candidates() []*cek {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []*cek
	if c.current != nil && !c.revoked {
		keys = append(keys, c.current)
	}
	if previous := c.previousAt(c.now()); previous != nil {
		keys = append(keys, previous)
	}
	return keys
}

func (c *cekCache) previousAt(now time.Time) *cek {
	if !now.Before(c.until) {
		c.before = nil
	}
	return c.before
}

func (c *cekCache) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	renewed, err := c.renew(ctx, f.newer)
	c.mu.Lock()
	if err == nil {
		c.replace(renewed)
	}
	f.key, f.err = renewed.cek, err
	c.flight = nil
	close(f.done)
	c.mu.Unlock()
	if err == nil && f.key.fetched {
		c.save() // whoever waited has the key already
	}
}

// renewal is a key to use from now on. One that comes from the KeyStore may bring the key that it replaced.
type renewal struct {
	*cek
	before *cek
	until  time.Time
}

// renew takes the key that another process has stored, else that of one getKey. Newer asks for another one than that in use.
func (c *cekCache) renew(ctx context.Context, newer bool) (renewal, error) {
	c.mu.Lock()
	have, spent, keeper := c.current, c.refused || newer, c.keeper
	c.mu.Unlock()
	if stored, ok := keeper.load(ctx, c.now()); ok && stored.betterThan(have, spent) {
		return stored, nil
	}
	key, err := c.fetch(ctx)
	if err != nil {
		return renewal{}, err
	}
	if now := c.now(); key.same(have) && !now.Before(have.renewAt) {
		// iAM Smart gives the same key until it ends: to ask for another one again before would mean asking at every call.
		key = key.toItsEnd(now)
	}
	return renewal{cek: key}, nil
}

// betterThan tells whether a stored key is worth a try in the place of the one that is held: not if that very key was
// refused or another one is wanted, nor if it is an older one.
func (r renewal) betterThan(have *cek, spent bool) bool {
	if r.same(have) {
		return !spent
	}
	return have == nil || !r.issued.Before(have.issued)
}

// replace puts a renewed key in use. The caller holds the lock.
func (c *cekCache) replace(next renewal) {
	switch {
	case c.current == nil:
		c.before, c.until = next.before, next.until
	case c.revoked: // the key before is gone already
	case !next.same(c.current):
		c.before, c.until = c.current, c.now().Add(keptPrevious)
	}
	c.current, c.refused, c.revoked = next.cek, false, false
}

// save hands the keys to the KeyStore. What goes wrong is reported: the key lives in memory then.
func (c *cekCache) save() {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	if c.keeper == nil || c.revoked {
		c.mu.Unlock()
		return
	}
	keeper, keys := c.keeper, renewal{cek: c.current, before: c.previousAt(c.now()), until: c.until}
	c.mu.Unlock()
	keeper.save(keys)
}
