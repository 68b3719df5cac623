package linkup

import (
	"context"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Page returns at most limit links of this app whose number is greater than after,
// lowest first. One that was altered is [store.ErrDamaged] for all.
func (l *Linker) Page(ctx context.Context, after int64, limit int) ([]store.Link, error) {
	return l.allSound(l.Rows.AllLinks(ctx, l.ClientID, l.App, after, limit))
}
