package caddyiamsmart

import (
	"context"
	"encoding/json"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// What an administrator reads in the audit trail.
var auditActs = map[string]adminAct{
	"audit/list":   listAudit,
	"audit/verify": verifyAudit,
}

// auditAsk asks for a page of the rows that fit every field that is not empty.
type auditAsk struct {
	listAsk
	Since   time.Time `json:"since,omitzero"` // not earlier than
	Until   time.Time `json:"until,omitzero"` // earlier than
	Account string    `json:"account,omitempty"`
	Person  string    `json:"person,omitempty"` // the name that apps may see
	Event   string    `json:"event,omitempty"`
	Newest  bool      `json:"newest,omitempty"` // first; otherwise the oldest are
}

type auditAnswer struct {
	Rows []auditRow `json:"rows"` // fewer than were asked for at the end
}

type auditRow struct {
	Number  int64     `json:"number"`
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	Person  string    `json:"person,omitempty"` // the name that apps may see
	Account string    `json:"account,omitempty"`
	Source  string    `json:"source,omitempty"`
	Way     string    `json:"way,omitempty"`
	Actor   string    `json:"actor"` // "person", "gate", "admin" or "admin:NAME"
	Detail  string    `json:"detail,omitempty"`
	Ref     string    `json:"ref,omitempty"` // what log and person were told to ask with
}

func listAudit(ctx context.Context, o office, ask json.RawMessage) (any, error) {
	var q auditAsk
	if err := readAsk(ask, &q); err != nil {
		return nil, err
	}
	rows, err := o.desk.rows.AuditTrail(ctx, store.AuditQuery{
		ClientID: o.gate.realm.clientID, App: o.gate.App, Person: q.Person, Account: q.Account, Event: q.Event,
		Since: q.Since, Until: q.Until, Newest: q.Newest, After: q.After, Limit: q.limit(),
	})
	answer := auditAnswer{Rows: make([]auditRow, len(rows))}
	for i, a := range rows {
		answer.Rows[i] = auditRow{a.Number, a.At, a.Event, a.Person, a.Account, a.Source, a.Way, a.Actor, a.Detail, a.Ref}
	}
	return answer, err
}

// verifyAnswer is about the whole trail of the store, which all its realms and apps
// share.
type verifyAnswer struct {
	Rows     int64 `json:"rows"`
	FirstBad int64 `json:"first_bad"` // the number of the first row that is not as it was written, or does not follow the one before it; 0 where all is well
}

func verifyAudit(ctx context.Context, o office, ask json.RawMessage) (any, error) {
	if err := readAsk(ask, new(struct{})); err != nil {
		return nil, err
	}
	rows, bad, err := o.desk.rows.VerifyAudit(ctx, o.desk.keys)
	return verifyAnswer{rows, bad}, err
}
