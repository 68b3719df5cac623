package session

import (
	"encoding/binary"
	"net/http"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Act is what a person who is logged in wants to do and iAM Smart is asked to
// approve.
type Act byte

const (
	Unlink      Act = 'U' // end the link that the session rests on
	LinkAnother Act = 'L' // link one more account
)

// ActFlow is the journey to iAM Smart of one session, for one act upon its own link
// and for nothing else. It comes from the sealed cookie of the browser that started
// it, and from nowhere else.
type ActFlow struct {
	journey
	Act     Act
	session store.ID
	link    int64
}

// On is the link of the session that began the journey.
func (f ActFlow) On() (link int64) { return f.link }

// Of tells whether it was this session that began the journey.
func (f ActFlow) Of(l Linked) bool { return f.session == l.e.row.ID && f.link == l.e.row.LinkID }

func (f ActFlow) encode() ([]byte, error) {
	head, err := f.head(kindAct, 0)
	head = append(append(head, byte(f.Act)), f.session[:]...)
	return binary.BigEndian.AppendUint64(head, uint64(f.link)), err
}

func decodeAct(j journey, rest []byte) (Flow, error) {
	f := ActFlow{journey: j}
	if len(rest) != 1+len(f.session)+8 {
		return nil, errSealed
	}
	f.Act = Act(rest[0])
	n := copy(f.session[:], rest[1:])
	f.link = int64(binary.BigEndian.Uint64(rest[1+n:]))
	if f.Act != Unlink && f.Act != LinkAnother {
		return nil, errSealed
	}
	return f, nil
}

func (f ActFlow) answered() Flow {
	f.Used = true
	return f
}

// StartAct begins the journey of an act and sets its cookie, under the bounds of
// [Manager.StartFlow]. It returns the state alone: the flow itself is only to be had
// from [Manager.Flow], when the browser has come back.
func (m *Manager) StartAct(w http.ResponseWriter, r *http.Request, l Linked, act Act) (state string, err error) {
	f := ActFlow{journey: m.depart(0), Act: act, session: l.e.row.ID, link: l.e.row.LinkID}
	return f.State, m.begin(w, f, m.flows(r))
}
