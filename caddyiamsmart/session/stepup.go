package session

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// replacedLife is how long a session's old id keeps its old rights after a step-up:
// what a page has sent with it just before must not log the person out.
const replacedLife = 10 * time.Second

// StepUp gives a session a new id, under which the person has shown themselves just
// now. seal makes what the next step-up needs, for the new session; also is done in the
// same transaction. It returns [store.ErrNotFound] where the session has ended, or was
// stepped up by another request: each counts once.
func (m *Manager) StepUp(ctx context.Context, w http.ResponseWriter, l Linked, seal func(store.ID) []byte, also func(*store.Tx) error) error {
	now := m.now()
	row := l.e.row
	row.CreatedAt, row.LastSeen, row.SteppedUpAt = now, now, now.Truncate(time.Millisecond)
	d, err := m.draft(row)
	if err != nil {
		return err
	}
	dies := now.Add(replacedLife)
	if dies.After(row.Ends) {
		dies = row.Ends
	}
	err = m.rows.Update(ctx, func(tx *store.Tx) error {
		if err := tx.ReplaceSession(l.e.row.ID, dies, d.Row, seal(d.Row.ID)); err != nil {
			return err
		}
		return also(tx)
	})
	if err != nil {
		return fmt.Errorf("stepping up session: %w", err)
	}
	l.e.dies.Store(dies.UnixMilli())
	m.Adopt(w, d)
	return nil
}
