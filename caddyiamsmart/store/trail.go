package store

import (
	"context"
	"time"
)

// Trail is where the acts of one app under one Client ID are written down. All
// fields but Report are required.
type Trail struct {
	Keys          *Keys
	ClientID, App string
	Keep          time.Duration // how long a row must stay
	Now           func() time.Time
	Report        func(Audit) // is told of every row, once it is stored
}

// ActorPerson is the actor of what the person did whom the row is about.
const ActorPerson = "person"

// ActorGate is the actor of what nobody asked for.
const ActorGate = "gate"

// Note writes a row as part of a transaction. The trail fills in Client ID, app and
// times, and the person as the actor where none is named.
func (l Trail) Note(t *Tx, a Audit) error {
	a.ClientID, a.App = l.ClientID, l.App
	a.Account = cut(a.Account, maxAccount) // a name that is too long to be told fails elsewhere
	a.At = l.Now()
	a.KeepUntil = a.At.Add(l.Keep)
	if a.Actor == "" {
		a.Actor = ActorPerson
	}
	a, err := t.Audit(l.Keys, a)
	if err == nil && l.Report != nil {
		t.Then(func() { l.Report(a) })
	}
	return err
}

// Write is Note in a transaction of its own.
func (l Trail) Write(ctx context.Context, rows *Store, a Audit) error {
	return rows.Update(ctx, func(t *Tx) error { return l.Note(t, a) })
}
