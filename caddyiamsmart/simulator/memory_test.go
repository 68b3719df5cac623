package simulator_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

// direct serves a getQR without a network.
func (s *service) direct(query string) int {
	r := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/auth/getQR?"+query, nil)
	w := httptest.NewRecorder()
	s.sim.ServeHTTP(w, r)
	return w.Code
}

func TestANonceServesOnce(t *testing.T) {
	s := start(t, nil)
	first := s.draft("security/getKey", nil)
	first.nonce = "the-same"
	s.send(first)

	// The very same request again, and another request with its nonce, are both replays.
	if got := s.send(first).outcome(); got != "D20004" {
		t.Errorf("a replay got %s", got)
	}
	s.clock.advance(9 * time.Minute)
	second := s.draft("security/revokeKey", nil)
	second.nonce = first.nonce
	if got := s.send(second).outcome(); got != "D20004" {
		t.Errorf("a nonce after nine minutes got %s", got)
	}
	// Another client may use it.
	foreign := s.as(otherClient()).draft("security/getKey", nil)
	foreign.nonce = first.nonce
	if got := s.send(foreign).outcome(); got != "D00000" {
		t.Errorf("another client's nonce got %s", got)
	}
	// Nobody may use up nonces of a client without its secret.
	forged := s.draft("security/getKey", nil)
	forged.nonce, forged.secret = "mine", "guessed"
	s.send(forged)
	rightful := s.draft("security/getKey", nil)
	rightful.nonce = "mine"
	if got := s.send(rightful).outcome(); got != "D00000" {
		t.Errorf("a nonce that a forger tried got %s", got)
	}
	// After twice the skew it is forgotten.
	s.clock.advance(time.Minute + time.Millisecond)
	third := s.draft("security/getKey", nil)
	third.nonce = first.nonce
	if got := s.send(third).outcome(); got != "D00000" {
		t.Errorf("a forgotten nonce got %s", got)
	}
	if got := s.broken(); !slices.Equal(got, []string{"nonce-reuse", "nonce-reuse", "signature-wrong"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestAnIVServesOnce(t *testing.T) {
	s := start(t, nil)
	s.fetchKey()
	iv := []byte("twelve bytes")
	body := func(code string) []byte {
		return wrap(sealWith(s.cek, iv, `{"code":"`+code+`","grantType":"authorization_code"}`))
	}
	s.openContent(s.send(s.draft("auth/getToken", body(s.approve("chan")))))
	// The second is served, as the real system might, but not overlooked.
	s.openContent(s.send(s.draft("auth/getToken", body(s.approve("chan")))))
	if got := s.broken(); !slices.Equal(got, []string{"iv-reuse"}) {
		t.Errorf("violations are %v", got)
	}
}

func TestNoKeyNoContent(t *testing.T) {
	s := start(t, nil)
	s.cek = make([]byte, 32)
	expect(t, s, "cek-none", "D30002", s.exchange(s.approve("chan")).outcome())
}

func TestAnExpiredCertificateWrapsNothing(t *testing.T) {
	key, _ := credentials()
	s := start(t, func(o *simulator.Options) {
		o.Clients[0].Certificate = certificateFor(key, key.Public(), o.Now().Add(time.Hour))
	})
	s.fetchKey()
	s.clock.advance(time.Hour + time.Second)
	expect(t, s, "kek-expired", "D30001", s.send(s.draft("security/getKey", nil)).outcome())
}

func TestABodyThatBreaksOff(t *testing.T) {
	s := start(t, nil)
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	d := s.draft("security/getKey", nil)
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nclientID: %s\r\n"+
		"signatureMethod: %s\r\ntimestamp: %s\r\nnonce: %s\r\nsignature: x\r\n\r\n{}", d.path, d.id, d.way, d.timestamp, d.nonce)
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	expect(t, s, "body-read", "400", fmt.Sprint(response.StatusCode))
}

func TestNoncesAreNotForgottenUnderAFlood(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *simulator.Options) { o.Log = nil })
	for i := range 20_000 {
		s.signDirectly(fmt.Sprint("flood-", i))
	}
	if got := s.signDirectly("one-more"); got != http.StatusTooManyRequests {
		t.Errorf("the nonce over the bound got %d", got)
	}
	s.signDirectly("flood-0")
	if got := s.broken(); !slices.Equal(got, []string{"nonce-flood", "nonce-reuse"}) {
		t.Errorf("violations are %v", got)
	}
	s.clock.advance(10*time.Minute + time.Millisecond)
	if got := s.signDirectly("later"); got != http.StatusOK {
		t.Errorf("after the flood got %d", got)
	}
}

func TestAnnouncedFailuresAreNoViolations(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	s.fetchKey()

	s.sim.FailNext("auth/getToken", "D40004", 2)
	s.sim.FailNext("auth/getToken", "503", 1)
	code := s.approve("chan")
	for _, want := range []string{"D40004", "D40004", "503"} {
		if got := s.exchange(code).outcome(); got != want {
			t.Errorf("announced was %s, answered %s", want, got)
		}
	}
	s.openContent(s.exchange(code)) // and then the code is still good

	s.sim.FailNext("security/getKey", "D30001", 1)
	s.sim.FailNext("security/revokeKey", "D20000", 1)
	for call, want := range map[string]string{"security/getKey": "D30001", "security/revokeKey": "D20000"} {
		if got := s.send(s.draft(call, nil)).outcome(); got != want {
			t.Errorf("%s answered %s", call, got)
		}
	}
	s.sim.FailNext("auth/getQR", "D20012", 1)
	if status, _, page := s.get("/api/v1/auth/getQR?" + joined(s.query())); status != http.StatusBadRequest || !strings.Contains(page, "D20012") {
		t.Errorf("getQR got %d", status)
	}
	s.sim.FailNext("simulator/decide", "D40002", 1)
	_, location, _ := s.decide(map[string][]string{"request": {s.openQR(joined(s.query()))}, "person": {"chan"}, "decision": {"approve"}})
	if location.Query().Get("error_code") != "D40002" || location.Query().Has("code") {
		t.Errorf("the redirect is %v", location)
	}
	if got := s.sim.Calls("auth/getToken"); got != 4 {
		t.Errorf("%d calls of getToken", got)
	}
}

func TestADroppedKeyIsNoViolation(t *testing.T) {
	s := start(t, nil)
	s.sim.Watch(t)
	s.sim.DropKey("home-1") // nothing to drop yet
	s.sim.DropKey("no-home")
	s.fetchKey()
	dropped := *s
	s.sim.DropKey("home-1")
	if got := s.exchange(s.approve("chan")).outcome(); got != "D30002" {
		t.Errorf("the dropped key got %s", got)
	}
	s.fetchKey()
	s.openContent(s.exchange(s.approve("chan")))
	// A call that was on its way meanwhile is answered alike.
	if got := dropped.exchange(s.approve("chan")).outcome(); got != "D30002" {
		t.Errorf("the dropped key got %s after the next", got)
	}
}

// recorder stands for a testing.T that is watched.
type recorder struct {
	cleanups []func()
	errors   []string
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestWatchFailsATestAtCleanUp(t *testing.T) {
	s := start(t, nil)
	strict, lenient := &recorder{}, &recorder{}
	s.sim.Watch(strict)
	s.sim.Watch(lenient, "signature-wrong")
	d := s.draft("security/getKey", nil)
	d.secret = "another"
	s.send(d)
	for _, cleanup := range slices.Concat(strict.cleanups, lenient.cleanups) {
		cleanup()
	}
	if len(strict.errors) != 1 || !strings.Contains(strict.errors[0], "signature-wrong") || len(lenient.errors) != 0 {
		t.Errorf("strict: %v, lenient: %v", strict.errors, lenient.errors)
	}
}

func TestTheLogHasALinePerCallAndViolation(t *testing.T) {
	s := start(t, nil)
	s.fetchKey()
	d := s.draft("auth/getToken", nil)
	d.secret = "another"
	s.send(d)
	s.broken()
	var got []string
	for decoder := json.NewDecoder(s.log); ; {
		var line struct{ Kind, Call, Client, Code, Rule string }
		if err := decoder.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{line.Kind, line.Call, line.Client, line.Code, line.Rule}, " "))
	}
	want := []string{"call security/getKey home-1 D00000 ", "violation auth/getToken  D20006 signature-wrong", "call auth/getToken home-1 D20006 "}
	if !slices.Equal(got, want) {
		t.Errorf("the log is %q", got)
	}
}
