package accounts

import "context"

// Opener is something that opens an account in the app by its own registration
// form.
type Opener interface {
	// OpenAccount opens one account with values of these names: "username" and
	// "password", which the person chose; "name_en", "name_zh", "birth_date",
	// "gender", "mobile" and "email", which iAM Smart told. A value that is not
	// known is left out or empty.
	//
	// It returns nil where the app said that the account is there. A caller who
	// can check a password with the app should confirm that with the new one.
	//
	// An implementer must return an error that wraps [ErrWrong] when the app
	// stated a no (the name is taken, a value is not accepted) and no account was
	// opened, and [ErrCannotCheck] in every other case. Then nobody knows whether
	// the account is there, unless [ErrNotAsked] is wrapped too: then nothing was
	// sent. It must send the values once at most, whatever becomes of the answer;
	// bound every value, every answer and the time it takes; and put no value in
	// an error or a log. It is safe for concurrent use.
	OpenAccount(ctx context.Context, values map[string]string) error
}
