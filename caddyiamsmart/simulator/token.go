package simulator

import (
	"crypto/subtle"
	"strings"
	"time"
)

// grant is a code that a redirect brought to a client.
type grant struct {
	clientID string
	person   Person
	scope    string
	byQR     bool
	ticket   *ticket // of a flow without login
	direct   bool    // by direct login
	verifier string  // of a direct login to an app
	ends     time.Time
	spent    bool
}

// codeMemory is how long a code that can no longer be exchanged is remembered, to tell a late or second try from an invented code.
const codeMemory = 18 * time.Minute

// tokenContent is the answer of getToken.
type tokenContent struct {
	AccessToken      string `json:"accessToken"`
	TokenType        string `json:"tokenType"`
	IssueAt          int64  `json:"issueAt"`
	ExpiresIn        int64  `json:"expiresIn"`
	OpenID           string `json:"openID"`
	LastModifiedDate int64  `json:"lastModifiedDate"`
	UserType         string `json:"userType"`
	Scope            string `json:"scope"`
}

// getToken exchanges a code for the token and the openID.
func (s *Simulator) getToken(req *request) (any, error) {
	clear, key, err := s.open(req)
	if err != nil {
		return nil, err
	}
	p := readParameters(clear)
	code, grantType := p.text("code", maxText), p.text("grantType", maxText)
	if grantType != "authorization_code" {
		p.note(ruleGrantType.broken("grantType is %q", clip(grantType)))
	}
	var direct directFields
	if !s.options.Variants.DirectPlain {
		direct = directFields{p.flag("isDirectLogin"), p.optional("code_verifier", maxText)}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	if err := s.fault(req); err != nil {
		return nil, err
	}
	granted, err := s.spend(req.client, code, direct)
	if err != nil {
		return nil, err
	}
	if other, mixed := s.person(req.fault.OtherPerson); mixed {
		granted.person = other
	}
	return s.seal(req, key, s.token(req.client, granted))
}

// directFields are what getToken takes beside the code after a direct login.
type directFields struct {
	marked   bool
	verifier string
}

// token makes the answer, and remembers what it allows.
func (s *Simulator) token(c *client, granted grant) tokenContent {
	now := s.options.Now()
	token := tokenContent{
		AccessToken:      randomHex(),
		TokenType:        "Bearer",
		IssueAt:          now.UnixMilli(),
		ExpiresIn:        s.expiresIn(now, s.options.TokenLife),
		OpenID:           openID(c.Client, granted.person.Name),
		LastModifiedDate: granted.person.LastModified.UnixMilli(),
		UserType:         granted.person.UserType,
		Scope:            granted.scope,
	}
	s.keepToken(token.AccessToken, &accessToken{
		clientID: c.ID, openID: token.OpenID, person: granted.person.Name, userType: token.UserType,
		scopes: strings.Split(granted.scope, " "), ends: now.Add(s.options.TokenLife), byQR: granted.byQR, ticket: granted.ticket,
	})
	return token
}

// spend uses up a code.
func (s *Simulator) spend(c *client, code string, direct directFields) (none grant, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	granted, known := s.codes.get(code)
	now := s.options.Now()
	switch {
	case !known:
		return none, ruleCodeUnknown.broken("there is no such code, or it is long over")
	case granted.clientID != c.ID:
		return none, ruleCodeClient.broken("the code was made for another client")
	case granted.spent:
		return none, ruleCodeReused.broken("the code was exchanged before")
	case now.After(granted.ends):
		return none, ruleCodeExpired.broken("the code ended %v ago", now.Sub(granted.ends))
	}
	if err := granted.checkDirect(direct, s.options.Variants); err != nil {
		return none, err
	}
	granted.spent = true
	return *granted, nil
}

// checkDirect holds the fields of a direct login against the code.
func (g *grant) checkDirect(fields directFields, v Variants) error {
	switch {
	case fields.marked && !g.direct:
		return ruleDirectMark.broken("isDirectLogin is true for a code that came by a login page")
	case g.direct && !fields.marked && v.DirectMarked:
		return ruleDirectMark.broken("isDirectLogin is not true for a code that came by direct login")
	case v.DirectPlain:
		return nil
	case subtle.ConstantTimeCompare([]byte(g.verifier), []byte(fields.verifier)) != 1:
		return ruleVerifier.broken("code_verifier is not the one that came with the code, or there was none")
	}
	return nil
}

// issueCode makes the code of a redirect.
func (s *Simulator) issueCode(granted *grant) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.codes.sweep(func(g *grant) bool { return now.After(g.ends.Add(codeMemory)) })
	code := randomHex()
	granted.ends = now.Add(s.options.CodeLife)
	s.codes.put(code, granted)
	return code
}
