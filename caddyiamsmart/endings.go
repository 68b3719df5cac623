package caddyiamsmart

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// followEvery is how soon a session ends here that was ended in the store by
// somebody else. Twice as long is promised.
const followEvery = time.Second

// followEndings looks in the store for sessions that were ended there, since
// the path of a request does not. It has a goroutine of its own, because
// sweeping may take longer than is promised.
func (e *engine) followEndings(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for well := true; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := e.cache.Follow(ctx, e.rows)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && well:
			e.logger.Error("looking for ended sessions; until the store can be read again, who is logged in stays so", zap.Error(err))
		case err == nil && !well:
			e.logger.Info("ended sessions are seen again")
		}
		well = err == nil
	}
}
