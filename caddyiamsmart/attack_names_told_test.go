package caddyiamsmart_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// resealLink seals a person's link as it now is, as if it had been made so.
func (w *world) resealLink(person string) {
	w.t.Helper()
	rows, keys := w.openStore()
	defer rows.Close()
	hash := keys.PersonHash(w.ClientID, w.sim.OpenID(w.ClientID, person))
	link, err := firstLink(w.t.Context(), rows, store.Person{ClientID: w.ClientID, Hash: hash})
	if err == nil {
		err = rows.Update(w.t.Context(), func(tx *store.Tx) error { return tx.SealLink(link.ID, keys.SealOfLink(link)) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestT12NamesThatCannotBeTold: links to accounts whose names no header can
// hold. They are sound, for what the accounts are unique by is not the name.
func TestT12NamesThatCannotBeTold(t *testing.T) {
	names := map[string]string{
		"not UTF-8":     `CAST(x'6576696cff' AS TEXT)`,
		"a line end":    `'evil' || char(13, 10) || 'X-Admin: 1'`,
		"a NUL":         `'evil' || char(0) || 'admin'`,
		"257 bytes":     `'evil' || printf('%.*c', 253, 'x')`,
		"5000 bytes":    `'evil' || printf('%.*c', 4996, 'x')`,
		"right to left": `'evil' || char(8238) || 'nimda'`,
		"a list":        `'evil,admin'`,
	}
	g, _ := rowsArena(t, site{Gate: english, Header: "header_up X-Iam-User {iamsmart.account}"}, len(names))
	var changes, order []string
	for name, text := range names {
		changes = append(changes, fmt.Sprintf("UPDATE links SET account_name = %s, account_key = 'key:' || id WHERE account_name = '%s'",
			text, rowAccount(len(order))))
		order = append(order, name)
	}
	g.afresh(t, changes...)
	for i := range order {
		g.resealLink(rowAccount(i))
	}
	for i, name := range order {
		t.Run(name, func(t *testing.T) {
			before := g.e.count()
			b := g.browser()
			p := b.login(rowAccount(i), "approve")
			if p.StatusCode != http.StatusBadGateway || !g.logged(p.ref()) {
				t.Errorf("after the login: status %d, want 502 and a reference that the log holds", p.StatusCode)
			}
			if b.visit(g.Gate + "/open/page"); g.e.count() != before {
				t.Errorf("the application was told: %v", g.e.since(before))
			}
		})
	}
	if strings.Contains(g.log(), "evil") {
		t.Error("the log holds a name that cannot be told")
	}
}

// firstLink is the person's first link, or store.ErrNotFound.
func firstLink(ctx context.Context, rows *store.Store, p store.Person) (store.Link, error) {
	links, err := rows.Links(ctx, p, "default")
	if err != nil || len(links) == 0 {
		return store.Link{}, errors.Join(err, store.ErrNotFound)
	}
	return links[0], nil
}
