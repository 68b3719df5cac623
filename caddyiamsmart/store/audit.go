package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxDetail is how many bytes the detail of an audit row has at most; what is
// longer is cut.
const MaxDetail = 1024

// Audit is one row of the audit trail: what happened, to whom, and who did it. It
// holds no openID, no HKIC number and no secret; that is for the caller to see to.
//
// In bytes: ClientID, App and Actor 1 to 256, Event 1 to 64, Person and Way at most
// 64, Account 1024, Source 256, Ref 128. The store refuses what is longer.
type Audit struct {
	Number        int64 // given by the store: 1, 2, 3 and so on
	At            time.Time
	ClientID, App string
	Event         string
	Person        string // the name that apps may see (see Keys.Pseudonym), or ""
	Account       string // as the app spells it, or ""
	Source, Way   string
	Actor         string // "person", "admin", "gate" or "admin:NAME"
	Detail        string
	Ref           string // what the log and the person were told to ask with
	KeepUntil     time.Time

	// The chain, made by the store: until when the rows before this one have to be
	// kept, the seal of the row before it, and the seal over all of this.
	OlderUntil time.Time
	Before     Seal
	Seal       Seal
}

func (a *Audit) columns() []any {
	return []any{&a.Number, timeColumn{&a.At}, textColumn{&a.ClientID, maxID}, textColumn{&a.App, maxID},
		textColumn{&a.Event, maxWord}, textColumn{&a.Person, maxWord}, textColumn{&a.Account, maxAccount},
		textColumn{&a.Source, maxID}, textColumn{&a.Way, maxWord}, textColumn{&a.Actor, maxID},
		textColumn{&a.Detail, MaxDetail}, textColumn{&a.Ref, maxRef}, timeColumn{&a.KeepUntil},
		timeColumn{&a.OlderUntil}, sealColumn{&a.Before}, sealColumn{&a.Seal}}
}

// Audit adds a row to the audit trail and returns it as it was stored, with its
// number: it is there if and only if what else the transaction does is done.
// Numbers have no gaps. Number, OlderUntil, Before and Seal of a are not read.
// Times are cut to milliseconds, the detail to MaxDetail.
func (t *Tx) Audit(k *Keys, a Audit) (Audit, error) {
	var last Audit
	err := t.get([]any{&last.Number, timeColumn{&last.KeepUntil}, timeColumn{&last.OlderUntil}, sealColumn{&last.Seal}}, selectLastAudit)
	if errors.Is(err, ErrNotFound) {
		last, err = Audit{KeepUntil: time.UnixMilli(0), OlderUntil: time.UnixMilli(0)}, nil
	}
	if err == nil {
		err = t.get([]any{&a.Number}, selectNextAudit)
	}
	if err != nil {
		return Audit{}, failed("reading the end of the audit trail", err)
	}
	a.At, a.KeepUntil = a.At.Truncate(time.Millisecond).UTC(), a.KeepUntil.Truncate(time.Millisecond).UTC()
	a.Detail = cut(a.Detail, MaxDetail)
	a.OlderUntil, a.Before = last.keptUntil().UTC(), last.Seal
	a.Seal = k.sealOfAudit(a)
	_, err = t.exec(insertAudit, a.Number, millis(a.At), a.ClientID, a.App, a.Event, a.Person, a.Account, a.Source, a.Way,
		a.Actor, a.Detail, a.Ref, millis(a.KeepUntil), millis(a.OlderUntil), a.Before[:], a.Seal[:])
	if err != nil {
		return Audit{}, failed("adding to the audit trail", err)
	}
	return a, nil
}

// Audit adds a row to the audit trail in a transaction of its own; see Tx.Audit.
func (s *Store) Audit(ctx context.Context, k *Keys, a Audit) (added Audit, err error) {
	err = s.Update(ctx, func(t *Tx) error {
		added, err = t.Audit(k, a)
		return err
	})
	if err != nil {
		return Audit{}, err
	}
	return added, nil
}

// keptUntil is until when this row or one before it has to be kept.
func (a Audit) keptUntil() time.Time {
	if a.OlderUntil.After(a.KeepUntil) {
		return a.OlderUntil
	}
	return a.KeepUntil
}

// cut makes s valid UTF-8 of at most that many bytes.
func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	const more = "…"
	end := most - len(more)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more
}

// AuditQuery says which rows of the audit trail are wanted: those that fit every
// field that is not empty.
type AuditQuery struct {
	ClientID, App          string
	Person, Account, Event string
	Since                  time.Time // not earlier than
	Until                  time.Time // earlier than
	// Newest has the newest rows first instead of the oldest.
	Newest bool
	// After is the number of the last row that was seen before, in that order.
	After int64
	// Limit is how many rows are returned at most, from 1 to 1000. Anything else
	// means 1000.
	Limit int
}

// rowsAtOnce is how many rows a list has at most.
const rowsAtOnce = 1000

func atOnce(limit int) int {
	if limit < 1 || limit > rowsAtOnce {
		return rowsAtOnce
	}
	return limit
}

// AuditTrail returns rows of the audit trail, the oldest first unless the query
// says otherwise. That they are what was stored is for VerifyAudit to say.
func (s *Store) AuditTrail(ctx context.Context, q AuditQuery) (rows []Audit, err error) {
	query, args := q.where()
	err = s.each(ctx, func(scan func(...any) error) error {
		var a Audit
		if err := scan(a.columns()...); err != nil {
			return err
		}
		if !q.fits(a) {
			return errMisled
		}
		rows = append(rows, a)
		return nil
	}, selectAudit+query, args...)
	if err != nil {
		return nil, failed("reading the audit trail", err)
	}
	return rows, nil
}

// where has a condition only for what was asked for, or no index would be used.
func (q AuditQuery) where() (query string, args []any) {
	var conditions []string
	and := func(condition string, arg any) {
		args = append(args, arg)
		conditions = append(conditions, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	for _, c := range []struct{ column, value string }{
		{"client_id", q.ClientID}, {"app", q.App}, {"person", q.Person}, {"account", q.Account}, {"event", q.Event},
	} {
		if c.value != "" {
			and(c.column+" =", c.value)
		}
	}
	if !q.Since.IsZero() {
		and("at >=", millis(q.Since))
	}
	if !q.Until.IsZero() {
		and("at <", millis(q.Until))
	}
	order := " ORDER BY number"
	switch {
	case q.Newest && q.After > 0:
		and("number <", q.After)
	case !q.Newest:
		and("number >", q.After)
	}
	if q.Newest {
		order += " DESC"
	}
	if len(conditions) > 0 {
		query = " WHERE " + strings.Join(conditions, " AND ")
	}
	args = append(args, atOnce(q.Limit))
	return query + order + fmt.Sprintf(" LIMIT $%d", len(args)), args
}

// fits looks at what an index may have got wrong.
func (q AuditQuery) fits(a Audit) bool {
	for _, c := range [][2]string{
		{q.ClientID, a.ClientID}, {q.App, a.App}, {q.Person, a.Person}, {q.Account, a.Account}, {q.Event, a.Event},
	} {
		if c[0] != "" && c[0] != c[1] {
			return false
		}
	}
	return true
}
