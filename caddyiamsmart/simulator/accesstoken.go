package simulator

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"
)

// accessToken is what getToken handed out.
type accessToken struct {
	clientID string
	openID   string
	person   string
	userType string
	scopes   []string
	ends     time.Time
	byQR     bool // the person logged in by scanning, so that the phone is another device
	ticket   *ticket
	spent    bool // of an anonymous flow: serves one getResult
}

// tokenMemory is how long an access token that is over is remembered, to tell it from an invented one.
const tokenMemory = 18 * time.Minute

// keepToken remembers a token.
func (s *Simulator) keepToken(name string, token *accessToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.tokens.sweep(func(t *accessToken) bool { return now.After(t.ends.Add(tokenMemory)) })
	s.tokens.put(name, token)
}

// findToken checks that access token, openID and client belong together. The caller holds the lock.
func (s *Simulator) findToken(c *client, name, openID string) (*accessToken, error) {
	token, known := s.tokens.get(name)
	now := s.options.Now()
	switch {
	case !known:
		return nil, ruleTokenUnknown.broken("there is no such accessToken, or it is long over")
	case token.clientID != c.ID:
		return nil, ruleTokenClient.broken("the accessToken was made for another client")
	case !now.Before(token.ends):
		return nil, ruleTokenExpired.broken("the accessToken ended %v ago", now.Sub(token.ends))
	case subtle.ConstantTimeCompare([]byte(token.openID), []byte(openID)) != 1:
		if s.holdsOpenID(c, openID) {
			return nil, ruleOpenIDOther.broken("the openID is that of another person than the accessToken's")
		}
		return nil, ruleOpenIDUnknown.broken("nobody has this openID with this client")
	}
	return token, nil
}

func (s *Simulator) holdsOpenID(c *client, id string) bool {
	return slices.ContainsFunc(s.persons, func(p Person) bool { return openID(c.Client, p.Name) == id })
}

// checkApproved is for what the portal allows the client; checkGranted for what the person granted at login.
func (f *function) checkApproved(c *client, v Variants) error {
	for _, scope := range f.scopes(v) {
		if slices.Contains(c.Scopes, scope) {
			return nil
		}
	}
	return ruleCallApproved.broken("this client has no approval for %s", f.scope)
}

func (f *function) checkGranted(token *accessToken, v Variants) error {
	for _, scope := range f.scopes(v) {
		if slices.Contains(token.scopes, scope) {
			return nil
		}
	}
	return ruleTokenScope.broken("the login asked for %s, not for %s", strings.Join(token.scopes, " "), f.scope)
}

// scopes are those of which one is enough.
func (f *function) scopes(v Variants) []string {
	if f == functionProfile && v.AuthScopeProfiles {
		return []string{scopeProfiles, scopeAuth}
	}
	return []string{f.scope}
}
