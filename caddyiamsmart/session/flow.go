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

// Flow is one journey of one tab to iAM Smart and back: a [LoginFlow], an
// [ApprovalFlow] or an [ActFlow]. What the one is good for, the others are not.
type Flow interface {
	// Claim is the row that makes a flow good for one use.
	Claim() store.ID
	// Ends is when the claim may be forgotten.
	Ends() time.Time

	common() journey
	encode() ([]byte, error)
	answered() Flow // as it is remembered after its answer
}

// journey is what flows have in common.
type journey struct {
	State   string // what iAM Smart echoes: 32 characters
	Started time.Time
	Used    bool // it has been answered

	id [16]byte
}

// Claim is the row that makes a flow good for one use.
func (j journey) Claim() store.ID { return store.Hash(j.id[:]) }

// Ends is when the claim may be forgotten.
func (j journey) Ends() time.Time { return j.Started.Add(FlowLife) }

func (j journey) common() journey { return j }

// LoginFlow is one login attempt.
type LoginFlow struct {
	journey
	Return string // where the person was going
	Round  int    // how many attempts of this browser came to nothing before
}

func (f LoginFlow) encode() ([]byte, error) {
	head, err := f.head(kindLogin, f.Round)
	return append(head, f.Return...), err
}

// Of a login that was answered only the round still matters.
func (f LoginFlow) answered() Flow {
	f.Used, f.Return = true, "/"
	return f
}

// The kinds of sealed flows. What sealed flows began with before they had a kind
// is none of these.
const (
	kindLogin    = 'L'
	kindApproval = 'A'
	kindAct      = 'C'
)

// A sealed flow begins with its kind (1 byte), flags (1: bit 0 used, the rest the
// round), start (8, ms), id (16) and state (24). In a login the address to return
// to follows, in an approval what it is for.
const flowHead = 1 + 1 + 8 + 16 + stateBytes

func (j journey) head(kind byte, round int) ([]byte, error) {
	state, err := base64.RawURLEncoding.DecodeString(j.State)
	if err != nil || len(state) != stateBytes {
		return nil, errSealed
	}
	flags := byte(round) << 1
	if j.Used {
		flags |= 1
	}
	head := binary.BigEndian.AppendUint64([]byte{kind, flags}, uint64(j.Started.UnixMilli()))
	head = append(head, j.id[:]...)
	return append(head, state...), nil
}

func decodeFlow(plain []byte) (Flow, error) {
	if len(plain) <= flowHead {
		return nil, errSealed
	}
	j := journey{
		Used:    plain[1]&1 == 1,
		Started: time.UnixMilli(int64(binary.BigEndian.Uint64(plain[2:]))),
		State:   base64.RawURLEncoding.EncodeToString(plain[26:flowHead]),
	}
	copy(j.id[:], plain[10:26])
	rest := plain[flowHead:]
	switch plain[0] {
	case kindLogin:
		return LoginFlow{journey: j, Return: string(rest), Round: int(plain[1] >> 1)}, nil
	case kindApproval:
		return decodeApproval(j, rest)
	case kindAct:
		return decodeAct(j, rest)
	}
	return nil, errSealed
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
// the oldest of this browser is dropped. Of a browser with a session the logins before
// count as no rounds: they held.
func (m *Manager) StartFlow(w http.ResponseWriter, r *http.Request, to Return, held bool) (LoginFlow, error) {
	f := LoginFlow{Return: to.Address, Round: to.Round}
	others := m.flows(r)
	for _, o := range others {
		if o, ok := o.(LoginFlow); ok && o.Used && !held && o.Round+1 > f.Round {
			f.Round = o.Round + 1
		}
	}
	f.Round = min(f.Round, MaxRounds)
	f.journey = m.depart(f.Round)
	return f, m.begin(w, f, others)
}

// depart makes the beginning of a flow. The last two bits of its state are the
// round, see roundOf.
func (m *Manager) depart(round int) journey {
	j := journey{Started: m.now()}
	raw := make([]byte, stateBytes)
	rand.Read(raw)
	raw[stateBytes-1] = raw[stateBytes-1]&^3 | byte(round)
	j.State = base64.RawURLEncoding.EncodeToString(raw)
	rand.Read(j.id[:])
	return j
}

// begin sets the cookie of a new flow and drops those that are too many.
func (m *Manager) begin(w http.ResponseWriter, f Flow, others []Flow) error {
	if err := m.setFlow(w, f, FlowLife); err != nil {
		return err
	}
	slices.SortFunc(others, func(a, b Flow) int { return b.common().Started.Compare(a.common().Started) })
	open := 1 // this one
	for _, o := range others {
		if !o.common().Used {
			open++
		}
		if o.common().Used || open > maxFlows {
			m.DropFlow(w, o)
		}
	}
	return nil
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
	set(w, m.flowName(f), sealed, life)
	return nil
}

// Flow finds the flow that a callback with this state belongs to. With
// [ErrFlowEnded] it returns the flow all the same; with [ErrNoFlow] a LoginFlow
// of which no more is known than its round.
func (m *Manager) Flow(r *http.Request, state string) (Flow, error) {
	lost := LoginFlow{Return: "/", Round: roundOf(state)}
	if len(state) != stateText {
		return lost, ErrNoFlow
	}
	sealed, ok := only(r, m.flowCookie(state))
	if !ok {
		return lost, ErrNoFlow
	}
	f, err := m.openFlow(sealed)
	if err != nil || subtle.ConstantTimeCompare([]byte(f.common().State), []byte(state)) != 1 {
		return lost, ErrNoFlow
	}
	if f.common().Used || !m.current(f.common().Started, FlowLife) {
		return f, ErrFlowEnded
	}
	return f, nil
}

func (m *Manager) openFlow(sealed string) (Flow, error) {
	plain, err := m.flow.open(sealed)
	if err != nil {
		return nil, err
	}
	return decodeFlow(plain)
}

// AnswerFlow marks the flow's cookie as answered; it lives on for two minutes so
// that a login which does not hold is counted as a round.
func (m *Manager) AnswerFlow(w http.ResponseWriter, f Flow) {
	if m.setFlow(w, f.answered(), usedFlowLife) != nil {
		m.DropFlow(w, f)
	}
}

// DropFlow takes the cookie of one flow away.
func (m *Manager) DropFlow(w http.ResponseWriter, f Flow) { drop(w, m.flowName(f)) }

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
		if f, err := m.openFlow(c.Value); err == nil && m.flowName(f) == c.Name {
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

func (m *Manager) flowName(f Flow) string { return m.flowCookie(f.common().State) }

func (m *Manager) flowCookie(state string) string {
	return m.names.flow + state[:min(len(state), tabPart)]
}
