package pages

import "time"

// Choice asks somebody whom iAM Smart has vouched for, and who has no link
// yet, how to show which account is theirs; or somebody whose link needs proof
// again. Each way is a link to <prefix>/link?way=password, hkic, code, register.
type Choice struct {
	Common
	Token string
	// The ways that are open to this person. Where none is set, the page says whom to
	// ask: it offers nothing that the gate would refuse.
	Password, HKIC, Code, Register bool
	// Account is the account to be proven again; empty for a first link-up, or
	// where it is not to be named.
	Account string
	// Notice, if any, is said above: why the person proves again (LinkEnded,
	// RecordChanged), or why a way led nowhere. Its Restart and Link are ignored.
	Notice *Problem
}

func (c Choice) plan() plan { return plan{template: "choice", common: c.Common} }

// Again tells whether the account was linked before and is to be proven once more.
func (c Choice) Again() bool {
	return c.Account != "" || c.Notice != nil && (c.Notice.Kind == LinkEnded || c.Notice.Kind == RecordChanged)
}

// Ways tells whether any is open.
func (c Choice) Ways() bool { return c.Password || c.HKIC || c.Code || c.Register }

// LinkForm asks for the user name and password of the app.
type LinkForm struct {
	Common
	Token         string
	UserField     string    // name and id of the input for the user name
	PasswordField string    // and for the password
	Username      string    // what was typed before, or empty
	Wrong         bool      // the last try was refused
	TriesLeft     int       // said only if Wrong and more than 0
	Ends          time.Time // end of the link-up; zero leaves it unsaid
	HasCode       bool      // who forgot the password can ask for a link code
	Ways          bool      // there are other ways: a link back to the choice
}

func (l LinkForm) plan() plan {
	return plan{template: "linkform", common: l.Common, script: showScript}
}

// CodeForm asks for a link code. Spaces, hyphens and lower case are the
// caller's to fold: the page lets people type them.
type CodeForm struct {
	Common
	Token     string
	CodeField string    // name and id of the input
	Wrong     bool      // the last try was refused
	TriesLeft int       // said only if Wrong and more than 0
	Ends      time.Time // end of the link-up; zero leaves it unsaid
	Ways      bool      // there are other ways: a link back to the choice
}

func (c CodeForm) plan() plan { return plan{template: "codeform", common: c.Common} }

// HKICAsk says, before iAM Smart is asked for the identity card number, who gets
// it and what for. Its form (step=hkic) posts to <prefix>/link.
type HKICAsk struct {
	Common
	Token string
	Ends  time.Time // end of the link-up; zero leaves it unsaid
	Ways  bool      // there are other ways: a link back to the choice
}

func (h HKICAsk) plan() plan { return plan{template: "hkicask", common: h.Common, starts: true} }

// Purpose is what a request in the iAM Smart app is for.
type Purpose string

// What the waiting page can wait for. Any other value says nothing of why.
const (
	PurposeHKIC     Purpose = "hkic"     // the identity card number, to find the account
	PurposeProfile  Purpose = "profile"  // details that the app or the check of names needs
	PurposeRegister Purpose = "register" // details for an account that is to be opened
	PurposeStepUp   Purpose = "step-up"  // that the person shows themselves once more
)

// Waiting tells what to do in the iAM Smart app, and looks again by itself
// (GET <prefix>/link/wait, or stepup/wait) until the person has answered there: with
// our script, or without any by a refresh. Its form (step=cancelwait) posts to
// <prefix>/link or stepup.
type Waiting struct {
	Common
	Token   string
	Purpose Purpose
	// Fields are what is asked for: hkic, name_en, name_zh, birth_date, gender,
	// mobile, email. A page with any other cannot be drawn: consent to what is not
	// named would be none.
	Fields []string
	Ends   time.Time // when waiting ends; zero leaves it unsaid
	// AppLink opens the app on this very device. Left out if empty, or if it is no
	// address of the iAM Smart app.
	AppLink string
	// Refresh is how often the page looks again, in seconds: 3 to 60, and 5 if
	// it is 0 or less.
	Refresh int
}

func (w Waiting) plan() plan {
	return plan{template: "waiting", common: w.Common, script: waitScript}
}

// Of is the endpoint that the page belongs to.
func (w Waiting) Of() string {
	if w.Purpose == PurposeStepUp {
		return "stepup"
	}
	return "link"
}

// Confirm shows the account that was proven, before it is linked.
type Confirm struct {
	Common
	Token   string
	Name    string // the name in the app's record; may be empty
	Account string
	// SmartName is the name that iAM Smart gave; empty leaves it out.
	SmartName string
	Differs   bool      // the two names differ: please look twice
	Ends      time.Time // zero leaves it unsaid
	// Approve makes the yes a second approval in iAM Smart: in its place stands
	// the official button.
	Approve bool
	// Mobile is Login's, beside Approve.
	Mobile bool
	// Notice, if any, is said above: why the person is here again.
	// Its Restart and Link are ignored.
	Notice *Problem
}

func (c Confirm) plan() plan { return plan{template: "confirm", common: c.Common, starts: c.Approve} }

// Linked says that the link has been made, and for a while how to undo it.
type Linked struct {
	Common
	Token    string // of the form that undoes the link
	Account  string
	Continue string    // a path on this host; anything else becomes "/"
	UndoTill time.Time // end of the time to undo it
}

func (l Linked) plan() plan { return plan{template: "linked", common: l.Common} }

// Undone says that a link is no more, and offers the button to log in again.
type Undone struct {
	Common
	Account string
}

func (u Undone) plan() plan { return plan{template: "undone", common: u.Common, starts: true} }
