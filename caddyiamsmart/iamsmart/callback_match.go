package iamsmart

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// refreshEvery is the least time between two getKeys that callbacks cause.
const refreshEvery = 30 * time.Second

var errNoKeyOpens = errors.New("the content opens with none of the content keys")

// openCallback opens a content with the keys that getKey gave; see [Client.OpenCallback]. It holds no lock while it opens.
func (c *cekCache) openCallback(ctx context.Context, framed []byte, pending bool) ([]byte, error) {
	tried := c.candidates()
	if plain, ok := openWithAny(tried, framed); ok {
		return plain, nil
	}
	if !pending {
		return nil, errNoKeyOpens
	}
	err := c.refresh(ctx)
	// Also after an error: somebody else's getKey may have ended since.
	fresh := c.candidates()
	if plain, ok := openWithAny(fresh, framed); ok {
		return plain, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w, and a newer one is not to be had: %w", errNoKeyOpens, err)
	}
	return nil, errNoKeyOpens
}

func openWithAny(keys []*cek, framed []byte) ([]byte, bool) {
	for _, key := range keys {
		if plain, err := key.openFramed(framed); err == nil {
			return plain, true
		}
	}
	return nil, false
}

var errTooSoon = errors.New("getKey was asked for a callback less than 30 seconds ago")

// refresh asks for a key although there is one, or waits for whoever is asking already. The key in use stays until the answer
// is there, so that no other call suffers.
func (c *cekCache) refresh(ctx context.Context) error {
	under, err := c.refreshing(ctx)
	if err != nil {
		return err
	}
	select {
	case <-under.done:
		return under.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *cekCache) refreshing(ctx context.Context) (*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flight != nil {
		return c.flight, nil
	}
	now := c.now()
	if since := now.Sub(c.refreshed).Abs(); since < refreshEvery {
		return nil, errTooSoon
	}
	c.refreshed = now
	c.flight = &flight{done: make(chan struct{}), newer: true}
	go c.fly(once(context.WithoutCancel(ctx)), c.flight)
	return c.flight, nil
}
