package caddyiamsmart

import (
	"context"
	"errors"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// contentKey is where the content key of one client is kept: the store, which
// all processes and the next start share.
type contentKey struct {
	rows     *store.Store
	clientID string
}

// Load implements iamsmart.KeyStore.
func (k contentKey) Load(ctx context.Context) ([]byte, error) {
	sealed, err := k.rows.ContentKey(ctx, k.clientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return sealed, err
}

// Save implements iamsmart.KeyStore.
func (k contentKey) Save(ctx context.Context, sealed []byte) error {
	return k.rows.PutContentKey(ctx, k.clientID, sealed, time.Now())
}

// keepContentKey lets a realm find the content key in the store, from before its
// first call on: no gate works before the store is open.
func (r *Realm) keepContentKey(e *engine) error {
	return r.client.KeepKey(contentKey{e.rows, r.clientID}, e.keys.Derive(32, "content key", r.clientID))
}

var _ iamsmart.KeyStore = contentKey{}
