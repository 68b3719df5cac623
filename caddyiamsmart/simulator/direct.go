package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// callDirect is the name of direct logins in the journal.
const callDirect = "simulator/direct"

// DirectLogin is a person who opens a service in the app's own catalogue.
type DirectLogin struct {
	// Client is the client ID of the service, which has a DirectURI.
	Client string
	// Person is the handle of who opens it.
	Person string
	// ErrorCode, where given, is sent in place of a code.
	ErrorCode string
	// Verifier sends a code_verifier along, as to the app of a service.
	Verifier bool
}

// Address is where the browser is sent: the registered address with code and RefID, and no state. The code is made anew with each
// call and bears all scopes of the client. The error says what of the login is not known.
func (s *Simulator) Address(login DirectLogin) (string, error) {
	c := s.clients[login.Client]
	person, known := s.person(login.Person)
	switch {
	case c == nil:
		return "", fmt.Errorf("there is no client %q", clip(login.Client))
	case c.DirectURI == "":
		return "", fmt.Errorf("the client %q has no address for direct logins", clip(login.Client))
	case !known:
		return "", fmt.Errorf("there is no person %q", clip(login.Person))
	case login.ErrorCode != "" && !codePattern.MatchString(login.ErrorCode):
		return "", fmt.Errorf("the code %q is not D and five digits", clip(login.ErrorCode))
	}
	answer := url.Values{"RefID": {randomHex()}}
	code := login.ErrorCode
	if code == "" {
		code = codeSuccess
		granted := &grant{clientID: c.ID, person: person, scope: strings.Join(c.Scopes, " "), direct: true}
		if login.Verifier {
			granted.verifier = randomHex()
			answer.Set("code_verifier", granted.verifier)
		}
		answer.Set("code", s.issueCode(granted))
	} else {
		answer.Set("error_code", code)
	}
	s.journal.done(callDirect, c.ID, code)
	return withQuery(c.DirectURI, answer), nil
}

// serveDirect takes the start page's form and sends the browser to the service.
func (s *Simulator) serveDirect(w http.ResponseWriter, r *http.Request) {
	s.journal.count(callDirect)
	form, ok := s.readForm(w, r)
	if !ok {
		return
	}
	address, err := s.Address(DirectLogin{Client: form.Get("client"), Person: form.Get("person"), ErrorCode: form.Get("error_code")})
	if err != nil {
		s.showMistake(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusFound)
}
