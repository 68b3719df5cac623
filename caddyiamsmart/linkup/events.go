package linkup

import "caddyiamsmart.example/caddyiamsmart/store"

// What the audit trail says has happened. The words are stored, so they never
// change.
const (
	EventLogin           = "login"
	EventLinked          = "linked"
	EventRenewed         = "link_renewed"
	EventRenamed         = "account_renamed"
	EventUndone          = "link_undone"
	EventUnlinked        = "unlinked"
	EventCodeMade        = "code_made"
	EventRequested       = "request_made"
	EventRequestApproved = "request_approved"
	EventRequestRefused  = "request_refused"
	EventExpected        = "link_expected"
	EventUnexpected      = "link_not_expected"
	EventBanLifted       = "ban_lifted"
	EventRefused         = "refused"
	EventTaken           = "alarm_account_taken" // a right proof of an account that is another person's
)

func (l *Linker) note(tx *store.Tx, event string, link store.Link) error {
	return l.noteBy(tx, event, link, "")
}

// noteBy writes down what has become of a link, and by whom: a person is not
// named twice.
func (l *Linker) noteBy(tx *store.Tx, event string, link store.Link, actor string) error {
	return l.Trail.Note(tx, store.Audit{
		Event: event, Person: l.pseudonym(link.Person), Account: link.AccountName,
		Source: link.Source, Way: link.Way, Actor: actor,
	})
}
