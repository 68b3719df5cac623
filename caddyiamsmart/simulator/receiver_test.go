package simulator_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// receiver is where an e-Service takes callbacks.
type receiver struct {
	t      *testing.T
	URL    string
	mu     sync.Mutex
	bodies [][]byte
	kinds  []string
	answer func(w http.ResponseWriter, r *http.Request)
}

// asking is an e-Service that asks people for more than a login.
type asking struct {
	*service
	*receiver
}

const everyScope = "eidapi_auth eidapi_profiles eidapi_formFilling eidapi_sign eidapi_fr"

// startAsking runs a simulator whose first client has every scope and takes callbacks.
func startAsking(t *testing.T, change func(*simulator.Options)) asking {
	t.Helper()
	r := &receiver{t: t, answer: func(http.ResponseWriter, *http.Request) {}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil || request.Method != http.MethodPost {
			t.Errorf("a callback came as %s, read with %v", request.Method, err)
		}
		r.mu.Lock()
		r.bodies, r.kinds = append(r.bodies, body), append(r.kinds, request.Header.Get("Content-Type"))
		answer := r.answer
		r.mu.Unlock()
		answer(w, request)
	}))
	t.Cleanup(server.Close)
	r.URL = server.URL + "/iamsmart/notify?x=%2Fy"
	s := start(t, func(o *simulator.Options) {
		o.Clients[0].Scopes = strings.Fields(everyScope)
		o.Clients[0].CallbackURIs = []string{r.URL, server.URL + "/other"}
		o.Clients[0].DirectURI = "https://records.example.com/direct"
		if change != nil {
			change(o)
		}
	})
	s.fetchKey()
	return asking{s, r}
}

// login goes the way to a token with every scope, at a desktop.
func (a asking) login(person string, more ...func(*service, *query)) map[string]any {
	a.service.t.Helper()
	q := &query{a.query()}
	set("scope", strings.ReplaceAll(everyScope, " ", "%20"))(a.service, q)
	for _, change := range more {
		change(a.service, q)
	}
	status, location, page := a.decide(url.Values{"request": {a.openQR(joined(q.pairs))}, "person": {person}, "decision": {"approve"}})
	if status != http.StatusFound || !location.Query().Has("code") {
		a.service.t.Fatalf("approving answered %d to %v, %s", status, location, page)
	}
	return a.openContent(a.exchange(location.Query().Get("code")))
}

// call sends an encrypted call.
func (a asking) call(call string, parameters map[string]any) reply {
	a.service.t.Helper()
	text, err := json.Marshal(parameters)
	if err != nil {
		a.service.t.Fatal(err)
	}
	return a.send(a.draft(call, a.sealed(string(text))))
}

func hkicHash(number string) string {
	sum := sha256.Sum256([]byte(number))
	return base64.StdEncoding.EncodeToString(sum[:])
}

var documentDigest = sha256.Sum256([]byte("a document"))

// parameters are those of a call that is right in everything, for wong, who may sign.
func (a asking) parameters(call string, token map[string]any) map[string]any {
	p := map[string]any{"businessID": randomNonce(), "state": "s-" + randomNonce()[:8], "source": "PC_Browser", "redirectURI": a.URL}
	if token != nil {
		p["accessToken"], p["openID"] = token["accessToken"], token["openID"]
	}
	switch {
	case strings.Contains(call, "auth/profile"):
		p["profileFields"] = []string{"idNo", "enName", "chName", "chNameVerified", "gender", "birthDate"}
	case strings.Contains(call, "eme") || strings.Contains(call, "formFilling"):
		p["formName"], p["formNum"], p["formDesc"] = "Enrolment", "F-1", "a form"
		p["profileFields"], p["eMEFields"] = []string{"enName"}, []string{"enName", "mobileNumber", "residentialAddress"}
	case strings.Contains(call, "signing"):
		p["HKICHash"], p["department"], p["serviceName"], p["documentName"] = hkicHash("Z000002"), "Nursing", "Records", "Consent"
		name := "hashCode"
		if strings.Contains(call, "pdf") {
			name = "docDigest"
		}
		p[name] = base64.StdEncoding.EncodeToString(documentDigest[:])
	}
	if strings.Contains(call, "anonymous") {
		if strings.Contains(call, "signing") {
			p["redirectURI"] = callback
		} else {
			for _, name := range []string{"state", "source", "redirectURI"} {
				delete(p, name)
			}
		}
	}
	return p
}

// ask sends a call that begins a request and returns its parameters and what waits now.
func (a asking) ask(call, person string) (map[string]any, simulator.Waiting) {
	a.service.t.Helper()
	p := a.parameters(call, a.login(person))
	a.openContent(a.call(call, p))
	waiting := a.sim.Waiting()
	if len(waiting) == 0 {
		a.service.t.Fatal("nothing waits")
	}
	return p, waiting[len(waiting)-1]
}

// settled decides and returns the callbacks that have come so far.
func (a asking) settled(id, decision string) [][]byte {
	a.service.t.Helper()
	if err := a.sim.Decide(id, decision); err != nil {
		a.service.t.Fatal(err)
	}
	return a.received()
}

func (a asking) received() [][]byte {
	a.service.t.Helper()
	if !a.sim.Settle(15 * time.Second) {
		a.service.t.Fatal("a callback does not end")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bodies
}

// notice is a callback once opened.
type notice struct {
	TxID, Code, Message, Msg, SecretKey, Content string
	cek                                          []byte
	clear                                        map[string]any
}

func (a asking) openCallback(body []byte) (n notice) {
	a.service.t.Helper()
	if err := json.Unmarshal(body, &n); err != nil {
		a.service.t.Fatalf("the callback %q: %v", body, err)
	}
	wrapped, err := base64.StdEncoding.DecodeString(n.SecretKey)
	if err != nil {
		a.service.t.Fatal(err)
	}
	key, _ := credentials()
	//lint:ignore SA1019 iAM Smart wraps the key this way
	if n.cek, err = rsa.DecryptPKCS1v15(nil, key, wrapped); err != nil {
		a.service.t.Fatal(err)
	}
	sealed, err := base64.StdEncoding.DecodeString(n.Content)
	if err != nil {
		a.service.t.Fatal(err)
	}
	clear, err := gcm(n.cek).Open(nil, sealed[4:16], sealed[16:], nil)
	if err != nil {
		a.service.t.Fatal(err)
	}
	if err := json.Unmarshal(clear, &n.clear); err != nil {
		a.service.t.Fatal(err)
	}
	return n
}

// content is the business part of a callback in its default wrapping.
func (n notice) content(t *testing.T) map[string]any {
	t.Helper()
	content, ok := n.clear["content"].(map[string]any)
	if !ok || len(n.clear) != 1 {
		t.Fatalf("the clear text has %d members and no object content", len(n.clear))
	}
	return content
}
