package session

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	// FlowLife is how long a flow may take. iAM Smart itself may answer for 18
	// minutes.
	FlowLife = 20 * time.Minute
	maxFlows = 5
	maxFlow  = 1100 // bytes of the cookie's value: a return address of 512 fits
	// usedFlowLife is how long a flow that has been answered is remembered by
	// the browser, so that a login that does not hold is seen to go round.
	usedFlowLife = 2 * time.Minute
	// MaxRounds is after how many logins without success the gate explains
	// itself instead of going round once more.
	MaxRounds = 3

	stateBytes = 24
	stateText  = 32 // characters of a state in base64url
	tabPart    = 8  // characters of the state that name the cookie
)

// ErrNoFlow means that this browser did not start the flow that it brings back:
// the cookie is missing, or belongs to another state.
var ErrNoFlow = errors.New("no flow of this browser fits the state")

// ErrFlowEnded means that the flow was this browser's own but is too old.
var ErrFlowEnded = errors.New("the flow has ended")

// Flow is one login attempt of one tab.
type Flow struct {
	State   string // what iAM Smart echoes: 32 characters
	Return  string // where the person was going
	Round   int    // how many attempts of this browser came to nothing before
	Started time.Time
	Used    bool // it has been answered; only its round still matters

	id [16]byte
}

// Claim is the row that makes a flow good for one use.
func (f Flow) Claim() store.ID { return store.Hash(f.id[:]) }

// Ends is when the claim may be forgotten.
func (f Flow) Ends() time.Time { return f.Started.Add(FlowLife) }

// A sealed flow is flags (1 byte: bit 0 used, the rest the round), start (8, ms),
// id (16), state (24), and the address to return to.
const flowHead = 1 + 8 + 16 + stateBytes

func (f Flow) encode() ([]byte, error) {
	state, err := base64.RawURLEncoding.DecodeString(f.State)
	if err != nil || len(state) != stateBytes {
		return nil, errSealed
	}
	flags := byte(f.Round) << 1
	if f.Used {
		flags |= 1
	}
	plain := binary.BigEndian.AppendUint64([]byte{flags}, uint64(f.Started.UnixMilli()))
	plain = append(plain, f.id[:]...)
	plain = append(plain, state...)
	return append(plain, f.Return...), nil
}

func decodeFlow(plain []byte) (Flow, error) {
	if len(plain) <= flowHead {
		return Flow{}, errSealed
	}
	f := Flow{
		Used:    plain[0]&1 == 1,
		Round:   int(plain[0] >> 1),
		Started: time.UnixMilli(int64(binary.BigEndian.Uint64(plain[1:]))),
		State:   base64.RawURLEncoding.EncodeToString(plain[25:flowHead]),
		Return:  string(plain[flowHead:]),
	}
	copy(f.id[:], plain[9:25])
	return f, nil
}

// roundOf reads the round out of a state. It is there for one page only, the
// one that explains why a login goes round, and so needs no seal: where a
// browser keeps no cookie at all, the state is all that comes back.
func roundOf(state string) int {
	raw, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(raw) != stateBytes {
		return 0
	}
	return int(raw[stateBytes-1] & 3)
}

// StartFlow begins a login attempt and sets its cookie. Beyond five open flows
// the oldest of this browser is dropped.
func (m *Manager) StartFlow(w http.ResponseWriter, r *http.Request, to Return) (Flow, error) {
	f := Flow{Return: to.Address, Started: m.now(), Round: to.Round}
	others := m.flows(r)
	for _, o := range others {
		if o.Used && o.Round+1 > f.Round {
			f.Round = o.Round + 1
		}
	}
	f.Round = min(f.Round, MaxRounds)
	raw := make([]byte, stateBytes)
	rand.Read(raw)
	raw[stateBytes-1] = raw[stateBytes-1]&^3 | byte(f.Round)
	f.State = base64.RawURLEncoding.EncodeToString(raw)
	rand.Read(f.id[:])

	if err := m.setFlow(w, f, FlowLife); err != nil {
		return Flow{}, err
	}
	slices.SortFunc(others, func(a, b Flow) int { return b.Started.Compare(a.Started) })
	open := 1 // this one
	for _, o := range others {
		if !o.Used {
			open++
		}
		if o.Used || open > maxFlows {
			drop(w, m.flowName(o.State))
		}
	}
	return f, nil
}

func (m *Manager) setFlow(w http.ResponseWriter, f Flow, life time.Duration) error {
	plain, err := f.encode()
	if err != nil {
		return err
	}
	sealed, err := m.flow.seal(plain)
	if err != nil {
		return err
	}
	if len(sealed) > maxFlow {
		return errors.New("sealing flow: longer than a cookie may be")
	}
	set(w, m.flowName(f.State), sealed, life)
	return nil
}

// Flow finds the flow that a callback with this state belongs to. It returns
// [ErrNoFlow] or [ErrFlowEnded] with as much of the flow as is known: its round,
// and where it was going if the cookie could be read.
func (m *Manager) Flow(r *http.Request, state string) (Flow, error) {
	lost := Flow{Return: "/", Round: roundOf(state)}
	if len(state) != stateText {
		return lost, ErrNoFlow
	}
	sealed, ok := only(r, m.flowName(state))
	if !ok {
		return lost, ErrNoFlow
	}
	f, err := m.openFlow(sealed)
	if err != nil || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 {
		return lost, ErrNoFlow
	}
	if f.Used || !m.current(f.Started, FlowLife) {
		return f, ErrFlowEnded
	}
	return f, nil
}

func (m *Manager) openFlow(sealed string) (Flow, error) {
	plain, err := m.flow.open(sealed)
	if err != nil {
		return Flow{}, err
	}
	return decodeFlow(plain)
}

// AnswerFlow marks the flow's cookie as answered; it lives on for two minutes so
// that a login which does not hold is counted as a round.
func (m *Manager) AnswerFlow(w http.ResponseWriter, f Flow) {
	f.Used, f.Return = true, "/"
	if m.setFlow(w, f, usedFlowLife) != nil {
		drop(w, m.flowName(f.State))
	}
}

// DropFlow takes the cookie of one flow away.
func (m *Manager) DropFlow(w http.ResponseWriter, f Flow) { drop(w, m.flowName(f.State)) }

// ForgetFlows drops every flow cookie of this browser, at logout.
func (m *Manager) ForgetFlows(w http.ResponseWriter, r *http.Request) {
	for _, c := range m.flowCookies(r) {
		drop(w, c.Name)
	}
}

// flows reads the flows that this browser carries.
func (m *Manager) flows(r *http.Request) []Flow {
	var found []Flow
	for _, c := range m.flowCookies(r) {
		if f, err := m.openFlow(c.Value); err == nil && m.flowName(f.State) == c.Name {
			found = append(found, f)
		}
	}
	return found
}

// flowCookies are those of this gate's flows that a request brings; at most
// twice as many as a browser should have are looked at, readable or not.
func (m *Manager) flowCookies(r *http.Request) []*http.Cookie {
	var found []*http.Cookie
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, m.names.flow) && len(found) < 2*maxFlows {
			found = append(found, c)
		}
	}
	return found
}

func (m *Manager) flowName(state string) string {
	return m.names.flow + state[:min(len(state), tabPart)]
}
