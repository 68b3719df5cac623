package main

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
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
	sessions := session.New(session.Config{
		Realm: "default", ClientID: clientID, App: "default", Host: "localhost", Idle: time.Hour, Max: 12 * time.Hour, Now: time.Now,
	}, rows, keys, new(session.Cache))
	link, err := linkUp(ctx, rows, keys, sessions)
	if err != nil {
		return nil, err
	}
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
		for _, c := range (&http.Response{Header: http.Header(w)}).Cookies() {
			cookies[i] = c.Name + "=" + c.Value
		}
	}
	return cookies, nil
}

// linkUp links somebody to the one account, as if iAM Smart had given their number.
func linkUp(ctx context.Context, rows *store.Store, keys *store.Keys, sessions *session.Manager) (store.Link, error) {
	linker := &linkup.Linker{
		Rows: rows, Keys: keys, ClientID: clientID, App: "default", Host: "localhost", Now: time.Now, Tries: linkup.DefaultTries,
		Trail: store.Trail{Keys: keys, ClientID: clientID, App: "default", Keep: time.Hour, Now: time.Now, Report: func(store.Audit) {}},
	}
	id, _, err := linker.Begin(ctx, linkup.Arrival{Person: keys.PersonHash(clientID, "somebody"), UserType: "default", LastModified: time.Now()})
	if err != nil {
		return store.Link{}, err
	}
	pending, err := linker.ProveAnswered(ctx, store.Hash(id), linkup.Proven{
		Account: accounts.Account{Name: "chan", Key: "1"}, Source: "file", Way: linkup.ByHKIC,
	})
	if err != nil {
		return store.Link{}, err
	}
	return linker.Confirm(ctx, pending.ID, linkup.ProofToken(pending), func(link store.Link) (store.Session, error) {
		draft, err := sessions.Draft(link)
		return draft.Row, err
	})
}

// answer is where the cookie of a session is written.
type answer http.Header

func (a answer) Header() http.Header         { return http.Header(a) }
func (a answer) Write(p []byte) (int, error) { return len(p), nil }
func (a answer) WriteHeader(int)             {}
