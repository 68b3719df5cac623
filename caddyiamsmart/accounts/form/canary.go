package form

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// trusted returns nil if the rules were seen to refuse a stranger lately.
func (f *Form) trusted(ctx context.Context) error {
	err := f.canary.Trusted(ctx, checkTime-logoutTime, f.tryStranger)
	if err != nil && err == ctx.Err() {
		return f.set.cannot("trying the rules with a random name", accounts.PlainCause(err))
	}
	return err
}

// tryStranger returns nil if the app says a clear no to a random name.
func (f *Form) tryStranger(ctx context.Context) error {
	b := newBrowser(f.set.url)
	defer b.close()
	in, err := f.set.login(ctx, b, accounts.RandomName(), accounts.RandomPassword())
	switch {
	case errors.Is(err, accounts.ErrWrong):
		return nil
	case errors.Is(err, accounts.ErrState):
		return f.set.cannot("trying the rules with a random name", errNobodys)
	case err != nil:
		return err
	}
	f.logOut(ctx, b, []*page{in})
	f.logger.Error("account check is off: its rules would let anyone in",
		zap.String("app", f.set.where()),
		zap.String("found", "a random name with a random password counts as logged in"),
		zap.String("remedy", "state success rules that hold only after a right password, such as text that only a logged-in person sees"))
	return fmt.Errorf("%w: %s: its rules would let anyone in: a random name with a random password counts as logged in",
		accounts.ErrUnusable, f.set.where())
}

// errNobodys means that a sign of a right password comes after a wrong one.
var errNobodys = errors.New("a wrong password comes out as right, for an account that may not be used: state 'expired' and 'second_factor' rules that fit nothing else")
