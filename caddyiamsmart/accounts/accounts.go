// Package accounts says what the gate may ask of a legacy app's own accounts,
// and what every kind of source must answer.
//
// There is one small interface per capability; a source has those that its
// nature allows, and the caller finds out by a type assertion. Each kind is a
// package of its own below this one and a Caddy guest module in the namespace
// "iamsmart.accounts".
package accounts

import (
	"context"
	"errors"
)

// Account is the row of the legacy app that was proven to be the person's.
type Account struct {
	// Name is the account's name as it goes upstream: the spelling of the
	// app's own record. It is never what somebody typed, unless what was typed
	// can only be the canonical spelling. Never empty.
	Name string

	// Key is the immutable key of the row where the source has one, else "".
	// It outlives a renaming of the account.
	Key string

	// DisplayName is the name that people know the account by, for pages only;
	// "" where the source has none.
	DisplayName string
}

// Source is what all kinds have in common.
type Source interface {
	// Kind is the word that stands for the source in a configuration and in a
	// link's record, such as "form".
	Kind() string
}

// PasswordChecker is a source that can judge a name and a password.
type PasswordChecker interface {
	// CheckPassword returns the account that username and password prove.
	//
	// An implementer must return an error that wraps [ErrWrong] when the
	// source stated a no, [ErrState] when it stated that the pair is right but
	// the account may not be used, [ErrUnusable] when a yes of the source
	// would prove nothing, and [ErrCannotCheck] in every other case: doubt is
	// never a yes and never a no. It must refuse an empty name and an empty
	// password without asking the source, bound every input, every answer and
	// the time it takes, leave no session behind in the app as far as the app
	// allows, and put neither name nor password in an error or a log.
	//
	// It does not count tries: that is the caller's. It is safe for
	// concurrent use.
	CheckPassword(ctx context.Context, username, password string) (Account, error)
}

// LoginPage is a source that is asked by the application's own login page.
type LoginPage interface {
	// LoginPath is the path of that page, as the gate asks for it.
	LoginPath() string
}

// SelfChecker is a source that can try, without anybody's password, whether it
// is fit to judge one.
type SelfChecker interface {
	// CheckSelf asks the source about a name and a password that nobody has. It
	// returns nil where the source says a clear no.
	//
	// An implementer must return an error that wraps [ErrUnusable] when the
	// source let the stranger in, and [ErrCannotCheck] when there was neither a
	// yes nor a no; bound the time it takes; and put nothing secret into an
	// error. It may run without the source having been started or used before.
	CheckSelf(ctx context.Context) error
}

// What a source says when it does not say yes. Callers branch on these with
// [errors.Is]; the text that follows in a wrapped error is for the log and not
// for a visitor.
var (
	// ErrWrong is a stated no: the name or the password is wrong. Which of the
	// two is never said.
	ErrWrong = errors.New("name or password is wrong")

	// ErrState means that name and password are right, but the account is
	// locked, has expired, or must change its password first, as far as the
	// source tells that.
	ErrState = errors.New("account may not be used now")

	// ErrCannotCheck means that there is neither a yes nor a stated no: the
	// source is out of reach, in trouble, or answered something unforeseen.
	// The cause is wrapped with it. Trying later may help.
	ErrCannotCheck = errors.New("cannot check accounts now")

	// ErrNotAsked comes wrapped with ErrCannotCheck or ErrUnusable where it is
	// certain that the source was not asked about this name: then the try need
	// not count. It never comes with a no.
	ErrNotAsked = errors.New("the password was not sent")

	// ErrUnusable means that the source must not be trusted as it is
	// configured, for instance because its rules would let anyone in. An
	// operator has to act; trying later does not help.
	ErrUnusable = errors.New("accounts are not usable")
)
