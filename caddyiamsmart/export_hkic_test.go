package caddyiamsmart

import (
	"context"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/linkup"
)

// Finders are the sources of the gate that find accounts by number, as the gate
// has made them ready.
func (a Asker) Finders() (all []accounts.HKICFinder) {
	for _, one := range a.g.sources {
		if finder, ok := one.checker.(accounts.HKICFinder); ok {
			all = append(all, finder)
		}
	}
	return all
}

// Import says beforehand that the account of a name is that of the person with a
// number, as an administrator does who has looked the account up.
func (a Asker) Import(ctx context.Context, number, name string) (linkup.Outcome, error) {
	f, _, err := a.g.sources.ByName(ctx, name)
	if err != nil {
		return linkup.OutcomeUnknown, err
	}
	return a.ImportUnseen(ctx, number, f.Account, f.source)
}

// ImportUnseen is Import of an account that nobody has looked up.
func (a Asker) ImportUnseen(ctx context.Context, number string, account accounts.Account, source string) (linkup.Outcome, error) {
	return a.d.links.Expect(ctx, linkup.Expected{
		HKICHash: a.d.keys.HKICHash(accounts.CanonicalHKIC(number)), Account: account, Source: source,
	}, "admin:test", false)
}

// LeastRecheck lets gates that are provisioned later look at accounts so often, until
// undo.
func LeastRecheck(d time.Duration) (undo func()) {
	before := minRecheck
	minRecheck = d
	return func() { minRecheck = before }
}
