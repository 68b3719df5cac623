package pages_test

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// ways are where the choice's buttons lead, in their order.
func ways(d document) []string {
	var found []string
	for _, a := range d.all("a") {
		if _, way, ok := strings.Cut(value(a, "href"), "/link?way="); ok {
			found = append(found, way)
		}
	}
	return found
}

// Given the ways that an operator has named, when a person chooses, then these
// are offered and no other, in one order; and none where none is open.
func TestWaysThatAreOffered(t *testing.T) {
	for name, c := range map[string]struct {
		page pages.Page
		want []string
	}{
		"none open":            {pages.Choice{}, nil},
		"password":             {pages.Choice{Password: true}, []string{"password"}},
		"without password":     {pages.Choice{Register: true, HKIC: true}, []string{"hkic", "register"}},
		"all":                  {pages.Choice{Register: true, Code: true, HKIC: true, Password: true}, []string{"password", "hkic", "code", "register"}},
		"request waits":        {pages.RegisterStatus{}, nil},
		"request waits, ways":  {pages.RegisterStatus{Code: true, Password: true}, []string{"password", "code"}},
		"request approved":     {pages.RegisterStatus{State: pages.RequestApproved, Password: true}, nil},
		"request refused, ask": {pages.RegisterStatus{State: pages.RequestRefused, Register: true}, []string{"register"}},
	} {
		if got := ways(drawn(t, pages.Site{}, pages.English, c.page)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Given one way or several, when a way's page is drawn, then it leads back to the
// choice only where there is one to make.
func TestAnotherWay(t *testing.T) {
	for _, several := range []bool{false, true} {
		for _, page := range []pages.Page{
			pages.LinkForm{Ways: several}, pages.CodeForm{CodeField: "f", Ways: several}, pages.HKICAsk{Ways: several}, pages.RegisterAsk{Ways: several},
		} {
			d := drawn(t, pages.Site{}, pages.English, page)
			if links := d.where("a", "href", "/iamsmart/link"); (len(links) == 1) != several {
				t.Errorf("%T: %d links to the choice; several ways: %t", page, len(links), several)
			}
		}
	}
}

// Given an address to open the app with, when it is not one of the iAM Smart app,
// then no page bears it.
func TestOnlyTheAppIsOpened(t *testing.T) {
	for address, shown := range map[string]bool{
		"hk.gov.iamsmart://profile?ticketID=0af1":                    true,
		"hk.gov.iamsmart.testapp://form-filling?ticketID=a%2B%2F%3D": true,
		"":                         false,
		"javascript:alert(1)":      false,
		"https://evil.example/":    false,
		"hk.gov.iamsmart:alert(1)": false,
		"hk.gov.iamsmart.evil.app://profile?ticketID=1":                         false,
		"hk.gov.iamsmartx://profile?ticketID=1":                                 false,
		"HK.gov.iamsmart://profile?ticketID=1":                                  false,
		" hk.gov.iamsmart://profile?ticketID=1":                                 false,
		"hk.gov.iamsmart://profile?ticketID=1\n":                                false,
		`hk.gov.iamsmart://profile?ticketID="><script>`:                         false,
		"hk.gov.iamsmart://profile?ticketID=" + strings.Repeat("a", 2048):       false,
		"x:hk.gov.iamsmart://profile?ticketID=1":                                false,
		"hk.gov.iamsmart://evil.example/profile?ticketID=1#hk.gov.iamsmart://a": false,
	} {
		d := drawn(t, pages.Site{}, pages.English, pages.Waiting{AppLink: address})
		links := d.where("a", "href", address)
		if address == "" {
			links = nil
		}
		if (len(links) == 1) != shown {
			t.Errorf("%.60q: %d links, want it shown: %t", address, len(links), shown)
		}
		if more := d.where("a", "href", "https://www.iamsmart.gov.hk/en/"); (len(more) == 1) != shown {
			t.Errorf("%.60q: %d links to more info beside the button", address, len(more))
		}
		if opens := strings.Contains(body(d), "Open iAM Smart, then") || strings.Contains(body(d), "on this same phone"); opens != shown {
			t.Errorf("%.60q: the page speaks of opening the app: %t", address, opens)
		}
	}
}

// Given a wait, when the page is drawn, then without script it looks again by
// itself, at the address that only looks, and not faster than is kind.
func TestWaitingLooksAgain(t *testing.T) {
	for asked, want := range map[int]string{-1: "5", 0: "5", 1: "3", 5: "5", 1000: "60"} {
		page := pages.Waiting{Refresh: asked, Ends: time.Now().Add(90*time.Second + 500*time.Millisecond)}
		answer := write(t, newPages(t, pages.Site{}), pages.English, page).Body.String()
		if tag := `<noscript><meta http-equiv="refresh" content="` + want + `;url=/iamsmart/link/wait"></noscript>`; !strings.Contains(answer, tag) {
			t.Errorf("every %d s: no %s", asked, tag)
		}
		status := parse(t, answer).where("p", "role", "status")
		if len(status) != 1 || value(status[0], "data-seconds") != want || value(status[0], "data-left") != "90" {
			t.Errorf("every %d s: the script is told %v", asked, status[0].Attr)
		}
	}
	for left, ends := range map[string]time.Time{"-1": {}, "0": time.Now().Add(-time.Hour)} {
		status := drawn(t, pages.Site{}, pages.English, pages.Waiting{Ends: ends}).where("p", "role", "status")
		if value(status[0], "data-left") != left {
			t.Errorf("%v: data-left %s, want %s", ends, value(status[0], "data-left"), left)
		}
	}
}

// Given a detail that has no name here, when consent to it is asked for, then
// there is no page: nobody agrees to what is not named.
func TestUnnamedDetailsHaveNoPage(t *testing.T) {
	p := newPages(t, pages.Site{})
	for _, page := range []pages.Page{
		pages.Waiting{Fields: []string{"hkic", "income"}}, pages.RegisterAsk{Fields: []string{""}}, pages.RegisterReview{Rows: []pages.Row{{Label: "HKIC"}}},
	} {
		for _, lang := range everyLanguage {
			answer := httptest.NewRecorder()
			p.Write(answer, lang, 200, page)
			if answer.Code != 500 {
				t.Errorf("%T, %s: %d", page, lang, answer.Code)
			}
		}
	}
}

// Given an identity card number among the details, when they are shown for
// review, then it is not; the others can be read.
func TestReviewKeepsTheNumberBack(t *testing.T) {
	rows := []pages.Row{{"hkic", "C123456(9)"}, {"name_en", "CHAN, Tai Man"}, {"birth_date", "1961-03-09"}, {"gender", "M"}, {"email", ""}}
	for lang, says := range map[pages.Language][]string{
		pages.English:            {"CHAN, Tai Man", "9 March 1961", "male", "not given", "not shown here"},
		pages.TraditionalChinese: {"CHAN, Tai Man", "1961年3月9日", "男", "沒有提供", "不在此顯示"},
	} {
		answer := write(t, newPages(t, pages.Site{}), lang, pages.RegisterReview{Rows: rows}).Body.String()
		if strings.Contains(answer, "123456") {
			t.Errorf("%s: the number is on the page", lang)
		}
		for _, want := range says {
			if !strings.Contains(answer, want) {
				t.Errorf("%s: does not say %q", lang, want)
			}
		}
	}
	odd := body(drawn(t, pages.Site{}, pages.English, pages.RegisterReview{Rows: []pages.Row{{"birth_date", "1961"}, {"gender", "X"}}}))
	if !strings.Contains(odd, "1961") || !strings.Contains(odd, "X") {
		t.Error("what has no other words is not shown as it is")
	}
}
