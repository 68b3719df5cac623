package linkup

import (
	"context"
	"fmt"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// A row that was altered is refused, not repaired: nobody knows what it said. The
// errors tell the operator which rows may go.
var (
	errPendingAltered = fmt.Errorf("a pending link-up: %w: it does not fit its seal, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then delete all rows of the table pendings: people begin their link-ups anew", store.ErrDamaged)
	errFreshAltered = fmt.Errorf("the right to undo a link: %w: it does not fit its seal, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then delete all rows of the table fresh_links: no link goes with them", store.ErrDamaged)
	errCodeAltered = fmt.Errorf("a link code: %w: it does not fit its seal, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then delete all rows of the table link_codes and make new codes", store.ErrDamaged)
	errExpectedAltered = fmt.Errorf("an imported link: %w: it does not fit its seal, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then delete all rows of the table expected_links and import them anew", store.ErrDamaged)
	errRequestAltered = fmt.Errorf("a request for an account: %w: it does not fit its seal, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then delete all rows of the table registrations: people ask anew", store.ErrDamaged)
)

// Find returns the person's links, the first account first; none is no error. One
// that was altered is [store.ErrDamaged] for all: to let the person in would be to
// let them in as somebody else.
func (l *Linker) Find(ctx context.Context, person [32]byte) ([]store.Link, error) {
	return l.allSound(l.Rows.Links(ctx, l.person(person), l.App))
}

// Of returns a link of this app, or [store.ErrNotFound].
func (l *Linker) Of(ctx context.Context, id int64) (store.Link, error) {
	return l.ofThisApp(l.Rows.LinkByID(ctx, id))
}

func (l *Linker) ofThisApp(link store.Link, err error) (store.Link, error) {
	if link, err = l.sound(link, err); err == nil && (link.ClientID != l.ClientID || link.App != l.App) {
		return store.Link{}, store.ErrNotFound
	}
	return link, err
}

func (l *Linker) allSound(links []store.Link, err error) ([]store.Link, error) {
	for _, link := range links {
		if _, err = l.sound(link, err); err != nil {
			return nil, err
		}
	}
	return links, err
}

// sound refuses a link that does not fit its seal, or whose account's name does
// not fit what the account is unique by. The second is for links that were damaged
// before they were sealed; of accounts with a key of their own, which says nothing
// about the name, it cannot tell.
func (l *Linker) sound(link store.Link, err error) (store.Link, error) {
	switch {
	case err != nil:
		return store.Link{}, err
	case link.Seal == store.Seal{}:
		return store.Link{}, altered(link, "it has no seal")
	case !l.Keys.LinkFits(link):
		return store.Link{}, altered(link, "it does not fit its seal")
	case !strings.HasPrefix(link.AccountKey, "key:") && link.AccountKey != Key(accounts.Account{Name: link.AccountName}):
		return store.Link{}, altered(link, "the account's name and its key do not fit each other")
	}
	return link, nil
}

func altered(link store.Link, how string) error {
	return fmt.Errorf("link %d: %w: %s, so it was altered or copied outside this program; "+
		"find out who wrote to the file, then restore its backup, or delete this link from the store: its person links again", link.ID, store.ErrDamaged, how)
}
