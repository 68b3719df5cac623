package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// control sends a control call and returns its answer.
func (s *service) control(call, body string) (status int, answer map[string]any) {
	s.t.Helper()
	response, err := http.Post(s.base+"/simulator/control/"+call, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	status, _, text := s.read(response)
	if json.Unmarshal([]byte(text), &answer) != nil {
		s.t.Errorf("%s answered %q", call, text)
	}
	return status, answer
}

func TestATestInAnotherProcessCanDoAllThis(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	did := func(call, body string) map[string]any {
		t.Helper()
		status, answer := a.control(call, body)
		if status != http.StatusOK {
			t.Fatalf("%s %s got %d %v", call, body, status, answer)
		}
		return answer
	}
	// It announces a fault,
	did("fault", `{"call":"auth/getToken","fault":{"status":429,"retryAfterSeconds":3,"latencyMilliseconds":1}}`)
	code := a.approve("chan")
	if got := a.exchange(code).outcome(); got != "429" {
		t.Errorf("the fault is %s", got)
	}
	// drops the key,
	did("drop-key", `{"client":"home-1"}`)
	if got := a.exchange(code).outcome(); got != "D30002" {
		t.Errorf("the key is %s", got)
	}
	a.fetchKey()
	// registers somebody anew,
	before := a.openContent(a.exchange(code))
	a.clock.advance(time.Hour)
	did("person", `{"person":"chan","englishName":"CHAN LEE, Test"}`)
	after := a.login("chan")
	if after["openID"] != before["openID"] || after["lastModifiedDate"] != float64(a.clock.Now().UnixMilli()) {
		t.Errorf("the registration is of %v", after["lastModifiedDate"])
	}
	// sees and decides what waits,
	a.openContent(a.call(profile, a.parameters(profile, after)))
	list := did("waiting", `{}`)["waiting"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["person"] != "chan" || list[0].(map[string]any)["call"] != profile {
		t.Fatalf("what waits is %v", list)
	}
	did("decide", `{"request":"`+list[0].(map[string]any)["request"].(string)+`","decision":"approve"}`)
	settled := did("settle", `{}`)
	if settled["settled"] != true || len(settled["callbacks"].([]any)) != 1 {
		t.Errorf("settled is %v", settled)
	}
	if name := a.openCallback(a.received()[0]).content(t)["enName"]; !reflect.DeepEqual(name, map[string]any{"UnstructuredName": "CHAN LEE, Test"}) {
		t.Errorf("the name is %v", name)
	}
	// opens the service from the app,
	if got := did("direct", `{"client":"home-1","person":"chan"}`)["address"].(string); !strings.Contains(got, "code=") {
		t.Errorf("the address is %s", got)
	}
	// and finds all in the log, until it begins anew.
	_, _, log := a.get("/simulator/log")
	for _, want := range []string{`"callback`, `"status": 200`, `"auth/getToken": `, `"recent"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, secret := range []string{"Z000001", "CHAN LEE", a.sim.OpenID("home-1", "chan"), after["accessToken"].(string)} {
		if strings.Contains(log, secret) {
			t.Error("the log holds personal data")
		}
	}
	did("fault", `{"call":"auth/getToken","fault":{"drop":true},"times":3}`)
	a.openContent(a.call(profile, a.parameters(profile, after)))
	did("reset", `{}`)
	if len(a.sim.Waiting()) != 0 || len(a.sim.Callbacks()) != 0 || a.sim.Calls("auth/getToken") != 0 {
		t.Error("the reset forgets too little")
	}
	if again := a.login("chan"); again["lastModifiedDate"] == after["lastModifiedDate"] {
		t.Error("the person is still the new one")
	}
}

func TestAControlThatIsWrong(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	for call, bodies := range map[string][]string{
		"fault": {``, `[]`, `{"call":"auth/getToken","fault":{"cod":"D20000"}}`, `{"call":"x","fault":{"drop":true}}`,
			`{"call":"auth/getToken","fault":{"latencyMilliseconds":-1}}`, `{"call":"auth/getToken","fault":{"status":500,"retryAfterSeconds":100000000000}}`},
		"waiting": {`{"x":1}`, `null`}, "decide": {`{}`, `{"request":"0","decision":"approve"}`}, "settle": {`1`},
		"drop-key": {`{"client":"home-9"}`, `{`}, "person": {`{"person":"nobody"}`, `{"person":1}`},
		"direct": {`{"client":"home-2","person":"chan"}`, `{"client":"home-1","person":"chan","errorCode":"x"}`, `{"direct":1}`},
		"reset":  {`{} {}`},
	} {
		for _, body := range bodies {
			if status, answer := a.control(call, body); status != http.StatusBadRequest || answer["error"] == "" {
				t.Errorf("%s %s got %d %v", call, body, status, answer)
			}
		}
	}
	// What a foreign web site can send without asking is not taken; nor is a GET, a foreign host, or an unknown word.
	for name, change := range map[string]func(r *http.Request){
		"415": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"405": func(r *http.Request) { r.Method = http.MethodGet },
		"400": func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(make([]byte, 17<<10))), 17<<10
		},
		"404": func(r *http.Request) { r.URL.Path = "/simulator/control/stop" },
	} {
		r, _ := http.NewRequest(http.MethodPost, a.base+"/simulator/control/reset", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		change(r)
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.Status[:3] != name {
			t.Errorf("instead of %s: %s", name, response.Status)
		}
	}
}
