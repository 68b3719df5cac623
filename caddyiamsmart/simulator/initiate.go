package simulator

import (
	"net/url"
	"slices"
)

const (
	maxBusinessID = 36
	maxText       = 255
	maxFormNumber = 20
	maxDepartment = 100
	maxAddress    = 2048
	maxBusinesses = 20_000 // per client
)

// apiSources are the sources of a call that asks a person: those of getQR, and the apps.
var apiSources = append(slices.Clone(sources), "App_Link", "App_Package", "App_Scheme")

// business is what is remembered of a businessID.
type business struct {
	function     *function
	delivered    bool // the result, or that there is none, went out
	acknowledged bool
}

// pushed is the answer to a call that asks a person who is logged in.
type pushed struct {
	AuthByQR bool   `json:"authByQR"`
	TicketID string `json:"ticketID,omitempty"`
}

// initiate serves the call by which f asks a person who is logged in.
func (s *Simulator) initiate(f *function) func(*request) (any, error) {
	return func(req *request) (any, error) {
		clear, key, err := s.open(req)
		if err != nil {
			return nil, err
		}
		p := readParameters(clear)
		a := s.readAsk(p, req.client, f)
		accessToken, openID := p.text("accessToken", maxText), p.text("openID", maxText)
		source := p.text("source", maxText)
		s.readReturn(p, a)
		if err := p.end(); err != nil {
			return nil, err
		}
		if err := s.fault(req); err != nil {
			return nil, err
		}
		if err := s.checkAsk(a, source); err != nil {
			return nil, err
		}
		waiting, err := s.push(a, accessToken, openID)
		if err != nil {
			return nil, err
		}
		return s.seal(req, key, pushed{waiting.byQR, waiting.ticketID})
	}
}

// readAsk takes the parameters of every function, and its own.
func (s *Simulator) readAsk(p *parameters, c *client, f *function) *ask {
	a := &ask{function: f, client: c, businessID: p.text("businessID", maxBusinessID)}
	if a.businessID != "" && !visibleASCII(a.businessID) {
		p.note(ruleBusinessID.broken("businessID holds others than visible ASCII characters"))
	}
	f.read(s, p, a)
	if lang := p.optional("lang", maxText); lang != "" {
		if _, err := s.checkLang(lang); err != nil {
			p.note(err)
		}
	}
	return a
}

// readReturn takes where the result goes, and what comes back with it.
func (s *Simulator) readReturn(p *parameters, a *ask) {
	a.redirectURI, a.state = p.text("redirectURI", maxAddress), p.text("state", maxText)
	if a.state != "" && !statePattern.MatchString(a.state) {
		p.note(ruleState.broken("state has %d bytes, or others than allowed", len(a.state)))
	}
}

// checkAsk checks approval, source and address.
func (s *Simulator) checkAsk(a *ask, source string) (err error) {
	if err := a.function.checkApproved(a.client, s.options.Variants); err != nil {
		return err
	}
	if !slices.Contains(apiSources, source) {
		return ruleSource.broken("source is %q", clip(source))
	}
	registered := a.client.CallbackURIs
	if a.function.anonymous { // the result is fetched: the address is that of the browser
		registered = a.client.RedirectURIs
	}
	a.redirectURI, err = s.checkReturn(a.redirectURI, registered)
	return err
}

// checkReturn finds the registered address that uri means, as it stands or percent-encoded once.
func (s *Simulator) checkReturn(uri string, registered []string) (string, error) {
	plain := slices.Contains(registered, uri)
	decoded, err := url.QueryUnescape(uri)
	encoded := err == nil && decoded != uri && slices.Contains(registered, decoded)
	switch v := s.options.Variants; {
	case !plain && !encoded:
		return "", ruleCallbackURI.broken("redirectURI is %q", clip(uri))
	case v.RedirectEncoded && !encoded:
		return "", ruleRedirectForm.broken("redirectURI is not percent-encoded")
	case v.RedirectPlain && !plain:
		return "", ruleRedirectForm.broken("redirectURI is percent-encoded")
	case plain:
		return uri, nil
	}
	return decoded, nil
}

// push makes the last checks and lets the request wait on the person's phone.
func (s *Simulator) push(a *ask, accessToken, openID string) (*waiting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := s.findToken(a.client, accessToken, openID)
	if err != nil {
		return nil, err
	}
	if token.ticket != nil {
		return nil, ruleTokenFlow.broken("the accessToken is that of a flow without login")
	}
	if err := a.function.checkGranted(token, s.options.Variants); err != nil {
		return nil, err
	}
	if a.function.signs && token.userType != userSign {
		return nil, ruleUserType.broken("the person's user type is %s", token.userType)
	}
	if err := s.checkHKIC(a, token.person); err != nil {
		return nil, err
	}
	if err := takeBusinessID(a); err != nil {
		return nil, err
	}
	return s.wait(a, token), nil
}

// takeBusinessID uses up the businessID, as the last of all checks: a request that failed before has not used it. The caller holds the
// lock.
func takeBusinessID(a *ask) error {
	if _, used := a.client.businesses.get(a.businessID); used {
		return ruleBusinessIDTwice.broken("the businessID came before")
	}
	a.client.businesses.put(a.businessID, &business{function: a.function})
	return nil
}

// markDelivered notes that the client was told how the request ended. The caller holds the lock.
func (a *ask) markDelivered() {
	if b, known := a.client.businesses.get(a.businessID); known {
		b.delivered = true
	}
}
