package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// pendingLogin is a login page that waits for its decision.
type pendingLogin struct {
	qrRequest
	ends time.Time
}

// pendingMemory is how long an undecided page is remembered after its end, so that a late press still leads back to the client. It is
// the time for which a client has to wait.
const pendingMemory = 18 * time.Minute

const (
	callGetKey    = "security/getKey"
	callRevokeKey = "security/revokeKey"
	callGetToken  = "auth/getToken"
	callQR        = "auth/getQR"
	callDecide    = "simulator/decide"

	errorCancelled = "D40000"
	errorRejected  = "D40001"
	errorTimedOut  = "D40003"

	maxDecision = 4 << 10
)

// serveQR checks a getQR request and shows the login page, or the page that says what is wrong with the request.
func (s *Simulator) serveQR(w http.ResponseWriter, r *http.Request) {
	s.journal.count(callQR)
	qr, parameters, err := s.checkQR(r.URL.RawQuery)
	if r.Method != http.MethodGet {
		err = ruleMethod.broken("%s came as %q", callQR, clip(r.Method))
	}
	if err == nil {
		fault := s.journal.nextFault(callQR)
		err = fault.refusal()
		fault.suffer(r.Context())
	}
	clientID := ""
	if qr.client != nil {
		clientID = qr.client.ID
	}
	if err != nil {
		refused := asRefusal(err)
		if refused.rule != nil {
			s.journal.violation(callQR, refused)
		}
		s.journal.done(callQR, clientID, refused.code)
		if refused.page {
			writeGatewayPage(w, refused.code)
			return
		}
		setRetryAfter(w.Header(), refused.retryAfter)
		s.showRefusal(w, parameters["lang"], refused)
		return
	}
	s.journal.done(callQR, clientID, codeSuccess)
	s.showLogin(w, s.await(qr), qr)
}

// await remembers a login page under an id that cannot be guessed. The id alone entitles to decide.
func (s *Simulator) await(qr qrRequest) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.pending.sweep(func(p *pendingLogin) bool { return now.After(p.ends.Add(pendingMemory)) })
	id = randomHex()
	s.pending.put(id, &pendingLogin{qrRequest: qr, ends: now.Add(s.options.QRLife)})
	return id
}

// serveDecision takes what a person pressed and redirects to the client.
func (s *Simulator) serveDecision(w http.ResponseWriter, r *http.Request) {
	s.journal.count(callDecide)
	form, ok := s.readForm(w, r)
	if !ok {
		return
	}
	login, person, mistake := s.takeDecision(form)
	if mistake != "" {
		s.showMistake(w, http.StatusBadRequest, mistake)
		return
	}
	code := s.outcome(login, person, form.Get("decision"))
	s.journal.done(callDecide, login.client.ID, code)
	answer := url.Values{}
	if login.ticket != nil {
		answer.Set("businessID", login.ticket.businessID)
		s.endTicket(login.ticket, code)
	}
	if code == codeSuccess {
		answer.Set("code", s.issueCode(&grant{clientID: login.client.ID, person: person, scope: login.scope,
			byQR: login.byQR(), ticket: login.ticket}))
	} else if !s.options.Variants.BareDenial {
		answer.Set("error_code", code)
	}
	if login.state != "" {
		answer.Set("state", login.state)
	}
	w.Header().Set("Location", withQuery(login.redirectURI, answer))
	w.WriteHeader(http.StatusFound)
}

// readForm reads the form of a button, each field once, or shows what is wrong with it.
func (s *Simulator) readForm(w http.ResponseWriter, r *http.Request) (form url.Values, ok bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		s.showMistake(w, http.StatusMethodNotAllowed, "the decision is a POST")
		return nil, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxDecision)
	if err := r.ParseForm(); err != nil {
		s.showMistake(w, http.StatusBadRequest, "the form could not be read")
		return nil, false
	}
	for name, values := range r.PostForm {
		if len(values) != 1 {
			s.showMistake(w, http.StatusBadRequest, "the field "+name+" came more than once")
			return nil, false
		}
	}
	return r.PostForm, true
}

// takeDecision checks the form and takes the login away, so that it is decided once. A mistake in the form takes nothing away.
func (s *Simulator) takeDecision(form url.Values) (login *pendingLogin, person Person, mistake string) {
	switch form.Get("decision") {
	case "approve":
		known := false
		if person, known = s.person(form.Get("person")); !known {
			return nil, person, "approving needs the field person, one of the test persons"
		}
	case "reject", "cancel", "timeout":
	default:
		return nil, person, "the field decision is approve, reject, cancel or timeout"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	login, there := s.pending.get(form.Get("request"))
	if !there {
		return nil, person, "this login is unknown, decided already or long over"
	}
	s.pending.remove(form.Get("request"))
	if login.ticket != nil {
		if login.ticket.decided {
			return nil, person, "this request was decided on another page"
		}
		login.ticket.decided = true
	}
	return login, person, ""
}

// outcome is the code of a decision: what was pressed, unless the page was over or a test announced otherwise.
func (s *Simulator) outcome(login *pendingLogin, person Person, decision string) string {
	if fault := s.journal.nextFault(callDecide); fault.Code != "" {
		return fault.Code
	}
	if s.options.Now().After(login.ends) {
		decision = "timeout"
	}
	if login.ticket != nil {
		if decision == "approve" {
			return login.ticket.decide(person)
		}
		return login.ticket.function.outcome(decision)
	}
	switch decision {
	case "approve":
		return codeSuccess
	case "reject":
		return errorRejected
	case "cancel":
		return errorCancelled
	default:
		return errorTimedOut
	}
}

// withQuery appends parameters to a registered address, which may have a query of its own.
func withQuery(uri string, parameters url.Values) string {
	query := parameters.Encode()
	switch {
	case query == "":
		return uri
	case !strings.Contains(uri, "?"):
		return uri + "?" + query
	case strings.HasSuffix(uri, "?") || strings.HasSuffix(uri, "&"):
		return uri + query
	default:
		return uri + "&" + query
	}
}
