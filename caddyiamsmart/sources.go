package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// source is one place where accounts live.
type source struct {
	kind    string
	checker accounts.PasswordChecker
}

// sources are those of a gate, in the order in which they are asked: the first
// that knows a name decides about it.
type sources []source

// newSources takes the modules of a configuration.
func newSources(modules []any) (sources, error) {
	var list sources
	for i, module := range modules {
		checker, ok := module.(accounts.PasswordChecker)
		if !ok {
			return nil, errors.New("this kind cannot check a password")
		}
		one := source{checker: checker}
		if named, ok := module.(accounts.Source); ok {
			one.kind = named.Kind()
		}
		// A source that can read its accounts knows which names it has.
		if _, knows := module.(accounts.Reader); !knows && i < len(modules)-1 {
			return nil, notLast(one.kind)
		}
		list = append(list, one)
	}
	return list, nil
}

func notLast(kind string) error {
	return fmt.Errorf("%s cannot tell a name that it does not know from a wrong password, so nothing after it would be asked; put it last", kind)
}

// CheckPassword asks one source after the other until one knows the name, and
// says which it was. One that cannot be asked ends the search: the name may be
// somebody else's in the next.
func (s sources) CheckPassword(ctx context.Context, username, password string) (account accounts.Account, kind string, err error) {
	for i, one := range s {
		account, err = one.checker.CheckPassword(ctx, username, password)
		if errors.Is(err, accounts.ErrUnknown) && i < len(s)-1 {
			continue
		}
		if i > 0 && errors.Is(err, accounts.ErrNotAsked) { // the ones before it were
			err = fmt.Errorf("%w: %v", accounts.ErrCannotCheck, err)
		}
		return account, one.kind, err
	}
	return accounts.Account{}, "", accounts.ErrCannotCheck
}
