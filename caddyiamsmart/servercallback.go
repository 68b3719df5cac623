package caddyiamsmart

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

var (
	errCallbackTooLarge = errors.New("a callback with a larger body than its kind can have")
	errCallbackBroken   = errors.New("a callback whose body broke off or came too slowly")
	errNothingAsked     = errors.New("a callback that answers nothing which was asked, or too late")
)

const (
	callbackWithin = 15 * time.Second // one getKey included
	smallCallback  = 64 << 10         // bytes; only a form can be larger
	largeCallbacks = 16               // at once, in one realm

	// Of equal lines about refused callbacks, so many go to the log in such a time.
	callbackLines    = 5
	callbackLogEvery = 10 * time.Second
)

// serverCallback takes what iAM Smart answers to a request, from server to
// server. Whoever sends it may be anybody, and is told nothing: every refusal
// looks alike, and a callback that was taken before is answered as it was then.
func (g *Gate) serverCallback(w http.ResponseWriter, r *http.Request, d *desk, kind string) error {
	ctx, cancel := context.WithTimeout(r.Context(), callbackWithin)
	defer cancel()
	// Without it a body that drips in would hold this for as long as it likes. A
	// server that cannot set it has bounds of its own.
	reading := http.NewResponseController(w)
	_ = reading.SetReadDeadline(time.Now().Add(callbackWithin))
	err := g.takeCallback(ctx, r, d, kind)
	switch {
	case errors.Is(err, errCallerAddress), errors.Is(err, errNoClientCert), errors.Is(err, errClientCert):
		// A text of its own, so that nonsense from inside cannot crowd it out.
		g.callbackLog.Warn("callback kept out", zap.String("realm", g.Realm), zap.String("kind", kind), zap.Error(err))
	case err != nil:
		g.callbackLog.Warn("callback refused", zap.String("realm", g.Realm), zap.String("kind", kind), zap.Error(err))
	}
	if err != nil {
		// What was not read is not waited for, which the server would do before it answers.
		_ = reading.SetReadDeadline(time.Now())
		if r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
	}
	g.realm.client.Reply(w, err == nil)
	return nil
}

func (g *Gate) takeCallback(ctx context.Context, r *http.Request, d *desk, kind string) error {
	if err := g.realm.callers.admit(r); err != nil {
		return err
	}
	now := time.Now()
	asked, waiting, err := d.rows.Asked(ctx, g.realm.clientID, kind, now)
	if err != nil {
		return err
	}
	if !asked { // nothing is read from strangers for nothing
		return errNothingAsked
	}
	in := iamsmart.Incoming{ContentType: r.Header.Get("Content-Type"), Pending: waiting, Large: kind == requestFormFilling}
	if in.Body, err = g.readCallback(ctx, r.Body, in.Large); err != nil {
		return err
	}
	callback, err := g.realm.client.OpenCallback(ctx, in)
	if err != nil {
		return err
	}
	return g.keepAnswer(ctx, d, kind, callback, now)
}

// readCallback reads a body. The few that are large wait for each other, so that
// the memory which strangers can fill is bounded.
func (g *Gate) readCallback(ctx context.Context, body io.Reader, large bool) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, smallCallback+1))
	if err != nil {
		return nil, errCallbackBroken
	}
	if len(text) <= smallCallback {
		return text, nil
	}
	if !large {
		return nil, errCallbackTooLarge
	}
	select {
	case g.realm.large <- struct{}{}:
		defer func() { <-g.realm.large }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rest, err := io.ReadAll(io.LimitReader(body, iamsmart.MaxLargeCallback-int64(len(text))+1))
	if err != nil {
		return nil, errCallbackBroken
	}
	if text = append(text, rest...); len(text) > iamsmart.MaxLargeCallback {
		return nil, errCallbackTooLarge
	}
	return text, nil
}

// keepAnswer stores an answer with its request, sealed. Any gate of the realm
// may have asked.
func (g *Gate) keepAnswer(ctx context.Context, d *desk, kind string, callback iamsmart.Callback, now time.Time) error {
	row, err := d.rows.Request(ctx, store.Hash([]byte(callback.BusinessID)), now)
	if errors.Is(err, store.ErrNotFound) {
		return errNothingAsked
	}
	if err != nil {
		return err
	}
	if !d.keys.RequestFits(row) {
		return errRequestAltered
	}
	if row.ClientID != g.realm.clientID || row.Kind != kind || !answers(row, callback) {
		return errNothingAsked
	}
	row.AnsweredAt, row.Answer = now, d.keys.Seal(callback.Reveal(), answerLabels(row)...)
	err = d.rows.AnswerRequest(ctx, row, now)
	switch {
	case errors.Is(err, store.ErrClaimed):
		return nil // it was sent again
	case errors.Is(err, store.ErrNotFound):
		return errNothingAsked
	}
	return err
}

// answers tells whether a callback bears the state of a request. A failure may
// come without one.
func answers(row store.Request, callback iamsmart.Callback) bool {
	state := callback.State.Reveal()
	if state == "" {
		return callback.Failure != nil
	}
	sum := sha256.Sum256([]byte(state))
	return subtle.ConstantTimeCompare(sum[:], row.State[:]) == 1
}

// callbackKind is the kind of request that an endpoint takes answers to.
func callbackKind(endpoint string) (string, bool) {
	kind, ok := strings.CutPrefix(endpoint, "callback/")
	switch kind {
	case requestProfile, requestFormFilling, requestReauthentication:
		return kind, ok
	}
	return "", false
}
