package linkup

import (
	"context"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/accounts"
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

// ListedRequest is a request for an account. Altered is as in [ListedLink].
type ListedRequest struct {
	store.Registration
	Altered bool
}

// AllRequests returns at most limit requests that have not expired and whose number is
// greater than after, lowest first, and the number after which to go on, 0 where there
// is no more. Decided ones are among them only where all is set.
func (l *Linker) AllRequests(ctx context.Context, all bool, after int64, limit int) (requests []ListedRequest, next int64, err error) {
	q := store.RegistrationQuery{ClientID: l.ClientID, App: l.App, State: store.RegistrationOpen, After: after, Limit: limit}
	if all {
		q.State = ""
	}
	rows, err := l.Rows.Registrations(ctx, q)
	if err != nil {
		return nil, 0, fmt.Errorf("listing requests: %w", err)
	}
	if len(rows) == limit {
		next = rows[limit-1].Number
	}
	for _, row := range rows {
		if l.Now().Before(row.Expires) {
			requests = append(requests, ListedRequest{row, !l.Keys.RegistrationFits(row)})
		}
	}
	return requests, next, nil
}

// RequestByNumber returns a request of this app that has not expired, open or decided,
// or [store.ErrNotFound].
func (l *Linker) RequestByNumber(ctx context.Context, number int64) (store.Registration, error) {
	rows, err := l.Rows.Registrations(ctx, store.RegistrationQuery{ClientID: l.ClientID, App: l.App, After: number - 1, Limit: 1})
	if err != nil {
		return store.Registration{}, err
	}
	if len(rows) == 0 || rows[0].Number != number || !l.Now().Before(rows[0].Expires) {
		return store.Registration{}, store.ErrNotFound
	}
	return l.soundRequest(rows[0], nil)
}

// OfAccount returns the links that hold an account, for an administrator who asks
// about it; none is no error. One that was altered is [store.ErrDamaged] for all.
func (l *Linker) OfAccount(ctx context.Context, a accounts.Account) (links []store.Link, err error) {
	err = l.Rows.Update(ctx, func(tx *store.Tx) (err error) {
		links, err = l.allSound(tx.LinksOfAccount(l.ClientID, l.App, Key(a)))
		return err
	})
	return links, err
}
