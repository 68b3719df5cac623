package simulator_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/simulator"
)

const callback = "https://records.example.com/iamsmart/callback"

// credentials are made once: RSA keys take their time.
var credentials = sync.OnceValues(func() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key, certificateFor(key, key.Public(), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
})

func certificateFor(signer *rsa.PrivateKey, public any, until time.Time) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Unix(0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, signer)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return certificate
}

// clock is the simulator's time in tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// service is an e-Service that does everything right until a test makes it err.
type service struct {
	t          *testing.T
	sim        *simulator.Simulator
	base       string
	clock      *clock
	log        *bytes.Buffer
	id, secret string
	cek        []byte
}

func homeClient() simulator.Client {
	_, certificate := credentials()
	return simulator.Client{ID: "home-1", Secret: "s3cret+/of=home", Certificate: certificate,
		RedirectURIs: []string{callback, "https://records.example.com/back?keep=1"}, Scopes: []string{"eidapi_auth", "eidapi_profiles"}}
}

func otherClient() simulator.Client {
	other := homeClient()
	other.ID, other.Secret, other.Scopes = "home-2", "another secret", nil
	return other
}

// start runs a simulator on a loopback port and returns the service home-1 that talks to it.
func start(t *testing.T, change func(*simulator.Options)) *service {
	t.Helper()
	s := &service{t: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC)}, log: &bytes.Buffer{}}
	options := simulator.Options{Clients: []simulator.Client{homeClient(), otherClient()}, Now: s.clock.Now, Log: s.log}
	if change != nil {
		change(&options)
	}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	s.sim, s.base, s.id, s.secret = sim, server.URL, homeClient().ID, homeClient().Secret
	return s
}

// as is the same service under the credentials of home-2.
func (s *service) as(c simulator.Client) *service {
	other := *s
	other.id, other.secret, other.cek = c.ID, c.Secret, nil
	return &other
}

// draft is a call before it is signed.
type draft struct {
	method, path string
	id, way      string // clientID and signatureMethod
	timestamp    string
	nonce        string
	body         []byte
	secret       string
	encode       func(mac []byte) string
	after        func(*http.Request) // once signed
}

func (s *service) draft(call string, body []byte) *draft {
	return &draft{
		method: http.MethodPost, path: "/api/v1/" + call, id: s.id, way: "HmacSHA256",
		timestamp: strconv.FormatInt(s.clock.Now().UnixMilli(), 10), nonce: randomNonce(), body: body, secret: s.secret,
		encode: percentEncoded, after: func(*http.Request) {},
	}
}

func percentEncoded(mac []byte) string {
	return url.QueryEscape(base64.StdEncoding.EncodeToString(mac))
}

func randomNonce() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// reply is what came back.
type reply struct {
	Status  int    `json:"-"`
	TxID    string `json:"txID"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Msg     string `json:"msg"`
	Content json.RawMessage
	text    string
}

// outcome is the code, or the HTTP status where there is no envelope.
func (r reply) outcome() string {
	if r.Status != http.StatusOK {
		return strconv.Itoa(r.Status)
	}
	return r.Code
}

// request signs a draft.
func (s *service) request(d *draft) *http.Request {
	s.t.Helper()
	mac := hmac.New(sha256.New, []byte(d.secret))
	mac.Write([]byte(d.id + d.way + d.timestamp + d.nonce + string(d.body)))
	r, err := http.NewRequest(d.method, s.base+d.path, bytes.NewReader(d.body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header["clientID"] = []string{d.id}
	r.Header["signatureMethod"] = []string{d.way}
	r.Header["timestamp"] = []string{d.timestamp}
	r.Header["nonce"] = []string{d.nonce}
	r.Header["signature"] = []string{d.encode(mac.Sum(nil))}
	r.Header["Content-Type"] = []string{"application/json"}
	d.after(r)
	return r
}

func (s *service) send(d *draft) reply {
	s.t.Helper()
	response, err := http.DefaultTransport.RoundTrip(s.request(d))
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	answer := reply{Status: response.StatusCode, text: string(text)}
	if answer.Status == http.StatusOK {
		if err := json.Unmarshal(text, &answer); err != nil {
			s.t.Fatalf("answer %q: %v", text, err)
		}
	}
	return answer
}

// fetchKey calls getKey and keeps the CEK.
func (s *service) fetchKey() map[string]any {
	s.t.Helper()
	content := s.keyContent()
	wrapped, err := base64.StdEncoding.DecodeString(content["secretKey"].(string))
	if err != nil {
		s.t.Fatal(err)
	}
	key, _ := credentials()
	//lint:ignore SA1019 iAM Smart wraps the key this way
	if s.cek, err = rsa.DecryptPKCS1v15(nil, key, wrapped); err != nil {
		s.t.Fatal(err)
	}
	return content
}

func (s *service) keyContent() map[string]any {
	s.t.Helper()
	answer := s.send(s.draft("security/getKey", nil))
	if answer.outcome() != "D00000" && answer.outcome() != "M00000" {
		s.t.Fatalf("getKey answered %s", answer.text)
	}
	var content map[string]any
	if err := json.Unmarshal(answer.Content, &content); err != nil {
		s.t.Fatal(err)
	}
	return content
}

// sealed is a body whose content is the clear text, under a fresh IV.
func (s *service) sealed(clear string) []byte {
	iv := make([]byte, 12)
	rand.Read(iv)
	return wrap(sealWith(s.cek, iv, clear))
}

func sealWith(key, iv []byte, clear string) []byte {
	return append(append([]byte{0, 0, 0, 12}, iv...), gcm(key).Seal(nil, iv, []byte(clear), nil)...)
}

func wrap(sealed []byte) []byte {
	return []byte(`{"content":"` + base64.StdEncoding.EncodeToString(sealed) + `"}`)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (s *service) exchange(code string) reply {
	s.t.Helper()
	return s.send(s.draft("auth/getToken", s.sealed(`{"code":"`+code+`","grantType":"authorization_code"}`)))
}

// openContent decrypts the content of an answer.
func (s *service) openContent(r reply) map[string]any {
	s.t.Helper()
	if r.outcome() != "D00000" && r.outcome() != "M00000" {
		s.t.Fatalf("the call answered %s", r.text)
	}
	var text string
	if err := json.Unmarshal(r.Content, &text); err != nil {
		s.t.Fatal(err)
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || !bytes.HasPrefix(sealed, []byte{0, 0, 0, 12}) {
		s.t.Fatalf("content %q is not as documented: %v", text, err)
	}
	clear, err := gcm(s.cek).Open(nil, sealed[4:16], sealed[16:], nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var content map[string]any
	if err := json.Unmarshal(clear, &content); err != nil {
		s.t.Fatal(err)
	}
	return content
}

// broken returns the rules that were broken so far.
func (s *service) broken() (rules []string) {
	for _, v := range s.sim.Violations() {
		rules = append(rules, v.Rule)
	}
	return rules
}

// signDirectly sends a revokeKey under a nonce, without a network.
func (s *service) signDirectly(nonce string) (status int) {
	timestamp := strconv.FormatInt(s.clock.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(s.id + "HmacSHA256" + timestamp + nonce))
	r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/security/revokeKey", nil)
	for name, value := range map[string]string{"clientID": s.id, "signatureMethod": "HmacSHA256", "timestamp": timestamp, "nonce": nonce,
		"signature": percentEncoded(mac.Sum(nil)), "Content-Type": "application/json"} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.sim.ServeHTTP(w, r)
	return w.Code
}
