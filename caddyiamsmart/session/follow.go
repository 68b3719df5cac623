package session

import (
	"context"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Follow forgets the sessions that have ended in the store since it was last
// called: by another process, or because their link was deleted. It is for one
// caller at a time, and what came after an error comes again at the next call.
func (c *Cache) Follow(ctx context.Context, rows *store.Store) error {
	for {
		endings, err := rows.Endings(ctx, c.followed)
		if err != nil || len(endings) == 0 {
			return err
		}
		ended := make(map[store.ID]bool, len(endings))
		for _, e := range endings {
			ended[e.Session] = true
		}
		c.entries.Range(func(_, v any) bool {
			if e := v.(*entry); ended[e.row.ID] {
				c.forget(e)
			}
			return true
		})
		c.followed = endings[len(endings)-1].Number
	}
}
