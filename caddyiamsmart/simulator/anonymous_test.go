package simulator_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// anonymousFlows are the calls that begin and end a flow without login, in every spelling, and the scope each needs.
var anonymousFlows = []struct{ begin, end, scope string }{
	{"anonymous/eme/initiateRequest", "anonymous/eme/getResult", "eidapi_formFilling"},
	{"formFilling/anonymous/initiateRequest", "formFilling/anonymous/getResult", "eidapi_formFilling"},
	{"anonymous/signing/initiateRequest", "anonymous/signing/getResult", "eidapi_sign"},
	{"signing/anonymous/initiateRequest", "signing/anonymous/getResult", "eidapi_sign"},
	{"anonymous/pdfsigning/initiateRequest", "anonymous/pdfsigning/getResult", "eidapi_sign"},
	{"pdfsigning/anonymous/initiateRequest", "pdfsigning/anonymous/getResult", "eidapi_sign"},
}

// begin asks for a ticket.
func (a asking) begin(call string) (p map[string]any, ticketID string) {
	a.service.t.Helper()
	p = a.parameters(call, nil)
	return p, a.openContent(a.call(call, p))["ticketID"].(string)
}

// withTicket decides on the login page of a ticket.
func (a asking) withTicket(ticketID, scope, person, decision string) *url.URL {
	a.service.t.Helper()
	q := &query{a.query()}
	set("scope", scope)(a.service, q)
	set("ticketID", ticketID)(a.service, q)
	status, location, page := a.decide(url.Values{"request": {a.openQR(joined(q.pairs))}, "person": {person}, "decision": {decision}})
	if status != http.StatusFound {
		a.service.t.Fatalf("deciding answered %d, %s", status, page)
	}
	return location
}

func TestAFlowWithoutLoginFetchesItsResult(t *testing.T) {
	for _, flow := range anonymousFlows {
		t.Run(flow.begin, func(t *testing.T) {
			a := startAsking(t, nil)
			p, ticketID := a.begin(flow.begin)
			back := a.withTicket(ticketID, flow.scope, "wong", "approve").Query()
			if back.Get("businessID") != p["businessID"] || back.Get("state") != "abc_DEF-123" {
				t.Errorf("the redirect bears %v", back)
			}
			token := a.openContent(a.exchange(back.Get("code")))
			fetch := map[string]any{"accessToken": token["accessToken"], "openID": token["openID"], "businessID": p["businessID"]}

			// The token serves nothing else, and another's businessID brings nothing.
			strange := a.parameters("account/signing/initiateRequest", token)
			other := a.call("account/signing/initiateRequest", strange).outcome()
			fetch["businessID"] = "another"
			wrong := a.call(flow.end, fetch).outcome()
			fetch["businessID"] = p["businessID"]
			content := a.openContent(a.call(flow.end, fetch))
			again := a.call(flow.end, fetch).outcome()
			if got := []string{other, wrong, again}; !slices.Equal(got, []string{"D20009", "D20003", "D20009"}) {
				t.Errorf("the codes are %v", got)
			}
			if got := a.broken(); !slices.Equal(got, []string{"token-flow", "result-business-id", "token-spent"}) {
				t.Errorf("violations are %v", got)
			}
			want := []string{"businessID", "enName", "mobileNumber", "residentialAddress"}
			if strings.Contains(flow.begin, "pdf") {
				want = []string{"businessID", "pdfSignature", "state", "timestamp"}
			} else if strings.Contains(flow.begin, "signing") {
				want = []string{"businessID", "cert", "hashCode", "signature", "state", "timestamp"}
			}
			if got := slices.Sorted(maps.Keys(content)); !slices.Equal(got, want) || content["businessID"] != p["businessID"] {
				t.Errorf("the content holds %v", got)
			}
			if strings.Contains(flow.begin, "signing") {
				ack := map[string]any{"businessID": p["businessID"], "signingResult": "SR001"}
				if got := a.call("account/signing/ackResult", ack).outcome(); got != "D00000" {
					t.Errorf("the acknowledgement got %s", got)
				}
			}
		})
	}
}

func TestWhatEndsAFlowWithoutLogin(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	for _, c := range []struct{ begin, scope, person, decision, code string }{
		{anonForm, "eidapi_formFilling", "chan", "cancel", "D60000"}, {anonForm, "eidapi_formFilling", "chan", "reject", "D60001"},
		{anonForm, "eidapi_formFilling", "chan", "timeout", "D60003"}, {anonSign, "eidapi_sign", "wong", "reject", "D70001"},
		{anonPDF, "eidapi_sign", "wong", "cancel", "D70000"},
		{anonSign, "eidapi_sign", "chan", "approve", "D70004"},    // not one who may sign
		{anonSign, "eidapi_sign", "osample", "approve", "D70005"}, // another than the service expected
	} {
		p, ticketID := a.begin(c.begin)
		back := a.withTicket(ticketID, c.scope, c.person, c.decision).Query()
		if back.Get("error_code") != c.code || back.Has("code") || back.Get("businessID") != p["businessID"] {
			t.Errorf("%+v: the redirect bears %v", c, back)
		}
		if c.begin == anonForm {
			continue
		}
		ack := map[string]any{"businessID": p["businessID"], "signingResult": "SR003"} // none received
		if got := a.call("account/signing/ackResult", ack).outcome(); got != "D00000" {
			t.Errorf("%+v: the acknowledgement got %s", c, got)
		}
	}
}

func TestATicketServesOnceAndItsOwn(t *testing.T) {
	a := startAsking(t, nil)
	page := func(s *service, ticketID, scope string) string {
		q := &query{s.query()}
		set("scope", scope)(s, q)
		set("ticketID", ticketID)(s, q)
		_, _, text := s.get("/api/v1/auth/getQR?" + joined(q.pairs))
		return text
	}
	_, ticketID := a.begin(anonForm)
	page(a.service, "0123", "eidapi_formFilling")
	page(a.service, ticketID, "eidapi_auth")
	page(a.as(otherClient()), ticketID, "eidapi_auth")
	first, second := page(a.service, ticketID, "eidapi_formFilling"), page(a.service, ticketID, "eidapi_formFilling")
	for i, text := range []string{first, second} {
		_, after, _ := strings.Cut(text, `name="request" value="`)
		id, _, _ := strings.Cut(after, `"`)
		status, _, _ := a.decide(url.Values{"request": {id}, "person": {"chan"}, "decision": {"reject"}})
		if want := []int{http.StatusFound, http.StatusBadRequest}[i]; status != want {
			t.Errorf("page %d got %d", i, status)
		}
	}
	page(a.service, ticketID, "eidapi_formFilling")
	_, late := a.begin(anonForm)
	a.clock.advance(18*time.Minute + time.Millisecond)
	page(a.service, late, "eidapi_formFilling")
	if got := a.broken(); !slices.Equal(got, []string{"ticket-unknown", "ticket-scope", "ticket-unknown", "ticket-used", "ticket-expired"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestAResultNeedsTheRightFlow(t *testing.T) {
	a := startAsking(t, nil)
	token := a.login("wong")
	fetch := map[string]any{"accessToken": token["accessToken"], "openID": token["openID"]}
	if got := a.call("anonymous/eme/getResult", fetch).outcome(); got != "D20009" {
		t.Errorf("the token of a login got %s", got)
	}
	_, ticketID := a.begin(anonSign)
	code := a.withTicket(ticketID, "eidapi_sign", "wong", "approve").Query().Get("code")
	token = a.openContent(a.exchange(code))
	fetch = map[string]any{"accessToken": token["accessToken"], "openID": token["openID"]}
	if got := a.call("anonymous/pdfsigning/getResult", fetch).outcome(); got != "D20009" {
		t.Errorf("the other kind of signing got %s", got)
	}
	content := a.openContent(a.call("anonymous/signing/getResult", fetch)) // without a businessID, as older clients do
	if content["hashCode"] != base64.StdEncoding.EncodeToString(documentDigest[:]) {
		t.Error("the hash is another")
	}
}
