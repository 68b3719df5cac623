package form

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	canaryAge   = 10 * time.Minute // how long a good one counts
	canaryRetry = 30 * time.Second // between tries of rules that let it in
)

// canary tries from time to time whether the rules still tell right from
// wrong, with a name and a password that nobody has.
type canary struct {
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

// trusted returns nil if the rules were seen to refuse a stranger lately. It
// tries that now if need be; callers at the same time share one try.
func (f *Form) trusted(ctx context.Context) error {
	current, err := f.joinCanary(time.Now())
	if current == nil {
		return err
	}
	select {
	case <-current.done:
		return current.err
	case <-ctx.Done():
		return f.set.cannot("trying the rules with a random name", plainCause(ctx.Err()))
	}
}

// joinCanary returns the try to wait for, or none and what is known already.
func (f *Form) joinCanary(now time.Time) (*flight, error) {
	c := &f.canary
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
	go f.fly(c.flight, now)
	return c.flight, nil
}

func (f *Form) fly(current *flight, began time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTime-logoutTime)
	defer cancel()
	err := f.tryStranger(ctx)

	c := &f.canary
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.good, c.unusable = began, nil
	case errors.Is(err, accounts.ErrUnusable):
		c.unusable, c.tried = err, time.Now()
	case c.unusable != nil: // an app that is away is no proof that the rules are good again
		err, c.tried = c.unusable, time.Now()
	}
	current.err = err
	c.flight = nil
	close(current.done)
}

// tryStranger returns nil if the app says a clear no to a random name.
func (f *Form) tryStranger(ctx context.Context) error {
	b := newBrowser(f.set.url)
	defer b.close()
	in, err := f.set.login(ctx, b, randomName(), randomPassword())
	switch {
	case errors.Is(err, accounts.ErrWrong):
		return nil
	case err != nil:
		return err
	}
	f.logOut(ctx, b, []*page{in})
	f.logger.Error("account check is off: its rules would let anyone in",
		zap.String("app", f.set.where()),
		zap.String("found", "a random name with a random password counts as logged in"),
		zap.String("remedy", "state success rules that hold only after a right password, such as text that only a logged-in person sees"))
	return fmt.Errorf("%w: %s: its rules would let anyone in: a random name with a random password counts as logged in",
		accounts.ErrUnusable, f.set.where())
}

// randomName returns a name that looks like one, so that the app treats it as
// it treats any, and that nobody has: ten syllables out of eighty.
func randomName() string {
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

// randomPassword returns a password with what most rules for passwords ask
// for, so that no such rule answers in the app's place.
func randomPassword() string { return "aA1-" + rand.Text()[:16] }
