package caddyiamsmart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// source is one place where accounts live.
type source struct {
	name    string // its kind; a second one of a kind is "sql 2"
	checker accounts.PasswordChecker
	prefix  string // of its accounts' keys, which are unique within one source only
}

// sources are those of a gate, in the order in which they are asked: the first
// that knows a name decides about it.
type sources []source

// found is an account and the source that has it.
type found struct {
	accounts.Record
	source string
}

// newSources takes the modules of a configuration.
func newSources(modules []any) (sources, error) {
	var list sources
	kinds := make(map[string]int)
	for i, module := range modules {
		checker, ok := module.(accounts.PasswordChecker)
		if !ok {
			return nil, errors.New("this kind cannot check a password")
		}
		one := source{checker: checker}
		if named, ok := module.(accounts.Source); ok {
			one.name = named.Kind()
		}
		// A source that can read its accounts knows which names it has.
		if _, knows := module.(accounts.Reader); !knows && i < len(modules)-1 {
			return nil, notLast(one.name)
		}
		if kinds[one.name]++; kinds[one.name] > 1 {
			one.name = fmt.Sprint(one.name, " ", kinds[one.name])
		}
		if i > 0 {
			one.prefix = one.name + "/"
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
func (s sources) CheckPassword(ctx context.Context, username, password string) (found, error) {
	for i, one := range s {
		account, err := one.checker.CheckPassword(ctx, username, password)
		if errors.Is(err, accounts.ErrUnknown) && i < len(s)-1 {
			continue
		}
		if i > 0 && errors.Is(err, accounts.ErrNotAsked) { // the ones before it were
			err = fmt.Errorf("%w: %v", accounts.ErrCannotCheck, err)
		}
		if err != nil {
			return found{source: one.name}, err
		}
		record, _, err := one.read(ctx, account)
		if err == nil {
			err = s[:i].asUnknown(ctx, record.Name)
		}
		if err != nil {
			return found{source: one.name}, err
		}
		return one.has(record), nil
	}
	return found{}, accounts.ErrCannotCheck
}

// asUnknown is nil if none of the sources knows the name, and a no where one does: a
// spelling of it that they do not take for the same must not lead past them.
func (s sources) asUnknown(ctx context.Context, name string) error {
	err := s.mustNotKnow(ctx, name)
	if errors.Is(err, accounts.ErrSeveral) {
		return fmt.Errorf("%w: an earlier source knows the account by its name", accounts.ErrWrong)
	}
	return err
}

// read asks the source for the record of an account as the source itself knows it.
// Where it cannot read accounts, readable is false and the record says no more than
// the account.
func (s source) read(ctx context.Context, a accounts.Account) (record accounts.Record, readable bool, err error) {
	reader, ok := s.checker.(accounts.Reader)
	if !ok {
		return accounts.Record{Account: a}, false, nil
	}
	record, err = reader.ReadAccount(ctx, a)
	return record, true, err
}

// has makes the keys of the source unique among all.
func (s source) has(r accounts.Record) found {
	if r.Key != "" {
		r.Key = s.prefix + r.Key
	}
	return found{r, s.name}
}

// Read asks for an account that a source had once, by its name and what it was
// unique by. readable is false where that source cannot read accounts, and the
// error is errNoSource where it is not configured any more.
func (s sources) Read(ctx context.Context, name, key, from string) (f found, readable bool, err error) {
	for _, one := range s {
		if one.name != from {
			continue
		}
		own, _ := strings.CutPrefix(key, one.prefix)
		record, readable, err := one.read(ctx, accounts.Account{Name: name, Key: own})
		return one.has(record), readable, err
	}
	return found{}, false, errNoSource
}

// ReadOwn is Read for an account that is about to be linked: its name must be unknown
// to the sources before its own, or it is somebody else's there ([accounts.ErrSeveral]).
func (s sources) ReadOwn(ctx context.Context, a accounts.Account, from string) (found, error) {
	f, _, err := s.Read(ctx, a.Name, a.Key, from)
	if err != nil {
		return found{}, err
	}
	before := s[:slices.IndexFunc(s, func(one source) bool { return one.name == from })]
	return f, before.mustNotKnow(ctx, f.Name)
}

var errNoSource = errors.New("the accounts that this came from are not configured any more")

// ByName finds the account of a name. Where no source can read accounts, known is
// false, and the account is what the name says.
func (s sources) ByName(ctx context.Context, name string) (f found, known bool, err error) {
	for i, one := range s {
		record, readable, err := one.read(ctx, accounts.Account{Name: name})
		switch {
		case errors.Is(err, accounts.ErrUnknown) && i < len(s)-1:
			continue
		case err != nil:
			return found{}, true, err
		case !readable:
			plain, err := accounts.Plain(name)
			return found{accounts.Record{Account: accounts.Account{Name: plain}}, one.name}, false, err
		}
		return one.has(record), true, nil
	}
	return found{}, true, accounts.ErrUnknown
}

// Has tells whether there is an account already: one of this name where accounts can
// be read, else one that this very password opens.
func (s sources) Has(ctx context.Context, username, password string) (bool, error) {
	_, readable, err := s.ByName(ctx, username)
	if !readable {
		_, err = s.CheckPassword(ctx, username, password)
	}
	switch {
	case err == nil, errors.Is(err, accounts.ErrState), errors.Is(err, accounts.ErrSeveral):
		return true, nil
	case errors.Is(err, accounts.ErrWrong): // or unknown, which is one of it
		return false, nil
	}
	return false, err
}

// FindByHKIC finds the one account of a number in all sources that can look for
// one. The name of what is found must be unknown to the sources before it: there it
// would be somebody else's.
func (s sources) FindByHKIC(ctx context.Context, number string) (found, error) {
	var one *found
	unknown := accounts.ErrUnknown
	for i, in := range s {
		finder, ok := in.checker.(accounts.HKICFinder)
		if !ok || !finder.FindsByHKIC() {
			continue
		}
		record, err := finder.FindByHKIC(ctx, number)
		switch {
		case errors.Is(err, accounts.ErrUnknown):
			unknown = err // it may say to the operator why
			continue
		case err != nil:
			return found{}, err
		case one != nil:
			return found{}, accounts.ErrSeveral
		}
		if err := s[:i].mustNotKnow(ctx, record.Name); err != nil {
			return found{}, err
		}
		f := in.has(record)
		one = &f
	}
	if one == nil {
		return found{}, unknown
	}
	return *one, nil
}

func (s sources) mustNotKnow(ctx context.Context, name string) error {
	for _, one := range s {
		_, _, err := one.read(ctx, accounts.Account{Name: name})
		if err == nil {
			return accounts.ErrSeveral
		}
		if !errors.Is(err, accounts.ErrUnknown) {
			return err
		}
	}
	return nil
}

// findsByHKIC tells whether any source can look for a number.
func (s sources) findsByHKIC() bool {
	for _, one := range s {
		if finder, ok := one.checker.(accounts.HKICFinder); ok && finder.FindsByHKIC() {
			return true
		}
	}
	return false
}

// readable tells whether any source can read its accounts.
func (s sources) readable() bool {
	for _, one := range s {
		if _, ok := one.checker.(accounts.Reader); ok {
			return true
		}
	}
	return false
}
