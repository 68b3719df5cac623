package simulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"
)

// callCallback is the name of callbacks in the journal and for faults.
const callCallback = "callback"

const (
	callbackDeadline = 10 * time.Second
	maxCallbackReply = 64 << 10
	resendings       = 2 // with the variant
)

// Callback is one POST to a client, as it is logged: never its content.
type Callback struct {
	Time   time.Time `json:"time"`
	Call   string    `json:"call"` // that began the request
	Client string    `json:"client"`
	Code   string    `json:"code"`
	Status int       `json:"status"`          // 0 where no answer came
	Error  string    `json:"error,omitempty"` // why none came
}

// callbackBody is what is posted.
type callbackBody struct {
	TxID      string `json:"txID"`
	Code      string `json:"code"`
	Message   string `json:"message,omitempty"`
	Msg       string `json:"msg,omitempty"`
	SecretKey string `json:"secretKey"`
	Content   string `json:"content"`
	Extra     any    `json:"simulatorExtra,omitempty"`
}

// deliver tells the client how a request ended, in a goroutine of its own.
func (s *Simulator) deliver(w *waiting, code string) {
	s.callbacks.begin()
	go func() {
		defer s.callbacks.end()
		s.sendCallback(w, code)
	}()
}

func (s *Simulator) sendCallback(w *waiting, code string) {
	fault := s.journal.nextFault(callCallback)
	if fault.Code != "" {
		code = fault.Code
	}
	body, err := s.callbackText(w, code, fault)
	s.mu.Lock()
	w.markDelivered()
	s.mu.Unlock()
	if err != nil {
		s.journal.sent(Callback{Call: w.function.call, Client: w.client.ID, Code: code, Error: "the callback could not be made"})
		return
	}
	time.Sleep(fault.Latency)
	if fault.Hold {
		s.callbacks.await(s.options.RequestLife)
	}
	for range 1 + s.resendings() {
		s.post(w, code, body, fault)
	}
	s.callbacks.passed()
}

func (s *Simulator) resendings() int {
	if s.options.Variants.ResendCallbacks {
		return resendings
	}
	return 0
}

// callbackText makes the body: result and secretKey are under one key, the client's current one or a fresh one.
func (s *Simulator) callbackText(w *waiting, code string, fault Fault) ([]byte, error) {
	content, err := map[string]any{"businessID": w.businessID, "state": w.state}, error(nil)
	if code == codeSuccess {
		if content, err = s.outcomeContent(w.ask, s.otherwise(&fault, w.person)); err != nil {
			return nil, err
		}
	}
	key := s.callbackKey(w.client)
	public, err := publicKey(w.client)
	if err != nil {
		return nil, err
	}
	wrapped, err := s.wrap(public, key)
	if err != nil {
		return nil, err
	}
	var clear any = content
	if !s.options.Variants.BareCallback {
		clear = map[string]any{"content": content}
	}
	sealed, err := s.seal(&request{client: w.client, fault: &fault}, key, clear)
	if err != nil {
		return nil, err
	}
	out := callbackBody{TxID: txID(), SecretKey: base64.StdEncoding.EncodeToString(wrapped), Content: sealed}
	out.Code, out.Message, out.Msg = s.dialect(code)
	if s.extra(&fault) {
		out.Extra = extraMember
	}
	text, err := plainJSON(out)
	if fault.Malformed && err == nil {
		text = text[:len(text)/2]
	}
	return text, err
}

func (s *Simulator) callbackKey(c *client) *contentKey {
	if s.options.Variants.FreshCallbackKey {
		return s.newKey()
	}
	return s.currentKey(c)
}

// outcomeContent is what an approved request brings, of the person with that handle.
func (s *Simulator) outcomeContent(a *ask, handle string) (map[string]any, error) {
	person, _ := s.person(handle)
	content := map[string]any{"businessID": a.businessID}
	if a.state != "" {
		content["state"] = a.state
	}
	for _, name := range a.fields {
		if value, there := person.field(name); there {
			content[name] = value
		}
	}
	switch a.function {
	case functionStepUp:
		content["isPassed"] = true
	case functionSigning, functionAnonymousSigning:
		return content, s.addSignature(content, a)
	case functionPDFSigning, functionAnonymousPDF:
		return content, s.addPDFSignature(content, a)
	}
	return content, nil
}

// post sends one callback and notes what came back.
func (s *Simulator) post(w *waiting, code string, body []byte, fault Fault) {
	line := Callback{Call: w.function.call, Client: w.client.ID, Code: code}
	if fault.Drop {
		line.Error = "dropped as announced"
		s.journal.sent(line)
		return
	}
	var err error
	line.Status, err = s.reach(w.redirectURI, body, fault.ContentType)
	if err != nil {
		line.Error = "no answer came in time, or no connection"
	}
	s.journal.sent(line)
	if line.Status >= 400 && !fault.Malformed && fault.ContentType == "" {
		s.journal.violation(w.function.call, asRefusal(ruleCallbackRefused.broken("the callback (%s) was answered by %d", code, line.Status)))
	}
}

func (s *Simulator) reach(address string, body []byte, contentType string) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callbackDeadline)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if contentType == "" {
		contentType = "application/json"
	}
	r.Header.Set("Content-Type", contentType)
	response, err := s.options.CallbackClient.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxCallbackReply))
	return response.StatusCode, errors.Join(err, response.Body.Close())
}
