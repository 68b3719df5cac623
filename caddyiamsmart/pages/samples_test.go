package pages_test

import (
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// everyField is all that iAM Smart can be asked for here.
var everyField = []string{"hkic", "name_en", "name_zh", "birth_date", "gender", "mobile", "email"}

const ticket = "hk.gov.iamsmart://profile?ticketID=0af1"

// linkSamples are the ways of a link-up.
func linkSamples(here pages.Common, soon time.Time) []sample {
	return []sample{
		{"choice of all ways", "choice", false, pages.Choice{Common: here, Token: "token-1", Password: true, HKIC: true, Code: true, Register: true}},
		{"choice without password", "choice", false, pages.Choice{Common: here, Token: "token-1", HKIC: true}},
		{"choice after no match", "choice", false, pages.Choice{Common: here, Token: "token-1", Password: true, HKIC: true, Notice: &pages.Problem{Kind: pages.NoMatch, Ref: "K7M2QX"}}},
		{"choice again", "choice again", false, pages.Choice{Common: here, Token: "token-1", Password: true, Code: true, Account: "chan.tm", Notice: &pages.Problem{Kind: pages.LinkEnded}}},
		{"choice again, account unsaid", "choice again", false, pages.Choice{Common: here, Token: "token-1", Code: true, Notice: &pages.Problem{Kind: pages.RecordChanged}}},
		{"choice again, reason unsaid", "choice again", false, pages.Choice{Token: "token-1", Account: "chan.tm"}},
		{"link form with other ways", "link", false, pages.LinkForm{Common: here, Token: "token-1", UserField: "f1", PasswordField: "f2", Ends: soon, HasCode: true, Ways: true}},
		{"code", "code", false, pages.CodeForm{Common: here, Token: "token-1", CodeField: "f3", Ends: soon, Ways: true}},
		{"code alone", "code", false, pages.CodeForm{Token: "token-1", CodeField: "f3"}},
		{"code, one try left", "code wrong", false, pages.CodeForm{Common: here, Token: "token-1", CodeField: "f3", Wrong: true, TriesLeft: 1, Ends: soon, Ways: true}},
		{"code, tries unknown", "code wrong", false, pages.CodeForm{Token: "token-1", CodeField: "f3", Wrong: true}},
		{"identity card", "hkic", true, pages.HKICAsk{Common: here, Token: "token-1", Ends: soon, Ways: true}},
		{"identity card alone", "hkic", true, pages.HKICAsk{Token: "token-1"}},
		{"waiting for the identity card", "waiting", false, pages.Waiting{Common: here, Token: "token-1", Purpose: pages.PurposeHKIC, Fields: everyField[:1], Ends: soon, AppLink: ticket, Refresh: 5}},
		{"waiting for a profile", "waiting", false, pages.Waiting{Common: here, Token: "token-1", Purpose: pages.PurposeProfile, Fields: everyField[1:3], Ends: soon}},
		{"waiting for a form", "waiting", false, pages.Waiting{Common: here, Token: "token-1", Purpose: pages.PurposeRegister, Fields: everyField, Ends: soon, AppLink: ticket}},
		{"waiting for a step-up", "waiting", false, pages.Waiting{Common: here, Token: "token-1", Purpose: pages.PurposeStepUp, Ends: soon, AppLink: ticket}},
		{"kept form", "resume", false, pages.Resume{Common: here, Token: "token-1", Address: "/notes/save?room=101&x=<b>", Field: "iamsmart-resume", Value: "value-1", Kept: soon, Until: soon}},
		{"step-up", "stepup", true, pages.StepUp{Common: pages.Common{Return: "sealed-address"}, Token: "token-1", Account: "chan.tm"}},
		{"step-up, declined before", "stepup", true, pages.StepUp{Common: pages.Common{Return: "sealed-address"}, Token: "token-1", Account: "chan.tm", Notice: &pages.Problem{Kind: pages.Declined, Ref: "K7M2QX"}}},
		{"step-up in a frame", "stepup", false, pages.FrameLogin{Common: here, Address: "/payroll", StepUp: true}},
		{"waiting for nobody knows what", "waiting", false, pages.Waiting{Token: "token-1"}},
		{"confirm with the name of iAM Smart", "confirm", false, pages.Confirm{Common: here, Token: "token-1", Name: "陳大文", Account: "chan.tm", SmartName: "陳大文", Ends: soon}},
		{"confirm with another name", "confirm", false, pages.Confirm{Common: here, Token: "token-1", Name: "CHAN SIU MAN", Account: "chan.sm", SmartName: "CHAN TAI MAN", Differs: true, Ends: soon}},
		{"approve with another name", "confirm", true, pages.Confirm{Token: "token-1", Account: "chan.sm", SmartName: "CHAN TAI MAN", Differs: true, Approve: true, Mobile: true}},
	}
}

// registerSamples are the pages for somebody who has no account.
func registerSamples(back, here pages.Common, soon time.Time) []sample {
	rows := []pages.Row{
		{"hkic", "C123456(9)"}, {"name_en", "CHAN, Tai Man"}, {"name_zh", "陳大文"}, {"birth_date", "1961-03-09"},
		{"gender", "F"}, {"mobile", "+852 5123 4567"}, {"email", ""},
	}
	since := time.Date(2026, 3, 9, 7, 5, 0, 0, time.UTC)
	review := pages.RegisterReview{
		Common: here, Token: "token-1", Rows: rows, AppForm: true, AskLogin: true,
		UserField: "f1", PasswordField: "f2", PasswordAgainField: "f4", Ends: soon,
	}
	wrong := func(fault pages.RegisterFault) pages.RegisterReview {
		again := review
		again.Username, again.Wrong = "chan.tm", fault
		return again
	}
	return []sample{
		{"ask for an account", "register", true, pages.RegisterAsk{Common: here, Token: "token-1", Fields: everyField[1:], Days: 30, Ends: soon, Ways: true}},
		{"ask for an account, days unsaid", "register", true, pages.RegisterAsk{Token: "token-1", Fields: everyField[:1]}},
		{"register in the app", "register", true, pages.RegisterAsk{Common: here, Token: "token-1", Fields: everyField, AppForm: true, Ends: soon}},
		{"review a request", "review", false, pages.RegisterReview{Common: here, Token: "token-1", Rows: rows[1:], Ends: soon}},
		{"review of nothing", "review", false, pages.RegisterReview{Token: "token-1"}},
		{"review for the app", "review", false, review},
		{"a new account without details", "review new", false, pages.RegisterReview{Token: "token-1", AppForm: true, AskLogin: true, UserField: "f1", PasswordField: "f2", PasswordAgainField: "f3"}},
		{"review, refused", "review wrong", false, wrong(pages.FaultRefused)},
		{"review, passwords differ", "review wrong", false, wrong(pages.FaultDiffer)},
		{"review, something empty", "review wrong", false, wrong(pages.FaultEmpty)},
		{"request open", "request open", false, pages.RegisterStatus{Common: here, Token: "token-1", State: pages.RequestWaits, Number: 17, Since: since}},
		{"request open, other ways", "request open", false, pages.RegisterStatus{Common: here, Token: "token-1", Number: 17, Since: since, Password: true, HKIC: true, Code: true}},
		{"request approved", "request approved", true, pages.RegisterStatus{Common: back, State: pages.RequestApproved, Number: 17, Since: since, Decided: since.Add(30 * time.Hour), Note: "Welcome."}},
		{"request refused", "request refused", false, pages.RegisterStatus{Common: here, Token: "token-1", State: pages.RequestRefused, Number: 17, Since: since, Decided: since, Note: "你已有帳戶 chan.tm。", Password: true, Register: true}},
		{"request refused without a word", "request refused", false, pages.RegisterStatus{Token: "token-1", State: pages.RequestRefused, Number: 1 << 60, Since: since}},
	}
}

// accountSamples are the pages of somebody who has an account, or several.
func accountSamples(back, here pages.Common, soon time.Time) []sample {
	since := time.Date(2026, 3, 9, 7, 5, 0, 0, time.UTC)
	account := pages.Account{
		Common: here, Token: "token-1", LogoutToken: "token-2", Account: "chan.tm", Name: "陳大文", Since: since, Way: "password",
		Logins: []time.Time{soon, since.Add(time.Hour), since}, Ends: soon,
	}
	list := []sample{
		{"picker", "picker", false, pages.Picker{Common: here, Token: "token-1", Choices: []pages.PickChoice{{"1", "陳大文", "chan.tm"}, {"2", "", "nurse.day"}}}},
		{"picker, with room for one more", "picker", false, pages.Picker{Common: here, Token: "token-1", Choices: []pages.PickChoice{{"1", "", "chan.tm"}}, CanAdd: true}},
		{"account on a phone, with others", "account", true, pages.Account{
			Common: back, Token: "token-1", Account: "chan.tm", Since: since, Logins: []time.Time{soon}, Others: []string{"nurse.day", "nurse.night"}, CanAdd: true,
			Mobile: true, Notice: &pages.Problem{Kind: pages.Declined, Ref: "K7M2QX"},
		}},
		{"account", "account", true, account},
		{"account, little known", "account", true, pages.Account{Token: "token-1", Account: "chan.tm"}},
		{"unlinked", "unlinked", true, pages.Unlinked{Common: back, Account: "chan.tm"}},
	}
	for _, way := range []string{"hkic", "code", "register", "import", "magic"} {
		account.Way = way
		list = append(list, sample{"account by " + way, "account", true, account})
	}
	return list
}
