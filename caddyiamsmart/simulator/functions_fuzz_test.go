package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// fuzzedCalls are the calls with parameters.
var fuzzedCalls = []string{profile, form, stepUp, sign, pdf, anonForm, anonSign, anonPDF, "account/signing/ackResult", "anonymous/eme/getResult",
	"anonymous/signing/getResult", "anonymous/pdfsigning/getResult"}

// FuzzCalls holds: whatever a rightful client encrypts for any call, the answer is an envelope, and it is that of success, without a
// violation, or a refusal with exactly one. What is accepted says, to another parser, a businessID that others can hold.
func FuzzCalls(f *testing.F) {
	for i := range fuzzedCalls {
		for _, seed := range []string{
			`{}`, `[]`, `{"businessID":"b","accessToken":"TOKEN","openID":"OPENID","source":"PC_Browser","redirectURI":"CALLBACK","state":"s"}`,
			`{"businessID":"b","accessToken":"TOKEN","openID":"OPENID","source":"App_Link","redirectURI":"CALLBACK","state":"s","profileFields":["idNo"]}`,
			`{"businessID":"b","formName":"f","eMEFields":["enName"],"lang":"en-US"}`, `{"businessID":"\ud800","formName":"","profileFields":null}`,
			`{"businessID":"b","signingResult":"SR001"}`, `{"accessToken":"TOKEN","openID":"OPENID"}`, `{"businessID":"b","suaWaitPeriod":1e3,"isDirectLogin":nul}`,
		} {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, clear string) {
		a := startAsking(t, nil)
		token := a.login("wong")
		call := fuzzedCalls[int(which)%len(fuzzedCalls)]
		clear = strings.NewReplacer("TOKEN", token["accessToken"].(string), "OPENID", token["openID"].(string), "CALLBACK", a.URL).Replace(clear)
		answer := a.send(a.draft(call, a.sealed(clear)))
		broken := a.broken()
		if answer.Status != http.StatusOK || len(answer.Code) != 6 || (answer.Code == "D00000") != (len(broken) == 0) || len(broken) > 1 {
			t.Fatalf("%s answered %d %s, violations %v", call, answer.Status, answer.Code, broken)
		}
		if answer.Code != "D00000" {
			return
		}
		var said struct {
			BusinessID string `json:"businessID"`
		}
		if err := json.Unmarshal([]byte(clear), &said); err != nil || said.BusinessID == "" || len(said.BusinessID) > 36 {
			t.Errorf("%s accepted %q (%v)", call, clear, err)
		}
	})
}

// FuzzControl holds: whatever a test sends, the answer is JSON with 200 or 400, nothing is a violation, and what waits is decided only
// by its own id and a decision.
func FuzzControl(f *testing.F) {
	calls := []string{"fault", "waiting", "decide", "drop-key", "person", "direct", "reset"}
	for i := range calls {
		for _, seed := range []string{
			``, `{}`, `null`, `{"request":"ID","decision":"approve"}`, `{"request":"ID","decision":"timeout"}`, `{"request":"ID","decision":"cancel"}`,
			`{"request":"id","decision":"reject"}`, `{"call":"callback","times":2,"fault":{"hold":true}}`, `{"client":"home-1","person":"chan","verifier":true}`,
			`{"person":"chan","englishName":"\u0000"}`, `{"call":"auth/getToken","times":99999999999999999999,"fault":{"status":1e9}}`, `{"request":["ID"]}`,
		} {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		a := startAsking(t, nil)
		_, waiting := a.ask(stepUp, "wong")
		call, body := calls[int(which)%len(calls)], strings.ReplaceAll(body, "ID", waiting.ID)
		r := httptest.NewRequest(http.MethodPost, "http://localhost/simulator/control/"+call, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		a.sim.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest || !json.Valid(w.Body.Bytes()) || len(a.broken()) != 0 {
			t.Errorf("%s answered %d %s", call, w.Code, w.Body)
		}
		var said struct{ Request, Decision string }
		decides := call == "decide" && json.Unmarshal([]byte(body), &said) == nil && said.Request == waiting.ID &&
			slices.Contains([]string{"approve", "reject", "timeout", "fail"}, said.Decision) && w.Code == http.StatusOK
		if gone := len(a.sim.Waiting()) == 0; gone != (decides || call == "reset" && w.Code == http.StatusOK) {
			t.Errorf("%s %q: gone is %v", call, body, gone)
		}
		a.received()
	})
}
