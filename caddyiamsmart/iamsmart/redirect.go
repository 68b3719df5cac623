package iamsmart

import (
	"errors"
	"net/url"
	"strings"
)

const opRedirect = "redirect"

const (
	maxState = 36  // the documents' bound
	maxCode  = 256 // samples have 32
)

// Redirect is what iAM Smart's redirect brought back.
type Redirect struct {
	Code, State string
	// BusinessID is that of the request, where an anonymous person was sent to iAM Smart for one. Empty after a login.
	BusinessID string
}

// ParseRedirect reads the query of the redirect with which a login ends.
//
// A login that succeeded gives Code and State, and for an anonymous person BusinessID. One that did not gives an *Error whose
// Kind tells why, and a Redirect without Code, so that the caller finds the flow that has ended: iAM Smart names the reason in
// error_code, or sends the state and nothing else, which counts as denied. Everything else is KindProtocol and an empty
// Redirect: no state or two, code and error_code together, a name twice, a value too long or with characters that it cannot
// have.
// Names that we do not know are ignored.
func ParseRedirect(query url.Values) (Redirect, error) {
	state, err := single(query, "state", maxState, isStateByte)
	if err != nil {
		return Redirect{}, badRedirect(err)
	}
	if state == "" {
		return Redirect{}, badRedirect(errors.New("no state"))
	}
	code, err := single(query, "code", maxCode, isCodeByte)
	if err != nil {
		return Redirect{}, badRedirect(err)
	}
	errorCode, err := single(query, "error_code", 6, isStateByte)
	if err != nil {
		return Redirect{}, badRedirect(err)
	}
	businessID, err := single(query, "businessID", maxBusinessID, isVisible)
	if err != nil {
		return Redirect{}, badRedirect(err)
	}
	ended := Redirect{State: state, BusinessID: businessID}
	switch {
	case code != "" && errorCode != "":
		return Redirect{}, badRedirect(errors.New("both code and error_code"))
	case code != "":
		return Redirect{Code: code, State: state, BusinessID: businessID}, nil
	case errorCode == "":
		return ended, &Error{Kind: KindDenied, Op: opRedirect, Err: errors.New("neither code nor error_code")}
	}
	number, ok := parseCode(errorCode)
	if !ok || number == codeSuccess {
		return Redirect{}, badRedirect(errors.New("error_code is not an error code"))
	}
	return ended, refusal(number)
}

// refusal is the error of a redirect that names its reason. The documents' own example of a person who pressed "deny" bears
// 20001, which elsewhere means a missing parameter; here it counts as what the example shows.
func refusal(number int) *Error {
	m := meaningOf(number)
	if number == 20001 {
		m = meaning{KindDenied, errors.New("refused, in the form of the documents' example")}
	}
	return &Error{Number: number, Kind: m.kind, Op: opRedirect, Err: m.hint}
}

func badRedirect(err error) *Error {
	return &Error{Kind: KindProtocol, Op: opRedirect, Err: err}
}

// single reads a parameter that may be absent, then it is empty; if present it stands once, is not empty, and is well-formed.
func single(query url.Values, name string, longest int, allowed func(byte) bool) (string, error) {
	values, present := query[name]
	if !present || len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", errors.New(name + " more than once")
	}
	if !wellFormed(values[0], longest, allowed) {
		return "", errors.New(name + " empty, too long, or with characters that it cannot have")
	}
	return values[0], nil
}

// wellFormed tells whether a text has one to longest bytes and each is allowed.
func wellFormed(text string, longest int, allowed func(byte) bool) bool {
	if text == "" || len(text) > longest {
		return false
	}
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}

func isAlphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func isStateByte(b byte) bool { return isAlphanumeric(b) || b == '_' || b == '-' }

// isCodeByte allows what hex, both Base64 alphabets and URL-safe tokens need. A blank is not among them: it would be a plus
// sign that was decoded, and guessing it back is not our part.
func isCodeByte(b byte) bool { return isAlphanumeric(b) || strings.IndexByte("+/=._~-", b) >= 0 }

// isVisible allows visible ASCII.
func isVisible(b byte) bool { return '!' <= b && b <= '~' }
