package form

import (
	"context"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// CheckSelf implements [accounts.SelfChecker]: it tries the rules with a
// stranger now, whatever is known from an earlier try. It takes at most twenty
// seconds.
func (f *Form) CheckSelf(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	return f.tryStranger(asking)
}

var _ accounts.SelfChecker = (*Form)(nil)
