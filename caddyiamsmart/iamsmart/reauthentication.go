package iamsmart

import (
	"context"
	"encoding/json"
)

// ReauthenticationRequest asks a person who is logged in to show once more that it is them. It needs the scope eidapi_fr.
type ReauthenticationRequest struct{ Request }

// RequestReauthentication begins a re-authentication. [Callback.Reauthentication] reads what comes of it. Every error is an
// *Error; a faulty request is one of KindProtocol, and nothing was sent.
func (c *Client) RequestReauthentication(ctx context.Context, r ReauthenticationRequest) (Started, error) {
	var p parameters
	fault := r.into(&p)
	return c.begin(ctx, FunctionReauthentication, p, fault)
}

// readPassed takes anything but true and "true" for no.
func readPassed(plain []byte) (bool, error) {
	var content struct {
		IsPassed json.RawMessage `json:"isPassed"`
	}
	if json.Unmarshal(plain, &content) != nil {
		return false, errNotDocumented
	}
	return isTrue(content.IsPassed), nil
}
