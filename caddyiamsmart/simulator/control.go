package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const (
	controlPrefix = "/simulator/control/"
	maxControl    = 16 << 10
	maxSettle     = 12 * time.Second // more than one callback takes
)

// controls are what a test in another process can do, by the last part of the path. Each takes a JSON object and answers with one.
var controls = map[string]func(*Simulator, []byte) (any, error){
	"fault":    (*Simulator).controlFault,
	"waiting":  (*Simulator).controlWaiting,
	"decide":   (*Simulator).controlDecide,
	"settle":   (*Simulator).controlSettle,
	"drop-key": (*Simulator).controlDropKey,
	"person":   (*Simulator).controlPerson,
	"direct":   (*Simulator).controlDirect,
	"reset":    (*Simulator).controlReset,
}

// serveControl serves a test. The content type is demanded because a foreign web site cannot send it without asking first.
func (s *Simulator) serveControl(w http.ResponseWriter, r *http.Request) {
	do, known := controls[strings.TrimPrefix(r.URL.EscapedPath(), controlPrefix)]
	if !known {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answerControl(w, http.StatusMethodNotAllowed, controlError{"send a POST"})
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		answerControl(w, http.StatusUnsupportedMediaType, controlError{"send Content-Type: application/json"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
	if err != nil {
		answerControl(w, http.StatusBadRequest, controlError{fmt.Sprintf("the body broke off, or has more than %d bytes", maxControl)})
		return
	}
	answer, err := do(s, body)
	if err != nil {
		answerControl(w, http.StatusBadRequest, controlError{err.Error()})
		return
	}
	answerControl(w, http.StatusOK, answer)
}

type (
	controlError struct {
		Error string `json:"error"`
	}
	controlDone struct{}
)

func answerControl(w http.ResponseWriter, status int, answer any) {
	text, err := plainJSON(answer)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a test that went away cannot be told
}

// readControl fills in what a body says, and refuses what it should not say: a test that misspells a member would test nothing.
func readControl(body []byte, into any) error {
	if _, err := parseObject(body); err != nil {
		return fmt.Errorf("the body is no proper JSON object: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

func (s *Simulator) controlFault(body []byte) (any, error) {
	var c struct {
		Call  string `json:"call"`
		Times int    `json:"times"`
		Fault struct {
			Code        string `json:"code"`
			Status      int    `json:"status"`
			RetryAfter  int    `json:"retryAfterSeconds"`
			HTML        bool   `json:"html"`
			Latency     int    `json:"latencyMilliseconds"`
			Drop        bool   `json:"drop"`
			Truncate    bool   `json:"truncate"`
			ContentType string `json:"contentType"`
			OtherPerson string `json:"otherPerson"`
			ExtraFields bool   `json:"extraFields"`
			Hold        bool   `json:"hold"`
			Malformed   bool   `json:"malformed"`
		} `json:"fault"`
	}
	if err := readControl(body, &c); err != nil {
		return nil, err
	}
	f := c.Fault
	if f.RetryAfter > maxRetryAfter || f.RetryAfter < 0 || f.Latency > int(maxLatency/time.Millisecond) || f.Latency < 0 {
		return nil, errors.New("a time of the fault is negative or too long")
	}
	return controlDone{}, s.Inject(c.Call, Fault{
		Code: f.Code, Status: f.Status, RetryAfter: time.Duration(f.RetryAfter) * time.Second, HTML: f.HTML,
		Latency: time.Duration(f.Latency) * time.Millisecond, Drop: f.Drop, Truncate: f.Truncate, ContentType: f.ContentType,
		OtherPerson: f.OtherPerson, ExtraFields: f.ExtraFields, Hold: f.Hold, Malformed: f.Malformed,
	}, max(c.Times, 1))
}

// maxRetryAfter is a day, in seconds.
const maxRetryAfter = 86_400

func (s *Simulator) controlWaiting(body []byte) (any, error) {
	var none struct{}
	if err := readControl(body, &none); err != nil {
		return nil, err
	}
	return struct {
		Waiting []Waiting `json:"waiting"`
	}{s.Waiting()}, nil
}

func (s *Simulator) controlDecide(body []byte) (any, error) {
	var c struct {
		Request  string `json:"request"`
		Decision string `json:"decision"`
	}
	if err := readControl(body, &c); err != nil {
		return nil, err
	}
	return controlDone{}, s.Decide(c.Request, c.Decision)
}

func (s *Simulator) controlSettle(body []byte) (any, error) {
	var none struct{}
	if err := readControl(body, &none); err != nil {
		return nil, err
	}
	return struct {
		Settled   bool       `json:"settled"`
		Callbacks []Callback `json:"callbacks"`
	}{s.Settle(maxSettle), s.Callbacks()}, nil
}

func (s *Simulator) controlDropKey(body []byte) (any, error) {
	var c struct {
		Client string `json:"client"`
	}
	if err := readControl(body, &c); err != nil {
		return nil, err
	}
	if s.clients[c.Client] == nil {
		return nil, fmt.Errorf("there is no client %q", clip(c.Client))
	}
	s.DropKey(c.Client)
	return controlDone{}, nil
}

func (s *Simulator) controlPerson(body []byte) (any, error) {
	var c struct {
		Person      string `json:"person"`
		EnglishName string `json:"englishName"`
		ChineseName string `json:"chineseName"`
	}
	if err := readControl(body, &c); err != nil {
		return nil, err
	}
	return controlDone{}, s.Reregister(c.Person, c.EnglishName, c.ChineseName)
}

func (s *Simulator) controlDirect(body []byte) (any, error) {
	var c struct {
		Client    string `json:"client"`
		Person    string `json:"person"`
		ErrorCode string `json:"errorCode"`
		Verifier  bool   `json:"verifier"`
	}
	if err := readControl(body, &c); err != nil {
		return nil, err
	}
	address, err := s.Address(DirectLogin{c.Client, c.Person, c.ErrorCode, c.Verifier})
	return struct {
		Address string `json:"address"`
	}{address}, err
}

func (s *Simulator) controlReset(body []byte) (any, error) {
	var none struct{}
	if err := readControl(body, &none); err != nil {
		return nil, err
	}
	s.Reset()
	return controlDone{}, nil
}
