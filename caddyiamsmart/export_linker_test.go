package caddyiamsmart

import (
	"context"
	"net/http"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Linker is the gate's own.
func (a Asker) Linker() *linkup.Linker { return a.d.links }

// Trail is what was written down of one event of the gate's app, oldest first; of all with "".
func (a Asker) Trail(ctx context.Context, event string) ([]store.Audit, error) {
	return a.d.rows.AuditTrail(ctx, store.AuditQuery{ClientID: a.g.realm.clientID, App: a.g.App, Event: event})
}

// Unlinked is the row of the link-up that a browser with these cookies has.
func (a Asker) Unlinked(r *http.Request) (store.Pending, error) {
	who, err := a.g.unlinked(r, a.d)
	return who.row, err
}

// FilledIn is what a person filled in for a request, as an administrator sees it.
func (a Asker) FilledIn(r store.Registration) (map[string]string, error) {
	return a.g.openRequest(a.d, r)
}

// RecheckFrom lets gates that are provisioned later look at accounts so often, until
// undo.
func RecheckFrom(d time.Duration) (undo func()) {
	before := minRecheck
	minRecheck = d
	return func() { minRecheck = before }
}

// AccountsAre has the gate ask another source in the place of its own, until undo.
func (a Asker) AccountsAre(c accounts.PasswordChecker) (undo func()) {
	before := a.g.sources
	a.g.sources = sources{{name: before[0].name, checker: c}}
	return func() { a.g.sources = before }
}
