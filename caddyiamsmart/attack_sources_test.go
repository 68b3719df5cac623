package caddyiamsmart_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// list is a source whose passwords are the names in capitals.
type list struct {
	names []string // a * before one that is closed
	folds bool     // it takes names for the same whatever their case
	away  bool
}

func (list) Kind() string { return "list" }

func (l list) ReadAccount(_ context.Context, a accounts.Account) (accounts.Record, error) {
	if l.away {
		return accounts.Record{}, accounts.ErrCannotCheck
	}
	for _, name := range l.names {
		bare := strings.TrimPrefix(name, "*")
		if bare == a.Name || l.folds && strings.EqualFold(bare, a.Name) {
			r := accounts.Record{Account: accounts.Account{Name: bare, Key: "1"}, State: accounts.Active}
			if bare != name {
				r.State = accounts.Closed
			}
			return r, nil
		}
	}
	return accounts.Record{}, accounts.ErrUnknown
}

func (l list) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	r, err := l.ReadAccount(ctx, accounts.Account{Name: username})
	switch {
	case err != nil:
		return accounts.Account{}, err
	case password != strings.ToUpper(r.Name):
		return accounts.Account{}, accounts.ErrWrong
	case r.State == accounts.Closed:
		return accounts.Account{}, accounts.ErrState
	}
	return r.Account, nil
}

// Attack T60: given a source that tells Chan from chan and one after it that does
// not, when a closed account of the first is typed in another spelling, then the
// second does not open it.
func TestT60NoSpellingLeadsPastTheFirstSource(t *testing.T) {
	first := list{names: []string{"*chan", "wong"}}
	second := list{names: []string{"chan", "wong", "lee"}, folds: true}
	for _, tt := range []struct {
		typed, password string
		first           list
		want            error
		name, source    string
		key             string
	}{
		{"wong", "WONG", first, nil, "wong", "list", "1"},
		{"lee", "LEE", first, nil, "lee", "list 2", "list 2/1"},
		{"LEE", "LEE", first, nil, "lee", "list 2", "list 2/1"},
		{"lee", "wrong", first, accounts.ErrWrong, "", "list 2", ""},
		{"chan", "CHAN", first, accounts.ErrState, "", "list", ""},
		{"CHAN", "CHAN", first, accounts.ErrWrong, "", "list 2", ""},
		{"Wong", "WONG", first, accounts.ErrWrong, "", "list 2", ""},
		{"lee", "LEE", list{away: true}, accounts.ErrCannotCheck, "", "list", ""},
	} {
		got, source, err := caddyiamsmart.CheckInOrder(t.Context(), []any{tt.first, second}, tt.typed, tt.password)
		if !errors.Is(err, tt.want) || got.Name != tt.name || source != tt.source || got.Key != tt.key {
			t.Errorf("%s: %+v of %q, %v, want %v", tt.typed, got, source, err, tt.want)
		}
	}
}
