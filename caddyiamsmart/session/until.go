package session

import (
	"context"
	"time"
)

// Await returns once the session has ended, in whatever way that does, or ctx has: it
// is for what goes on long after its request was let in, as a websocket does. At
// least this often, and before the session could idle out, it asks look whether what
// is watched may go on, and whether it shows that the person is there.
func (m *Manager) Await(ctx context.Context, l Linked, every time.Duration, look func() (active, goesOn bool)) {
	for {
		left, _ := m.Left(l)
		select {
		case <-ctx.Done():
			return
		case <-l.e.over:
			return
		case <-time.After(max(min(left/2, every), time.Second)):
		}
		active, goesOn := look()
		if visitor, _ := m.Identify(ctx, l.e.cookie, 1, active); visitor != Visitor(l) || !goesOn {
			return
		}
	}
}

// Ended tells whether the session is over here.
func (l Linked) Ended() bool { return l.e.ended.Load() }
