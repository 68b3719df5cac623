package iamsmart

import (
	"fmt"
	"io"
)

// The readers of what a callback holds. Which of them to use is known from the request that it matches. Their errors are those
// of a callback: the Failure, if it holds one, else of KindProtocol and without any of the content.

// Profile reads the end of a profile request.
func (c Callback) Profile() (Profile, error) {
	if c.Failure != nil {
		return Profile{}, c.Failure
	}
	profile, err := readProfile([]byte(c.content.Reveal()))
	if err != nil {
		return Profile{}, badContent("profile", err)
	}
	return profile, nil
}

// FormFilling reads the end of a form filling.
func (c Callback) FormFilling() (FormFilling, error) {
	if c.Failure != nil {
		return FormFilling{}, c.Failure
	}
	form, err := readFormFilling([]byte(c.content.Reveal()))
	if err != nil {
		return FormFilling{}, badContent("form", err)
	}
	return form, nil
}

// Reauthentication reads the end of a re-authentication: whether the person is who logged in. False with a nil error is a no
// that iAM Smart said.
func (c Callback) Reauthentication() (passed bool, err error) {
	if c.Failure != nil {
		return false, c.Failure
	}
	passed, err = readPassed([]byte(c.content.Reveal()))
	if err != nil {
		return false, badContent("re-authentication", err)
	}
	return passed, nil
}

// Signature reads the end of a signing.
func (c Callback) Signature() (Signature, error) {
	if c.Failure != nil {
		return Signature{}, c.Failure
	}
	signature, err := readSignature([]byte(c.content.Reveal()))
	if err != nil {
		return Signature{}, badContent("signature", err)
	}
	return signature, nil
}

// PDFSignature reads the end of the signing of a PDF.
func (c Callback) PDFSignature() (PDFSignature, error) {
	if c.Failure != nil {
		return PDFSignature{}, c.Failure
	}
	signature, err := readPDFSignature([]byte(c.content.Reveal()))
	if err != nil {
		return PDFSignature{}, badContent("signature of a PDF", err)
	}
	return signature, nil
}

func badContent(what string, err error) *Error {
	return &Error{Kind: KindProtocol, Op: opCallback, Err: fmt.Errorf("reading %s: %w", what, err)}
}

// String gives "[redacted]".
func (c Callback) String() string { return redacted }

// Format writes "[redacted]" for every verb and flag.
func (c Callback) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText gives "[redacted]" to JSON, XML and every other encoder of text.
func (c Callback) MarshalText() ([]byte, error) { return []byte(redacted), nil }
