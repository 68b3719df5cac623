package accounts

import (
	"context"
	"errors"
	"fmt"
)

// State says whether an account may be used.
type State int

const (
	// Unknown means that the source does not tell.
	Unknown State = iota
	// Active accounts may be used.
	Active
	// Closed accounts may not: disabled, locked, expired, or with a password that
	// must be changed first.
	Closed
)

// Record is what a source says of an account without anybody's password.
type Record struct {
	Account

	// State says whether the account may be used.
	State State

	// Attributes are what the operator lets the source tell about the account,
	// for headers and rules. Names are lower case; values are the source's own, in
	// its order, none of them empty.
	Attributes map[string][]string

	// Stamp changes when the account's password does, where the source can tell
	// (a digest of its hash, the time it was last set); else "". It holds
	// nothing that a password could be tried against.
	Stamp string
}

// Reader is a source that can read an account without its password.
type Reader interface {
	// ReadAccount returns the record of an account that [PasswordChecker] or
	// another capability of the same source has returned: by its Key where it
	// has one, else by its Name.
	//
	// An implementer must return an error that wraps [ErrUnknown] when there is
	// no such account any more, and [ErrCannotCheck] when the source cannot be
	// asked.
	ReadAccount(ctx context.Context, a Account) (Record, error)
}

// HKICFinder is a source that can find an account by the number of a Hong Kong
// identity card.
type HKICFinder interface {
	// FindByHKIC returns the one account whose number equals hkic, which is in
	// canonical form: capital letters and digits with the check digit last, as
	// in A1234563, or a number of another kind as it stands.
	//
	// An implementer must bring the home's own numbers into the same form, return an
	// error that wraps [ErrUnknown] when there is no such account, [ErrSeveral]
	// when there is more than one, and [ErrCannotCheck] when the source cannot be
	// asked; and keep the number out of errors and logs.
	FindByHKIC(ctx context.Context, hkic string) (Record, error)

	// FindsByHKIC tells whether the source is configured to do so.
	FindsByHKIC() bool
}

// Lister is a source that can list its accounts.
type Lister interface {
	// ListAccounts calls each for every account, in the source's own order, until
	// it returns false. Errors are as in [Reader].
	ListAccounts(ctx context.Context, each func(Record) bool) error
}

var (
	// ErrUnknown is the no of a source that has no account of this name, so that
	// another source may be asked. It is also an [ErrWrong]: to a visitor the two
	// are one.
	ErrUnknown = fmt.Errorf("%w: there is no such account in this source", ErrWrong)

	// ErrSeveral means that more than one account answers to what must find one.
	ErrSeveral = errors.New("more than one account")
)
