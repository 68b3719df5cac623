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
)

// Find returns the person's link, or [store.ErrNotFound]. A link that was altered
// is [store.ErrDamaged]: to let the person in would be to let them in as somebody
// else.
func (l *Linker) Find(ctx context.Context, person [32]byte) (store.Link, error) {
	return l.sound(l.Rows.FindLink(ctx, l.person(person), l.App))
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
		"find out who wrote to the file, then restore its backup, or delete this link: its person links again", link.ID, store.ErrDamaged, how)
}
