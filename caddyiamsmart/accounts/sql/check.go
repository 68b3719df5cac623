package sql

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

// checkTime bounds the look-up and the work on the hash together.
const checkTime = 15 * time.Second

func (r row) stored() hash.Stored { return hash.Stored{Hash: r["hash"], Salt: r["salt"]} }

// CheckPassword implements [accounts.PasswordChecker]. The work of a check is
// done for names that are not there too, so that its time does not tell.
func (s *SQL) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	if err := accounts.RefuseTyped(username, password); err != nil {
		return accounts.Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	found, err := s.one(ctx, s.set.byName, username, "name", "hash")
	if err == nil && isCoerced(username, found["name"]) {
		err = errNoRow
	}
	if err != nil {
		if errors.Is(err, errNoRow) || errors.Is(err, accounts.ErrSeveral) {
			_ = s.set.hashes.Pretend(ctx, password) // a time-out changes nothing about the answer
		}
		return accounts.Account{}, byName(err)
	}
	right, err := s.set.hashes.Check(ctx, found.stored(), password)
	switch {
	case errors.Is(err, hash.ErrUnusable):
		return accounts.Account{}, s.set.cannot(context.Background(), ownWords(err.Error()))
	case err != nil:
		return accounts.Account{}, s.set.cannot(ctx, err)
	case !right:
		return accounts.Account{}, accounts.ErrWrong
	}
	record, err := s.record(found)
	switch {
	case err != nil:
		return accounts.Account{}, err
	case record.State == accounts.Closed:
		return accounts.Account{}, accounts.ErrState
	}
	return record.Account, nil
}

// byName says what it means that a name finds no row, or more than one.
func byName(err error) error {
	switch {
	case errors.Is(err, errNoRow):
		return accounts.ErrUnknown
	case errors.Is(err, accounts.ErrSeveral):
		return fmt.Errorf("%w: %w answer to one name; by_name must find one at most", accounts.ErrUnusable, err)
	}
	return err
}

// CheckSelf implements [accounts.SelfChecker]: it looks for a name that nobody
// has, and for a number where that is configured, and sees whether the columns
// are there that are needed. It takes at most thirty seconds.
func (s *SQL) CheckSelf(ctx context.Context) error {
	_, err := s.CheckPassword(ctx, rand.Text(), rand.Text())
	switch {
	case err == nil:
		return fmt.Errorf("%w: by_name finds an account for a name that nobody has, and its password is right", accounts.ErrUnusable)
	case !errors.Is(err, accounts.ErrUnknown) && errors.Is(err, accounts.ErrWrong):
		return fmt.Errorf("%w: by_name finds an account for a name that nobody has", accounts.ErrUnusable)
	case !errors.Is(err, accounts.ErrUnknown):
		return err
	}
	if s.set.byHKIC == nil {
		return nil
	}
	_, err = s.one(ctx, *s.set.byHKIC, rand.Text(), "name", "hkic")
	switch {
	case err == nil || errors.Is(err, accounts.ErrSeveral):
		return fmt.Errorf("%w: by_hkic finds an account for a number that nobody has", accounts.ErrUnusable)
	case errors.Is(err, errNoRow):
		return nil
	}
	return err
}
