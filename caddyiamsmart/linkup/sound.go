package linkup

import (
	"fmt"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Sound returns [store.ErrDamaged] for a link whose account's name does not fit
// what the account is unique by: one of them has been altered, and to let the
// person in would be to let them in as somebody else. Of accounts with a key of
// their own, which says nothing about the name, it cannot tell.
func Sound(link store.Link) error {
	if strings.HasPrefix(link.AccountKey, "key:") || link.AccountKey == Key(accounts.Account{Name: link.AccountName}) {
		return nil
	}
	return fmt.Errorf("link %d: %w: the account's name and its key do not fit each other", link.ID, store.ErrDamaged)
}
