package basic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	checkTime = 20 * time.Second // of a whole check
	maxChecks = 16               // at once; more wait for a place
)

// CheckPassword implements [accounts.PasswordChecker]. It takes at most twenty
// seconds, however slow the app is.
func (b *Basic) CheckPassword(ctx context.Context, username, password string) (accounts.Account, error) {
	username, err := b.asked(username, password)
	if err != nil {
		return accounts.Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return accounts.Account{}, notAsked(b.cannot("waiting for a place", accounts.PlainCause(ctx.Err())))
	}
	if err := b.trusted(ctx); err != nil {
		return accounts.Account{}, notAsked(err) // about the random name alone
	}

	a, err := visit(ctx, b.url, &credentials{username, password})
	switch {
	case err != nil && !a.sent:
		return accounts.Account{}, notAsked(b.cannot("asking the address", err))
	case err != nil:
		return accounts.Account{}, b.cannot("asking the address", err)
	}
	if err := b.judge(a); err != nil {
		return accounts.Account{}, err
	}
	if a, err = b.confirm(ctx, username, password); err != nil {
		return accounts.Account{}, err
	}
	if b.account == nil {
		return accounts.Account{Name: username}, nil
	}
	name, err := accounts.NameIn(b.account, a.page)
	if err != nil {
		return accounts.Account{}, b.cannot("reading the account's name", err)
	}
	return accounts.Account{Name: name}, nil
}

// asked returns the name that the app is asked about. Where no pattern says what
// the app calls the account, the spelling that the app says yes to is the one
// that goes upstream.
func (b *Basic) asked(username, password string) (string, error) {
	if err := accounts.RefuseTyped(username, password); err != nil {
		return "", err
	}
	if b.account == nil {
		return accounts.Plain(username)
	}
	// NameIn takes blanks away, so an account " admin" must not be asked about.
	username = strings.TrimSpace(username)
	if username == "" {
		return "", fmt.Errorf("%w: the name is blank", accounts.ErrWrong)
	}
	if strings.Contains(username, ":") { // what follows would become the password
		return "", fmt.Errorf("%w: the name holds a colon, which Basic cannot send", accounts.ErrWrong)
	}
	return username, nil
}

// confirm holds a yes against a wrong password for the same name: a page that says
// that the account is locked, a filter before the app and a cache may come with 200
// too, and since the last try of a stranger. Then the right one has to be let in
// once more, which also ends the count of wrong ones that most apps keep.
func (b *Basic) confirm(ctx context.Context, username, password string) (a answer, err error) {
	const step = "confirming a yes"
	for _, try := range []struct {
		password string
		yes      bool
		doubt    error
	}{{accounts.RandomPassword(), false, errAnyPassword}, {password, true, errYesOnce}} {
		if a, err = visit(ctx, b.url, &credentials{username, try.password}); err != nil {
			return a, b.cannot(step, err)
		}
		err = b.judge(a)
		switch {
		case err != nil && !errors.Is(err, accounts.ErrWrong):
			return a, err
		case (err == nil) != try.yes:
			return a, b.cannot(step, try.doubt)
		}
	}
	return a, nil
}

var (
	errAnyPassword = errors.New("it lets a wrong password for the same name in too")
	errYesOnce     = errors.New("it let the password in once, and then not again")
)

// judge is nil for a yes.
func (b *Basic) judge(a answer) error {
	switch {
	case a.status == http.StatusOK:
		return nil
	case a.status == http.StatusUnauthorized && a.asksBasic():
		return fmt.Errorf("%w: the app said no", accounts.ErrWrong)
	}
	return b.cannot("asking the address", a.doubt())
}

// trusted returns nil if the address was seen to refuse a stranger lately.
func (b *Basic) trusted(ctx context.Context) error {
	err := b.canary.Trusted(ctx, checkTime, b.tryStranger)
	if err != nil && err == ctx.Err() {
		return b.cannot("trying a random name", accounts.PlainCause(err))
	}
	return err
}

// CheckSelf implements [accounts.SelfChecker]: it tries the address with a
// stranger now, whatever is known from an earlier try. It takes at most twenty
// seconds.
func (b *Basic) CheckSelf(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return b.tryStranger(ctx)
}

// tryStranger returns nil if the address asks for Basic credentials, and says a
// clear no to those of nobody.
func (b *Basic) tryStranger(ctx context.Context) error {
	for _, try := range []struct {
		step, found string
		with        *credentials
	}{
		{"asking without a name", "the address lets anyone in without a password", nil},
		{"trying a random name", "a random name with a random password is let in", &credentials{accounts.RandomName(), accounts.RandomPassword()}},
	} {
		a, err := visit(ctx, b.url, try.with)
		if err != nil {
			return b.cannot(try.step, err)
		}
		switch err := b.judge(a); {
		case err == nil:
			b.logger.Error("account check is off: it would let anyone in",
				zap.String("app", b.where()), zap.String("found", try.found),
				zap.String("remedy", "name an address that is protected by HTTP Basic"))
			return fmt.Errorf("%w: %s: %s", accounts.ErrUnusable, b.where(), try.found)
		case !errors.Is(err, accounts.ErrWrong):
			return err
		}
	}
	return nil
}

// cannot tells a doubt with its cause, which must hold nothing that was typed
// and no query of the address.
func (b *Basic) cannot(step string, cause error) error {
	return fmt.Errorf("%w: %s: %s: %w", accounts.ErrCannotCheck, b.where(), step, cause)
}

// notAsked adds to a doubt that the app knows nothing of what was typed.
func notAsked(err error) error { return fmt.Errorf("%w (%w)", err, accounts.ErrNotAsked) }
