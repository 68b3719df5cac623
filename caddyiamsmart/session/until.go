package session

import (
	"context"
	"time"
)

// Until returns a context that ends with the session, in whatever way that does,
// or with ctx: for what goes on long after its request was let in, as a
// websocket does. Whoever has it must call the function once that is over.
func (m *Manager) Until(ctx context.Context, l Linked) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go m.watch(ctx, cancel, l)
	return ctx, cancel
}

// watch looks again each time the session may have ended by the clock.
func (m *Manager) watch(ctx context.Context, cancel context.CancelFunc, l Linked) {
	defer cancel()
	for {
		left, _ := m.Left(l)
		select {
		case <-ctx.Done():
			return
		case <-l.e.over:
			return
		case <-time.After(max(left, time.Second)):
		}
		visitor, _ := m.Identify(ctx, l.e.cookie, 1, false)
		if _, ok := visitor.(Linked); !ok {
			return
		}
	}
}
