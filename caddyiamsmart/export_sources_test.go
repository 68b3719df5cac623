package caddyiamsmart

import (
	"context"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// CheckInOrder asks sources as a gate does that has them in this order.
func CheckInOrder(ctx context.Context, modules []any, username, password string) (accounts.Account, string, error) {
	s, err := newSources(modules)
	if err != nil {
		return accounts.Account{}, "", err
	}
	f, err := s.CheckPassword(ctx, username, password)
	return f.Account, f.source, err
}
