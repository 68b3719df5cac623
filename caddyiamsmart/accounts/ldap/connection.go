package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"
)

const (
	dialTime  = 4 * time.Second
	maxAnswer = 8 << 20 // bytes of the answers on one connection, or to one page of a list
)

// connection is one to a server, which ends with its context.
type connection struct {
	*ldapv3.Conn
	raw *bounded
}

// connect reaches the server, by TLS unless the settings say otherwise.
func (l *LDAP) connect(ctx context.Context, s *server) (*connection, error) {
	dialing, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	tcp, err := (&net.Dialer{}).DialContext(dialing, "tcp", s.address)
	if err != nil {
		return nil, away("connecting", causeIn(dialing, err))
	}
	raw := &bounded{Conn: tcp}
	raw.left.Store(maxAnswer)
	raw.leave = context.AfterFunc(ctx, func() { _ = tcp.Close() })
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: l.set.roots, ServerName: s.host}
	if s.ldaps {
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(dialing); err != nil {
			_ = raw.Close()
			return nil, away("starting TLS", causeIn(dialing, err))
		}
		c := &connection{ldapv3.NewConn(secure, true), raw}
		c.Start()
		return c, nil
	}

	c := &connection{ldapv3.NewConn(raw, false), raw}
	c.Start()
	if !l.set.startTLS {
		return c, nil
	}
	stop := context.AfterFunc(dialing, func() { _ = tcp.Close() })
	err = c.StartTLS(config)
	stop()
	if err != nil {
		c.end()
		return nil, away("starting TLS", causeIn(dialing, err))
	}
	return c, nil
}

// end closes the connection at once, without waiting for the server.
func (c *connection) end() {
	_ = c.raw.Close()
	_ = c.Close()
}

// search runs one search on a connection, for at most its context's time.
// It returns entries also with some errors.
func (c *connection) search(ctx context.Context, base, filter string, limit int, wanted []string, controls ...ldapv3.Control) (*ldapv3.SearchResult, error) {
	seconds := 10
	if deadline, ok := ctx.Deadline(); ok {
		seconds = max(1, int(time.Until(deadline).Seconds()))
	}
	c.raw.left.Store(maxAnswer)
	request := ldapv3.NewSearchRequest(base, ldapv3.ScopeWholeSubtree, ldapv3.NeverDerefAliases, limit, seconds, false, filter, wanted, controls)
	request.EnforceSizeLimit = limit > 0
	return c.Search(request)
}

// bounded is a connection from which only so much is read.
type bounded struct {
	net.Conn
	left  atomic.Int64
	leave func() bool
}

func (b *bounded) Read(p []byte) (int, error) {
	left := b.left.Load()
	if left <= 0 {
		return 0, errTooLong
	}
	n, err := b.Conn.Read(p[:min(int64(len(p)), left)])
	b.left.Add(-int64(n))
	return n, err
}

func (b *bounded) Close() error {
	b.leave()
	return b.Conn.Close()
}

// Causes that are told in our own words, since the server's words may repeat
// what was typed.
var (
	errTooLong = errors.New("an answer of more than 8 MiB")
	errTooSlow = errors.New("no answer in time")
	errBroken  = errors.New("the connection ended early, or the answer is not readable as LDAP")
)

// causeIn is plainCause for a step that its context may have ended.
func causeIn(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return plainCause(ctx.Err())
	}
	return plainCause(err)
}

// plainCause keeps of a failed step what is safe to log: a result code without
// the server's text, or what the network or the certificate has to say.
func plainCause(err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var timeout interface{ Timeout() bool }
	var result *ldapv3.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errTooSlow
	case errors.Is(err, errTooLong), strings.Contains(err.Error(), errTooLong.Error()): // the library keeps the text alone
		return errTooLong
	case errors.As(err, &certificate):
		return certificate
	case errors.As(err, &unknown):
		return unknown
	case errors.As(err, &network):
		return network
	case startTLSCause(err) != "":
		return errors.New(startTLSCause(err))
	case errors.As(err, &result) && result.ResultCode < ldapv3.ErrorNetwork:
		return fmt.Errorf("result code %d (%s)", result.ResultCode, ldapv3.LDAPResultCodeMap[result.ResultCode])
	}
	return errBroken
}

// startTLSCause is what Go's TLS says in an error in which the library keeps the
// text alone.
func startTLSCause(err error) string {
	text := err.Error()
	for _, begin := range []string{"x509: ", "tls: "} {
		if i := strings.Index(text, begin); i >= 0 && ldapv3.IsErrorWithCode(err, ldapv3.ErrorNetwork) {
			return strings.TrimSuffix(text[i:], ")")
		}
	}
	return ""
}
