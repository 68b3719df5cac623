package simulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestThePhoneIsAPageWithButtons(t *testing.T) {
	for lang, words := range map[string][2]string{
		"en-US": {"Approve", "Nothing waits on any phone."}, "zh-HK": {"批准", "沒有手機有待處理的要求。"}, "zh-CN": {"批准", "没有手机有待处理的请求。"},
	} {
		a := startAsking(t, nil)
		a.sim.Watch(t)
		_, _, page := a.get("/simulator/phone?lang=" + lang)
		if byID, _ := elements(t, page); textOf(byID["nothing"]) != words[1] {
			t.Errorf("%s: the empty phone says %q", lang, textOf(byID["nothing"]))
		}
		_, first := a.ask(form, "wong")
		_, second := a.ask(stepUp, "osample")
		_, _, page = a.get("/simulator/phone?lang=" + lang)
		byID, all := elements(t, page)
		for id, want := range map[string]string{"phone-wong": "Enrolment", "phone-osample": "O'SAMPLE-LEE", "request-" + first.ID: words[0]} {
			if !strings.Contains(textOf(byID[id]), want) {
				t.Errorf("%s: %s does not show %s", lang, id, want)
			}
		}
		for _, element := range all {
			if element.Data == "script" || element.Data == "html" && attribute(element, "lang") != lang {
				t.Errorf("%s: the page holds <%s lang=%s>", lang, element.Data, attribute(element, "lang"))
			}
		}
		if byID["phone-chan"] != nil || strings.Contains(page, a.sim.OpenID("home-1", "wong")) {
			t.Errorf("%s: the page shows too much", lang)
		}
		browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		press := func(values url.Values) int {
			response, err := browser.PostForm(a.base+"/simulator/phone/decide?lang="+lang, values)
			if err != nil {
				t.Fatal(err)
			}
			status, _, _ := a.read(response)
			return status
		}
		if got := []int{
			press(url.Values{"request": {second.ID}, "decision": {"cancel"}}), // re-authentication knows no cancelling
			press(url.Values{"request": {second.ID}, "decision": {"approve"}}),
			press(url.Values{"request": {second.ID}, "decision": {"approve"}}),
			press(url.Values{"request": {first.ID}, "decision": {"cancel"}}),
		}; !slices.Equal(got, []int{400, 303, 400, 303}) {
			t.Errorf("%s: the buttons answered %v", lang, got)
		}
		if got := len(a.received()); got != 2 {
			t.Errorf("%s: %d callbacks", lang, got)
		}
	}
}

func TestTheAppOpensWithItsTicket(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	a.ask(stepUp, "wong") // waits elsewhere
	p := a.parameters(profile, a.login("chan", set("source", "iOS_Safari"), set("brokerPage", "true")))
	ticketID := a.openContent(a.call(profile, p))["ticketID"].(string)
	status, _, page := a.get("/simulator/app?ticketID=" + ticketID)
	byID, _ := elements(t, page)
	if status != http.StatusOK || byID["phone-chan"] == nil || byID["phone-wong"] != nil {
		t.Fatalf("the app shows another's request, or none: %d", status)
	}
	id := a.sim.Waiting()[1].ID
	response, err := http.PostForm(a.base+"/simulator/phone/decide", url.Values{"request": {id}, "decision": {"approve"}, "ticketID": {ticketID}})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, page := a.read(response); status != http.StatusOK || !strings.Contains(page, `id="done"`) {
		t.Errorf("after the decision came %d", status)
	}
	for _, unknown := range []string{ticketID, "", "0123"} {
		if status, _, _ := a.get("/simulator/app?ticketID=" + unknown); status != http.StatusNotFound {
			t.Errorf("the ticket %q got %d", unknown, status)
		}
	}
}
