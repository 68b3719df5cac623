package simulator_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// askingCalls are the calls that ask a logged-in person, in every spelling.
var askingCalls = []string{
	"account/auth/profile/initiateRequest", "account/stepup/initiateRequest",
	"account/eme/initiateRequest", "account/auth/eme/initiateRequest", "formFilling/initiateRequest",
	"account/signing/initiateRequest", "signing/initiateRequest", "account/pdfsigning/initiateRequest", "pdfsigning/initiateRequest",
}

func TestWhatAPersonApprovesComesByCallback(t *testing.T) {
	for _, call := range askingCalls {
		t.Run(call, func(t *testing.T) {
			a := startAsking(t, nil)
			a.sim.Watch(t)
			// Given somebody who logged in by scanning,
			p := a.parameters(call, a.login("wong"))
			pushed := a.openContent(a.call(call, p))
			if !reflect.DeepEqual(pushed, map[string]any{"authByQR": true}) {
				t.Fatalf("the answer is %v", pushed)
			}
			waiting := a.sim.Waiting()
			if len(waiting) != 1 || waiting[0].Person != "wong" || waiting[0].BusinessID != p["businessID"] || waiting[0].Client != "home-1" {
				t.Fatalf("what waits is %+v", waiting)
			}
			// when the phone approves, then one callback comes with the request's own marks.
			bodies := a.settled(waiting[0].ID, "approve")
			if len(bodies) != 1 || a.kinds[0] != "application/json" {
				t.Fatalf("%d callbacks came as %v", len(bodies), a.kinds)
			}
			n := a.openCallback(bodies[0])
			if n.Code != "D00000" || n.Message != "SUCCESS" || !strings.HasPrefix(n.TxID, "<T=") || !bytes.Equal(n.cek, a.cek) {
				t.Errorf("the callback is %s %q, under the key of getKey: %v", n.Code, n.Message, bytes.Equal(n.cek, a.cek))
			}
			content := n.content(t)
			if content["businessID"] != p["businessID"] || content["state"] != p["state"] {
				t.Errorf("the marks are %v, %v", content["businessID"], content["state"])
			}
			delete(content, "businessID")
			delete(content, "state")
			want := map[string][]string{
				"profile": {"birthDate", "chName", "chNameVerified", "enName", "gender", "idNo"}, "stepup": {"isPassed"},
				"eme": {"enName", "mobileNumber", "residentialAddress"}, "formFilling": {"enName", "mobileNumber", "residentialAddress"},
				"pdfsigning": {"pdfSignature", "timestamp"}, "signing": {"cert", "hashCode", "signature", "timestamp"},
			}
			parts := strings.Split(call, "/")
			if got := slices.Sorted(maps.Keys(content)); !slices.Equal(got, want[parts[len(parts)-2]]) {
				t.Errorf("the content holds %v", got)
			}
			if len(a.sim.Waiting()) != 0 || a.sim.Decide(waiting[0].ID, "approve") == nil {
				t.Error("it waits still")
			}
			if got := a.sim.Callbacks(); len(got) != 1 || got[0].Status != 200 || got[0].Code != "D00000" {
				t.Errorf("the journal has %+v", got)
			}
		})
	}
}

func TestAProfileIsThatOfThePerson(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	_, waiting := a.ask("account/auth/profile/initiateRequest", "wong")
	content := a.openCallback(a.settled(waiting.ID, "approve")[0]).content(t)
	for name, want := range map[string]any{
		"idNo":   map[string]any{"Identification": "Z000002", "CheckDigit": "8"},
		"enName": map[string]any{"UnstructuredName": "WONG, Demo Mei Ling"}, "chName": map[string]any{"ChineseName": "王示範玲"},
		"chNameVerified": "Y", "gender": "F", "birthDate": "19850228",
	} {
		if !reflect.DeepEqual(content[name], want) {
			t.Errorf("%s is %v", name, content[name])
		}
	}
}

func TestEachDecisionHasItsCode(t *testing.T) {
	for call, codes := range map[string]map[string]string{
		"account/auth/profile/initiateRequest": {"reject": "D50001", "fail": "D50002", "timeout": "D50003", "cancel": ""},
		"account/eme/initiateRequest":          {"cancel": "D60000", "reject": "D60001", "fail": "D60002", "timeout": "D60003"},
		"account/signing/initiateRequest":      {"cancel": "D70000", "reject": "D70001", "fail": "D70002", "timeout": "D70003"},
		"account/pdfsigning/initiateRequest":   {"cancel": "D70000", "reject": "D70001", "fail": "D70002", "timeout": "D70003"},
		"account/stepup/initiateRequest":       {"reject": "D80001", "fail": "D80002", "timeout": "D80003", "cancel": ""},
	} {
		a := startAsking(t, nil)
		a.sim.Watch(t)
		for decision, code := range codes {
			p, waiting := a.ask(call, "wong")
			if code == "" {
				if err := a.sim.Decide(waiting.ID, decision); err == nil || len(a.sim.Waiting()) != 1 {
					t.Errorf("%s: %s is a decision", call, decision)
				}
				a.settled(waiting.ID, "approve")
				continue
			}
			bodies := a.settled(waiting.ID, decision)
			n := a.openCallback(bodies[len(bodies)-1])
			if n.Code != code || !reflect.DeepEqual(n.content(t), map[string]any{"businessID": p["businessID"], "state": p["state"]}) {
				t.Errorf("%s, %s: the callback is %s with %v", call, decision, n.Code, n.clear)
			}
		}
	}
}

func TestARequestThatNobodyDecidesTimesOut(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	_, waiting := a.ask("account/stepup/initiateRequest", "wong")
	a.clock.advance(18*time.Minute - time.Millisecond)
	if len(a.sim.Waiting()) != 1 {
		t.Fatal("it is over too early")
	}
	a.clock.advance(time.Millisecond)
	a.get("/") // anything that happens
	bodies := a.received()
	if len(bodies) != 1 || a.openCallback(bodies[0]).Code != "D80003" {
		t.Errorf("%d callbacks", len(bodies))
	}
	if err := a.sim.Decide(waiting.ID, "approve"); err == nil {
		t.Error("it can still be approved")
	}
}

func TestTheTimeOutComesByItself(t *testing.T) {
	a := startAsking(t, func(o *simulator.Options) {
		standing, began := o.Now, time.Now()
		o.RequestLife, o.Now = 50*time.Millisecond, func() time.Time { return standing().Add(time.Since(began)) }
	})
	a.ask("account/stepup/initiateRequest", "wong")
	for deadline := time.Now().Add(10 * time.Second); len(a.sim.Callbacks()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no callback came")
		}
	}
	if got := a.sim.Callbacks()[0].Code; got != "D80003" {
		t.Errorf("the callback is %s", got)
	}
}

func TestOnTheSameDeviceATicketOpensTheApp(t *testing.T) {
	for _, c := range []struct {
		source, broker string
		same           bool
	}{{"iOS_Safari", "true", true}, {"Android_Chrome", "true", true}, {"iOS_Safari", "false", false}, {"PC_Browser", "true", false}} {
		a := startAsking(t, nil)
		a.sim.Watch(t)
		p := a.parameters("account/stepup/initiateRequest", a.login("chan", set("source", c.source), set("brokerPage", c.broker)))
		p["source"] = "App_Link"
		pushed := a.openContent(a.call("account/stepup/initiateRequest", p))
		ticket, _ := pushed["ticketID"].(string)
		if pushed["authByQR"] == c.same || (ticket != "") != c.same || a.sim.Waiting()[0].TicketID != ticket {
			t.Errorf("%+v: the answer is %v", c, pushed)
		}
	}
}

func TestSignaturesAreReal(t *testing.T) {
	a := startAsking(t, nil)
	a.sim.Watch(t)
	for _, algorithm := range []string{"", "SHA256withRSA", "NONEwithRSA"} {
		p := a.parameters("account/signing/initiateRequest", a.login("wong"))
		if algorithm != "" {
			p["sigAlgo"] = algorithm
		}
		a.openContent(a.call("account/signing/initiateRequest", p))
		bodies := a.settled(a.sim.Waiting()[0].ID, "approve")
		content := a.openCallback(bodies[len(bodies)-1]).content(t)
		signature, _ := base64.StdEncoding.DecodeString(content["signature"].(string))
		der, _ := base64.StdEncoding.DecodeString(content["cert"].(string))
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		hash, signed := crypto.Hash(0), documentDigest[:]
		if algorithm != "NONEwithRSA" {
			sum := sha256.Sum256(documentDigest[:])
			hash, signed = crypto.SHA256, sum[:]
		}
		if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), hash, signed, signature); err != nil {
			t.Errorf("%q: %v", algorithm, err)
		}
		if content["hashCode"] != p["hashCode"] || content["timestamp"] != float64(a.clock.Now().UnixMilli()) {
			t.Errorf("%q: hash or time are wrong", algorithm)
		}
	}
}

func TestOpenSSLTrustsThePDFSignature(t *testing.T) {
	program, err := exec.LookPath("openssl")
	switch {
	case err == nil:
	case os.Getenv("IAMSMART_TEST_SERVERS") == "required":
		t.Fatal("OpenSSL is not installed, but IAMSMART_TEST_SERVERS=required")
	default:
		t.Skip("OpenSSL is not installed")
	}
	a := startAsking(t, nil)
	a.sim.Watch(t)
	_, waiting := a.ask("account/pdfsigning/initiateRequest", "wong")
	content := a.openCallback(a.settled(waiting.ID, "approve")[0]).content(t)
	signature, err := base64.StdEncoding.DecodeString(content["pdfSignature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for document, good := range map[string]bool{"a document": true, "another document": false} {
		for name, text := range map[string][]byte{"signature": signature, "document": []byte(document)} {
			if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		said, err := exec.Command(program, "cms", "-verify", "-inform", "DER", "-in", filepath.Join(folder, "signature"),
			"-content", filepath.Join(folder, "document"), "-binary", "-noverify", "-purpose", "any").CombinedOutput()
		if (err == nil) != good {
			t.Errorf("%s: %v, %s", document, err, said)
		}
	}
}

func TestASignatureIsAcknowledgedOnce(t *testing.T) {
	for _, call := range []string{"account/signing/ackResult", "signing/ackResult"} {
		a := startAsking(t, nil)
		p, waiting := a.ask("account/signing/initiateRequest", "wong")
		ack := map[string]any{"businessID": p["businessID"], "signingResult": "SR001"}
		early := a.call(call, ack).outcome()
		a.settled(waiting.ID, "approve")
		if got := a.call(call, ack); got.outcome() != "D00000" || len(got.Content) != 0 {
			t.Errorf("the acknowledgement got %s", got.text)
		}
		twice := a.call(call, ack).outcome()
		unknown := a.call(call, map[string]any{"businessID": "another", "signingResult": "SR003"}).outcome()
		wrong := a.call(call, map[string]any{"businessID": p["businessID"], "signingResult": "SR004"}).outcome()
		profile, _ := a.ask("account/auth/profile/initiateRequest", "wong")
		other := a.call(call, map[string]any{"businessID": profile["businessID"], "signingResult": "SR002"}).outcome()
		if got := []string{early, twice, unknown, wrong, other}; !slices.Equal(got, []string{"D70006", "D70006", "D70006", "D20003", "D70006"}) {
			t.Errorf("the codes are %v", got)
		}
		if got := a.broken(); !slices.Equal(got, []string{"ack-early", "ack-twice", "ack-unknown", "signing-result", "ack-unknown"}) {
			t.Errorf("violations are %v", got)
		}
	}
}

// posted is a transport of a test's own.
type posted func(r *http.Request) (*http.Response, error)

func (p posted) RoundTrip(r *http.Request) (*http.Response, error) { return p(r) }

func TestACallbackThatIsRefusedIsAViolation(t *testing.T) {
	for status, broken := range map[int][]string{200: nil, 204: nil, 302: nil, 404: {"callback-refused"}, 500: {"callback-refused"}} {
		a := startAsking(t, nil)
		a.answer = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/")
			w.WriteHeader(status)
		}
		_, waiting := a.ask("account/stepup/initiateRequest", "wong")
		if got := len(a.settled(waiting.ID, "approve")); got != 1 {
			t.Errorf("%d: %d posts", status, got)
		}
		if got := a.broken(); !slices.Equal(got, broken) || a.sim.Callbacks()[0].Status != status {
			t.Errorf("%d: violations are %v, the journal %+v", status, got, a.sim.Callbacks())
		}
	}
	// Each post has ten seconds, and a service that cannot be reached is noted, and no more.
	a := startAsking(t, func(o *simulator.Options) {
		o.CallbackClient = &http.Client{Transport: posted(func(r *http.Request) (*http.Response, error) {
			if until, bounded := r.Context().Deadline(); !bounded || time.Until(until) > 10*time.Second {
				t.Error("the post has no bound")
			}
			return nil, errors.New("no connection")
		})}
	})
	a.sim.Watch(t)
	_, waiting := a.ask("account/stepup/initiateRequest", "wong")
	a.settled(waiting.ID, "approve")
	if got := a.sim.Callbacks(); len(got) != 1 || got[0].Status != 0 || got[0].Error == "" {
		t.Errorf("the client of the options was not used: %+v", got)
	}
}
