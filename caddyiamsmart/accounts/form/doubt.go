package form

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// doubted looks at a yes once more, where no page of the app confirms it. Apps
// answer a name that exists in ways that no random name ever sees: it is locked,
// the password holds something that a filter refuses, too many have tried. Such
// an answer may have all signs of success. So the app must now refuse the same
// name with a password that is like the right one and is not, and then let the
// right one in again: what an app says once, when a wrong try was one too many,
// it does not say after the next. That costs the account one wrong try, which
// the last right one clears where only those in a row count.
func (f *Form) doubted(ctx context.Context, username, password string, proven accounts.Account) error {
	if err := f.refused(ctx, username, shifted(password)); err != nil {
		return err
	}
	const step = "trying the same password again, after a wrong one"
	again, err := f.check(ctx, username, password)
	switch {
	case errors.Is(err, accounts.ErrWrong), errors.Is(err, accounts.ErrState), err == nil && again != proven:
		f.logger.Warn("a yes was not believed: the application does not repeat it after a wrong password for the same name",
			zap.String("app", f.set.where()),
			zap.String("remedy", "add 'confirm': then a yes is not tried again"))
		return f.set.cannot(step, errors.New("it does not come out the same"))
	case err != nil: // which may say that nothing was sent: that is true of this visit alone
		return fmt.Errorf("%w: %s: %v", accounts.ErrCannotCheck, step, err)
	}
	return nil
}

// refused returns nil if the app says a clear no to a wrong password.
func (f *Form) refused(ctx context.Context, username, wrong string) error {
	const step = "trying a wrong password for the same name"
	b := newBrowser(f.set.url)
	defer b.close()
	in, err := f.set.login(ctx, b, username, wrong)
	switch {
	case errors.Is(err, accounts.ErrWrong):
		return nil
	case errors.Is(err, accounts.ErrState):
		return f.set.cannot(step, errNobodys)
	case err != nil:
		return fmt.Errorf("%s: %w", step, err)
	}
	f.logOut(ctx, b, []*page{in})
	f.logger.Error("a yes was not believed: the application lets the same name in with a wrong password",
		zap.String("app", f.set.where()),
		zap.String("remedy", "add 'confirm', or success rules that hold only after a right password, such as text that only a logged-in person sees"))
	return f.set.cannot(step, errors.New("it counts as logged in too"))
}

// shifted is a wrong password that the app and what stands before it treat as
// they treat the right one: of the same length and with the same oddities. It
// differs from the first letter on, since some apps look at the first few alone,
// and some at no case.
func shifted(password string) string {
	first, _ := utf8.DecodeRuneInString(password)
	_, last := utf8.DecodeLastRuneInString(password)
	other := rune(rand.Text()[0])
	for other == unicode.ToUpper(first) {
		other = rune(rand.Text()[0])
	}
	return string(unicode.ToLower(other)) + password[:len(password)-last]
}
