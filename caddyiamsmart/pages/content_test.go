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
		{"choice of one way", named, pages.English, pages.Choice{HKIC: true}, []string{"First login with iAM Smart", "No account yet, or not sure"}, []string{"once more", "cannot be done"}},
		{"choice of no way", named, pages.English, pages.Choice{Account: "ctm"}, []string{"once more", "This cannot be done on this page. Ask the office."}, []string{"Not sure"}},
		{"choice with an account to ask for", named, pages.English, pages.Choice{Password: true, Register: true}, []string{"I have no account yet", "Not sure what to choose? Ask the office."}, []string{"No account yet, or"}},
		{"choice again", named, pages.English, pages.Choice{Account: "ctm", Notice: &pages.Problem{Kind: pages.LinkEnded}},
			[]string{"Your link has ended", "Prove your account once more", "the Records account ctm is yours"}, []string{"First login"}},
		{"choice again, in Chinese", pages.Site{}, pages.TraditionalChinese, pages.Choice{Notice: &pages.Problem{Kind: pages.RecordChanged}},
			[]string{"紀錄有變更", "請再核實帳戶一次", "哪個帳戶屬於你"}, []string{"首次"}},
		{"choice after no match", named, pages.English, pages.Choice{Notice: &pages.Problem{Kind: pages.NoMatch}}, []string{"exactly one matching account", "First login"}, nil},
		{"forgot, with codes", named, pages.English, pages.LinkForm{HasCode: true}, []string{"Ask the office for a link code."}, []string{"set again"}},
		{"forgot, without codes", named, pages.English, pages.LinkForm{}, []string{"Ask the office to have it set again"}, []string{"link code"}},
		{"code, wrong", named, pages.English, pages.CodeForm{Wrong: true, TriesLeft: 2}, []string{"is not correct, was used before or is too old", "2 tries left."}, nil},
		{"code, first try", named, pages.English, pages.CodeForm{TriesLeft: 2}, []string{"with or without hyphens"}, []string{"not correct", "tries left"}},
		{"identity card, home named", pages.Site{Home: "Pine Home"}, pages.English, pages.HKICAsk{Ways: true}, []string{"to give Pine Home your identity card number", "do not keep it", "You may choose another way."}, nil},
		{"identity card, home nameless", pages.Site{}, pages.TraditionalChinese, pages.HKICAsk{}, []string{"向本院舍提供身份證號碼", "不會儲存"}, []string{"其他方法"}},
		{"waiting for a profile", named, pages.English, pages.Waiting{Purpose: pages.PurposeProfile, Fields: []string{"name_en", "gender"}, Ends: morning},
			[]string{"Records needs some details about you", "the request from “Records”", "asked for: name in English, sex.", "Please finish by 3:05 pm"}, []string{"Open iAM Smart, "}},
		{"waiting, in Chinese", pages.Site{}, pages.TraditionalChinese, pages.Waiting{Purpose: pages.PurposeHKIC, Fields: []string{"hkic", "name_zh"}}, []string{"本院舍需要你的身份證號碼", "看清所需資料：身份證號碼、中文姓名。"}, nil},
		{"waiting, little known", pages.Site{}, pages.English, pages.Waiting{}, []string{"Check what is asked for."}, []string{"asked for:", "finish by"}},
		{"request, kept", named, pages.English, pages.RegisterAsk{Fields: []string{"email"}, Days: 30}, []string{"email address", "administrator of this home sees them", "at the latest after 30 days"}, nil},
		{"request, kept how long unsaid", named, pages.English, pages.RegisterAsk{}, []string{"once the request has been decided."}, []string{"days"}},
		{"registration in the app", named, pages.English, pages.RegisterAsk{AppForm: true, Days: 30}, []string{"registration form of Records. We do not keep them."}, []string{"administrator", "30 days"}},
		{"review, refused", named, pages.English, pages.RegisterReview{Wrong: pages.FaultRefused}, []string{"Records did not accept this"}, nil},
		{"review, nameless", pages.Site{}, pages.English, pages.RegisterReview{Wrong: "what?"}, []string{"This was not accepted"}, []string{"this service did"}},
		{"review, passwords differ", named, pages.English, pages.RegisterReview{Wrong: pages.FaultDiffer}, []string{"not the same"}, nil},
		{"review for the administrator", named, pages.English, pages.RegisterReview{}, []string{"administrator of this home will see"}, []string{"not accept", "Choose a user name"}},
		{"request waits", named, pages.English, pages.RegisterStatus{Number: 17, Since: morning}, []string{"Request no. 17, sent on 9 March 2001.", "has not decided yet", "Check again"}, []string{"Decided", "Note from", "after all"}},
		{"request refused", named, pages.English, pages.RegisterStatus{State: pages.RequestRefused, Since: morning, Decided: morning.Add(24 * time.Hour), Note: "Ask me.", Code: true},
			[]string{"was not approved", "Decided on 10 March 2001.", "Ask me.", "I have a link code"}, []string{"Check again"}},
		{"request approved", named, pages.English, pages.RegisterStatus{State: pages.RequestApproved, Since: morning}, []string{"was approved", "Log in again"}, []string{"Not now"}},
		{"confirm, names differ", named, pages.English, pages.Confirm{Name: "Chan", Account: "ctm", SmartName: "WONG", Differs: true}, []string{"Your name in iAM Smart: WONG", "The two names are not the same."}, nil},
		{"confirm, names agree", named, pages.English, pages.Confirm{Name: "Chan", Account: "ctm", SmartName: "CHAN"}, []string{"Your name in iAM Smart: CHAN"}, []string{"not the same"}},
		{"account", named, pages.English, pages.Account{Account: "ctm", Since: morning, Way: "code", Logins: []time.Time{morning, morning.Add(-time.Hour)}, Ends: morning},
			[]string{"since 9 March 2001", "with a link code", "9 March 2001, 3:05 pm HKT (this one)", "9 March 2001, 2:05 pm HKT", "ends at 3:05 pm", "can no longer be opened with your iAM Smart"},
			[]string{"2:05 pm HKT (this", "other accounts", "Link another"}},
		{"account, others", named, pages.English, pages.Account{Account: "ctm", Others: []string{"night"}, CanAdd: true}, []string{"Your other accounts", "night", "Link another account"}, []string{"Last logins", "since", "ends at"}},
		{"unlinked", named, pages.English, pages.Unlinked{Account: "ctm"}, []string{"has been unlinked", "Records account ctm is no longer linked"}, nil},
		{"logged out everywhere", named, pages.English, pages.LoggedOut{Everywhere: true}, []string{"logins on other devices have ended", "Log out of Records too"}, nil},
		{"until, with codes", pages.Site{Contact: "the office", Codes: true}, pages.English, pages.Problem{Kind: pages.TooMany, Until: morning}, []string{"or ask the office for a link code."}, nil},
		{"until, without codes", named, pages.English, pages.Problem{Kind: pages.TooMany, Until: morning}, nil, []string{"link code"}},
		{"until unknown, with codes", pages.Site{Codes: true}, pages.TraditionalChinese, pages.Problem{Kind: pages.TooMany}, []string{"請稍後再試，或向你的主管索取連結碼。"}, nil},
		{"no clear answer, nameless", pages.Site{}, pages.English, pages.Problem{Kind: pages.RegisterUnclear}, []string{"There was no clear answer."}, []string{"this service gave"}},
		{"app too", named, pages.English, pages.LoggedOut{App: pages.AppEnded}, []string{"here and in Records"}, []string{"still open"}},
		{"app would not", named, pages.English, pages.LoggedOut{App: pages.AppFailed}, []string{"We could not log you out of Records. Close all browser windows."}, []string{"still open", "here and in"}},
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
