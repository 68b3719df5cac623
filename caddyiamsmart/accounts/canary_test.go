package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Given a source that comes to let anyone in, is mended and goes away, when time
// passes, then it is tried every ten minutes, every thirty seconds while it lets
// anyone in, and once for all who ask at the same time.
func TestCanary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c accounts.Canary
		var mu sync.Mutex
		var says error
		tries := 0
		ask := func() error {
			return c.Trusted(t.Context(), 20*time.Second, func(ctx context.Context) error {
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				tries++
				return says
			})
		}
		open, away := fmt.Errorf("%w: open", accounts.ErrUnusable), fmt.Errorf("%w: away", accounts.ErrCannotCheck)
		for _, tt := range []struct {
			after time.Duration
			says  error
			want  error
			tries int
		}{
			{0, away, away, 1},
			{0, nil, nil, 2},
			{9 * time.Minute, open, nil, 2},
			{2 * time.Minute, open, open, 3},
			{time.Second, nil, open, 3},
			{30 * time.Second, away, open, 4},
			{31 * time.Second, nil, nil, 5},
			{11 * time.Minute, away, away, 6},
			{0, nil, nil, 7},
		} {
			time.Sleep(tt.after)
			says = tt.says
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					if err := ask(); !errors.Is(err, tt.want) {
						t.Errorf("after %s: %v, want %v", tt.after, err, tt.want)
					}
				})
			}
			all.Wait()
			if tries != tt.tries {
				t.Errorf("after %s: tried %d times, want %d", tt.after, tries, tt.tries)
			}
		}

		time.Sleep(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := c.Trusted(ctx, time.Second, func(ctx context.Context) error { <-ctx.Done(); return away })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a visitor who leaves: %v", err)
		}
		time.Sleep(2 * time.Second) // the try ends by its own time
	})
	seen := make(map[string]bool)
	for range 100 {
		for _, random := range []string{accounts.RandomName(), accounts.RandomPassword()} {
			if seen[random] {
				t.Errorf("%s comes twice", random)
			}
			seen[random] = true
		}
	}
}
