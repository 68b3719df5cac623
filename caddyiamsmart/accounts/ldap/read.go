package ldap

import (
	"context"
	"errors"
	"fmt"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	listTime = 60 * time.Second // of a walk through all entries
	pageSize = 500              // entries
	maxPages = 400              // so 200 000 entries
)

// ReadAccount implements [accounts.Reader]. An account that 'user' would not
// find any more, whatever its name, is an [accounts.ErrUnknown]. It takes at
// most twenty seconds.
func (l *LDAP) ReadAccount(ctx context.Context, a accounts.Account) (accounts.Record, error) {
	filter, err := l.set.finds(a)
	if err != nil {
		return accounts.Record{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	leave, err := l.enter(ctx)
	if err != nil {
		return accounts.Record{}, err
	}
	defer leave()
	var found *ldapv3.Entry
	err = l.ask(ctx, func(ctx context.Context, s *server) (err error) {
		found, err = l.findOne(ctx, s, filter, new(bool))
		return err
	})
	if err != nil {
		return accounts.Record{}, err
	}
	return l.set.record(found)
}

// finds is the filter for an account that was found before.
func (s *settings) finds(a accounts.Account) (string, error) {
	switch {
	case a.Key == "" && a.Name == "":
		return "", fmt.Errorf("%w: it has neither key nor name", accounts.ErrUnknown)
	case a.Key == "":
		return s.user.with(s.name, a.Name), nil
	case !isGUID(s.key):
		return s.user.with(s.key, a.Key), nil
	}
	value, err := guidFilter(a.Key)
	if err != nil {
		return "", fmt.Errorf("%w: its key is none of this directory", accounts.ErrUnknown)
	}
	return "(&" + s.user.anybody() + "(" + s.key + "=" + value + "))", nil
}

// FindsByHKIC implements [accounts.HKICFinder].
func (l *LDAP) FindsByHKIC() bool { return l.set.hkic != "" }

// FindByHKIC implements [accounts.HKICFinder]. It looks at every entry that has
// a number, since the directory cannot compare the ways in which one is written,
// and takes at most a minute.
func (l *LDAP) FindByHKIC(ctx context.Context, hkic string) (accounts.Record, error) {
	if l.set.hkic == "" {
		return accounts.Record{}, fmt.Errorf("%w: accounts ldap has no 'hkic'", accounts.ErrUnusable)
	}
	number := accounts.CanonicalHKIC(hkic)
	if number == "" {
		return accounts.Record{}, fmt.Errorf("%w: there is no number to look for", accounts.ErrUnknown)
	}
	var found []*ldapv3.Entry
	err := l.walk(ctx, l.set.user.having(l.set.hkic), append([]string{l.set.hkic}, l.set.wanted...), func(e *ldapv3.Entry) bool {
		for _, written := range e.GetEqualFoldAttributeValues(l.set.hkic) {
			if accounts.CanonicalHKIC(written) == number {
				found = append(found, e)
				break
			}
		}
		return true // to the end: who is found must be the only one, and the time is to tell nothing
	})
	switch {
	case err != nil:
		return accounts.Record{}, err
	case len(found) == 0:
		return accounts.Record{}, accounts.ErrUnknown
	case len(found) > 1:
		return accounts.Record{}, accounts.ErrSeveral
	}
	return l.set.record(found[0])
}

// ListAccounts implements [accounts.Lister]. An entry that could not log in,
// since its name or its key is none, is left out. It takes at most a minute.
func (l *LDAP) ListAccounts(ctx context.Context, each func(accounts.Record) bool) error {
	return l.walk(ctx, l.set.user.anybody(), l.set.wanted, func(e *ldapv3.Entry) bool {
		r, err := l.set.record(e)
		return err != nil || each(r)
	})
}

// walk calls each for every entry that the filter finds, page by page, until it
// returns false. Another server is asked only before the first entry has come.
func (l *LDAP) walk(ctx context.Context, filter string, wanted []string, each func(*ldapv3.Entry) bool) error {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	leave, err := l.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	began := false
	return l.ask(ctx, func(ctx context.Context, s *server) error {
		err := l.walkOn(ctx, s, filter, wanted, func(e *ldapv3.Entry) bool {
			began = true
			return each(e)
		})
		if began && errors.Is(err, errAway) {
			return cannot(fmt.Errorf("%s: in the middle of a list: %s", s.url, err.Error()))
		}
		return err
	})
}

func (l *LDAP) walkOn(ctx context.Context, s *server, filter string, wanted []string, each func(*ldapv3.Entry) bool) error {
	c, err := l.asService(ctx, s)
	if err != nil {
		return err
	}
	defer c.end()
	paging := ldapv3.NewControlPaging(pageSize)
	for range maxPages {
		page, err := c.search(ctx, l.set.base, filter, 0, wanted, paging)
		if err != nil {
			return searchFailed(ctx, s, err)
		}
		for _, e := range page.Entries {
			if !each(e) {
				return nil
			}
		}
		next, _ := ldapv3.FindControl(page.Controls, ldapv3.ControlTypePaging).(*ldapv3.ControlPaging)
		if next == nil || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
	return cannot(fmt.Errorf("%s: more than %d entries", s.url, maxPages*pageSize))
}
