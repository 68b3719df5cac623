package linkup

import (
	"slices"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// The ways in which an account is shown to be a person's. They are stored with
// links, so their words never change.
const (
	ByPassword = "password" // the application said yes to name and password
	ByHKIC     = "hkic"     // the number that iAM Smart vouched for is the account's
	ByCode     = "code"     // the administrator gave the person a code
	ByRegister = "register" // the person opened it a moment ago, and the application said yes to the new password
	ByRequest  = "request"  // the administrator approved the person's request
	ByImport   = "import"   // the administrator said beforehand whose it is
)

// Rules say how many links may stand. The zero Rules allow each person one
// account and each account one person.
type Rules struct {
	// AccountsPerPerson is how many accounts one person may have; 0 means 1.
	AccountsPerPerson int
	// Shared says of accounts that several persons use how many may. It has the
	// folded name of the account ([Fold]); with 0 nobody may.
	Shared map[string]int
	// MaxAge is how long a proof lasts where nobody can be asked whether the
	// account still stands; 0 means for ever.
	MaxAge time.Duration
}

// claim is an account that a person has proven, and the links that stand.
type claim struct {
	name, key           string // of the account, and what it is unique by
	way                 string
	ofPerson, ofAccount []store.Link
	wasAnothers         bool  // the account was linked to another person once
	renews              int64 // the link that is to be proven again, or 0
	gone                bool  // the account of that link is no more
}

// place is where a link may be made.
type place struct {
	slot, seat int
	same       *store.Link // the person has this very link; there is nothing to make
	replaces   *store.Link // goes, because its account has gone
}

// verdict judges a claim. A person who was faster in another tab has the link
// already. Where it refuses, and there is a link of the person that stands in the
// way, that is the place's same.
func (r Rules) verdict(c claim) (place, error) {
	var p place
	for i, l := range c.ofPerson {
		if l.AccountKey == c.key {
			return place{same: &c.ofPerson[i]}, nil
		}
		if l.ID == c.renews && c.gone {
			p.replaces = &c.ofPerson[i]
		}
	}
	persons, shared := r.Shared[Fold(c.name)]
	switch {
	case shared && len(c.ofAccount) >= persons:
		return place{}, ErrShared
	case !shared && len(c.ofAccount) > 0:
		return place{}, ErrTaken
	case !shared && c.wasAnothers && !byAdministrator(c.way):
		return place{}, ErrWasAnothers
	}
	if c.renews != 0 && standing(c).ID != c.renews { // it was ended meanwhile, and this link-up is for nothing else
		return place{}, ErrEnded
	}
	free := max(1, r.AccountsPerPerson) - len(c.ofPerson)
	if p.replaces != nil {
		free++
	}
	if free < 1 || c.renews != 0 && p.replaces == nil {
		is := standing(c)
		return place{same: &is}, ErrHaveAnother
	}
	for taken(c.ofPerson, p.replaces, func(l store.Link) bool { return l.Slot == p.slot }) {
		p.slot++
	}
	for taken(c.ofAccount, nil, func(l store.Link) bool { return l.Seat == p.seat }) {
		p.seat++
	}
	return p, nil
}

// byAdministrator tells the ways that give an account to another person than
// before.
func byAdministrator(way string) bool { return way == ByCode || way == ByRequest }

// standing is the link that the person is told of: the one to be proven again, else
// the first, or the zero link where the person has none.
func standing(c claim) (link store.Link) {
	for i, l := range c.ofPerson {
		if i == 0 || l.ID == c.renews {
			link = l
		}
	}
	return link
}

func taken(links []store.Link, but *store.Link, is func(store.Link) bool) bool {
	return slices.ContainsFunc(links, func(l store.Link) bool { return (but == nil || l.ID != but.ID) && is(l) })
}
