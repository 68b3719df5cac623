package caddyiamsmart

import (
	"context"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// What the audit trail says beside the events of linkup. The words are stored, so
// they never change.
const (
	eventEverywhere   = "logout_everywhere"
	eventSessionEnded = "session_ended"
	eventWrong        = "wrong_password"
	eventState        = "account_closed"
	eventDoubleLogin  = "double_login" // at the 1st, 10th, 100th … time
	eventHeadersRead  = "headers_read"
	eventStepUp       = "step_up"
)

// maxRefusals bounds how many refusals of one link-up are written down.
const maxRefusals = 20

// newTrail is where the acts of this gate's app are written down: in the store, and
// to the logger iamsmart.audit.
func (g *Gate) newTrail(e *engine) store.Trail {
	return store.Trail{
		Keys: e.keys, ClientID: g.realm.clientID, App: g.App, Keep: g.app.auditKeep(), Now: time.Now, Report: g.reportAudit,
	}
}

func (g *Gate) reportAudit(a store.Audit) {
	fields := []zap.Field{
		zap.Int64("number", a.Number), zap.String("realm", g.Realm), zap.String("app", a.App),
		zap.String("person", a.Person), zap.String("way", a.Way), zap.String("actor", a.Actor),
		zap.String("detail", a.Detail), zap.String("ref", a.Ref),
	}
	log := g.app.auditLog.Info
	if a.Event == linkup.EventTaken {
		log = g.app.auditLog.Warn
	}
	log(a.Event, fields...)
}

// audit writes a row that goes with no other act. A failure is told to the log: what
// was decided stays decided.
func (g *Gate) audit(ctx context.Context, d *desk, a store.Audit) {
	if err := d.trail.Write(context.WithoutCancel(ctx), d.rows, a); err != nil {
		g.logger.Error("writing the audit trail", zap.String("event", a.Event), zap.Error(err))
	}
}

func (g *Gate) pseudonym(d *desk, person [32]byte) string {
	return d.keys.Pseudonym(person, g.realm.clientID, g.App)
}
