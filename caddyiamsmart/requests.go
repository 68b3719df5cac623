package caddyiamsmart

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// The kinds of requests whose answer iAM Smart posts to an address of its own:
// <prefix>/callback/<kind>.
const (
	requestProfile          = "profile"
	requestFormFilling      = "form"
	requestReauthentication = "reauthentication"
)

var errRequestAltered = errors.New("a request to iAM Smart is not what was asked: its row in the store was altered, or it is somebody else's")

// requestLife is how long a person has to answer. iAM Smart itself gives up then.
const requestLife = 18 * time.Minute

// serverCallbackURL is what the portal must know for a kind of request.
func (g *Gate) serverCallbackURL(kind string) string {
	base := g.realm.callbackBase
	if base == "" {
		base = g.origin
	}
	return base + g.callbackPath() + "/" + kind
}

// ask puts one request to iAM Smart in the name of a person. Its row is stored
// first, since the answer may come before begin returns. The request is known by
// two values that leave this server for iAM Smart only; the store has their
// hashes.
func (g *Gate) ask(ctx context.Context, d *desk, kind string, owner store.ID,
	begin func(id iamsmart.RequestID, callback string) (iamsmart.Started, error),
) (store.ID, iamsmart.Started, error) {
	id, now := iamsmart.NewRequestID(), time.Now()
	row := store.Request{
		ID: store.Hash([]byte(id.BusinessID)), ClientID: g.realm.clientID, App: g.App, Kind: kind, Owner: owner,
		State: sha256.Sum256([]byte(id.State.Reveal())), CreatedAt: now, ExpiresAt: now.Add(requestLife),
	}
	row.Seal = d.keys.SealOfRequest(row)
	if err := d.rows.PutRequest(ctx, row); err != nil {
		return row.ID, iamsmart.Started{}, err
	}
	started, err := begin(id, g.serverCallbackURL(kind))
	return row.ID, started, err
}

// outcome is what iAM Smart has answered to a request of this owner. It is false
// while no answer has come.
func (g *Gate) outcome(ctx context.Context, d *desk, id, owner store.ID) (iamsmart.Callback, bool, error) {
	row, err := d.rows.Request(ctx, id, time.Now())
	switch {
	case err != nil:
		return iamsmart.Callback{}, false, err
	case !d.keys.RequestFits(row) || row.Owner != owner:
		return iamsmart.Callback{}, false, errRequestAltered
	case row.AnsweredAt.IsZero():
		return iamsmart.Callback{}, false, nil
	}
	text, err := d.keys.Open(row.Answer, answerLabels(row)...)
	if err != nil {
		return iamsmart.Callback{}, false, fmt.Errorf("opening the answer to a request: %w", err)
	}
	callback, err := iamsmart.KeptCallback(text)
	return callback, err == nil, err
}

// answerLabels tie a sealed answer to its request.
func answerLabels(row store.Request) []string {
	return []string{"answer", row.ClientID, row.App, row.Kind, string(row.ID[:])}
}
