package pages_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

var everyLanguage = []pages.Language{pages.TraditionalChinese, pages.SimplifiedChinese, pages.English}

// logo stands in for the operator's artwork; its shape does not matter here.
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>`

// sites are the two ends of what an operator may configure: nothing, and everything.
var sites = map[string]pages.Site{
	"bare": {},
	"full": {
		Service: "松柏護理紀錄 Records", Contact: "the office", Home: "松柏安老院", Codes: true, Privacy: "https://example.com/privacy",
		Prefix: "/gate/iam", Language: "en", Logo: []byte(logo), LogoType: "image/svg+xml",
	},
}

// sample is one variant of a page. Kind groups variants of one title.
type sample struct {
	name   string
	kind   string
	starts bool
	page   pages.Page
}

// framed tells whether the page is for a frame of the app.
func (s sample) framed() bool {
	_, is := s.page.(pages.FrameLogin)
	return is
}

// samples are every page type with its fields empty, set, and in between.
func samples() []sample {
	back := pages.Common{Return: "sealed-return_1"}
	here := pages.Common{Here: "sealed-here_1"}
	both := pages.Common{Return: "sealed-return_1", Here: "sealed-here_1"}
	soon := time.Now().Add(5 * time.Minute)
	list := []sample{
		{"login", "login", true, pages.Login{Common: back}},
		{"login without return", "login", true, pages.Login{Common: here}},
		{"login on a phone", "login", true, pages.Login{Common: both, Mobile: true}},
		{"from the app", "direct", false, pages.Direct{Common: pages.Common{Held: "token-1"}, Token: "token-1"}},
		{"frame", "frame", false, pages.FrameLogin{Common: here, Address: "/a?b=c%20d&e"}},
		{"choice", "choice", false, pages.Choice{Common: here, Token: "token-1"}},
		{"link form", "link", false, pages.LinkForm{Common: here, Token: "token-1", UserField: "f1", PasswordField: "f2", Ends: soon}},
		{"link form without end", "link", false, pages.LinkForm{Token: "token-1", UserField: "f1", PasswordField: "f2"}},
		{"link form, one try left", "link wrong", false, pages.LinkForm{Token: "token-1", UserField: "f1", PasswordField: "f2", Username: "chan", Wrong: true, TriesLeft: 1}},
		{"link form, tries unknown", "link wrong", false, pages.LinkForm{Token: "token-1", UserField: "f1", PasswordField: "f2", Wrong: true}},
		{"link form, three left", "link wrong", false, pages.LinkForm{Token: "token-1", UserField: "f1", PasswordField: "f2", Username: "chan", Wrong: true, TriesLeft: 3, Ends: soon}},
		{"confirm", "confirm", false, pages.Confirm{Token: "token-1", Name: "陳大文", Account: "chan.tm", Ends: soon}},
		{"confirm without name", "confirm", false, pages.Confirm{Token: "token-1", Account: "chan.tm"}},
		{"approve", "confirm", true, pages.Confirm{Common: here, Token: "token-1", Name: "陳大文", Account: "chan.tm", Ends: soon, Approve: true}},
		{"approve on a phone", "confirm", true, pages.Confirm{Token: "token-1", Account: "chan.tm", Approve: true, Mobile: true}},
		{"linked", "linked", false, pages.Linked{Common: here, Token: "token-1", Account: "chan.tm", Continue: "/records?x=1", UndoTill: soon}},
		{"undone", "undone", true, pages.Undone{Common: back, Account: "chan.tm"}},
		{"log out?", "logout", false, pages.LogoutAsk{Token: "token-1", Account: "chan.tm"}},
		{"log out? without account", "logout", false, pages.LogoutAsk{Token: "token-1"}},
		{"logged out, app too", "loggedout", true, pages.LoggedOut{App: pages.AppEnded}},
		{"logged out, app would not", "loggedout", true, pages.LoggedOut{Common: back, App: pages.AppFailed}},
		{"logged out here", "loggedout", true, pages.LoggedOut{Common: back}},
		{"logged out everywhere", "loggedout", true, pages.LoggedOut{Common: back, Everywhere: true}},
	}
	list = append(list, linkSamples(here, soon)...)
	list = append(list, registerSamples(back, here, soon)...)
	list = append(list, accountSamples(back, here, soon)...)
	for kind := pages.Declined; kind <= pages.RegisterUnclear; kind++ {
		group := fmt.Sprintf("problem %d", kind)
		if kind == pages.EndedMax || kind == pages.Ended {
			group = fmt.Sprintf("problem %d", pages.EndedIdle)
		}
		if kind == pages.FormLost {
			group = fmt.Sprintf("problem %d", pages.FormNotKept)
		}
		if kind == pages.NeedsPlus || kind == pages.LinkedOtherwise {
			group = fmt.Sprintf("problem %d", pages.NotAllowed)
		}
		empty := pages.Problem{Kind: kind}
		full := pages.Problem{Common: back, Kind: kind, Ref: "K7M2QX", Account: "chan.tm", Until: soon, Host: "records.example.com", Restart: true, Link: true}
		list = append(list,
			sample{group + " empty", group, false, empty},
			sample{group + " full", group, true, full},
			sample{group + " as notice", "login", true, pages.Login{Common: back, Notice: &full}},
			sample{group + " as empty notice", "login", true, pages.Login{Notice: &empty}},
			sample{group + " at a link-up, as notice", "confirm", true, pages.Confirm{Token: "token-1", Account: "chan.tm", Approve: true, Notice: &full}},
		)
	}
	return list
}

func newPages(t *testing.T, site pages.Site) *pages.Pages {
	t.Helper()
	p, err := pages.New(site)
	if err != nil {
		t.Fatalf("new pages: %v", err)
	}
	return p
}

// write draws a page and fails the test if that did not work.
func write(t *testing.T, p *pages.Pages, lang pages.Language, page pages.Page) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	p.Write(answer, lang, 200, page)
	if answer.Code != 200 {
		t.Fatalf("drawing %T: status %d: %s", page, answer.Code, answer.Body)
	}
	return answer
}

// everyPage draws each sample in each language for each site.
func everyPage(t *testing.T, check func(t *testing.T, site pages.Site, lang pages.Language, s sample, answer *httptest.ResponseRecorder)) {
	for name, site := range sites {
		p := newPages(t, site)
		for _, lang := range everyLanguage {
			for _, s := range samples() {
				t.Run(strings.Join([]string{name, string(lang), s.name}, "/"), func(t *testing.T) {
					check(t, site, lang, s, write(t, p, lang, s.page))
				})
			}
		}
	}
}
