package pages_test

import (
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// hostile are values that somebody else chose: a record's name, a typed user name.
var hostile = map[string]string{
	"markup":       `</p></title><script>alert(1)</script><img src=x onerror=alert(1)>"'><a href="//evil">`,
	"placeholder":  `{contact}{service}{account}{{.Page.Token}}`,
	"long":         strings.Repeat("a", 5000),
	"long Chinese": strings.Repeat("院", 5000),
	"bidi":         "abc\u202etxt.exe\u2066\u2069\u200f",
	"control":      "a\x00b\x1bc\r\nd\u2028e\u0085f",
	"not UTF-8":    "a\xff\xfeb",
}

// unsafe are the runes that must reach no reader.
const unsafe = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\x00\x1b\u0085"

func hostilePages(v string) []pages.Page {
	common := pages.Common{Return: v, Here: v}
	problem := func(kind pages.ProblemKind) pages.Problem {
		return pages.Problem{Common: common, Kind: kind, Ref: v, Account: v, Host: v, Until: time.Now()}
	}
	loop := problem(pages.Loop)
	return []pages.Page{
		pages.Login{Common: common, Notice: &loop}, pages.FrameLogin{Common: common, Address: "/" + v}, pages.Direct{Common: common, Token: v},
		pages.Choice{Common: common, Token: v}, pages.LinkForm{Common: common, Token: v, UserField: v, PasswordField: v, Username: v, Wrong: true, TriesLeft: 1 << 40},
		pages.Confirm{Common: common, Token: v, Name: v, Account: v}, pages.Linked{Common: common, Token: v, Account: v, Continue: "/" + v},
		pages.Confirm{Common: common, Token: v, Name: v, Account: v, Approve: true, Mobile: true, Notice: &loop}, pages.Undone{Common: common, Account: v},
		pages.LogoutAsk{Common: common, Token: v, Account: v}, pages.LoggedOut{Common: common},
		problem(pages.HaveAnother), problem(pages.Loop), problem(pages.TooMany),
		pages.Choice{Common: common, Token: v, Account: v, Notice: &loop}, pages.CodeForm{Common: common, Token: v, CodeField: v, Wrong: true, TriesLeft: 1 << 40},
		pages.HKICAsk{Common: common, Token: v}, pages.Confirm{Common: common, Token: v, Name: v, Account: v, SmartName: v, Differs: true},
		pages.Waiting{Common: common, Token: v, Purpose: pages.Purpose(v), AppLink: v}, pages.Waiting{Common: common, Token: v, AppLink: "hk.gov.iamsmart://profile?" + v},
		pages.RegisterAsk{Common: common, Token: v, Days: 1 << 40},
		pages.RegisterReview{Common: common, Token: v, Rows: hostileRows(v), AskLogin: true, UserField: "1" + v, PasswordField: "2" + v, PasswordAgainField: "3" + v, Username: v, Wrong: pages.RegisterFault(v)},
		pages.RegisterStatus{Common: common, Token: v, State: pages.RequestState(v), Number: -1, Note: v, Password: true},
		pages.RegisterStatus{Common: common, State: pages.RequestApproved, Note: v, Decided: time.Unix(1<<40, 0)},
		pages.Picker{Common: common, Token: v, Choices: []pages.PickChoice{{Value: v, Name: v, Account: v}, {Value: v, Account: v}}},
		pages.Account{Common: common, Token: v, LogoutToken: v, Account: v, Name: v, Way: v, Others: []string{v}, CanAdd: true, Mobile: true, Notice: &loop},
		pages.Unlinked{Common: common, Account: v},
	}
}

// hasScript tells whether a page has a script of ours.
func hasScript(page pages.Page) bool {
	switch page.(type) {
	case pages.LinkForm, pages.RegisterReview, pages.Waiting:
		return true
	}
	return false
}

func hostileRows(v string) []pages.Row {
	var rows []pages.Row
	for _, field := range everyField {
		rows = append(rows, pages.Row{Label: field, Value: v})
	}
	return rows
}

// Given values that somebody hostile chose, when any page shows them, then they
// stay text: no element, attribute or direction of the page changes.
func TestHostileValuesStayText(t *testing.T) {
	p := newPages(t, pages.Site{Service: `<b>Care</b> & "Co" {account}`, Contact: `<i>'the office'</i>`, Home: `<b>home</b> {service}`})
	for name, v := range hostile {
		for _, page := range hostilePages(v) {
			for _, lang := range everyLanguage {
				got := parse(t, write(t, p, lang, page).Body.String())
				for _, element := range []string{"img", "b", "i", "iframe"} {
					if n := len(got.all(element)); n != 0 {
						t.Errorf("%s in %T: %d of <%s>", name, page, n, element)
					}
				}
				if scripts := len(got.all("script")); scripts > 1 || scripts == 1 && !hasScript(page) {
					t.Errorf("%s in %T: a script came in", name, page)
				}
				if len(got.all("title")) != 1 || len(got.all("h1")) != 1 {
					t.Errorf("%s in %T: the page lost its shape", name, page)
				}
				if found := strings.IndexAny(body(got), unsafe); found >= 0 {
					t.Errorf("%s in %T: %q reaches the reader", name, page, body(got)[found:found+3])
				}
			}
		}
	}
}

// Given a name as long or as odd as a record allows, when it is shown, then all
// of it is there, apart from the text around it.
func TestHostileValuesAreShownWhole(t *testing.T) {
	for name, want := range map[string]string{
		"markup": hostile["markup"], "placeholder": hostile["placeholder"], "long": hostile["long"],
		"bidi":      "abc\ufffdtxt.exe\ufffd\ufffd\ufffd",
		"control":   "a\ufffdb\ufffdc\ufffd\ufffdd\ufffde\ufffdf",
		"not UTF-8": "a\ufffdb",
	} {
		d := drawn(t, pages.Site{}, pages.English, pages.Confirm{Token: "t", Name: "n", Account: hostile[name]})
		isolated := under(d.where("p", "id", "account")[0], "bdi")
		if len(isolated) != 2 || text(isolated[1]) != want {
			t.Errorf("%s: shown as %q", name, text(d.where("p", "id", "account")[0]))
		}
	}
}

// Given a sealed token with any byte of base64, when it stands in a form, then it comes back unchanged.
func TestTokensComeBackUnchanged(t *testing.T) {
	token := "AZaz09+/=_-" + strings.Repeat("x", 4000)
	d := drawn(t, pages.Site{}, pages.English, pages.LinkForm{Token: token})
	if got := fields(d.formTo("/link")[0])["token"]; len(got) != 1 || got[0] != token {
		t.Errorf("token came back as %.40q", got)
	}
}
