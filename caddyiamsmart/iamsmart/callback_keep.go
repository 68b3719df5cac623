package iamsmart

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// keptCallback is a callback as it is kept.
type keptCallback struct {
	BusinessID string `json:"businessID"`
	State      string `json:"state"`
	Number     int    `json:"number,omitempty"`
	TxID       string `json:"txID,omitempty"`
	Content    []byte `json:"content"`
}

// Reveal gives the callback in clear, for a store that seals it: the content is about a person. [KeptCallback] reads it.
func (c Callback) Reveal() []byte {
	kept := keptCallback{BusinessID: c.BusinessID, State: c.State.Reveal(), Content: []byte(c.content.Reveal())}
	if c.Failure != nil {
		kept.Number, kept.TxID = c.Failure.Number, c.Failure.TxID
	}
	text, _ := json.Marshal(kept) // plain fields cannot fail
	return text
}

// KeptCallback reads what [Callback.Reveal] gave. The failure of a callback comes back without the message of the server.
func KeptCallback(text []byte) (Callback, error) {
	var kept keptCallback
	if json.Unmarshal(text, &kept) != nil || kept.BusinessID == "" {
		return Callback{}, errors.New("reading a kept callback: it is none")
	}
	c := Callback{BusinessID: kept.BusinessID, content: hide(string(kept.Content))}
	if kept.State != "" {
		c.State = NewSecret(kept.State)
	}
	if kept.Number != codeSuccess {
		m := meaningOf(kept.Number)
		c.Failure = &Error{Number: kept.Number, Kind: m.kind, Op: opCallback, Err: m.hint, TxID: kept.TxID}
	}
	return c, nil
}

// Reply answers a callback: with status 200 where it was taken, or had been taken before, else with 400, and with the same body
// in both cases, as the option callback_reply says. Answer at once; what became of the callback concerns nobody on the other side.
func (c *Client) Reply(w http.ResponseWriter, taken bool) {
	status, body := http.StatusOK, "{}"
	if !taken {
		status = http.StatusBadRequest
	}
	if c.caller.protocol.CallbackReply == "empty" {
		body = ""
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a caller that has gone away cannot be told
}
