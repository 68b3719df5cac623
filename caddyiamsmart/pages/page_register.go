package pages

import "time"

// RegisterAsk asks for consent before iAM Smart fills in a form for somebody who
// has no account: which details, what for, how long they are kept. Its form
// (step=register) posts to <prefix>/link.
type RegisterAsk struct {
	Common
	Token  string
	Fields []string // as in Waiting
	// AppForm says that the details go into the app's own registration form;
	// otherwise they become a request that the home's administrator decides.
	AppForm bool
	// Days is the longest time that a request is kept; 0 or less leaves it unsaid.
	Days int
	Ends time.Time // end of the link-up; zero leaves it unsaid
	Ways bool      // there are other ways: a link back to the choice
}

func (r RegisterAsk) plan() plan {
	return plan{template: "registerask", common: r.Common, starts: true}
}

// Kept is Days as a template counts.
func (r RegisterAsk) Kept() int64 { return int64(r.Days) }

// RegisterFault is why a registration did not go through.
type RegisterFault string

// The faults that RegisterReview puts in words. Any other reads as FaultRefused.
const (
	FaultNone    RegisterFault = ""
	FaultEmpty   RegisterFault = "empty"   // a user name or password is missing
	FaultDiffer  RegisterFault = "differ"  // the two passwords differ
	FaultRefused RegisterFault = "refused" // the app said no: a name that is taken, a weak password
)

// Row is one detail that iAM Smart gave.
type Row struct {
	Label string // a name as in Waiting.Fields; a page with any other cannot be drawn
	// Value is shown as it is, but for gender (M, F) and birth_date (2006-01-02),
	// which are put in words. That of hkic is never shown.
	Value string
}

// RegisterReview shows what iAM Smart filled in, before it is sent. Its form
// (step=registersend, answer=yes or no) posts to <prefix>/link.
type RegisterReview struct {
	Common
	Token string
	Rows  []Row
	// AppForm is RegisterAsk's.
	AppForm bool
	// AskLogin adds inputs for the user name and the password that the person
	// chooses, with these names and ids.
	AskLogin                                     bool
	UserField, PasswordField, PasswordAgainField string
	Username                                     string        // what was typed before, or empty
	Wrong                                        RegisterFault // why the last try did not go through
	Ends                                         time.Time     // end of the link-up; zero leaves it unsaid
}

func (r RegisterReview) plan() plan {
	p := plan{template: "registerreview", common: r.Common}
	if r.AskLogin {
		p.script = showScript
	}
	return p
}

// Heading is the key of the heading: where iAM Smart filled in nothing there is
// nothing to look at.
func (r RegisterReview) Heading() string {
	if r.AskLogin && len(r.Rows) == 0 {
		return "review.new.title"
	}
	return "review.title"
}

// RequestState is where a request for an account stands.
type RequestState string

// The states of a request. Any other reads as RequestWaits.
const (
	RequestWaits    RequestState = "open"
	RequestApproved RequestState = "approved"
	RequestRefused  RequestState = "refused"
)

// RegisterStatus tells somebody who asked for an account where that stands.
type RegisterStatus struct {
	Common
	Token   string // of the form that ends the link-up (step=cancel)
	State   RequestState
	Number  int64
	Since   time.Time
	Decided time.Time // zero leaves it unsaid
	Note    string    // what the administrator wrote; may be empty
	// The ways that are open meanwhile; Register asks once more. Where the request
	// was approved there are none: the person logs in again.
	Password, HKIC, Code, Register bool
	// Ended is whether the link-up is over, as it is once the request was sent: then
	// nothing can be done here, and who looks again logs in again.
	Ended bool
}

func (r RegisterStatus) plan() plan {
	return plan{template: "registerstatus", common: r.Common, starts: r.Approved()}
}

// Approved and Over tell whether the request was approved, and whether it was decided.
func (r RegisterStatus) Approved() bool { return r.State == RequestApproved }
func (r RegisterStatus) Over() bool     { return r.Approved() || r.State == RequestRefused }

// Others tells whether there are ways to go meanwhile.
func (r RegisterStatus) Others() bool { return r.Password || r.HKIC || r.Code || r.Register }
