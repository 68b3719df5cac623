package caddyiamsmart

import (
	"context"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// ErrNoSource is said of an account whose source is not configured any more.
var ErrNoSource = errNoSource

// CheckInOrder asks sources as a gate does that has them in this order.
func CheckInOrder(ctx context.Context, modules []any, username, password string) (accounts.Account, string, error) {
	s, err := newSources(modules)
	if err != nil {
		return accounts.Account{}, "", err
	}
	f, err := s.CheckPassword(ctx, username, password)
	return f.Account, f.source, err
}

// ReadOwn asks sources, as a gate does that has them in this order, for the account
// of an import.
func ReadOwn(ctx context.Context, modules []any, a accounts.Account, from string) (accounts.Record, error) {
	s, err := newSources(modules)
	if err != nil {
		return accounts.Record{}, err
	}
	f, err := s.ReadOwn(ctx, a, from)
	return f.Record, err
}
