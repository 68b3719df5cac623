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
	"strconv"
	"strings"
	"time"
)

// maxBody is the size over which the real system answers 413.
const maxBody = 10 << 20

const codeSuccess = "D00000"

// request is a signed call that passed the checks which all calls share.
type request struct {
	call   string
	client *client
	body   []byte
	fault  *Fault // once the call's own checks are passed
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
func (s *Simulator) serveCall(w http.ResponseWriter, r *http.Request, call string, do func(*request) (any, error)) {
	s.journal.count(call)
	var content any
	req := &request{call: call}
	err := s.admit(w, r, req)
	if err == nil {
		content, err = do(req)
	}
	if err != nil {
		s.answerRefusal(w, r, req, asRefusal(err))
		return
	}
	s.journal.done(call, req.clientID(), codeSuccess)
	req.fault.suffer(r.Context())
	s.answer(w, req, codeSuccess, content)
}

func (r *request) clientID() string {
	if r.client == nil {
		return ""
	}
	return r.client.ID
}

// admit makes the checks that all signed calls share. The nonce comes last: only who can sign may fill the memory of nonces.
func (s *Simulator) admit(w http.ResponseWriter, r *http.Request, req *request) error {
	if r.Method != http.MethodPost {
		return ruleMethod.broken("%s came as %q", req.call, clip(r.Method))
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return rulePostQuery.broken("%s came with a query", req.call)
	}
	common, err := s.readCommon(r.Header)
	req.client = common.client
	if err != nil {
		return err
	}
	if err = s.throttle(req.client); err != nil {
		return err
	}
	if err = checkContentType(r.Header); err != nil {
		return err
	}
	if req.body, err = readBody(w, r); err != nil {
		return err
	}
	if err = common.verify(req.body, s.options.Variants); err != nil {
		return err
	}
	return s.remember(common)
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

func (s *Simulator) answerRefusal(w http.ResponseWriter, r *http.Request, req *request, refused *refusal) {
	if refused.rule != nil {
		s.journal.violation(req.call, refused)
	}
	s.journal.done(req.call, req.clientID(), refused.code)
	req.fault.suffer(r.Context())
	if refused.page {
		writeGatewayPage(w, refused.code)
		return
	}
	if status, ok := httpStatus(refused.code); ok {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		setRetryAfter(w.Header(), refused.retryAfter)
		http.Error(w, refused.detail, status)
		return
	}
	s.answer(w, req, refused.code, nil)
}

// setRetryAfter states whole seconds, rounded up.
func setRetryAfter(h http.Header, wait time.Duration) {
	if wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
}

// extraMember is something that no document knows.
var extraMember = []any{1, "two", map[string]any{"three": nil}}

// answer writes the envelope.
func (s *Simulator) answer(w http.ResponseWriter, req *request, code string, content any) {
	out := envelope{TxID: txID(), Content: content}
	out.Code, out.Message, out.Msg = s.dialect(code)
	if s.extra(req.fault) {
		out.Extra = extraMember
	}
	text, err := plainJSON(out)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if fault := req.fault; fault != nil {
		if fault.ContentType != "" {
			w.Header().Set("Content-Type", fault.ContentType)
		}
		if fault.Truncate {
			text = text[:len(text)/2]
		}
	}
	if code != codeSuccess && s.options.Variants.ErrorStatus {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = w.Write(text) // a client that went away cannot be told
}

// dialect is how a code and its message are spelled: iAM Smart's way, or the sister's.
func (s *Simulator) dialect(code string) (spelled, message, msg string) {
	if s.options.Variants.SisterDialect {
		return "M" + strings.TrimPrefix(code, "D"), "", codeText(code)
	}
	return code, codeText(code), ""
}

// plainJSON leaves angle brackets as they are: txID holds some, and the real system does not escape them.
func plainJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return text.Bytes(), err
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

func txID() string { return "<T=" + randomHex() + ">" }

// randomHex is 128 random bits as 32 characters, the form of the system's identifiers.
func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends instead
	return hex.EncodeToString(b[:])
}
