package simulator

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody is the size over which the real system answers 413.
const maxBody = 10 << 20

const codeSuccess = "D00000"

// request is a signed call that passed the checks which all calls share.
type request struct {
	call   string
	client *client
	body   []byte
}

// envelope is the answer to a call. The message is under one of two names.
type envelope struct {
	TxID    string `json:"txID"`
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
	Msg     string `json:"msg,omitempty"`
	Content any    `json:"content,omitempty"`
	Extra   any    `json:"simulatorExtra,omitempty"`
}

// serveCall admits a request, lets do find the content of its answer, and answers.
func (s *Simulator) serveCall(w http.ResponseWriter, r *http.Request, call string, do func(request) (any, error)) {
	s.journal.count(call)
	var content any
	req, err := s.admit(w, r, call)
	if err == nil {
		content, err = do(req)
	}
	clientID := ""
	if req.client != nil {
		clientID = req.client.ID
	}
	if err != nil {
		s.answerRefusal(w, call, clientID, asRefusal(err))
		return
	}
	s.journal.done(call, clientID, codeSuccess)
	s.answer(w, codeSuccess, content)
}

// admit makes the checks that all signed calls share. The nonce comes last: only who can sign may fill the memory of nonces.
func (s *Simulator) admit(w http.ResponseWriter, r *http.Request, call string) (req request, err error) {
	req.call = call
	if r.Method != http.MethodPost {
		return req, ruleMethod.broken("%s came as %q", call, clip(r.Method))
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return req, rulePostQuery.broken("%s came with a query", call)
	}
	common, err := s.readCommon(r.Header)
	req.client = common.client
	if err != nil {
		return req, err
	}
	if err = checkContentType(r.Header); err != nil {
		return req, err
	}
	if req.body, err = readBody(w, r); err != nil {
		return req, err
	}
	if err = common.verify(req.body, s.options.Variants.RawSignature); err != nil {
		return req, err
	}
	return req, s.remember(common)
}

func checkContentType(h http.Header) error {
	values := h.Values("Content-Type")
	if len(values) != 1 {
		return ruleContentType.broken("%d Content-Type headers", len(values))
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || kind != "application/json" {
		return ruleContentType.broken("Content-Type is %q", clip(values[0]))
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return ruleContentType.broken("the charset is %q", clip(charset))
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, ruleBodySize.broken("%d bytes are announced", r.ContentLength)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, ruleBodySize.broken("more than %d bytes", maxBody)
	case err != nil:
		return nil, ruleBodyRead.broken("the body broke off")
	}
	return body, nil
}

func (s *Simulator) answerRefusal(w http.ResponseWriter, call, clientID string, refused *refusal) {
	if refused.rule != nil {
		s.journal.violation(call, refused)
	}
	s.journal.done(call, clientID, refused.code)
	if status, ok := httpStatus(refused.code); ok {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		http.Error(w, refused.detail, status)
		return
	}
	s.answer(w, refused.code, nil)
}

// answer writes the envelope. Angle brackets stay as they are: txID holds some, and the real system does not escape them.
func (s *Simulator) answer(w http.ResponseWriter, code string, content any) {
	out := envelope{TxID: "<T=" + randomHex() + ">", Code: code, Content: content}
	out.Message = codeText(code)
	if s.options.Variants.SisterDialect {
		out.Msg, out.Message = out.Message, ""
		out.Code = "M" + strings.TrimPrefix(code, "D")
	}
	if s.options.Variants.ExtraFields {
		out.Extra = []any{1, "two", map[string]any{"three": nil}}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(text.Bytes()) // a client that went away cannot be told
}

// asRefusal is err as a refusal. There are no other errors but those of the machine.
func asRefusal(err error) *refusal {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	return &refusal{code: "500", detail: "the simulator failed"}
}

// httpStatus is the HTTP status that a code of three digits stands for.
func httpStatus(code string) (status int, ok bool) {
	if len(code) != 3 {
		return 0, false
	}
	for _, digit := range []byte(code) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		status = status*10 + int(digit-'0')
	}
	return status, status >= 400 && status < 600
}

// randomHex is 128 random bits as 32 characters, the form of the system's identifiers.
func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends instead
	return hex.EncodeToString(b[:])
}
