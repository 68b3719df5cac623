package iamsmart

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Secret is a text that must not reach a log: it shows itself as "[redacted]" to fmt (every verb), JSON and XML. Two Secrets
// cannot be compared with ==, by design: compare what Reveal gives, in constant time.
type Secret struct{ hidden }

// NewSecret hides a text, such as an access token that was kept sealed between two requests.
func NewSecret(text string) Secret { return Secret{hide(text)} }

// OpenID is the tokenised ID of a person at one Client ID: opaque, case-sensitive, at most 255 visible ASCII characters,
// never decoded (it often looks percent-encoded, and is not to be). It redacts itself as Secret does.
type OpenID struct{ hidden }

// NewOpenID is for an openID that comes from one's own records. Requests check it.
func NewOpenID(text string) OpenID { return OpenID{hide(text)} }

// Personal is something about a person that they allowed iAM Smart to tell: a name, a line of an address, a file. It redacts
// itself as Secret does, and is empty where iAM Smart sent nothing.
type Personal struct{ hidden }

// redacting shows itself, and whatever embeds it, as "[redacted]" and makes it incomparable.
type redacting struct {
	_ [0]func() // == would compare addresses
}

// String gives "[redacted]".
func (redacting) String() string { return redacted }

// Format writes "[redacted]" for every verb and flag.
func (redacting) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText gives "[redacted]" to JSON, XML and every other encoder of text.
func (redacting) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// hidden keeps the text behind a pointer: fmt calls no methods on unexported fields of other people's structs, and would
// print a plain string from there; of a pointer at depth it prints the address only.
type hidden struct {
	redacting
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
