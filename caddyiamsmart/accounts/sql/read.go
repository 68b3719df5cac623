package sql

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// ReadAccount implements [accounts.Reader]: by key where by_key says how, else by
// name. A row that has another key now, or another name, is another account. It
// takes at most ten seconds.
func (s *SQL) ReadAccount(ctx context.Context, a accounts.Account) (accounts.Record, error) {
	st, value, needed := s.set.byName, a.Name, []string{"name"}
	if s.set.byKey != nil && a.Key != "" {
		st, value, needed = *s.set.byKey, a.Key, []string{"name", "key"}
	}
	if value == "" {
		return accounts.Record{}, fmt.Errorf("%w: there is neither name nor key", accounts.ErrUnknown)
	}
	found, err := s.one(ctx, st, value, needed...)
	if err != nil {
		return accounts.Record{}, byName(err)
	}
	record, err := s.record(found)
	if err != nil {
		return accounts.Record{}, err
	}
	_, keyed := found["key"]
	switch {
	case a.Key != "" && keyed && record.Key != a.Key:
		return accounts.Record{}, fmt.Errorf("%w: the row has another key", accounts.ErrUnknown)
	case (s.set.byKey == nil || a.Key == "") && !strings.EqualFold(record.Name, a.Name):
		return accounts.Record{}, fmt.Errorf("%w: the row has another name", accounts.ErrUnknown)
	}
	return record, nil
}

// FindsByHKIC implements [accounts.HKICFinder].
func (s *SQL) FindsByHKIC() bool { return s.set.byHKIC != nil }

// FindByHKIC implements [accounts.HKICFinder]. What the database takes for equal
// is compared once more here. It takes at most ten seconds.
func (s *SQL) FindByHKIC(ctx context.Context, hkic string) (accounts.Record, error) {
	if s.set.byHKIC == nil {
		return accounts.Record{}, fmt.Errorf("%w: accounts sql has no 'by_hkic'", accounts.ErrUnusable)
	}
	number := accounts.CanonicalHKIC(hkic)
	if number == "" {
		return accounts.Record{}, fmt.Errorf("%w: there is no number to look for", accounts.ErrUnknown)
	}
	found, err := s.one(ctx, *s.set.byHKIC, number, "name", "hkic")
	switch {
	case errors.Is(err, errNoRow):
		return accounts.Record{}, accounts.ErrUnknown
	case err != nil:
		return accounts.Record{}, err
	case subtle.ConstantTimeCompare([]byte(accounts.CanonicalHKIC(found["hkic"])), []byte(number)) != 1:
		return accounts.Record{}, fmt.Errorf("%w: by_hkic finds a row with another number", accounts.ErrUnknown)
	}
	return s.record(found)
}
