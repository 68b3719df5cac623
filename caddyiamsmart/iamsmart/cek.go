package iamsmart

import (
	"context"
	"sync"
	"time"
)

const (
	// renewEarly is how long before its end a content key is renewed.
	renewEarly = 5 * time.Minute
	// maxKeyAge bounds how long a content key is used, whatever end iAM Smart gives.
	maxKeyAge = 24 * time.Hour
)

// cek is one content-encryption key in use.
type cek struct {
	sealing
	renewAt time.Time
}

// newCEK decides when a key that ends at end is renewed. A short-lived one is used for half of what is left: iAM Smart gives
// the same key until it ends, so asking earlier would only mean asking at every call.
func newCEK(s sealing, end, now time.Time) *cek {
	left := min(end.Sub(now), maxKeyAge)
	return &cek{sealing: s, renewAt: now.Add(left - min(renewEarly, left/2))}
}

// cekCache holds the content key, in memory only. However many calls need a new one at once, one getKey serves them all.
type cekCache struct {
	fetch   func(context.Context) (*cek, error)
	timeout time.Duration
	now     func() time.Time

	mu      sync.Mutex
	current *cek
	flight  *flight

	previous  *cek      // still opens callbacks
	replaced  time.Time // when previous ceased to be current
	refreshed time.Time // when a callback last caused a getKey
}

// flight is one getKey under way; its result may be read once done is closed.
type flight struct {
	done chan struct{}
	key  *cek
	err  error
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
	if c.current != nil && c.now().Before(c.current.renewAt) {
		return c.current, nil
	}
	if c.flight == nil {
		c.flight = &flight{done: make(chan struct{})}
		// The flight outlives the call that began it: others wait for it too, and its result serves the next ones.
		go c.fly(context.WithoutCancel(ctx), c.flight)
	}
	return nil, c.flight
}

func (c *cekCache) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	f.key, f.err = c.fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.err == nil {
		if c.current != nil && !c.current.same(f.key) {
			c.retire(c.current)
		}
		c.current = f.key
	}
	c.flight = nil
	close(f.done)
}

// drop forgets a key that was refused, unless another call has replaced it already.
func (c *cekCache) drop(used *cek) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == used {
		c.retire(used)
		c.current = nil
	}
}
