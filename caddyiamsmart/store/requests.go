package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Request is something that iAM Smart was asked for in the name of a person, and
// answers by a call of its own.
type Request struct {
	ID                   ID // the hash of its businessID
	ClientID, App, Kind  string
	Owner                ID       // the pending link-up or the session that asked
	State                [32]byte // the hash of its state
	CreatedAt, ExpiresAt time.Time
	AnsweredAt           time.Time // zero while none has come
	Answer               []byte    // sealed by the caller
	Seal                 Seal      // over all but the answer and its time
}

// PutRequest stores a request that was not answered yet. An id must never have
// been used before.
func (s *Store) PutRequest(ctx context.Context, r Request) error {
	_, err := s.exec(ctx, insertRequest, r.ID[:], r.ClientID, r.App, r.Kind, r.Owner[:], r.State[:], millis(r.CreatedAt), millis(r.ExpiresAt), r.Seal[:])
	if err != nil {
		return failed("storing request", err)
	}
	return nil
}

// Request returns a request, answered or not, or ErrNotFound when there is none
// or it has expired at now.
func (s *Store) Request(ctx context.Context, id ID, now time.Time) (Request, error) {
	var (
		r        Request
		answered sql.NullInt64
	)
	dest := []any{hashColumn{&r.ID}, &r.ClientID, &r.App, &r.Kind, hashColumn{&r.Owner}, hashColumn{&r.State},
		timeColumn{&r.CreatedAt}, timeColumn{&r.ExpiresAt}, sealColumn{&r.Seal}, &answered, &r.Answer}
	if err := s.getter(ctx)(dest, selectRequest, id[:], millis(now)); err != nil {
		return Request{}, failed("reading request", err)
	}
	if answered.Valid {
		r.AnsweredAt = time.UnixMilli(answered.Int64).UTC()
	}
	return r, nil
}

// AnswerRequest stores the answer to a request. Of any number of callers one
// gets nil and the others ErrClaimed; nothing is changed for them. ErrNotFound
// says that no request of this client has this id, kind and state, or that it has
// expired at now.
func (s *Store) AnswerRequest(ctx context.Context, answer Request, now time.Time) error {
	keys := []any{answer.ID[:], answer.ClientID, answer.Kind, answer.State[:], millis(now)}
	n, err := s.exec(ctx, answerRequest, append(keys, millis(answer.AnsweredAt), answer.Answer)...)
	if err != nil {
		return failed("answering request", err)
	}
	if n > 0 {
		return nil
	}
	var one int
	if err := s.getter(ctx)([]any{&one}, selectAnswered, keys...); err != nil {
		return failed("answering request", err)
	}
	return fmt.Errorf("answering request: %w", ErrClaimed)
}

// Asked tells whether a client has asked for this kind of thing and the time for
// the answer is not over at now, and whether any such answer has yet to come.
func (s *Store) Asked(ctx context.Context, clientID, kind string, now time.Time) (asked, waiting bool, err error) {
	var all, open int
	if err := s.getter(ctx)([]any{&all, &open}, countAsked, clientID, kind, millis(now)); err != nil {
		return false, false, failed("looking for requests", err)
	}
	return all > 0, open > 0, nil
}

// EndRequests deletes what an owner has asked for, and the answers with it. It is
// no error when there is nothing.
func (s *Store) EndRequests(ctx context.Context, owner ID) error {
	if _, err := s.exec(ctx, deleteRequests, owner[:]); err != nil {
		return failed("ending requests", err)
	}
	return nil
}
