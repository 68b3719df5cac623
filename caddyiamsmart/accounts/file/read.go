package file

import (
	"context"
	"fmt"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// ReadAccount implements [accounts.Reader]: by key where the account has one,
// else by name. An account that was proven by its key is not looked for by its
// name in a file that has lost that column.
func (f *File) ReadAccount(_ context.Context, a accounts.Account) (accounts.Record, error) {
	t := f.list.current()
	if a.Key != "" {
		if _, has := t.column["key"]; !has {
			return accounts.Record{}, fmt.Errorf("%w: the account has a key, and the file no column 'key' any more", accounts.ErrCannotCheck)
		}
		if i, found := t.byKey[a.Key]; found {
			return t.record(i, f.hashes), nil
		}
		return accounts.Record{}, accounts.ErrUnknown
	}
	if i, found := t.byName[fold(a.Name)]; found {
		return t.record(i, f.hashes), nil
	}
	return accounts.Record{}, accounts.ErrUnknown
}

// FindByHKIC implements [accounts.HKICFinder]. It needs what UseHKICHasher gives.
func (f *File) FindByHKIC(_ context.Context, hkic string) (accounts.Record, error) {
	t := f.list.current()
	if _, has := t.column["hkic_hash"]; !has { // or has lost it since FindsByHKIC was asked
		return accounts.Record{}, fmt.Errorf("%w: accounts file has no column 'hkic_hash'", accounts.ErrUnusable)
	}
	hash := f.hasher.Load()
	if hash == nil {
		return accounts.Record{}, fmt.Errorf("%w: the key for identity card numbers is not there yet", accounts.ErrCannotCheck)
	}
	number := accounts.CanonicalHKIC(hkic)
	if number == "" {
		return accounts.Record{}, fmt.Errorf("%w: there is no number to look for", accounts.ErrUnknown)
	}
	found := t.byHKIC[(*hash)(number)]
	switch len(found) {
	case 0:
		return accounts.Record{}, accounts.ErrUnknown
	case 1:
		return t.record(found[0], f.hashes), nil
	}
	return accounts.Record{}, accounts.ErrSeveral
}

// FindsByHKIC implements [accounts.HKICFinder]: it does where the file, as it is in
// force now, has the column.
func (f *File) FindsByHKIC() bool {
	_, has := f.list.current().column["hkic_hash"]
	return has
}

// ListAccounts implements [accounts.Lister], in the order of the file. A change of
// the file while it runs is not seen.
func (f *File) ListAccounts(ctx context.Context, each func(accounts.Record) bool) error {
	t := f.list.current()
	for i := range t.rows {
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", accounts.ErrCannotCheck, ctx.Err())
		}
		if !each(t.record(i, f.hashes)) {
			break
		}
	}
	return nil
}
