package linkup

import (
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// Standing is what a link is worth today. All but Stands and Closed are cured by
// proving the account again; their words are stored with the link-up in which that
// happens.
type Standing string

const (
	// Stands means that the link may be used.
	Stands Standing = ""
	// Closed means that the application does not let the account be used now. No
	// proof helps.
	Closed Standing = "closed"
	// Changed means that the person's record in iAM Smart is another than when they
	// proved the account: somebody may have registered anew.
	Changed Standing = "changed"
	// Ended means that the account's password is another, or that it was proven so
	// long ago that nobody knows whether it is still theirs.
	Ended Standing = "ended"
	// Gone means that there is no such account any more, or that its name is that
	// of another account now.
	Gone Standing = "gone"
)

// Seen is what can be known of a link's account and person at a moment.
type Seen struct {
	At time.Time
	// LastModified is iAM Smart's word on when the person's record last changed;
	// zero where nobody has just asked iAM Smart.
	LastModified time.Time
	// Read is whether the accounts that the link came from could tell anything.
	Read   bool
	Record accounts.Record // with Read, unless Gone
	Gone   bool            // with Read: there is no such account
	// NoSource is whether the link came from accounts that are no more configured.
	NoSource bool
}

// Standing judges a link.
func (r Rules) Standing(link store.Link, s Seen) Standing {
	switch {
	case s.NoSource:
		return Ended
	case s.Read && (s.Gone || Key(s.Record.Account) != link.AccountKey):
		return Gone
	case s.Read && s.Record.State == accounts.Closed:
		return Closed
	case !s.LastModified.IsZero() && !link.LastModified.IsZero() && !s.LastModified.Equal(link.LastModified):
		return Changed
	case s.Read && link.Stamp != "" && s.Record.Stamp != "" && s.Record.Stamp != link.Stamp:
		return Ended
	case !s.Read && r.MaxAge > 0 && s.At.Sub(link.ProvedAt) >= r.MaxAge:
		return Ended
	}
	return Stands
}

// News tells whether a link that stands should be written anew: the account has
// another name now, or tells by what its password is known and the link does not
// know it yet.
func News(link store.Link, s Seen) bool {
	return s.Read && (s.Record.Name != link.AccountName || s.Record.DisplayName != link.DisplayName || link.Stamp == "" && s.Record.Stamp != "")
}
