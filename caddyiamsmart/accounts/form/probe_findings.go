package form

// Kind names what a probe finds in the way of a login page. Whoever speaks to
// people has a sentence for each.
type Kind string

// What keeps this kind from using a page, as the page shows before a login.
const (
	BadAddress Kind = "the address cannot be used"                            // Detail: why
	HTTPLogin  Kind = "HTTP itself asks for the login"                        // Detail: how, such as Basic
	Elsewhere  Kind = "the page leads to another origin"                      // Detail: the origin
	NoPage     Kind = "the app answers with an error"                         // Detail: the status
	Framed     Kind = "the form is on a page that this one shows or leads to" // Detail: its address
	NoForm     Kind = "the page has no login form"
	Scripted   Kind = "script makes or sends the form"
	Hashed     Kind = "script changes the password before it is sent"
	NoFields   Kind = "no form has both fields, ready to be filled in"
	SentByGET  Kind = "the form is sent by GET"
	SentAway   Kind = "the form is sent to another origin" // Detail: the origin
	Unsendable Kind = "the form cannot be sent as a browser would"
	Captcha    Kind = "a captcha is in the way"
)

// What the app's answers show.
const (
	Refused      Kind = "the app refuses the login"
	Unfollowed   Kind = "the gate cannot follow where the login leads" // Detail: why
	JSONAnswer   Kind = "the app answers a login with data for a script"
	SecondFactor Kind = "the app asks for a second factor"
	NewPassword  Kind = "the app asks for a new password"
	NoSign       Kind = "nothing shows that somebody is logged in"
	Alike        Kind = "right and wrong cannot be told apart by anything lasting"
	NoName       Kind = "no place says the account's name, and the typed one is not plain"
	NotConfirmed Kind = "the form checker does not confirm the block" // Detail: why
)

// What is worth knowing, and keeps nobody from anything.
const (
	InClear    Kind = "the password travels unencrypted"
	ThirdField Kind = "the form has a further field that the gate leaves as it is" // Detail: its name
	Handled    Kind = "script does something when the form is sent"
	StaysOpen  Kind = "no way out was found, so sessions stay open"
	NotEnded   Kind = "the way out does not end the session"
	ShownName  Kind = "a place shows the account's name" // Detail: the pattern
	FormsAlike Kind = "several forms have these fields; the first is used"
)

// Finding is one thing that a probe found. As an error it is why the page
// cannot be used. Detail is safe to print but for characters that move a
// terminal: it holds nothing that was typed, no cookie and no hidden value.
type Finding struct {
	Kind   Kind
	Detail string
}

// Error implements error.
func (f *Finding) Error() string {
	if f.Detail == "" {
		return string(f.Kind)
	}
	return string(f.Kind) + ": " + f.Detail
}
