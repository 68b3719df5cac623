package caddyiamsmart_test

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/simulator"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// asking is a person whom iAM Smart is asked about.
type asking struct {
	caddyiamsmart.Asker
	w     *world
	token iamsmart.Token
}

var profileScopes = []string{iamsmart.ScopeAuth, iamsmart.ScopeProfiles}

// asking logs a person in beside the gate, since no page asks for a profile here.
func (w *world) asking(person string) asking {
	w.t.Helper()
	asker, err := caddyiamsmart.AskerOf(w.Gate)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.browser()
	qr := b.visit(asker.Client().LoginURL(iamsmart.LoginRequest{RedirectURI: w.Gate + "/iamsmart/callback", Scopes: w.Site.Scopes}))
	back := b.press(qr, "/simulator/decide", url.Values{"person": {person}, "decision": {"approve"}})
	to, err := url.Parse(back.Header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := asker.Client().GetToken(w.t.Context(), to.Query().Get("code"))
	if err != nil {
		w.t.Fatal(err)
	}
	return asking{asker, w, token}
}

// profile asks for the number and the name, and the person decides.
func (a asking) profile(decision string) store.ID {
	a.w.t.Helper()
	id, err := a.Ask(a.w.t.Context(), a.token, iamsmart.FieldNumber, iamsmart.FieldEnglishName)
	if err != nil {
		a.w.t.Fatal(err)
	}
	waiting := a.w.sim.Waiting()
	if len(waiting) != 1 {
		a.w.t.Fatalf("%d requests wait on the phone", len(waiting))
	}
	if decision == "" {
		return id
	}
	if err := a.w.sim.Decide(waiting[0].ID, decision); err != nil {
		a.w.t.Fatal(err)
	}
	if !a.w.sim.Settle(10 * time.Second) {
		a.w.t.Fatal("the callback did not end")
	}
	return id
}

// statuses are how the gate answered the callbacks so far.
func (w *world) statuses() (list []int) {
	for _, c := range w.sim.Callbacks() {
		list = append(list, c.Status)
	}
	return list
}

// Given a request for a person's profile, when they approve it on the phone, then
// its answer is there, once, however often it is sent, and in no log.
func TestCallbackBringsTheAnswer(t *testing.T) {
	for name, variants := range map[string]simulator.Variants{
		"as it comes": {}, "sent three times": {ResendCallbacks: true}, "bare": {BareCallback: true}, "sister's words": {SisterDialect: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, Scopes: profileScopes, Simulator: simulator.Options{Variants: variants}})
			a := w.asking("chan")
			id := a.profile("approve")
			answer, there, err := a.Outcome(t.Context(), id)
			if err != nil || !there || answer.Failure != nil {
				t.Fatalf("no answer: %t, %v, %v", there, err, answer.Failure)
			}
			profile, err := answer.Profile()
			if err != nil || profile.EnglishName.Reveal() != "CHAN, Test Siu Ming" {
				t.Errorf("%v: another name", err)
			}
			for _, status := range w.statuses() {
				if status != http.StatusOK {
					t.Errorf("the callbacks were answered by %v", w.statuses())
				}
			}
			number, seen := profile.Number.Canonical(), w.log()+w.read("iamsmart.db")
			if number == "" || strings.Contains(seen, number[:7]) || strings.Contains(seen, "CHAN, Test") {
				t.Error("log or store show whom it was about")
			}
		})
	}
}

func TestCallbackOfARefusal(t *testing.T) {
	for decision, number := range map[string]int{"reject": 50001, "fail": 50002, "timeout": 50003} {
		t.Run(decision, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, Scopes: profileScopes})
			a := w.asking("chan")
			answer, there, err := a.Outcome(t.Context(), a.profile(decision))
			if err != nil || !there || answer.Failure == nil || answer.Failure.Number != number {
				t.Errorf("%t, %v: %v", there, err, answer.Failure)
			}
			if _, err := answer.Profile(); err == nil {
				t.Error("a refusal has a profile")
			}
		})
	}
}

// callbackForger has what everybody has: the certificate and the documents.
type callbackForger struct {
	w   *world
	key *rsa.PublicKey
}

func (w *world) callbackForger() callbackForger {
	for rest := []byte(w.read("encipherment.pem")); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			w.t.Fatal("no certificate")
		}
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
			return callbackForger{w, certificate.PublicKey.(*rsa.PublicKey)}
		}
	}
}

// callback is one that holds together in itself.
func (f callbackForger) callback(businessID, state string) []byte {
	return f.made("D00000", fmt.Sprintf(`{"content":{"businessID":%q,"state":%q,"idNo":{"Identification":"Z999999","CheckDigit":"9"}}}`, businessID, state))
}

func (f callbackForger) made(code, plain string) []byte {
	cek := make([]byte, 32)
	rand.Read(cek)
	//lint:ignore SA1019 this is how iAM Smart wraps it
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, f.key, cek)
	if err != nil {
		f.w.t.Fatal(err)
	}
	block, _ := aes.NewCipher(cek)
	aead, _ := cipher.NewGCM(block)
	iv := make([]byte, 12)
	rand.Read(iv)
	sealed := aead.Seal(append([]byte{0, 0, 0, 12}, iv...), iv, []byte(plain), nil)
	body, _ := json.Marshal(map[string]string{
		"txID": "<T=0>", "code": code, "message": "SUCCESS",
		"secretKey": base64.StdEncoding.EncodeToString(wrapped), "content": base64.StdEncoding.EncodeToString(sealed),
	})
	return body
}

// send posts to the address of a callback.
func send(address, contentType string, body []byte) (status int, answer string, err error) {
	r, err := http.Post(address, contentType, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	for _, own := range []string{"Date", "Server"} {
		r.Header.Del(own)
	}
	return r.StatusCode, fmt.Sprint(r.StatusCode, r.Header, string(text)), err
}

// Given a request that waits, when somebody sends a thousand callbacks of their own making in a few
// seconds, then all are refused alike, iAM Smart is asked for a key once at most,
// nothing is changed, and the real answer still arrives.
func TestAThousandForgedCallbacksChangeNothing(t *testing.T) {
	w := newWorld(t, site{Gate: english, Scopes: profileScopes})
	a := w.asking("chan")
	id := a.profile("")
	waiting := w.sim.Waiting()[0]
	f, address := w.callbackForger(), w.Gate+"/iamsmart/callback/profile"
	asked := w.sim.Calls("security/getKey")
	bodies := [][]byte{
		f.callback(waiting.BusinessID, "0123456789abcdef"), f.callback("guessed", "guessed"), f.callback("", ""),
		[]byte(`{"code":"D00000"}`), []byte(`{}`), []byte(`[`), nil, bytes.Repeat([]byte("x"), 100_000),
		[]byte(`{"code":"D00000","secretKey":"AAAA","content":"AAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`),
		[]byte(`{"code":"D50001","content":{"businessID":"` + waiting.BusinessID + `"}}`),
	}
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		answers = map[string]int{}
	)
	for n := range 10 {
		all.Go(func() {
			for i := range 100 {
				status, answer, err := send(address, "application/json", bodies[(n+i)%len(bodies)])
				if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
					continue // a body that is too large is not read to its end, and who still sends it may miss the answer
				}
				if err != nil || status != http.StatusBadRequest {
					t.Errorf("%d, %v", status, err)
				}
				mu.Lock()
				answers[answer]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(answers) != 1 {
		t.Errorf("the refusals differ: %v", answers)
	}
	if n := w.sim.Calls("security/getKey"); n > asked+1 {
		t.Errorf("they cost %d getKeys", n-asked)
	}
	if _, there, err := a.Outcome(t.Context(), id); there || err != nil {
		t.Fatalf("a forged answer was taken: %v", err)
	}
	if n := strings.Count(w.log(), "callback refused"); n == 0 || n > 100 {
		t.Errorf("%d lines in the log", n)
	}
	if err := w.sim.Decide(waiting.ID, "approve"); err != nil || !w.sim.Settle(10*time.Second) {
		t.Fatal(err)
	}
	if answer, there, err := a.Outcome(t.Context(), id); !there || err != nil || answer.Failure != nil {
		t.Errorf("the real answer did not arrive: %v, %v", err, w.statuses())
	}
}

// Given no request, then nothing is read from whoever comes, and all are answered alike.
func TestCallbackWhenNothingWasAsked(t *testing.T) {
	w := newWorld(t, site{Gate: english, Scopes: profileScopes})
	asked := w.sim.Calls("security/getKey")
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.Gate, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// A body that is announced and never comes.
	fmt.Fprintf(conn, "POST /iamsmart/callback/form HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n{")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "400") {
		t.Errorf("a body that never comes: %q, %v", line, err)
	}
	if status, _, err := send(w.Gate+"/iamsmart/callback/profile", "application/json", w.callbackForger().callback("a", "b")); status != 400 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if n := w.sim.Calls("security/getKey"); n != asked {
		t.Errorf("it cost %d getKeys", n-asked)
	}
}

// Given a request whose row in the store was altered, then its answer is nobody's.
func TestARequestThatWasAlteredInTheStore(t *testing.T) {
	for column, alter := range map[string]string{
		"owner":   `UPDATE requests SET owner = zeroblob(32)`,
		"app":     `UPDATE requests SET app = 'other'`,
		"expires": `UPDATE requests SET expires = expires + 1000`,
		"seal":    `UPDATE requests SET seal = zeroblob(32)`,
	} {
		t.Run(column, func(t *testing.T) {
			w := newWorld(t, site{Gate: english, Scopes: profileScopes, Announced: []string{"callback-refused"}})
			a := w.asking("chan")
			answered, waiting := a.profile("approve"), a.profile("")
			w.behind(alter)
			if _, there, err := a.Outcome(t.Context(), answered); there || err == nil {
				t.Error("the answer is given out")
			}
			if err := w.sim.Decide(w.sim.Waiting()[0].ID, "approve"); err != nil || !w.sim.Settle(10*time.Second) {
				t.Fatal(err)
			}
			if _, there, err := a.Outcome(t.Context(), waiting); there || err == nil {
				t.Error("an answer was taken")
			}
			if got := w.statuses(); got[len(got)-1] != http.StatusBadRequest {
				t.Errorf("the callbacks were answered by %v", got)
			}
		})
	}
}

// A real callback counts for its own kind, request and time only.
func TestCallbackOfAnotherKindOrTime(t *testing.T) {
	var caught [][]byte
	w := newWorld(t, site{Gate: english, Scopes: profileScopes, Simulator: simulator.Options{
		CallbackClient: &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			caught = append(caught, body)
			return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, err
		})},
	}})
	a := w.asking("chan")
	id := a.profile("approve")
	own := w.Gate + "/iamsmart/callback/profile"
	refused := func(what, address, contentType string) {
		t.Helper()
		if status, _, err := send(address, contentType, caught[0]); status != http.StatusBadRequest || err != nil {
			t.Errorf("%s: %d, %v", what, status, err)
		}
	}
	refused("another kind", w.Gate+"/iamsmart/callback/reauthentication", "application/json")
	refused("another type", own, "text/plain")
	if _, there, _ := a.Outcome(t.Context(), id); there {
		t.Fatal("it was taken")
	}
	w.behind(`UPDATE requests SET expires = 1`)
	refused("too late", own, "application/json")
	for _, path := range []string{"/iamsmart/callback/", "/iamsmart/callback/profile/", "/iamsmart/callback/unknown", "/iamsmart/callback/Profile"} {
		if status, _, err := send(w.Gate+path, "application/json", caught[0]); status != http.StatusNotFound || err != nil {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
	if r, err := http.Get(own); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %v, %v", r, err)
	}
	if _, _, err := a.Outcome(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
