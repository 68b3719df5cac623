package ldap

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// CheckSelf implements [accounts.SelfChecker]: the service account looks for a
// name that nobody has, which must find nothing, and a DN that nobody has is
// bound below the base, which must be refused. It takes at most twenty seconds.
func (l *LDAP) CheckSelf(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	nobody := "n" + rand.Text()
	return l.ask(ctx, func(ctx context.Context, s *server) error {
		_, err := l.findOne(ctx, s, l.set.user.named(nobody), new(bool))
		switch {
		case err == nil:
			return fmt.Errorf("%w: %s: 'user' finds an entry for a random name", accounts.ErrUnusable, s.url)
		case !errors.Is(err, accounts.ErrUnknown):
			return err
		}
		return l.refusesStranger(ctx, s, "cn="+nobody+","+l.set.base)
	})
}

func (l *LDAP) refusesStranger(ctx context.Context, s *server, dn string) error {
	c, err := l.connect(ctx, s)
	if err != nil {
		return err
	}
	defer c.end()
	_, err = c.SimpleBind(ldapv3.NewSimpleBindRequest(dn, rand.Text(), nil))
	switch {
	case err == nil:
		return fmt.Errorf("%w: %s: it accepts a random name with a random password", accounts.ErrUnusable, s.url)
	case ldapv3.IsErrorAnyOf(err, ldapv3.LDAPResultInvalidCredentials, ldapv3.LDAPResultNoSuchObject):
		return nil
	case isAway(err):
		return away("binding a name that nobody has", causeIn(ctx, err))
	}
	return cannot(fmt.Errorf("%s: binding a name that nobody has: %w", s.url, plainCause(err)))
}
