package pages

import "time"

// Page is one of the page types of this package.
type Page interface {
	plan() plan
}

// plan says which template draws a page and what its answer must allow.
type plan struct {
	template string
	common   Common
	starts   bool   // has the form that starts iAM Smart
	framed   bool   // is made for a frame of the app
	script   string // the one script that may run; empty: none
	stays    bool   // the person stays logged in: the browser need not forget
}

// Common is what every page may carry.
type Common struct {
	// Return is the sealed address to go back to after login; it travels in the
	// hidden field "return" of the start form and the language switch. Empty
	// leaves the field out.
	Return string
	// Here is where the language switch comes back to while there is no Return,
	// in the hidden field "here". Empty leaves the field out.
	Here string
	// Held is what the language switch brings back on a page that cannot be asked
	// for again, in the hidden field "held". Empty leaves the field out.
	Held string
	// SecretAddress is set where the page's own address holds a secret, such as
	// the code of a callback: no request that the page makes repeats it.
	SecretAddress bool
}

// Login is the login page: the official button, what happens next, and what
// to mind on a shared computer.
type Login struct {
	Common
	// Mobile is for phones and tablets: iAM Smart opens on the same device, and
	// a second button (device=other) asks for the QR code instead.
	Mobile bool
	// Notice, if any, is said above: why the person is here again.
	// Its Restart and Link are ignored.
	Notice *Problem
}

func (l Login) plan() plan { return plan{template: "login", common: l.Common, starts: true} }

// Direct asks somebody who comes from the iAM Smart app whether a login is what
// they want: anybody can send people an address that looks as if they came from
// there.
type Direct struct {
	Common
	Token string // what goes on with the login
}

func (d Direct) plan() plan { return plan{template: "direct", common: d.Common} }

// FrameLogin stands in a frame of the app and leads the whole window to the
// login page. It is the only page that may be framed, and only by its own origin.
type FrameLogin struct {
	Common
	Address string // a path on this host; anything else becomes "/"
	StepUp  bool   // the person is logged in, and the page asks for a step-up
}

func (f FrameLogin) plan() plan { return plan{template: "frame", common: f.Common, framed: true} }

// LogoutAsk asks before it logs out, since a mere link must not.
type LogoutAsk struct {
	Common
	Token   string
	Account string // may be empty
}

func (l LogoutAsk) plan() plan { return plan{template: "logoutask", common: l.Common} }

// LoggedOut says what has ended, and offers the button to the next person.
type LoggedOut struct {
	Common
	App        AppEnd // of the app's own session
	Everywhere bool   // the person's logins on all other devices have ended as well
}

// AppEnd is what became of the app's own session at a logout.
type AppEnd int

const (
	AppNotAsked AppEnd = iota // nobody ended it, or nobody knows
	AppEnded
	AppFailed // the app was asked and did not do it
)

// AppToo tells whether the app's own session has ended.
func (l LoggedOut) AppToo() bool { return l.App == AppEnded }

// AppFailed tells whether the app would not end its own session.
func (l LoggedOut) AppFailed() bool { return l.App == AppFailed }

func (l LoggedOut) plan() plan { return plan{template: "loggedout", common: l.Common, starts: true} }

// Problem says what went wrong and what to do now.
type Problem struct {
	Common
	Kind    ProblemKind
	Ref     string    // repeated in the log; may be empty
	Account string    // HaveAnother: the account that is linked already; SomeoneElse: the one that is logged in
	Until   time.Time // TooMany: when to try again; zero leaves it unsaid
	Host    string    // Loop: the registered host name; empty leaves the hint out
	Restart bool      // show the official start form
	Link    bool      // offer the way back to <prefix>/link
}

func (p Problem) plan() plan { return plan{template: "problem", common: p.Common, starts: p.Restart} }
