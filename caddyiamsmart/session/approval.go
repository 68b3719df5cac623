package session

import (
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// ApprovalFlow is the second journey to iAM Smart of one link-up: for one proof
// of one pending link-up and for nothing else. It comes from the sealed cookie of
// the browser that started it, and from nowhere else.
type ApprovalFlow struct {
	journey
	pending, proof store.ID
}

// For tells which proof of which pending link-up is to be approved.
func (f ApprovalFlow) For() (pending, proof store.ID) { return f.pending, f.proof }

func (f ApprovalFlow) encode() ([]byte, error) {
	head, err := f.head(kindApproval, 0)
	return append(append(head, f.pending[:]...), f.proof[:]...), err
}

func decodeApproval(j journey, rest []byte) (Flow, error) {
	f := ApprovalFlow{journey: j}
	if len(rest) != len(f.pending)+len(f.proof) {
		return nil, errSealed
	}
	copy(f.proof[:], rest[copy(f.pending[:], rest):])
	return f, nil
}

func (f ApprovalFlow) answered() Flow {
	f.Used = true
	return f
}

// StartApproval begins the second journey of a link-up and sets its cookie, under
// the bounds of [Manager.StartFlow]. It returns the state alone: the flow itself
// is only to be had from [Manager.Flow], when the browser has come back.
func (m *Manager) StartApproval(w http.ResponseWriter, r *http.Request, pending, proof store.ID) (state string, err error) {
	f := ApprovalFlow{journey: m.depart(0), pending: pending, proof: proof}
	return f.State, m.begin(w, f, m.flows(r))
}
