package upstream

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxAccountBytes bounds a header that carries an account name.
	maxAccountBytes = 256
	// maxValueBytes bounds every other identity header.
	maxValueBytes = 1024
	// maxListBytes bounds a header of several values, of all its lines together.
	maxListBytes = 4096
	// maxValues is how many values one header has at most.
	maxValues = 64
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
func accountFault(account string, e *encoding) string {
	if !e.escapes && strings.ContainsAny(account, ",;%") {
		return "the account name holds a comma, a semicolon or a percent sign; base64, percent and rfc8187 can hold it"
	}
	if reason := textFault(account, e); reason != "" {
		return reason
	}
	encoded, reason := e.bytesOf(account)
	if reason == "" && e.makesSigns(account, encoded) {
		return "a character of the account name has a byte in " + e.name + " that looks like a sign at which an app may split it" + e.remedy
	}
	return reason
}

// textFault tells why a text cannot go into a header without loss or ambiguity,
// or "". Control and invisible characters are refused in every encoding: an app
// decodes the header, and then writes what it holds into pages, mails and logs.
func textFault(text string, e *encoding) string {
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
	if !e.escapes && strings.TrimSpace(text) != text {
		return "the text begins or ends with a blank; base64, percent and rfc8187 can hold it"
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

// render returns the lines of the header for id, or why there can be none. No line
// and no reason leave the header out.
func (h *header) render(id *Identity) (lines []string, reason string) {
	texts, reason := h.template.render(id, h.encoding)
	switch {
	case reason != "":
		return nil, reason
	case len(texts) == 0 && (h.required || h.template.usesAccount()):
		return nil, "it is required and has no value"
	case len(texts) > 1 && h.joined == "" && !h.lines:
		return nil, fmt.Sprintf("it has %d values; write 'joined <separator>' or 'lines' behind its template", len(texts))
	case len(texts) > maxValues:
		return nil, fmt.Sprintf("it has %d values, and may have %d", len(texts), maxValues)
	}
	size := 0
	for _, text := range texts {
		encoded, reason := h.encode(text)
		if reason != "" {
			return nil, reason
		}
		lines = append(lines, encoded)
		size += len(encoded) + len(h.joined)
	}
	if len(lines) > 1 && size-len(h.joined) > maxListBytes {
		return nil, fmt.Sprintf("its values are longer than %d bytes together", maxListBytes)
	}
	if h.joined != "" && len(lines) > 0 {
		return join(lines, h.joined)
	}
	return lines, ""
}

// encode makes one value.
func (h *header) encode(text string) (encoded, reason string) {
	if reason := textFault(text, h.encoding); reason != "" {
		return "", reason
	}
	if encoded, reason = h.encoding.bytesOf(text); reason != "" {
		return "", reason
	}
	if limit := h.template.limit(); len(encoded) > limit {
		return "", fmt.Sprintf("the value is longer than %d bytes", limit)
	}
	return encoded, ""
}

// join makes one line, from which an app gets the same values again: also where it
// does not care for the blanks of the separator.
func join(values []string, separator string) (line []string, reason string) {
	const holds = "a value holds the separator, or begins or ends like it; choose another, or an encoding that escapes it"
	bare := strings.Trim(separator, " ")
	joined := strings.Join(values, separator)
	for i, part := range strings.Split(joined, bare) {
		if i >= len(values) || strings.Trim(part, " ") != values[i] {
			return nil, holds
		}
	}
	return []string{joined}, ""
}

// checkJoined refuses a separator that could be part of a value, or that nobody sees.
func checkJoined(separator string) error {
	for i := 0; i < len(separator); i++ {
		if c := separator[i]; c < ' ' || c > '~' || foldedByte[c] != 0 {
			return fmt.Errorf("joined: %q is no separator; signs make one, without letters and digits", separator)
		}
	}
	if strings.Trim(separator, " ") == "" || len(separator) > maxSeparator {
		return fmt.Errorf("joined: %q is no separator; 1 to %d signs make one, not blanks alone", separator, maxSeparator)
	}
	return nil
}

const maxSeparator = 8 // bytes
