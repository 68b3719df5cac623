package simulator

import (
	"encoding/json"
	"time"
)

// grant is a code that a redirect brought to a client.
type grant struct {
	clientID string
	person   Person
	scope    string
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
	Extra            any    `json:"simulatorExtra,omitempty"`
}

// getToken exchanges a code for the token and the openID.
func (s *Simulator) getToken(req request) (any, error) {
	clear, key, err := s.open(req)
	if err != nil {
		return nil, err
	}
	fields, err := readFields(clear, "code", "grantType")
	if err != nil {
		return nil, err
	}
	if fields["grantType"] != "authorization_code" {
		return nil, ruleGrantType.broken("grantType is %q", clip(fields["grantType"]))
	}
	if err := s.journal.failure(req.call); err != nil {
		return nil, err
	}
	granted, err := s.spend(req.client, fields["code"])
	if err != nil {
		return nil, err
	}
	return s.seal(key, s.token(req.client, granted))
}

func (s *Simulator) token(c *client, granted *grant) tokenContent {
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
	if s.options.Variants.ExtraFields {
		token.Extra = map[string]any{"one": []int{1, 2}, "two": nil}
	}
	return token
}

// readFields takes the parameters of a call, all of them strings and all required, out of a clear text.
func readFields(clear []byte, names ...string) (map[string]string, error) {
	members, err := parseObject(clear)
	if err != nil {
		return nil, ruleFieldsJSON.broken("the clear text is no proper JSON object: %v", err)
	}
	fields := map[string]string{}
	for _, name := range names {
		if fields[name], err = takeField(members, name); err != nil {
			return nil, err
		}
	}
	for name := range members {
		return nil, ruleFieldUnknown.broken("the call does not know %q", clip(name))
	}
	return fields, nil
}

// takeField removes one parameter from members and returns its value.
func takeField(members map[string]json.RawMessage, name string) (string, error) {
	raw, there := members[name]
	if !there {
		return "", ruleFieldMissing.broken("%s is missing", name)
	}
	delete(members, name)
	value, ok := stringValue(raw)
	if !ok {
		return "", ruleFieldType.broken("%s is no string", name)
	}
	if value == "" {
		return "", ruleFieldEmpty.broken("%s is empty", name)
	}
	return value, nil
}

// spend uses up a code.
func (s *Simulator) spend(c *client, code string) (*grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	granted, known := s.codes.get(code)
	now := s.options.Now()
	switch {
	case !known:
		return nil, ruleCodeUnknown.broken("there is no such code, or it is long over")
	case granted.clientID != c.ID:
		return nil, ruleCodeClient.broken("the code was made for another client")
	case granted.spent:
		return nil, ruleCodeReused.broken("the code was exchanged before")
	case now.After(granted.ends):
		return nil, ruleCodeExpired.broken("the code ended %v ago", now.Sub(granted.ends))
	}
	granted.spent = true
	return granted, nil
}

// issueCode makes the code of a redirect.
func (s *Simulator) issueCode(login *pendingLogin, person Person) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.codes.sweep(func(g *grant) bool { return now.After(g.ends.Add(codeMemory)) })
	code := randomHex()
	s.codes.put(code, &grant{
		clientID: login.client.ID,
		person:   person,
		scope:    login.scope,
		ends:     now.Add(s.options.CodeLife),
	})
	return code
}
