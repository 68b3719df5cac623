package iamsmart

import (
	"context"
	"encoding/json"
	"errors"
)

const (
	opCallback        = "callback"
	optionCallbackCEK = "callback_cek"
)

// The bounds of a callback's body, in bytes.
const (
	MaxCallback      = 1 << 20
	MaxLargeCallback = 10 << 20
)

// Incoming is what arrived at the address of a callback.
type Incoming struct {
	ContentType string
	// Body is refused over MaxCallback bytes, or over MaxLargeCallback where Large: the proof of address in a form is a file.
	Body  []byte
	Large bool
	// Pending tells that some request waits for its callback. Only then is it worth asking iAM Smart for a newer content key,
	// so that nobody can make us call it by sending nonsense.
	Pending bool
}

// Callback is the end of a request: what a person allowed, did or refused. Which request it ends is for
// [RequestID.Matches] to tell, and nothing of it counts before. It redacts itself.
type Callback struct {
	// BusinessID finds the request that waits. It is at most 36 visible ASCII characters.
	BusinessID string
	// State is empty in some failures.
	State Secret
	// Failure tells why nothing came of the request; nil for success.
	Failure *Error

	content hidden
}

// wireCallback is the JSON in which a callback comes.
type wireCallback struct {
	answer
	SecretKey string `json:"secretKey"`
}

// OpenCallback opens and checks what arrived at the address of a callback, from anybody: a callback bears no signature.
//
// With the option callback_cek "match" it must open with the content key that getKey gave, the current one or the one before;
// failing both, and if a request is pending, getKey is asked once more, by one callback for all, and at most every 30 seconds
// whatever arrives. What opens so came from iAM Smart. The key that the callback brings is not looked at, and no RSA is done.
//
// With "own" the callback's own key is unwrapped and used, this once. Anybody who has the certificate can make such a callback,
// so the caller needs another proof of where it comes from, such as a client certificate.
//
// A callback that says success must hold business ID and state; a failure, at least the business ID. Every error is an *Error
// of KindProtocol, says nothing of the content, and is answered like every other; the Failure within a Callback is no such
// error.
func (c *Client) OpenCallback(ctx context.Context, in Incoming) (Callback, error) {
	wire, number, framed, err := readCallback(in)
	if err != nil {
		return Callback{}, &Error{Kind: KindProtocol, Op: opCallback, Err: err}
	}
	var plain []byte
	if c.caller.protocol.CallbackCEK == "own" {
		plain, err = c.own.openCallback(wire.SecretKey, framed)
	} else {
		plain, err = c.ceks.openCallback(ctx, framed, in.Pending)
	}
	if err != nil {
		return Callback{}, &Error{Kind: KindProtocol, Op: opCallback, Err: err, Options: []string{optionCallbackCEK}}
	}
	content, err := readContent(plain)
	if err != nil {
		return Callback{}, &Error{Kind: KindProtocol, Op: opCallback, Err: err}
	}
	got := Callback{BusinessID: content.businessID, content: hide(string(content.plain))}
	if content.state != "" {
		got.State = NewSecret(content.state)
	}
	if number != codeSuccess {
		got.Failure = refused(opCallback, 0, number, wire.answer)
	}
	if content.businessID == "" || got.Failure == nil && content.state == "" {
		return Callback{}, &Error{Kind: KindProtocol, Op: opCallback, Err: errors.New("businessID or state is missing")}
	}
	return got, nil
}

// readCallback reads the part that is in clear. The decoder's errors can quote what they read, so they are not kept.
func readCallback(in Incoming) (wire wireCallback, number int, framed []byte, err error) {
	bound := MaxCallback
	if in.Large {
		bound = MaxLargeCallback
	}
	if len(in.Body) > bound {
		return wire, 0, nil, errors.New("the body is too large")
	}
	var content string
	if !isJSON(in.ContentType) || json.Unmarshal(in.Body, &wire) != nil {
		return wire, 0, nil, errNotDocumented
	}
	number, ok := parseCode(wire.Code)
	if !ok || number == codeSuccess && wire.Code[0] != 'D' && wire.Code[0] != 'M' {
		return wire, 0, nil, errors.New("it has no code that is known")
	}
	if len(wire.Content) == 0 || json.Unmarshal(wire.Content, &content) != nil || content == "" {
		return wire, 0, nil, errors.New("it has no sealed content, so nobody can tell which request it ends")
	}
	framed, err = unframe(content)
	return wire, number, framed, err
}

// errReflected is a content that we sealed ourselves: a content does not say which way it goes.
var errReflected = errors.New("it is a request, not an answer")

// content is the clear text of a callback or of a result.
type content struct {
	plain             []byte // one JSON object
	businessID, state string // well-formed or empty
}

// readContent takes the clear text as it is, or out of its member content, as an object or as the text of one: all three are
// seen. It is unwrapped once, and only where it does not name its request already.
func readContent(plain []byte) (content, error) {
	inner, err := unwrapContent(plain)
	if err != nil {
		return content{}, err
	}
	var names struct {
		BusinessID string `json:"businessID"`
		State      string `json:"state"`
		// What only our own requests hold.
		AccessToken json.RawMessage `json:"accessToken"`
		Code        json.RawMessage `json:"code"`
	}
	if json.Unmarshal(inner, &names) != nil {
		return content{}, errNotDocumented
	}
	if names.AccessToken != nil || names.Code != nil {
		return content{}, errReflected
	}
	if names.BusinessID != "" && !wellFormed(names.BusinessID, maxBusinessID, isVisible) ||
		names.State != "" && !wellFormed(names.State, maxState, isStateByte) {
		return content{}, errors.New("businessID or state is malformed")
	}
	return content{plain: inner, businessID: names.BusinessID, state: names.State}, nil
}

func unwrapContent(plain []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(plain, &members) != nil || members == nil {
		return nil, errNotDocumented
	}
	inner, wrapped := members["content"]
	if _, named := members["businessID"]; !wrapped || named {
		return plain, nil
	}
	var text string
	if json.Unmarshal(inner, &text) == nil && text != "" {
		inner = []byte(text)
	}
	if json.Unmarshal(inner, &members) != nil {
		return nil, errNotDocumented
	}
	return inner, nil
}
