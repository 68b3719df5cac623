package simulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// direct opens the service from the app and returns the parameters that reach it.
func (a asking) direct(login simulator.DirectLogin) url.Values {
	a.service.t.Helper()
	address, err := a.sim.Address(login)
	if err != nil {
		a.service.t.Fatal(err)
	}
	base, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	if err != nil || base != "https://records.example.com/direct" || values.Get("RefID") == "" || values.Has("state") {
		a.service.t.Errorf("the address is %q (%v)", address, err)
	}
	return values
}

func TestAPersonOpensTheServiceFromTheApp(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	for _, fields := range []map[string]any{{}, {"isDirectLogin": true}} {
		values := a.direct(simulator.DirectLogin{Client: "home-1", Person: "wong"})
		fields["code"], fields["grantType"] = values.Get("code"), "authorization_code"
		token := a.openContent(a.call("auth/getToken", fields))
		if token["openID"] != a.sim.OpenID("home-1", "wong") || token["scope"] != everyScope {
			t.Errorf("%v: the token is of another, or for %v", fields, token["scope"])
		}
		// In the app's own browser the phone is this device.
		if pushed := a.openContent(a.call(stepUp, a.parameters(stepUp, token))); pushed["authByQR"] != false {
			t.Errorf("the phone is another device: %v", pushed)
		}
	}
	if values := a.direct(simulator.DirectLogin{Client: "home-1", Person: "wong", ErrorCode: "D40002"}); values.Get("error_code") != "D40002" || values.Has("code") {
		t.Errorf("a failure bears %v", values)
	}
}

func TestTheStartPageOpensTheService(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	_, _, page := a.get("/")
	byID, _ := elements(t, page)
	if form := byID["direct-home-1"]; form == nil || attribute(form, "action") != "/simulator/direct" || attribute(form, "method") != "post" {
		t.Fatal("the start page has no form for home-1")
	}
	if byID["direct-home-2"] != nil {
		t.Error("the start page has a form for a client without the address")
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for form, want := range map[string]int{
		"client=home-1&person=chan": 302, "client=home-1&person=nobody": 400, "client=home-2&person=chan": 400, "client=home-1&client=home-2": 400,
	} {
		response, err := browser.Post(a.base+"/simulator/direct", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		status, header, _ := a.read(response)
		if status != want || (status == 302) != strings.HasPrefix(header.Get("Location"), "https://records.example.com/direct?") {
			t.Errorf("%s got %d to %s", form, status, header.Get("Location"))
		}
	}
}

func TestTheFieldsOfDirectLogins(t *testing.T) {
	a := startAsking(t, nil)
	exchange := func(code string, more map[string]any) string {
		fields := map[string]any{"code": code, "grantType": "authorization_code"}
		for name, value := range more {
			fields[name] = value
		}
		return a.call("auth/getToken", fields).outcome()
	}
	web := func() string { return a.direct(simulator.DirectLogin{Client: "home-1", Person: "chan"}).Get("code") }
	app := a.direct(simulator.DirectLogin{Client: "home-1", Person: "chan", Verifier: true})
	marked := map[string]any{"isDirectLogin": true}
	got := []string{
		exchange(a.approve("chan"), marked),
		exchange(web(), map[string]any{"isDirectLogin": "true"}),
		exchange(web(), map[string]any{"isDirectLogin": true, "code_verifier": "x"}),
		exchange(app.Get("code"), marked),
		exchange(app.Get("code"), map[string]any{"isDirectLogin": true, "code_verifier": app.Get("code_verifier")}),
		exchange(a.approve("chan"), map[string]any{"isDirectLogin": false}),
	}
	if want := []string{"D40004", "D20003", "D40004", "D40004", "D00000", "D00000"}; !slices.Equal(got, want) {
		t.Errorf("the codes are %v", got)
	}
	if got := a.broken(); !slices.Equal(got, []string{"direct-mark", "field-type", "code-verifier", "code-verifier"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestDirectLoginsCanBeMarkedOrPlain(t *testing.T) {
	for word, want := range map[string][2]string{"direct-marked": {"D40004", "D00000"}, "direct-plain": {"D00000", "D20003"}} {
		a := startAsking(t, variant(word))
		for i, fields := range []map[string]any{{}, {"isDirectLogin": true}} {
			fields["code"] = a.direct(simulator.DirectLogin{Client: "home-1", Person: "chan"}).Get("code")
			fields["grantType"] = "authorization_code"
			if got := a.call("auth/getToken", fields).outcome(); got != want[i] {
				t.Errorf("%s: %v got %s", word, fields["isDirectLogin"], got)
			}
		}
	}
}
