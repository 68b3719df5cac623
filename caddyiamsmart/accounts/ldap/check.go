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
	checkTime  = 20 * time.Second // of a whole check
	serverTime = 6 * time.Second  // of it, for one server to find an entry
	maxChecks  = 16               // at once; more wait for a place
)

// CheckPassword implements [accounts.PasswordChecker]. It takes at most twenty
// seconds, however slow the servers are. A name that has no entry is an
// [accounts.ErrUnknown].
func (l *LDAP) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	if err := accounts.RefuseTyped(username, password); err != nil {
		return accounts.Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	leave, err := l.enter(ctx)
	if err != nil {
		return accounts.Account{}, fmt.Errorf("%w (%w)", err, accounts.ErrNotAsked)
	}
	defer leave()

	var found *ldapv3.Entry
	asked := false
	err = l.ask(ctx, func(ctx context.Context, s *server) error {
		var err error
		if found, err = l.findOne(ctx, s, l.set.user.named(username), &asked); err != nil {
			return err
		}
		return l.prove(ctx, s, found.DN, password)
	})
	switch {
	case errors.Is(err, accounts.ErrCannotCheck) && !asked:
		return accounts.Account{}, fmt.Errorf("%w (%w)", err, accounts.ErrNotAsked)
	case err != nil:
		return accounts.Account{}, err
	}
	return l.set.account(found)
}

// enter waits for a place among those who ask at the same time.
func (l *LDAP) enter(ctx context.Context) (leave func(), err error) {
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-ctx.Done():
		return nil, cannot(fmt.Errorf("waiting for a place: %w", plainCause(ctx.Err())))
	}
}

// asService returns a connection on which the service account may look for
// entries. Nobody else is ever bound on it.
func (l *LDAP) asService(ctx context.Context, s *server) (*connection, error) {
	c, err := l.connect(ctx, s)
	if err != nil {
		return nil, err
	}
	_, err = c.SimpleBind(ldapv3.NewSimpleBindRequest(l.set.bindDN, l.set.password, nil))
	switch {
	case err == nil:
		return c, nil
	case isAway(err):
		err = away("binding the service account", causeIn(ctx, err))
	default:
		err = cannot(fmt.Errorf("%s: the service account of 'bind' is not accepted: %w", s.url, plainCause(err)))
	}
	c.end()
	return nil, err
}

// isAway tells the errors of a server that is out of reach or in no state to
// answer anybody.
func isAway(err error) bool {
	var result *ldapv3.Error
	switch {
	case !errors.As(err, &result):
		return true
	case result.ResultCode >= ldapv3.ErrorNetwork:
		return result.ResultCode != ldapv3.ErrorFilterCompile
	}
	return result.ResultCode == ldapv3.LDAPResultBusy || result.ResultCode == ldapv3.LDAPResultUnavailable
}

// findOne returns the one entry that the filter finds. asked is set before the
// server learns of the filter.
func (l *LDAP) findOne(ctx context.Context, s *server, filter string, asked *bool) (*ldapv3.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, serverTime)
	defer cancel()
	c, err := l.asService(ctx, s)
	if err != nil {
		return nil, err
	}
	defer c.end()
	*asked = true
	found, err := c.search(ctx, l.set.base, filter, 2, l.set.wanted)
	switch {
	case errors.Is(err, ldapv3.ErrSizeLimitExceeded), ldapv3.IsErrorWithCode(err, ldapv3.LDAPResultSizeLimitExceeded),
		err == nil && len(found.Entries) > 1:
		return nil, fmt.Errorf("%w: %s: more than one entry answers to one name; 'user' must find one at most", accounts.ErrUnusable, s.url)
	case err != nil:
		return nil, searchFailed(ctx, s, err)
	case len(found.Entries) == 0:
		return nil, accounts.ErrUnknown
	case found.Entries[0].DN == "": // to bind nobody's name proves nothing
		return nil, cannot(fmt.Errorf("%s: the entry has no DN", s.url))
	}
	return found.Entries[0], nil
}

func searchFailed(ctx context.Context, s *server, err error) error {
	switch {
	case isAway(err):
		return away("searching", causeIn(ctx, err))
	case ldapv3.IsErrorWithCode(err, ldapv3.LDAPResultNoSuchObject):
		return cannot(fmt.Errorf("%s: searching: 'base' does not exist, or the service account may not see it", s.url))
	case ldapv3.IsErrorWithCode(err, ldapv3.LDAPResultSizeLimitExceeded):
		return cannot(fmt.Errorf("%s: searching: the server tells the service account a part of its entries only; raise its size limit "+
			"(slapd.conf: limits dn.exact=\"<the DN of 'bind'>\" size.prtotal=unlimited)", s.url))
	}
	return cannot(fmt.Errorf("%s: searching: %w", s.url, plainCause(err)))
}

// prove binds the DN with the password, on a connection of its own. Once the
// password may have been sent, no other server is asked: it would count there as
// one more try.
func (l *LDAP) prove(ctx context.Context, s *server, dn, password string) error {
	c, err := l.connect(ctx, s)
	if err != nil {
		return err
	}
	defer c.end()
	result, err := c.SimpleBind(ldapv3.NewSimpleBindRequest(dn, password, []ldapv3.Control{ldapv3.NewControlBeheraPasswordPolicy()}))
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err := verdict(result, err); err != nil {
		if errors.Is(err, accounts.ErrCannotCheck) {
			return fmt.Errorf("%w (%s)", err, s.url)
		}
		return err
	}
	return nil
}
