package linkup

import (
	"context"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	// AnswerWindow is how long a link-up waits for what a person is asked in iAM
	// Smart, which itself gives up after 18 minutes.
	AnswerWindow = 19 * time.Minute
	// Longest is how long a link-up may stand in all, whatever it waits for.
	Longest = time.Hour
)

// Wait keeps a link-up standing while the person is asked for something in iAM
// Smart. What is sealed in it becomes sealed, so that the caller finds what was
// asked. A proof stays.
//
// It returns [ErrEnded], also where the minutes are over in which a person who has
// shown themselves in iAM Smart may begin something.
func (l *Linker) Wait(ctx context.Context, id store.ID, sealed []byte) (store.Pending, error) {
	return l.change(ctx, "waiting for iAM Smart", id, func(p *store.Pending) error {
		if !l.inTime(*p) {
			return ErrEnded
		}
		p.Sealed = sealed
		standUntil(p, l.Now().Add(AnswerWindow))
		return nil
	})
}

// Answered ends a wait because the person has answered: they have shown themselves
// in iAM Smart, and the minutes run anew. profile is what iAM Smart said of them,
// or nil to leave what is known already.
func (l *Linker) Answered(ctx context.Context, id store.ID, sealed, profile []byte) (store.Pending, error) {
	return l.change(ctx, "taking iAM Smart's answer", id, func(p *store.Pending) error {
		p.Sealed = sealed
		if profile != nil {
			p.Profile = profile
		}
		p.ApprovedAt = l.Now()
		standUntil(p, p.ApprovedAt.Add(Window))
		return nil
	})
}

// StopWaiting ends a wait without an answer. Where the minutes from before it are
// over, so is the link-up ([ErrEnded]).
func (l *Linker) StopWaiting(ctx context.Context, id store.ID, sealed []byte) (store.Pending, error) {
	return l.change(ctx, "waiting no more", id, func(p *store.Pending) error {
		if !l.inTime(*p) {
			return ErrEnded
		}
		p.Sealed = sealed
		standUntil(p, p.ApprovedAt.Add(Window))
		return nil
	})
}

// standUntil has a link-up end then, but never later than Longest after it began.
func standUntil(p *store.Pending, end time.Time) {
	if last := p.CreatedAt.Add(Longest); end.After(last) {
		end = last
	}
	p.Expires = end
}

// Keep replaces what is sealed in a link-up.
func (l *Linker) Keep(ctx context.Context, id store.ID, sealed []byte) (store.Pending, error) {
	return l.change(ctx, "keeping what belongs to a link-up", id, func(p *store.Pending) error {
		p.Sealed = sealed
		return nil
	})
}
