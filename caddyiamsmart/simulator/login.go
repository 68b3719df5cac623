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
	callQR     = "auth/getQR"
	callDecide = "simulator/decide"

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
		err = s.journal.failure(callQR)
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
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		s.showMistake(w, http.StatusMethodNotAllowed, "the decision is a POST")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxDecision)
	if err := r.ParseForm(); err != nil {
		s.showMistake(w, http.StatusBadRequest, "the form could not be read")
		return
	}
	login, person, mistake := s.takeDecision(r.PostForm)
	if mistake != "" {
		s.showMistake(w, http.StatusBadRequest, mistake)
		return
	}
	code := s.outcome(login, r.PostForm.Get("decision"))
	s.journal.done(callDecide, login.client.ID, code)
	answer := url.Values{}
	if code == codeSuccess {
		answer.Set("code", s.issueCode(login, person))
	} else if !s.options.Variants.BareDenial {
		answer.Set("error_code", code)
	}
	if login.state != "" {
		answer.Set("state", login.state)
	}
	w.Header().Set("Location", withQuery(login.redirectURI, answer))
	w.WriteHeader(http.StatusFound)
}

// takeDecision checks the form and takes the login away, so that it is decided once. A mistake in the form takes nothing away.
func (s *Simulator) takeDecision(form url.Values) (login *pendingLogin, person Person, mistake string) {
	for name, values := range form {
		if len(values) != 1 {
			return nil, person, "the field " + name + " came more than once"
		}
	}
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
	return login, person, ""
}

// outcome is the code of a decision: what was pressed, unless the page was over or a test announced otherwise.
func (s *Simulator) outcome(login *pendingLogin, decision string) string {
	if err := s.journal.failure(callDecide); err != nil {
		return asRefusal(err).code
	}
	if s.options.Now().After(login.ends) {
		return errorTimedOut
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
