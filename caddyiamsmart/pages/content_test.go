package pages_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

func drawn(t *testing.T, site pages.Site, lang pages.Language, page pages.Page) document {
	t.Helper()
	return parse(t, write(t, newPages(t, site), lang, page).Body.String())
}

func body(d document) string { return text(d.all("body")[0]) }

// Given a page with tokens, when its forms are sent, then they carry the fields
// that the gate expects, and none that was left out.
func TestForms(t *testing.T) {
	back, here := pages.Common{Return: "r+/="}, pages.Common{Here: "h"}
	for _, c := range []struct {
		name string
		page pages.Page
		form string
		want []map[string][]string
	}{
		{"PC login", pages.Login{Common: back}, "/login", []map[string][]string{{"return": {"r+/="}, "device": {"this"}}}},
		{"phone login", pages.Login{Common: back, Mobile: true}, "/login", []map[string][]string{{"return": {"r+/="}, "device": {"this", "other"}}}},
		{"login to the front page", pages.Login{Common: here}, "/login", []map[string][]string{{"device": {"this"}}}},
		{"try again", pages.Problem{Common: back, Kind: pages.Declined, Restart: true}, "/login", []map[string][]string{{"return": {"r+/="}, "device": {"this"}}}},
		{"language with return", pages.Login{Common: pages.Common{Return: "r", Here: "h"}}, "/language", []map[string][]string{{"return": {"r"}, "lang": {"zh-HK", "zh-CN"}}}},
		{"language with here", pages.Login{Common: here}, "/language", []map[string][]string{{"here": {"h"}, "lang": {"zh-HK", "zh-CN"}}}},
		{"language alone", pages.Login{}, "/language", []map[string][]string{{"lang": {"zh-HK", "zh-CN"}}}},
		{"choice", pages.Choice{Token: "t"}, "/link", []map[string][]string{{"token": {"t"}, "step": {"cancel"}}}},
		{"password", pages.LinkForm{Token: "t", UserField: "f1", PasswordField: "f2", Username: "chan"}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"password"}, "f1": {"chan"}, "f2": {""}},
			{"token": {"t"}, "step": {"cancel"}},
		}},
		{"confirm", pages.Confirm{Token: "t", Account: "a"}, "/link", []map[string][]string{{"token": {"t"}, "step": {"confirm"}, "answer": {"yes", "no"}}}},
		{"approve", pages.Confirm{Token: "t", Account: "a", Approve: true}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"approve"}, "device": {"this"}},
			{"token": {"t"}, "step": {"confirm"}, "answer": {"no"}},
		}},
		{"approve on a phone", pages.Confirm{Token: "t", Account: "a", Approve: true, Mobile: true}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"approve"}, "device": {"this", "other"}},
			{"token": {"t"}, "step": {"confirm"}, "answer": {"no"}},
		}},
		{"undo", pages.Linked{Token: "t", Account: "a"}, "/link/done", []map[string][]string{{"token": {"t"}}}},
		{"log in after an undo", pages.Undone{Common: back}, "/login", []map[string][]string{{"return": {"r+/="}, "device": {"this"}}}},
		{"from the app", pages.Direct{Token: "t"}, "/direct", []map[string][]string{{"token": {"t"}, "answer": {"yes", "no"}}}},
		{"code", pages.CodeForm{Token: "t", CodeField: "f3"}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"code"}, "f3": {""}},
			{"token": {"t"}, "step": {"cancel"}},
		}},
		{"identity card", pages.HKICAsk{Token: "t"}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"hkic"}, "device": {"this"}},
			{"token": {"t"}, "step": {"cancel"}},
		}},
		{"waiting", pages.Waiting{Token: "t"}, "/link", []map[string][]string{{"token": {"t"}, "step": {"cancelwait"}}}},
		{"ask for an account", pages.RegisterAsk{Token: "t"}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"register"}, "device": {"this"}},
			{"token": {"t"}, "step": {"cancel"}},
		}},
		{"review a request", pages.RegisterReview{Token: "t", UserField: "f1"}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"registersend"}, "answer": {"yes", "no"}},
		}},
		{"review for the app", pages.RegisterReview{Token: "t", AskLogin: true, UserField: "f1", PasswordField: "f2", PasswordAgainField: "f4", Username: "chan"}, "/link",
			[]map[string][]string{{"token": {"t"}, "step": {"registersend"}, "f1": {"chan"}, "f2": {""}, "f4": {""}, "answer": {"yes", "no"}}}},
		{"request", pages.RegisterStatus{Token: "t"}, "/link", []map[string][]string{{"token": {"t"}, "step": {"cancel"}}}},
		{"log in after approval", pages.RegisterStatus{Common: back, State: pages.RequestApproved}, "/login", []map[string][]string{{"return": {"r+/="}, "device": {"this"}}}},
		{"picker", pages.Picker{Token: "t", Choices: []pages.PickChoice{{"1", "n", "a"}, {"2", "", "b"}}}, "/link", []map[string][]string{
			{"token": {"t"}, "step": {"choose"}, "link": {"1", "2"}},
			{"token": {"t"}, "step": {"cancel"}},
		}},
		{"account", pages.Account{Token: "t", CanAdd: true, Mobile: true}, "/account", []map[string][]string{
			{"token": {"t"}, "step": {"everywhere"}},
			{"token": {"t"}, "step": {"add"}, "device": {"this", "other"}},
			{"token": {"t"}, "step": {"unlink"}, "device": {"this", "other"}},
		}},
		{"account, log out", pages.Account{Token: "t", LogoutToken: "l"}, "/logout", []map[string][]string{{"token": {"l"}}}},
		{"account, log out by the page that asks", pages.Account{Token: "t"}, "/logout", nil},
		{"log out", pages.LogoutAsk{Token: "t"}, "/logout", []map[string][]string{{"token": {"t"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			forms := drawn(t, pages.Site{}, pages.English, c.page).formTo(c.form)
			if len(forms) != len(c.want) {
				t.Fatalf("%d forms to %s, want %d", len(forms), c.form, len(c.want))
			}
			for i, form := range forms {
				if got := fields(form); !reflect.DeepEqual(got, c.want[i]) {
					t.Errorf("form %d: %v, want %v", i, got, c.want[i])
				}
			}
		})
	}
}

// Given what the gate knows, when a page says it, then the sentence reads as it should.
func TestSentences(t *testing.T) {
	morning := time.Date(2001, 3, 9, 7, 5, 0, 0, time.UTC) // 15:05 in Hong Kong
	named := pages.Site{Service: "Records", Contact: "the office", Privacy: "https://example.com/p"}
	for _, c := range []struct {
		name   string
		site   pages.Site
		lang   pages.Language
		page   pages.Page
		says   []string
		silent []string
	}{
		{"PC login", named, pages.English, pages.Login{},
			[]string{"Log in to Records", "Scan the QR code", "Confirm only a login that you have just started yourself.", "Shared computer: log out before you leave.", "Ask the office.", "Privacy notice"},
			[]string{"show the QR code"}},
		{"PC login of a nameless service", pages.Site{}, pages.TraditionalChinese, pages.Login{},
			[]string{"登入本系統", "只確認你自己剛剛開始的登入", "這是共用電腦，離開前請登出。", "請聯絡你的主管"}, []string{"私隱聲明"}},
		{"phone login", named, pages.SimplifiedChinese, pages.Login{Mobile: true},
			[]string{"登入Records", "“智方便”会在这部装置开启", "只确认你自己刚刚开始的登入", "显示二维码"}, []string{"按上面的按钮"}},
		{"idle, with a way back", named, pages.English, pages.Login{Common: pages.Common{Return: "r"}, Notice: &pages.Problem{Common: pages.Common{Return: "r"}, Kind: pages.EndedIdle}},
			[]string{"logged out automatically (nothing was done for a while)", "return to the same page"}, nil},
		{"ended, without a way back", named, pages.English, pages.Login{Notice: &pages.Problem{Kind: pages.Ended}},
			[]string{"You were logged out automatically."}, []string{"return to the same page"}},
		{"first try", named, pages.English, pages.LinkForm{TriesLeft: 3}, []string{"Link your Records account"}, []string{"tries left", "not correct", "finish by"}},
		{"wrong", named, pages.English, pages.LinkForm{Wrong: true, TriesLeft: 3}, []string{"not correct", "3 tries left."}, nil},
		{"wrong, last", named, pages.English, pages.LinkForm{Wrong: true, TriesLeft: 1}, []string{"1 try left."}, []string{"tries left"}},
		{"wrong, unknown", named, pages.English, pages.LinkForm{Wrong: true}, []string{"not correct"}, []string{"left"}},
		{"link, nameless", pages.Site{}, pages.English, pages.LinkForm{}, []string{"Link your account"}, []string{"your this"}},
		{"confirm", named, pages.English, pages.Confirm{Name: "Chan", Account: "ctm"}, []string{"Chan, user name ctm"}, nil},
		{"confirm without name", named, pages.TraditionalChinese, pages.Confirm{Account: "ctm"}, []string{"用戶名稱 ctm"}, []string{"，用戶名稱"}},
		{"confirm by approval", named, pages.English, pages.Confirm{Account: "ctm", Approve: true}, []string{"yourself with iAM Smart once more"}, []string{"Yes, link it"}},
		{"confirm by approval, declined", named, pages.English, pages.Confirm{Account: "ctm", Approve: true, Notice: &pages.Problem{Kind: pages.Declined, Ref: "K7M2QX"}},
			[]string{"You cancelled or declined", "Ref K7M2QX", "Is this your account?"}, nil},
		{"undo", named, pages.English, pages.Linked{Account: "ctm", UndoTill: morning}, []string{"Until 3:05 pm HKT on 9 March you can also undo it here yourself"}, nil},
		{"undone, nameless", pages.Site{}, pages.English, pages.Undone{Account: "ctm"}, []string{"Account ctm is no longer linked"}, []string{"this service account"}},
		{"another person's approval", named, pages.English, pages.Problem{Kind: pages.OtherPerson}, []string{"Nothing was linked", "Log in to begin your own"}, nil},
		{"until, another day", named, pages.English, pages.Problem{Kind: pages.TooMany, Until: morning}, []string{"Wait until 3:05 pm HKT on 9 March or ask the office."}, nil},
		{"until, and some seconds", named, pages.English, pages.Problem{Kind: pages.TooMany, Until: morning.Add(time.Millisecond)}, []string{"Wait until 3:06 pm HKT"}, nil},
		{"until, in Chinese", named, pages.TraditionalChinese, pages.Problem{Kind: pages.TooMany, Until: morning}, []string{"請於 3月9日下午3:05 後再試"}, nil},
		{"until unknown", named, pages.English, pages.Problem{Kind: pages.TooMany}, []string{"Try again later"}, []string{"Wait until"}},
		{"reference", named, pages.English, pages.Problem{Kind: pages.Taken, Ref: "K7M2QX"}, []string{"Ref K7M2QX"}, nil},
		{"no reference", named, pages.English, pages.Problem{Kind: pages.Taken}, nil, []string{"Ref"}},
		{"loop with host", named, pages.English, pages.Problem{Kind: pages.Loop, Host: "records.example.com"}, []string{"cookies", "records.example.com", "date or time"}, nil},
		{"loop without host", named, pages.English, pages.Problem{Kind: pages.Loop}, []string{"cookies", "date or time"}, []string{"another address"}},
		{"unknown kind", named, pages.English, pages.Problem{Kind: 4711}, []string{"Something went wrong"}, nil},
		{"no kind", named, pages.English, pages.Problem{}, []string{"Something went wrong"}, nil},
		{"app too", named, pages.English, pages.LoggedOut{AppToo: true}, []string{"here and in Records"}, []string{"still open"}},
		{"app not", named, pages.English, pages.LoggedOut{}, []string{"Log out of Records too if it is still open"}, []string{"here and in"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := body(drawn(t, c.site, c.lang, c.page))
			for _, want := range c.says {
				if !strings.Contains(got, want) {
					t.Errorf("does not say %q:\n%s", want, got)
				}
			}
			for _, not := range c.silent {
				if strings.Contains(got, not) {
					t.Errorf("says %q:\n%s", not, got)
				}
			}
		})
	}
}

// Given a wrong password, when the form comes again, then the error is announced,
// bound to the fields, and the focus is where to mend it.
func TestErrorIsAnnounced(t *testing.T) {
	d := drawn(t, pages.Site{}, pages.English, pages.LinkForm{Token: "t", UserField: "f1", PasswordField: "f2", Wrong: true, TriesLeft: 2})
	if alert := d.where("div", "id", "error"); len(alert) != 1 || value(alert[0], "role") != "alert" {
		t.Error("the error is no alert")
	}
	for _, id := range []string{"f1", "f2"} {
		if field := d.where("input", "id", id)[0]; !slices.Contains(strings.Fields(value(field, "aria-describedby")), "error") {
			t.Errorf("%s is not described by the error", id)
		}
	}
	if _, focus := attribute(d.where("input", "id", "f1")[0], "autofocus"); !focus {
		t.Error("the focus is not on the first field")
	}
	if title := textOf(d.all("title")[0]); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("title %q does not begin with the error", title)
	}
	first := drawn(t, pages.Site{}, pages.English, pages.LinkForm{Token: "t", UserField: "f1", PasswordField: "f2"})
	if _, focus := attribute(first.where("input", "id", "f1")[0], "autofocus"); focus {
		t.Error("on the first visit the focus jumps over the instructions")
	}
}

// Given a shared PC, when the password form is drawn, then browsers are told not to help.
func TestPasswordFormAsksNoHelp(t *testing.T) {
	d := drawn(t, pages.Site{}, pages.English, pages.LinkForm{Token: "t", UserField: "f1", PasswordField: "f2"})
	name, password := d.where("input", "name", "f1")[0], d.where("input", "name", "f2")[0]
	for key, want := range map[string]string{"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autocorrect": "off"} {
		if got := value(name, key); got != want {
			t.Errorf("username %s=%q, want %q", key, got, want)
		}
	}
	if value(password, "type") != "password" || value(password, "autocomplete") != "new-password" {
		t.Error("the password field would be filled in")
	}
	for _, field := range []*html.Node{name, password} {
		if value(field, "id") != value(field, "name") || len(d.where("label", "for", value(field, "id"))) != 1 {
			t.Errorf("%s has no label of its own, or an id that tells what it is", value(field, "name"))
		}
		for _, a := range field.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "readonly" || a.Key == "maxlength" {
				t.Errorf("%s: %s could keep a password from being pasted", value(field, "name"), a.Key)
			}
		}
	}
	if _, hidden := attribute(d.where("p", "id", "show")[0], "hidden"); !hidden {
		t.Error("without script the toggle would show and do nothing")
	}
}

// Given an address to go on to, when it could lead to another host, then it becomes "/".
func TestAddressesStayHere(t *testing.T) {
	for address, want := range map[string]string{
		"/records?id=1&x=%2F%E4%B8%AD": "/records?id=1&x=%2F%E4%B8%AD",
		"/a;jsessionid=1#x":            "/a;jsessionid=1#x",
		"":                             "/",
		"records":                      "/",
		"//evil.example":               "/",
		`/\evil.example`:               "/",
		"/\t/evil.example":             "/",
		"/a\r\nb":                      "/",
		"https://evil.example/":        "/",
		"javascript:alert(1)":          "/",
	} {
		for _, page := range []pages.Page{pages.Linked{Continue: address}, pages.FrameLogin{Address: address}} {
			link := drawn(t, pages.Site{}, pages.English, page).where("a", "class", "button")[0]
			if got := value(link, "href"); got != want {
				t.Errorf("%T to %q leads to %q, want %q", page, address, got, want)
			}
		}
	}
	frame := drawn(t, pages.Site{}, pages.English, pages.FrameLogin{Address: "/x"})
	if value(frame.where("a", "class", "button")[0], "target") != "_top" {
		t.Error("the link stays in the frame")
	}
}
