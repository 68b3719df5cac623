package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// inject announces a fault once.
func (s *service) inject(call string, fault simulator.Fault) {
	s.t.Helper()
	if err := s.sim.Inject(call, fault, 1); err != nil {
		s.t.Fatal(err)
	}
}

// raw sends getKey and returns what came, whatever it is.
func (s *service) raw() (*http.Response, string, error) {
	s.t.Helper()
	r := s.request(s.draft("security/getKey", nil))
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response, string(text), err
}

func TestFaultsSpoilTheNextAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fault simulator.Fault
		check func(r *http.Response, text string, err error, took time.Duration) bool
	}{
		"code": {simulator.Fault{Code: "D20000"}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.StatusCode == 200 && strings.Contains(text, `"D20000"`)
		}},
		"429": {simulator.Fault{Status: 429, RetryAfter: 7 * time.Second}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.StatusCode == 429 && r.Header.Get("Retry-After") == "7" && !strings.Contains(text, "{")
		}},
		"latency": {simulator.Fault{Latency: 200 * time.Millisecond}, func(r *http.Response, text string, err error, took time.Duration) bool {
			return err == nil && strings.Contains(text, `"D00000"`) && took >= 200*time.Millisecond
		}},
		"drop": {simulator.Fault{Drop: true}, func(r *http.Response, _ string, err error, _ time.Duration) bool { return r == nil && err != nil }},
		"truncate": {simulator.Fault{Truncate: true}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.StatusCode == 200 && strings.HasPrefix(text, `{"txID"`) && !json.Valid([]byte(text))
		}},
		"content type": {simulator.Fault{ContentType: "text/plain"}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.Header.Get("Content-Type") == "text/plain" && json.Valid([]byte(text))
		}},
		"gateway": {simulator.Fault{HTML: true}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.StatusCode == 502 && strings.HasPrefix(text, "<!doctype html>") && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html")
		}},
		"gateway that says 200": {simulator.Fault{HTML: true, Status: 200}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && r.StatusCode == 200 && strings.HasPrefix(text, "<!doctype html>")
		}},
		"unknown fields": {simulator.Fault{ExtraFields: true}, func(r *http.Response, text string, err error, _ time.Duration) bool {
			return err == nil && strings.Contains(text, "simulatorExtra") && strings.Contains(text, `"D00000"`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil)
			s.sim.Watch(t)
			s.inject("security/getKey", c.fault)
			began := time.Now()
			if r, text, err := s.raw(); !c.check(r, text, err, time.Since(began)) {
				t.Errorf("the answer is %v, %q, %v", r, text, err)
			}
			if r, text, err := s.raw(); err != nil || r.StatusCode != 200 || !strings.Contains(text, `"D00000"`) || strings.Contains(text, "simulatorExtra") {
				t.Errorf("the next answer is %v, %q, %v", r, text, err)
			}
		})
	}
}

func TestGetQRSuffersToo(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	for _, fault := range []simulator.Fault{{Status: 503, RetryAfter: 1500 * time.Millisecond}, {HTML: true}, {Code: "D20000"}} {
		s.inject("auth/getQR", fault)
		status, header, page := s.get("/api/v1/auth/getQR?" + joined(s.query()))
		want := map[bool]int{fault.HTML: 502, fault.Status != 0: 503, fault.Code != "": 400}[true]
		if status != want || fault.Status == 503 && header.Get("Retry-After") != "2" || fault.HTML && !strings.Contains(page, "gateway") {
			t.Errorf("%+v got %d, %v", fault, status, header)
		}
	}
}

func TestAnswersOfAnotherPerson(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	a.inject("auth/getToken", simulator.Fault{OtherPerson: "testa"})
	if token := a.openContent(a.exchange(a.approve("chan"))); token["openID"] != a.sim.OpenID("home-1", "testa") {
		t.Error("the token is the right one")
	}
	p, waiting := a.ask(profile, "wong")
	a.inject("callback", simulator.Fault{OtherPerson: "testa"})
	content := a.openCallback(a.settled(waiting.ID, "approve")[0]).content(t)
	name := content["enName"].(map[string]any)["UnstructuredName"]
	if content["businessID"] != p["businessID"] || name != "TESTA, Maria Example" {
		t.Errorf("the callback is that of %v", name)
	}
}

func TestCallbacksSuffer(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/json" || r.ContentLength < 400 {
			w.WriteHeader(http.StatusBadRequest) // rightly: that breaks no rule
		}
	}
	ask := func(fault simulator.Fault) []byte {
		_, waiting := a.ask(stepUp, "wong")
		a.inject("callback", fault)
		before := len(a.received())
		if bodies := a.settled(waiting.ID, "approve"); len(bodies) > before {
			return bodies[before]
		}
		return nil
	}
	if body := ask(simulator.Fault{Malformed: true}); json.Valid(body) || len(body) < 100 {
		t.Errorf("the callback is %q", body)
	}
	ask(simulator.Fault{ContentType: "text/plain"})
	if got := a.kinds[len(a.kinds)-1]; got != "text/plain" {
		t.Errorf("the callback came as %s", got)
	}
	if n := a.openCallback(ask(simulator.Fault{Code: "D80002"})); n.Code != "D80002" || n.content(t)["isPassed"] != nil {
		t.Errorf("the callback is %s with %v", n.Code, n.clear)
	}
	if n := a.openCallback(ask(simulator.Fault{ExtraFields: true})); n.clear["simulatorExtra"] == nil {
		t.Errorf("the callback has no extra members: %v", n.clear)
	}
	if body := ask(simulator.Fault{Drop: true}); body != nil {
		t.Error("the callback came")
	}
	if got := a.sim.Callbacks(); got[len(got)-1].Error == "" {
		t.Errorf("the journal has %+v", got[len(got)-1])
	}
	began := time.Now()
	if ask(simulator.Fault{Latency: 150 * time.Millisecond}); time.Since(began) < 150*time.Millisecond {
		t.Error("the callback came at once")
	}
}

func TestCallbacksOvertakeEachOther(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	first, firstWaits := a.ask(stepUp, "wong")
	second, secondWaits := a.ask(stepUp, "osample")
	a.inject("callback", simulator.Fault{Hold: true})
	if err := a.sim.Decide(firstWaits.ID, "approve"); err != nil {
		t.Fatal(err)
	}
	if a.sim.Settle(100 * time.Millisecond) {
		t.Fatal("the first is not held")
	}
	bodies := a.settled(secondWaits.ID, "approve")
	var order []any
	for _, body := range bodies {
		order = append(order, a.openCallback(body).content(t)["businessID"])
	}
	if !reflect.DeepEqual(order, []any{second["businessID"], first["businessID"]}) {
		t.Errorf("the order is %v", order)
	}
}

func TestTheSecretOfADroppedCallIsThatItWasCarriedOut(t *testing.T) {
	a := startAsking(t, nil)
	p := a.parameters(stepUp, a.login("wong"))
	a.inject(stepUp, simulator.Fault{Drop: true})
	text, _ := json.Marshal(p)
	if response, err := http.DefaultTransport.RoundTrip(a.request(a.draft(stepUp, a.sealed(string(text))))); err == nil {
		response.Body.Close()
		t.Fatal("an answer came")
	}
	if len(a.sim.Waiting()) != 1 {
		t.Error("nothing waits")
	}
	expect(t, a.service, "business-id-twice", "D20011", a.call(stepUp, p).outcome())
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	s := start(t, nil)
	for name, c := range map[string]struct {
		call  string
		fault simulator.Fault
		times int
	}{
		"unknown call":            {"auth/getTokens", simulator.Fault{Code: "D20000"}, 1},
		"nothing":                 {"auth/getToken", simulator.Fault{}, 1},
		"no times":                {"auth/getToken", simulator.Fault{Drop: true}, 0},
		"too many":                {"auth/getToken", simulator.Fault{Drop: true}, 1001},
		"code of words":           {"auth/getToken", simulator.Fault{Code: "no"}, 1},
		"code and status":         {"auth/getToken", simulator.Fault{Code: "D20000", Status: 500}, 1},
		"status 200":              {"auth/getToken", simulator.Fault{Status: 200}, 1},
		"status 600":              {"auth/getToken", simulator.Fault{Status: 600, HTML: true}, 1},
		"retry without status":    {"auth/getToken", simulator.Fault{RetryAfter: time.Second, Drop: true}, 1},
		"latency of hours":        {"auth/getToken", simulator.Fault{Latency: time.Hour}, 1},
		"latency before":          {"auth/getToken", simulator.Fault{Latency: -1}, 1},
		"type with line end":      {"auth/getToken", simulator.Fault{ContentType: "a/b\r\nX: y"}, 1},
		"nobody":                  {"auth/getToken", simulator.Fault{OtherPerson: "nobody"}, 1},
		"another's key":           {"security/getKey", simulator.Fault{OtherPerson: "chan"}, 1},
		"held answer":             {"auth/getToken", simulator.Fault{Hold: true}, 1},
		"callback with a status":  {"callback", simulator.Fault{Status: 500}, 1},
		"decision that is cut":    {"simulator/decide", simulator.Fault{Drop: true}, 1},
		"truncated page of getQR": {"auth/getQR", simulator.Fault{Truncate: true}, 1},
	} {
		if err := s.sim.Inject(c.call, c.fault, c.times); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	// Each spelling of a call is the same call.
	if err := s.sim.Inject("formFilling/initiateRequest", simulator.Fault{Code: "D20000"}, 1000); err != nil {
		t.Error(err)
	}
	if err := s.sim.Inject("account/eme/initiateRequest", simulator.Fault{Code: "D20000"}, 1); err == nil {
		t.Error("1001 faults wait")
	}
}

func TestCallsAreLimited(t *testing.T) {
	s := start(t, func(o *simulator.Options) { o.RateLimit = 2 })
	s.sim.Watch(t)
	var got []string
	for range 4 {
		got = append(got, s.send(s.draft("security/getKey", nil)).outcome())
	}
	got = append(got, s.as(otherClient()).send(s.as(otherClient()).draft("security/getKey", nil)).outcome())
	r, _, err := s.raw()
	if err != nil || r.Header.Get("Retry-After") != "1" {
		t.Errorf("the refusal is %v, %v", r, err)
	}
	s.clock.advance(500 * time.Millisecond)
	got = append(got, s.send(s.draft("security/getKey", nil)).outcome(), s.send(s.draft("security/getKey", nil)).outcome())
	s.clock.advance(time.Hour)
	for range 3 {
		got = append(got, s.send(s.draft("security/getKey", nil)).outcome())
	}
	if want := []string{"D00000", "D00000", "429", "429", "D00000", "D00000", "429", "D00000", "D00000", "429"}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v", got)
	}
}
