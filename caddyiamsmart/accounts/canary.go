package accounts

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"
)

const (
	canaryAge   = 10 * time.Minute // how long a good one counts
	canaryRetry = 30 * time.Second // between tries of a source that let it in
)

// Canary tries from time to time whether a source still tells right from wrong,
// with a name and a password that nobody has. The zero value has tried nothing
// yet; it is safe for concurrent use.
type Canary struct {
	mu       sync.Mutex
	good     time.Time // when the last good one began
	unusable error     // set from the one that got in to the next good one
	tried    time.Time // when that was last tried
	flight   *flight   // the one under way, for all who wait
}

type flight struct {
	done chan struct{} // closed once err is set
	err  error
}

// Trusted returns nil if the source was seen to refuse a stranger in the last
// ten minutes. It tries that now if need be, for at most within; callers at the
// same time share one try. try returns nil for a clear no, and an error that
// wraps [ErrUnusable] where the stranger got in, which is then told to all until
// a try comes out well, at most every thirty seconds. Other errors are those of
// try; that of the context is returned as it is.
func (c *Canary) Trusted(ctx context.Context, within time.Duration, try func(context.Context) error) error {
	current, err := c.join(time.Now(), within, try)
	if current == nil {
		return err
	}
	select {
	case <-current.done:
		return current.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join returns the try to wait for, or none and what is known already.
func (c *Canary) join(now time.Time, within time.Duration, try func(context.Context) error) (*flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.unusable == nil && !c.good.IsZero() && now.Sub(c.good) < canaryAge:
		return nil, nil
	case c.flight != nil:
		return c.flight, nil
	case c.unusable != nil && now.Sub(c.tried) < canaryRetry:
		return nil, c.unusable
	}
	c.flight = &flight{done: make(chan struct{})}
	// Of its own time: the visitor who happens to start it may leave, the
	// others still wait for it.
	go c.fly(c.flight, now, within, try)
	return c.flight, nil
}

func (c *Canary) fly(current *flight, began time.Time, within time.Duration, try func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := try(ctx)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.good, c.unusable = began, nil
	case errors.Is(err, ErrUnusable):
		c.unusable, c.tried = err, time.Now()
	case c.unusable != nil: // a source that is away is no proof that it is good again
		err, c.tried = c.unusable, time.Now()
	}
	current.err = err
	c.flight = nil
	close(current.done)
}

// RandomName returns a name that looks like one, so that a source treats it as it
// treats any, and that nobody has: ten syllables out of eighty.
func RandomName() string {
	const consonants, vowels = "bcdfghjklmnprstw", "aeiou"
	var random [20]byte
	rand.Read(random[:])
	var b strings.Builder
	for i := 0; i < len(random); i += 2 {
		b.WriteByte(consonants[int(random[i])%len(consonants)])
		b.WriteByte(vowels[int(random[i+1])%len(vowels)])
	}
	return b.String()
}

// RandomPassword returns a password with what most rules for passwords ask for,
// so that no such rule answers in the source's place.
func RandomPassword() string { return "aA1-" + rand.Text()[:16] }
