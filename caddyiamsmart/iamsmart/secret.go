package iamsmart

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Secret is a text that must not reach a log: it shows itself as "[redacted]" to fmt (every verb), JSON and XML. Two Secrets
// cannot be compared with ==, by design: compare what Reveal gives, in constant time.
type Secret struct{ hidden }

// OpenID is the tokenised ID of a person at one Client ID: opaque, case-sensitive, at most 255 visible ASCII characters,
// never decoded (it often looks percent-encoded, and is not to be). It redacts itself as Secret does.
type OpenID struct{ hidden }

// hidden keeps the text behind a pointer: fmt calls no methods on unexported fields of other people's structs, and would
// print a plain string from there; of a pointer at depth it prints the address only.
type hidden struct {
	_    [0]func() // not comparable: == would compare addresses
	text *string
}

func hide(text string) hidden { return hidden{text: &text} }

// Reveal gives the text itself; empty for the zero value.
func (h hidden) Reveal() string {
	if h.text == nil {
		return ""
	}
	return *h.text
}

// String gives "[redacted]".
func (h hidden) String() string { return redacted }

// Format writes "[redacted]" for every verb and flag.
func (h hidden) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText gives "[redacted]" to JSON, XML and every other encoder of text.
func (h hidden) MarshalText() ([]byte, error) { return []byte(redacted), nil }
