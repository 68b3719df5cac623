package store

import "errors"

// WasAnothers tells whether an account was linked to another person than this one
// and is so no more. The database remembers it for whoever deletes a link.
func (t *Tx) WasAnothers(clientID, app, accountKey string, person [32]byte) (bool, error) {
	var one int
	err := t.get([]any{&one}, selectPastOfOthers, clientID, app, accountKey, person[:])
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, failed("looking for past links", err)
	}
	return true, nil
}

// UndoLink deletes a link as if it had never been; its sessions go with it. It is
// no error when there is none.
func (t *Tx) UndoLink(l Link) error {
	var one int
	err := t.get([]any{&one}, selectPast, l.ClientID, l.App, l.AccountKey, l.Person[:])
	if err != nil && !errors.Is(err, ErrNotFound) {
		return failed("undoing link", err)
	}
	before := err == nil // this person had the account once before, and that stays known
	if err := t.DeleteLink(l.ID); err != nil || before {
		return err
	}
	if _, err := t.exec(deletePast, l.ClientID, l.App, l.AccountKey, l.Person[:]); err != nil {
		return failed("undoing link", err)
	}
	return nil
}
