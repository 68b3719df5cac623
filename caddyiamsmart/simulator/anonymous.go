package simulator

import (
	"slices"
	"strings"
	"time"
)

// ticket is a request that waits for somebody to log in with it.
type ticket struct {
	*ask
	id      string
	ends    time.Time
	decided bool
}

// ticketLife is how long a ticketID serves.
const ticketLife = 18 * time.Minute

// ticketed is the answer to a call that begins a flow without login.
type ticketed struct {
	TicketID string `json:"ticketID"`
}

// initiateAnonymous serves the call by which f begins without a login.
func (s *Simulator) initiateAnonymous(f *function) func(*request) (any, error) {
	return func(req *request) (any, error) {
		clear, key, err := s.open(req)
		if err != nil {
			return nil, err
		}
		p := readParameters(clear)
		a := s.readAsk(p, req.client, f)
		source := ""
		if f.signs {
			source = p.text("source", maxText)
			s.readReturn(p, a)
		}
		if err := p.end(); err != nil {
			return nil, err
		}
		if err := s.fault(req); err != nil {
			return nil, err
		}
		if err := s.checkAnonymous(a, source); err != nil {
			return nil, err
		}
		made, err := s.makeTicket(a)
		if err != nil {
			return nil, err
		}
		return s.seal(req, key, ticketed{made.id})
	}
}

func (s *Simulator) checkAnonymous(a *ask, source string) error {
	if a.function.signs {
		return s.checkAsk(a, source)
	}
	return a.function.checkApproved(a.client, s.options.Variants)
}

func (s *Simulator) makeTicket(a *ask) (*ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := takeBusinessID(a); err != nil {
		return nil, err
	}
	now := s.options.Now()
	s.tickets.sweep(func(t *ticket) bool { return now.After(t.ends.Add(pendingMemory)) })
	made := &ticket{ask: a, id: randomHex(), ends: now.Add(ticketLife)}
	s.tickets.put(made.id, made)
	return made, nil
}

// checkTicket finds the ticket that getQR names.
func (s *Simulator) checkTicket(c *client, id, scope string) (*ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tickets.get(id)
	now := s.options.Now()
	switch {
	case !known || t.client != c:
		return nil, ruleTicketUnknown.broken("this client has no such ticketID")
	case t.decided:
		return nil, ruleTicketUsed.broken("the ticketID was decided on before")
	case now.After(t.ends):
		return nil, ruleTicketExpired.broken("the ticketID ended %v ago", now.Sub(t.ends))
	case !slices.Contains(strings.Split(scope, " "), t.function.scope):
		return nil, ruleTicketScope.broken("scope lacks %s", t.function.scope)
	}
	return t, nil
}

// decide is the code of an approval with a ticket.
func (t *ticket) decide(person Person) string {
	switch {
	case t.function.signs && person.UserType != userSign:
		return ruleUserType.code
	case t.function.signs && !person.matches(t.hkicHash):
		return ruleHKIC.code
	}
	return codeSuccess
}

// endTicket notes that the redirect tells the client how a request ended, where it brings no code to fetch a result with.
func (s *Simulator) endTicket(t *ticket, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code != codeSuccess {
		t.markDelivered()
	}
}

// result serves the call by which a client fetches what a flow without login brought.
func (s *Simulator) result(f *function) func(*request) (any, error) {
	return func(req *request) (any, error) {
		clear, key, err := s.open(req)
		if err != nil {
			return nil, err
		}
		p := readParameters(clear)
		accessToken, openID := p.text("accessToken", maxText), p.text("openID", maxText)
		businessID := p.optional("businessID", maxBusinessID)
		if err := p.end(); err != nil {
			return nil, err
		}
		if err := s.fault(req); err != nil {
			return nil, err
		}
		token, err := s.spendToken(req.client, f, accessToken, openID, businessID)
		if err != nil {
			return nil, err
		}
		content, err := s.outcomeContent(token.ticket.ask, s.otherwise(req.fault, token.person))
		if err != nil {
			return nil, err
		}
		return s.seal(req, key, content)
	}
}

// spendToken uses up the token of a flow without login.
func (s *Simulator) spendToken(c *client, f *function, name, openID, businessID string) (*accessToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := s.findToken(c, name, openID)
	if err != nil {
		return nil, err
	}
	switch {
	case token.ticket == nil || token.ticket.function != f:
		return nil, ruleTokenFlow.broken("the accessToken is that of another flow")
	case token.spent:
		return nil, ruleTokenSpent.broken("the result was fetched before")
	case businessID != "" && businessID != token.ticket.businessID:
		return nil, ruleResultBusiness.broken("the businessID is another than that of the ticket")
	}
	token.spent = true
	token.ticket.markDelivered()
	return token, nil
}
