package file

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

// checkTime bounds the work on a hash and the wait for it.
const checkTime = 15 * time.Second

// CheckPassword implements [accounts.PasswordChecker]. The work of a check is
// done for names that are not there too, so that its time does not tell.
func (f *File) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	if err := accounts.RefuseTyped(username, password); err != nil {
		return accounts.Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	t := f.list.current()
	i, found := t.byName[fold(username)]
	if !found {
		_ = f.hashes.Pretend(ctx, password) // a time-out changes nothing about the answer
		return accounts.Account{}, accounts.ErrUnknown
	}
	right, err := f.hashes.Check(ctx, t.stored(i), password)
	switch {
	case errors.Is(err, hash.ErrUnusable):
		return accounts.Account{}, fmt.Errorf("%w: line %d: %w", accounts.ErrCannotCheck, t.rows[i].Line, err)
	case err != nil:
		return accounts.Account{}, fmt.Errorf("%w: no time was left for it", accounts.ErrCannotCheck)
	case !right:
		return accounts.Account{}, accounts.ErrWrong
	}
	record := t.record(i, f.hashes)
	if record.State == accounts.Closed {
		return accounts.Account{}, accounts.ErrState
	}
	return record.Account, nil
}

// CheckSelf implements [accounts.SelfChecker]: it looks whether the file, as it
// stands there now, is what is in force, and asks for a name that nobody has. It
// takes at most fifteen seconds, and as long as the file takes to be read.
func (f *File) CheckSelf(ctx context.Context) error {
	if err := f.list.fit(); err != nil {
		return fmt.Errorf("%w: %w", accounts.ErrCannotCheck, err)
	}
	_, err := f.CheckPassword(ctx, rand.Text(), rand.Text())
	switch {
	case err == nil:
		return fmt.Errorf("%w: a name that nobody has is found", accounts.ErrUnusable)
	case errors.Is(err, accounts.ErrUnknown):
		return nil
	}
	return err
}
