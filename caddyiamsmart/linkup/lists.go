package linkup

import (
	"context"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// What an administrator looks at. A row that was altered is shown as such and not
// as an error: it is the one to be found.

// ListedLink is a link of this app. Altered is whether it fits its seal no more; then
// it opens nothing, and nothing that it says is to be believed.
type ListedLink struct {
	store.Link
	Altered bool
}

// AllLinks returns at most limit links whose number is greater than after, lowest
// first.
func (l *Linker) AllLinks(ctx context.Context, after int64, limit int) ([]ListedLink, error) {
	rows, err := l.Rows.AllLinks(ctx, l.ClientID, l.App, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	links := make([]ListedLink, len(rows))
	for i, row := range rows {
		_, err := l.sound(row, nil)
		links[i] = ListedLink{row, err != nil}
	}
	return links, nil
}
