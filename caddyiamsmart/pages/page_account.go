package pages

import "time"

// PickChoice is one of several accounts of a person.
type PickChoice struct {
	Value   string // what the form sends in the field "link"
	Name    string // the name in the app's record; may be empty
	Account string
}

// Picker asks somebody with several accounts which one to open. Its form
// (step=choose, the value in "link") posts to <prefix>/link; so does the way out
// (step=cancel).
type Picker struct {
	Common
	Token   string
	Choices []PickChoice
	CanAdd  bool // another account can be linked: a link to <prefix>/link?way=another
}

func (p Picker) plan() plan { return plan{template: "picker", common: p.Common} }

// Account is the person's own page. Its forms (step=everywhere, unlink, add) post
// to <prefix>/account; the last two start an approval in iAM Smart.
type Account struct {
	Common
	Token string
	// LogoutToken is that of LogoutAsk; empty leads to the page that asks.
	LogoutToken string
	Account     string
	Name        string    // the name in the app's record; may be empty
	Since       time.Time // when the account was linked; zero leaves it unsaid
	// Way is how it was linked: password, hkic, code, register, import. Any other
	// leaves it unsaid.
	Way    string
	Logins []time.Time // the last logins; the first is this one
	Ends   time.Time   // when this login ends at the latest; zero leaves it unsaid
	Others []string    // further accounts of this person
	CanAdd bool        // another account can be linked
	// Mobile is Login's.
	Mobile bool
	// Notice, if any, is said above: why the person is here again.
	// Its Restart and Link are ignored.
	Notice *Problem
}

func (a Account) plan() plan {
	return plan{template: "account", common: a.Common, starts: true, stays: true}
}

// Unlinked says that the person has ended a link, and offers the button to log
// in again.
type Unlinked struct {
	Common
	Account string
}

func (u Unlinked) plan() plan { return plan{template: "unlinked", common: u.Common, starts: true} }
