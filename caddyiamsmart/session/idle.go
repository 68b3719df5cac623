package session

import (
	"context"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// IdleKept is how long it is remembered whose session ended because nobody did anything.
const IdleKept = 30 * time.Minute

// EndedIdle tells whose session a cookie was of that has ended so; n is how many cookies
// of that name came. It returns [store.ErrNotFound] for any other cookie.
func (m *Manager) EndedIdle(ctx context.Context, cookie string, n int) (store.IdleEnd, error) {
	if n != 1 {
		return store.IdleEnd{}, store.ErrNotFound
	}
	id, err := m.session.open(cookie)
	if err != nil {
		return store.IdleEnd{}, store.ErrNotFound
	}
	return m.rows.IdleEnd(ctx, store.Hash(id), m.now())
}
