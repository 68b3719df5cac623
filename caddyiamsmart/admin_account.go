package caddyiamsmart

import (
	"context"
	"errors"
	"net/http"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

// account looks up an account that an administrator names. It must be there and open.
// Where nobody can look it up, a typing error would make a link to somebody else's
// account, so the name has to be given as one that is certain.
func (o office) account(ctx context.Context, name string, certain bool) (f found, looked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	f, looked, err = o.gate.sources.ByName(ctx, name)
	switch {
	case errors.Is(err, accounts.ErrUnknown):
		return f, looked, refusedAct(http.StatusNotFound, "there is no such account; give its name as the application knows it")
	case errors.Is(err, accounts.ErrSeveral):
		return f, looked, refusedAct(http.StatusConflict, "more than one account has that name, so nobody knows which is meant")
	case errors.Is(err, accounts.ErrWrong) && !looked:
		return f, looked, refusedAct(http.StatusBadRequest, "these accounts cannot be looked up, and then a name is at most 64 letters, digits and . _ - @")
	case errors.Is(err, accounts.ErrWrong):
		return f, looked, refusedAct(http.StatusBadRequest, "no account can have that name")
	case err != nil:
		o.gate.logger.Warn("looking up an account for an administrator", zap.Error(err))
		return f, looked, refusedAct(http.StatusBadGateway, "the accounts cannot be read now; Caddy's log says why")
	case f.State == accounts.Closed:
		return f, looked, refusedAct(http.StatusConflict, "the application does not let that account be used: it is closed or locked, or its password has expired; open it there first")
	case !looked && !certain:
		return f, looked, refusedAct(http.StatusPreconditionRequired, "these accounts cannot be looked up, so nobody knows whether there is such an account; "+
			"compare the name with the application, letter by letter, and say that it is certain")
	}
	return f, looked, nil
}

// whyNoLink is how an administrator is told that an account cannot be given to somebody.
func whyNoLink(err error) error {
	for rule, reason := range map[error]string{
		linkup.ErrTaken: "the account is linked to somebody already; find that link by 'links list --account', end it by 'links unlink' if that is meant, and ask again",
		linkup.ErrShared: "the account is one that several persons share (persons_per_account), and as many as may are linked to it; " +
			"end one of its links by 'links unlink', or raise the number",
		linkup.ErrHaveAnother: "the person is linked to another account already, or to as many as accounts_per_person says; end that link by 'links unlink' first, or refuse the request",
		linkup.ErrDecided:     "the request is decided already",
	} {
		if errors.Is(err, rule) {
			return refusedAct(http.StatusConflict, reason)
		}
	}
	return err
}
