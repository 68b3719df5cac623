package iamsmart

import (
	"context"
	"errors"
	"net/url"
)

const (
	opDirectRedirect  = "direct redirect"
	optionDirectLogin = "direct_login"
	maxVerifier       = 256
	maxReference      = 128
)

// DirectRedirect is what comes with a person who started in the iAM Smart app.
type DirectRedirect struct {
	// Code is for GetDirectToken.
	Code string
	// RefID is iAM Smart's reference of this login, which its help desk asks for. At most 128 characters; often empty.
	RefID string
}

// ParseDirectRedirect reads the query with which a person who started in the iAM Smart app arrives. It has no state: nothing
// ties it to this browser, and anybody can send a person here with a code of their own. The caller must ask the person whether
// they want to log in as whom the code names, before a session begins.
//
// A query with error_code gives an *Error of its kind and the RefID; one with neither code nor error_code, with both, with a
// state (then it is the end of an ordinary login), or with malformed values is KindProtocol.
func ParseDirectRedirect(query url.Values) (DirectRedirect, error) {
	if len(query["state"]) > 0 {
		return DirectRedirect{}, badDirect(errors.New("a state, which this redirect never has"))
	}
	code, err := single(query, "code", maxCode, isCodeByte)
	if err != nil {
		return DirectRedirect{}, badDirect(err)
	}
	errorCode, err := single(query, "error_code", 6, isStateByte)
	if err != nil {
		return DirectRedirect{}, badDirect(err)
	}
	reference, err := single(query, "RefID", maxReference, isCodeByte)
	if err != nil {
		return DirectRedirect{}, badDirect(err)
	}
	switch {
	case code != "" && errorCode != "":
		return DirectRedirect{}, badDirect(errors.New("both code and error_code"))
	case code != "":
		return DirectRedirect{Code: code, RefID: reference}, nil
	case errorCode == "":
		return DirectRedirect{}, badDirect(errors.New("neither code nor error_code"))
	}
	number, ok := parseCode(errorCode)
	if !ok || number == codeSuccess {
		return DirectRedirect{}, badDirect(errors.New("error_code is not an error code"))
	}
	failure := refusal(number)
	failure.Op = opDirectRedirect
	return DirectRedirect{RefID: reference}, failure
}

func badDirect(err error) *Error { return &Error{Kind: KindProtocol, Op: opDirectRedirect, Err: err} }

// GetDirectToken exchanges the code of a person who started in the iAM Smart app. The verifier comes with codes that arrive in
// an app; a web page has none and gives "". The option direct_login decides: "off" is an error before anything is sent;
// "plain" sends what GetToken sends; "marked" says isDirectLogin, and code_verifier where there is one.
//
// What GetToken says of codes and errors holds here too.
func (c *Client) GetDirectToken(ctx context.Context, code, verifier string) (Token, error) {
	word := c.caller.protocol.DirectLogin
	if word == "off" {
		err := errors.New("logins that start in the iAM Smart app are off")
		return Token{}, &Error{Kind: KindConfig, Op: opGetToken, Err: err, Options: []string{optionDirectLogin}}
	}
	request := tokenRequest{Code: code, GrantType: grantTypeCode}
	if word == "marked" {
		if verifier != "" && !wellFormed(verifier, maxVerifier, isCodeByte) {
			return Token{}, &Error{Kind: KindProtocol, Op: opGetToken, Err: errors.New("the verifier is too long or malformed")}
		}
		request.IsDirectLogin, request.CodeVerifier = true, verifier
	}
	token, err := c.exchange(ctx, request)
	return token, withDirectLogin(err)
}

// withDirectLogin names the option where iAM Smart's refusal may be about the marks of a direct login.
func withDirectLogin(err error) error {
	var failure *Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Number {
	case 20001, 20002, 20003, 40004:
		failure.Options = append(failure.Options, optionDirectLogin)
	}
	return err
}
