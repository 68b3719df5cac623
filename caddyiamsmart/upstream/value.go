package upstream

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxAccountBytes bounds a header that carries an account name.
	maxAccountBytes = 256
	// maxValueBytes bounds every other identity header.
	maxValueBytes = 1024
)

// HeaderError says that an identity header cannot be sent for this person. It
// never holds the value.
type HeaderError struct {
	Header string // canonical name
	Reason string // what is wrong, in words
}

// Error implements error.
func (e *HeaderError) Error() string {
	return "rendering header " + e.Header + ": " + e.Reason
}

// accountFault tells why an account name must not be sent, or "". A comma or
// semicolon starts a second value for apps that split lists, and a percent sign
// another name for apps that decode.
func accountFault(account string) string {
	switch {
	case account == "":
		return "the account name is empty"
	case len(account) > maxAccountBytes:
		return "the account name is longer than 256 bytes"
	case strings.ContainsAny(account, ",;%"):
		return "the account name holds a comma, a semicolon or a percent sign"
	}
	return textFault(account)
}

func valueFault(value string, limit int) string {
	if len(value) > limit {
		return "the value is too long"
	}
	return textFault(value)
}

// textFault tells why a text cannot go into a header without loss or ambiguity,
// or "".
func textFault(text string) string {
	if !utf8.ValidString(text) {
		return "the text is not valid UTF-8"
	}
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			return "the text holds a replacement character, so part of it is lost"
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			return "the text holds a control character"
		case unicode.In(r, unicode.Cf):
			return "the text holds an invisible or direction-changing character"
		}
	}
	if strings.TrimSpace(text) != text {
		return "the text begins or ends with a blank"
	}
	if holdsEscapedControl(text) {
		return "the text holds an escaped control character"
	}
	return ""
}

// holdsEscapedControl finds %00 to %1F and %7F: harmless here, but an app that
// decodes the header once more would find a new line in it.
func holdsEscapedControl(text string) bool {
	for i := strings.IndexByte(text, '%'); i >= 0 && i+2 < len(text); i++ {
		if c, ok := escapedByte(text[i:]); ok && (c < ' ' || c == 0x7f) {
			return true
		}
	}
	return false
}
