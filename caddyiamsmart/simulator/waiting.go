package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// waiting is a request on a person's phone.
type waiting struct {
	*ask
	id       string
	person   string
	byQR     bool
	ticketID string // empty where the phone is another device
	ends     time.Time
	timer    *time.Timer
}

// Waiting is a request that waits for a person's decision.
type Waiting struct {
	ID         string    `json:"request"` // by which it is decided
	Call       string    `json:"call"`    // such as account/auth/profile/initiateRequest
	Client     string    `json:"client"`
	Person     string    `json:"person"` // the handle
	BusinessID string    `json:"businessID"`
	TicketID   string    `json:"ticketID,omitempty"` // where the person logged in on this device
	Fields     []string  `json:"fields,omitempty"`
	Until      time.Time `json:"until"` // then it times out
}

const maxWaiting = 10_000

// wait puts a request on the phone of the token's person. The caller holds the lock.
func (s *Simulator) wait(a *ask, token *accessToken) *waiting {
	w := &waiting{ask: a, id: randomHex(), person: token.person, byQR: token.byQR, ends: s.options.Now().Add(s.options.RequestLife)}
	if !w.byQR {
		w.ticketID = randomHex()
	}
	s.waiting.put(w.id, w)
	// On the clock of the machine. A test with a clock of its own ends the wait by the next thing that it does.
	w.timer = time.AfterFunc(s.options.RequestLife, s.expire)
	return w
}

// expire ends the requests whose time is over.
func (s *Simulator) expire() {
	s.mu.Lock()
	var over []*waiting
	now := s.options.Now()
	s.waiting.sweep(func(w *waiting) bool {
		if now.Before(w.ends) {
			return false
		}
		over = append(over, w)
		return true
	})
	s.mu.Unlock()
	for _, w := range over {
		s.deliver(w, w.function.timeout)
	}
}

// Waiting lists what waits for a decision, oldest first.
func (s *Simulator) Waiting() []Waiting {
	s.expire()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Waiting{}
	for w := range s.waiting.all() {
		list = append(list, Waiting{w.id, w.function.call, w.client.ID, w.person, w.businessID, w.ticketID, slices.Clone(w.fields), w.ends})
	}
	return list
}

// Decide ends a request that waits: approve, reject, cancel (where the function knows it), timeout or fail. The callback goes out at
// once, beside the caller. The id is that of Waiting; the error says what is wrong with it or with the decision.
func (s *Simulator) Decide(id, decision string) error {
	s.expire()
	w, err := s.takeWaiting(id, decision)
	if err != nil {
		return err
	}
	s.deliver(w, w.function.outcome(decision))
	return nil
}

func (s *Simulator) takeWaiting(id, decision string) (*waiting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, there := s.waiting.get(id)
	if !there {
		return nil, errors.New("this request is unknown, decided already or over")
	}
	if w.function.outcome(decision) == "" {
		return nil, fmt.Errorf("the decision is one of %s", strings.Join(w.function.decisions(), ", "))
	}
	s.waiting.remove(id)
	w.timer.Stop()
	return w, nil
}

// waitingTicket is the request that an app on the same device would open.
func (s *Simulator) waitingTicket(ticketID string) (*waiting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.waiting.all() {
		if ticketID != "" && w.ticketID == ticketID {
			return w, true
		}
	}
	return nil, false
}
