package caddyiamsmart

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
)

// problem is one failure in its three voices: a status for machines, a page for
// the visitor, a cause for the log. A reference ties the page to the log line.
type problem struct {
	status  int
	kind    pages.ProblemKind
	cause   error
	restart *session.Return // offer to start again, and where to go then
	account string
	until   time.Time
	link    bool   // offer to go back to the link-up
	ref     string // where there is one already
}

// problem answers with a page, or with a small JSON body where a page is of no
// use, and writes the one log line about it.
func (g *Gate) problem(w http.ResponseWriter, r *http.Request, p problem) error {
	ref := g.logRefusal(p)
	retryAfter(w, p.status, p.cause)
	if wants(r) != page {
		w.Header().Set("X-IAmSmart-Ref", ref)
		return g.refuse(w, p.status, "refused")
	}
	answer := pages.Problem{
		Common: pages.Common{SecretAddress: unlogged(r)},
		Kind:   p.kind, Ref: ref, Account: p.account, Until: p.until, Link: p.link, Host: g.host,
	}
	d := g.desk.Load()
	if d != nil && p.restart != nil {
		answer.Restart = true
		answer.Return = d.sessions.SealReturn(*p.restart)
	}
	g.pages.Write(w, g.language(r, d), p.status, answer)
	return nil
}

// logRefusal writes the log line and returns the reference that ties the page to
// it.
func (g *Gate) logRefusal(p problem) (ref string) {
	if ref = p.ref; ref == "" {
		ref = reference()
	}
	log := g.logger.Info
	if p.status >= 500 {
		log = g.logger.Error
	}
	log("refused", zap.String("ref", ref), zap.Int("status", p.status), zap.String("realm", g.Realm),
		zap.String("app", g.App), zap.Error(p.cause))
	return ref
}

// refuse answers a request that no page is for.
func (g *Gate) refuse(w http.ResponseWriter, status int, word string) error {
	body := struct {
		Error string `json:"error"`
		Login string `json:"login,omitempty"`
	}{Error: word}
	if status == http.StatusUnauthorized {
		body.Login = g.Prefix + "/login"
		w.Header().Set("X-IAmSmart-Login", body.Login) // for scripts that look at no body
	}
	return writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// referenceLetters leaves out what is easily misread over the telephone.
const referenceLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func reference() string {
	var b [6]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = referenceLetters[int(b[i])%len(referenceLetters)]
	}
	return string(b[:])
}

// language is what the pages speak to this visitor.
func (g *Gate) language(r *http.Request, d *desk) pages.Language {
	var remembered string
	if d != nil {
		remembered = d.sessions.Remembered(r)
	}
	return g.pages.Choose(remembered, r.Header.Get("Accept-Language"))
}

// awayFor is what machines are told to wait where nothing better is known.
const awayFor = time.Minute

// retryAfter tells machines when to come again, where iAM Smart is away. People
// read "in a few minutes".
func retryAfter(w http.ResponseWriter, status int, err error) {
	var failure *iamsmart.Error
	if status != http.StatusServiceUnavailable || !errors.As(err, &failure) {
		return
	}
	wait := awayFor
	if !failure.RetryAt.IsZero() {
		wait = max(time.Second, failure.RetryAt.Sub(smartNow()))
	}
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// ofIAmSmart says which page a failure of iAM Smart is told by.
func ofIAmSmart(err error) (pages.ProblemKind, int) {
	var failure *iamsmart.Error
	if !errors.As(err, &failure) {
		return pages.Internal, http.StatusInternalServerError
	}
	switch failure.Kind {
	case iamsmart.KindDenied:
		return pages.Declined, http.StatusForbidden
	case iamsmart.KindTimedOut, iamsmart.KindExpiredCode, iamsmart.KindExpiredToken:
		return pages.TooLate, http.StatusForbidden
	case iamsmart.KindUnavailable:
		return pages.Unavailable, http.StatusServiceUnavailable
	}
	return pages.Unavailable, http.StatusBadGateway
}
