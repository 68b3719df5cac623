package accounts

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// What became of a request to an application, in our own words: the
// application's may repeat what was typed.
var (
	ErrTooSlow    = errors.New("no answer in time")
	ErrCut        = errors.New("an answer that ended early")
	ErrUnreadable = errors.New("an answer that is not readable as HTTP")
)

// PlainCause keeps of a failed request what is safe to log: no address with its
// query and no bytes of the answer, which net/http's errors hold.
func PlainCause(err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ErrTooSlow
	case errors.As(err, &network):
		return network
	case errors.As(err, &certificate):
		return certificate
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	}
	return ErrUnreadable
}
