package store

import (
	"context"
	"time"
)

// VerifyAudit reads the whole audit trail and says how many rows it has and which
// is the first that is not as it was stored, or does not follow the one before it:
// somebody has changed it, put it there, or removed what was before it. firstBad is
// 0 where all is well.
//
// That the oldest rows are missing is well once the time is over for which they had
// to be kept. Newest rows that are missing are found when the next one has been
// added; somebody who resets the numbers of the database as well hides them from
// this, and only the log still has them.
//
// It sees the trail as it is when it begins, and takes about twenty seconds for a
// million rows; only ctx ends it.
func (s *Store) VerifyAudit(ctx context.Context, k *Keys) (rows, firstBad int64, err error) {
	now := time.Now()
	var last Audit
	err = s.eachOfMany(ctx, func(scan func(...any) error) error {
		var a Audit
		if err := scan(a.columns()...); err != nil {
			return err
		}
		rows++
		if firstBad == 0 && !(k.AuditFits(a) && a.follows(last, now)) {
			firstBad = a.Number
		}
		last = a
		return nil
	}, selectAudit+" ORDER BY number")
	if err != nil {
		return rows, firstBad, failed("checking the audit trail", err)
	}
	return rows, firstBad, nil
}

// follows tells whether a comes after last with nothing between them. Before the
// first row that there is may have been others that had to be kept no longer.
func (a Audit) follows(last Audit, now time.Time) bool {
	switch {
	case last.Number > 0:
		return a.Number == last.Number+1 && a.Before == last.Seal && a.OlderUntil.Equal(last.keptUntil())
	case a.Number == 1:
		return a.Before == Seal{}
	}
	return a.Before != Seal{} && !a.OlderUntil.After(now)
}
