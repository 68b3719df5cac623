package iamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	opGetToken    = string(FunctionGetToken)
	grantTypeCode = "authorization_code"
)

const (
	maxAccessToken = 1024
	maxOpenID      = 255 // the documents' bound
	maxUserType    = 32
	maxScope       = 512
)

// Token is what iAM Smart vouches for after a login.
type Token struct {
	// AccessToken allows further calls for this person until ExpiresAt. It never goes into an Authorization header.
	AccessToken Secret
	// TokenType is always "Bearer".
	TokenType string
	// IssuedAt and ExpiresAt are moments of iAM Smart's clock.
	IssuedAt, ExpiresAt time.Time
	// OpenID is the person, for this Client ID alone.
	OpenID OpenID
	// LastModified moves when the person's verified name, birth date or gender changes, or when they register anew.
	// Zero when iAM Smart did not say.
	LastModified time.Time
	// UserType is "default", or "sign" for someone who can also sign. Empty when iAM Smart did not say; it may grow others.
	UserType string
	// Scopes are what the token allows, which may be less than what was asked for.
	Scopes []string
}

type tokenRequest struct {
	Code      string `json:"code"`
	GrantType string `json:"grantType"`
	// The marks of a person who started in the app.
	IsDirectLogin bool   `json:"isDirectLogin,omitempty"`
	CodeVerifier  string `json:"code_verifier,omitempty"`
}

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

// GetToken exchanges the code of a redirect for a token. A code lives for half a minute and works once, so call it at once,
// and do not call it again after an error: none but an expired content key is repeated here, or can be.
// Every error is an *Error; it also wraps ctx's own when ctx ended.
func (c *Client) GetToken(ctx context.Context, code string) (Token, error) {
	return c.exchange(ctx, tokenRequest{Code: code, GrantType: grantTypeCode})
}

func (c *Client) exchange(ctx context.Context, request tokenRequest) (Token, error) {
	if !wellFormed(request.Code, maxCode, isCodeByte) {
		return Token{}, &Error{Kind: KindProtocol, Op: opGetToken, Err: errors.New("the code is empty, too long or malformed")}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	plain, err := c.callSealed(ctx, FunctionGetToken, request)
	if err != nil {
		return Token{}, err
	}
	token, err := readToken(c.caller.protocol.ExpiresIn, plain)
	if err != nil {
		return Token{}, &Error{Kind: KindProtocol, Op: opGetToken, Err: fmt.Errorf("reading token: %w", err), Options: optionsOfTime(err)}
	}
	return token, nil
}

// readToken checks every field before any is used. Identifiers must be visible ASCII: a JSON reader turns each byte that is
// not UTF-8 into the same replacement character, and two persons would become one.
func readToken(expiresIn string, plain []byte) (Token, error) {
	var content tokenContent
	if json.Unmarshal(plain, &content) != nil {
		return Token{}, errors.New("it is not the documented JSON")
	}
	issued, end, err := validity(expiresIn, content.IssueAt, content.ExpiresIn)
	switch {
	case err != nil:
		return Token{}, err
	case !wellFormed(content.OpenID, maxOpenID, isVisible):
		return Token{}, errors.New("openID is missing, over 255 bytes, or not visible ASCII")
	case !wellFormed(content.AccessToken, maxAccessToken, isVisible):
		return Token{}, errors.New("accessToken is missing, too long, or not visible ASCII")
	case !strings.EqualFold(content.TokenType, "Bearer"):
		return Token{}, errors.New("tokenType is not Bearer")
	case content.UserType != "" && !wellFormed(content.UserType, maxUserType, isStateByte):
		return Token{}, errors.New("userType is not a word")
	case content.Scope != "" && !wellFormed(content.Scope, maxScope, func(b byte) bool { return isStateByte(b) || b == ' ' }):
		return Token{}, errors.New("scope is not a list of words")
	case content.LastModifiedDate < 0 || content.LastModifiedDate > latestMoment:
		return Token{}, errors.New("lastModifiedDate is no time")
	}
	token := Token{
		AccessToken: Secret{hide(content.AccessToken)},
		TokenType:   "Bearer",
		IssuedAt:    issued,
		ExpiresAt:   end,
		OpenID:      OpenID{hide(content.OpenID)},
		UserType:    content.UserType,
		Scopes:      strings.Fields(content.Scope),
	}
	if content.LastModifiedDate > 0 {
		token.LastModified = time.UnixMilli(content.LastModifiedDate)
	}
	return token, nil
}
