package main

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// logIn begins sessions of one linked person in the store of the gate, as a login does,
// and returns the Cookie header of each.
func logIn(ctx context.Context, dir string, people int) ([]string, error) {
	rows, err := store.OpenSQLite(ctx, filepath.Join(dir, "iamsmart.db"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	root, err := store.LoadRootKey(filepath.Join(dir, "iamsmart.key"), false)
	if err != nil {
		return nil, err
	}
	keys, err := store.OpenKeys(ctx, rows, root)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	link := store.Link{
		ClientID: clientID, App: "default", Person: keys.PersonHash(clientID, "somebody"), AccountName: "chan", AccountKey: "key:1",
		Source: "file", Way: "password", UserType: "default", LinkedAt: now, LastModified: now, ProvedAt: now,
	}
	err = rows.Update(ctx, func(tx *store.Tx) error {
		var err error
		if link.ID, err = tx.InsertLink(link); err != nil {
			return err
		}
		return tx.SealLink(link.ID, keys.SealOfLink(link))
	})
	if err != nil {
		return nil, err
	}
	sessions := session.New(session.Config{
		Realm: "default", ClientID: clientID, App: "default", Host: "localhost", Idle: time.Hour, Max: 12 * time.Hour, Now: time.Now,
	}, rows, keys, new(session.Cache))
	cookies := make([]string, people)
	for i := range cookies {
		draft, err := sessions.Draft(link)
		if err != nil {
			return nil, err
		}
		w := answer{}
		if err := sessions.Open(ctx, w, draft, session.Nobody{}); err != nil {
			return nil, err
		}
		cookies[i], _, _ = strings.Cut(http.Header(w).Get("Set-Cookie"), ";")
	}
	return cookies, nil
}

// answer is where the cookie of a session is written.
type answer http.Header

func (a answer) Header() http.Header         { return http.Header(a) }
func (a answer) Write(p []byte) (int, error) { return len(p), nil }
func (a answer) WriteHeader(int)             {}
