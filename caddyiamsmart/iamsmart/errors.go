package iamsmart

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind sorts the ways in which a call or a login can fail by what the caller does about it.
type Kind int

const (
	// KindDenied: the person cancelled or refused in the app, or iAM Smart sent them back without saying why.
	KindDenied Kind = iota + 1
	// KindTimedOut: the person did not answer in the app in time.
	KindTimedOut
	// KindFailed: iAM Smart said no for a reason that only trying again can mend. Unknown numbers are of this kind.
	KindFailed
	// KindExpiredCode: the authorisation code is too old, was spent before, or never existed.
	KindExpiredCode
	// KindUnavailable: no usable answer: network, time-out, overload, an HTML page where JSON is due, too large.
	KindUnavailable
	// KindConfig: iAM Smart refuses this client: its credentials, redirect address or signature. An operator mends it.
	KindConfig
	// KindKey: the content key or the encipherment certificate is not accepted, or does not open what came.
	KindKey
	// KindProtocol: something came that the protocol does not allow: unreadable, contradictory, or lacking a field.
	KindProtocol
	// KindScope: the call needs a scope that the portal has not approved, or that the login did not ask for.
	KindScope
	// KindExpiredToken: the access token has ended. The person logs in again, and the request is made with the new token.
	KindExpiredToken
	// KindGone: the openID does not exist any more: the person has left iAM Smart. A link to it is of no further use.
	KindGone
	// KindNotAllowed: the person's kind of account cannot do this; signing takes iAM Smart+.
	KindNotAllowed
	// KindMismatch: the person is not the one whose HKIC number the request named.
	KindMismatch
)

var kindNames = [...]string{
	"unknown", "denied", "timed out", "failed", "expired code", "unavailable", "configuration", "key", "protocol",
	"scope", "expired token", "gone", "not allowed", "mismatch",
}

// String names the kind in a word or two, for logs and metrics.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[0]
	}
	return kindNames[k]
}

// Error is the one error type of calls and redirects. Its text holds the operation, the kind, the number and our own words;
// it never holds a value that came from iAM Smart or from the browser, so it may be logged. It is not for the person's eyes.
type Error struct {
	// Number is the number of iAM Smart's code without its letter: 40004 for D40004 and M40004. Zero when there was no code.
	Number int
	// Kind tells what sort of failure it is.
	Kind Kind
	// Op is the operation: the name of a [Function], "redirect" or "callback".
	Op string
	// Err is the cause, in our words. May be nil.
	Err error
	// Options are the names of protocol options, another word of which may mend this failure. Often empty.
	Options []string
	// RetryAt is when it makes sense to try again, where that is known: iAM Smart asked us to wait so long, or it is not
	// asked until then because it gave no answer several times. Zero where it is not known.
	RetryAt time.Time

	// ServerMessage is what iAM Smart wrote beside the code, for the log only: at most 120 bytes of plain ASCII words, with
	// every word masked that looks like an identifier (digits, signs, length). Often empty.
	ServerMessage string
	// TxID is iAM Smart's own reference of the call, which its help desk asks for. At most 64 bytes; empty when odd.
	TxID string
}

// Error is the line for the log: operation, kind, number, cause and remedy, without anything that the server wrote.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("iAM Smart " + e.Op + ": " + e.Kind.String())
	if e.Number != 0 {
		b.WriteString(", code " + strconv.Itoa(e.Number))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if len(e.Options) > 0 {
		b.WriteString("; if all else is right, try another word of the protocol option " + strings.Join(e.Options, " or "))
	}
	return b.String()
}

// Unwrap gives the cause, so that errors.Is finds context.Canceled and its like.
func (e *Error) Unwrap() error { return e.Err }
