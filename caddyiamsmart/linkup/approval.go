package linkup

import (
	"context"
	"errors"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// ApprovalWindow is how much longer than [Window] a link-up stands once the
// second approval has been asked for: iAM Smart itself may take 18 minutes. The
// page that is left open then links nobody but the person who left it.
const ApprovalWindow = 20 * time.Minute

// ErrOtherPerson means that somebody else has approved than the person whose
// link-up it is.
var ErrOtherPerson = errors.New("another person approved than the one whose link-up it is")

// Asking is a journey to iAM Smart that was begun for one proof of one pending
// link-up, and for nothing else.
type Asking interface {
	For() (pending, proof store.ID)
}

// Approval is the yes that a person gave in iAM Smart to one proof of one
// pending link-up. The zero Approval approves nothing.
type Approval struct {
	pending, proof store.ID
	person         [32]byte
}

// Approved makes an Approval of a journey that iAM Smart has answered and of
// whom it vouched for.
func Approved(a Asking, person [32]byte) Approval {
	pending, proof := a.For()
	return Approval{pending: pending, proof: proof, person: person}
}

// Ask is called before the person is sent to iAM Smart for the second approval
// of the proof named by proofToken. The link-up then stands for ApprovalWindow
// longer, however often it is asked, but only for this proof.
//
// It returns [ErrEnded], [ErrStale], or [ErrOtherWay] where the link-up takes no
// second approval.
func (l *Linker) Ask(ctx context.Context, id store.ID, proofToken string) (store.Pending, error) {
	return l.change(ctx, "asking for approval", id, func(p *store.Pending) error {
		switch {
		case !l.ApprovalLast:
			return ErrOtherWay
		case !names(proofToken, *p):
			return ErrStale
		}
		standUntil(p, p.ApprovedAt.Add(Window+ApprovalWindow))
		return nil
	})
}

// ConfirmApproved makes the link that the person has agreed to in iAM Smart. It
// is [Linker.Confirm] otherwise, and also returns [ErrOtherPerson], which ends
// the link-up.
func (l *Linker) ConfirmApproved(ctx context.Context, a Approval,
	begin func(store.Link) (store.Session, error), stood ...store.ID,
) (store.Link, error) {
	return l.confirm(ctx, a.pending, func(p store.Pending) error {
		switch {
		case p.Proof == nil || p.Proof.ID != a.proof:
			return ErrStale
		case p.Person != a.person:
			return ErrOtherPerson
		}
		return nil
	}, begin, stood...)
}

// inTime tells whether the minutes still run that a person has after they have
// shown themselves in iAM Smart.
func (l *Linker) inTime(p store.Pending) bool { return l.Now().Before(p.ApprovedAt.Add(Window)) }

// unprove drops a proof, and with it the longer time that it had been given.
func unprove(p *store.Pending) {
	p.Proof = nil
	standUntil(p, p.ApprovedAt.Add(Window))
}
