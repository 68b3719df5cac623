package iamsmart

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
)

// answer is the JSON in which every reply comes, whatever the HTTP status. Content is an object where the reply is in clear
// (getKey), else the text of an envelope.
type answer struct {
	TxID    string          `json:"txID"`
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Msg     string          `json:"msg"` // what the sister system calls the message
	Content json.RawMessage `json:"content"`
}

// envelope is the body of every POST that carries something.
type envelope struct {
	Content string `json:"content"`
}

// readAnswer judges one HTTP answer, whose body has been read within its bound. Only one that says success with a success
// status passes; the error names the operation.
func readAnswer(op string, status int, contentType string, body []byte) (answer, error) {
	if !isJSON(contentType) {
		err := fmt.Errorf("the answer is not JSON (HTTP status %d)", status)
		return answer{}, &Error{Kind: KindUnavailable, Op: op, Err: err}
	}
	var a answer
	// The decoder's errors can quote what they read, so they are not kept.
	if json.Unmarshal(body, &a) != nil {
		return answer{}, withoutCode(op, status, "the answer is not the documented JSON")
	}
	number, ok := parseCode(a.Code)
	if !ok {
		return answer{}, withoutCode(op, status, "the answer has no code")
	}
	if number != codeSuccess {
		return answer{}, refused(op, status, number, a)
	}
	if a.Code[0] != 'D' && a.Code[0] != 'M' || status < 200 || status > 299 {
		return answer{}, withoutCode(op, status, "the answer contradicts itself about its success")
	}
	return a, nil
}

// withoutCode is the error for JSON that tells us nothing: the status decides whether the service is just not there.
func withoutCode(op string, status int, text string) *Error {
	kind := KindProtocol
	if overloaded(status) {
		kind = KindUnavailable
	}
	return &Error{Kind: kind, Op: op, Err: fmt.Errorf("%s (HTTP status %d)", text, status)}
}

// refused is the error for an answer with a code other than success.
func refused(op string, status, number int, a answer) *Error {
	m := meaningOf(number)
	if m.kind == KindFailed && overloaded(status) {
		m.kind = KindUnavailable
	}
	message := a.Message
	if message == "" {
		message = a.Msg
	}
	failure := &Error{Number: number, Kind: m.kind, Op: op, Err: m.hint, ServerMessage: tame(message)}
	if wellFormed(a.TxID, 64, func(b byte) bool { return isStateByte(b) || strings.IndexByte("<>=", b) >= 0 }) {
		failure.TxID = a.TxID
	}
	return failure
}

// isJSON accepts application/json, with or without parameters, and its +json relatives.
func isJSON(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType) // empty when unreadable; odd parameters do not matter
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

const (
	maxServerMessage = 120
	maxServerWord    = 24
	maskedWord       = "***"
)

// tame makes a server's message fit for a log: one line, a bounded length, and nothing that could be a person's identifier
// or a token. A word passes if it is of letters, plain punctuation and at most three digits.
func tame(message string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(message) {
		if !harmless(word) {
			word = maskedWord
		}
		if b.Len()+1+len(word) > maxServerMessage {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

func harmless(word string) bool {
	digits := 0
	for _, digit := range []byte(word) {
		if '0' <= digit && digit <= '9' {
			digits++
		}
	}
	return digits <= 3 && wellFormed(word, maxServerWord, func(b byte) bool {
		return isAlphanumeric(b) || strings.IndexByte(".,:;()[]-_'", b) >= 0
	})
}

// clockTolerance is how far our clock may be from the server's before errors mention it. What iAM Smart itself tolerates is
// not published.
const clockTolerance = 2 * time.Minute

// withClock adds to an error how wrong this machine's clock is, when it is: iAM Smart only says that a parameter is not
// valid, and the operator would look everywhere but at the clock.
func withClock(err error, header http.Header, now time.Time) error {
	var failure *Error
	served, dateErr := http.ParseTime(header.Get("Date"))
	if err == nil || dateErr != nil || !errors.As(err, &failure) {
		return err
	}
	ahead, word := now.Sub(served), "ahead of"
	if ahead < 0 {
		ahead, word = -ahead, "behind"
	}
	if ahead <= clockTolerance {
		return err
	}
	failure.Err = fmt.Errorf("%w; this machine's clock is %s %s iAM Smart's", failure.Err, inMinutes(ahead), word)
	return err
}

// inMinutes writes 10m and 2h5m, without seconds.
func inMinutes(d time.Duration) string {
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
