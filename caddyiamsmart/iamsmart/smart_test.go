package iamsmart_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

const (
	clientID     = "test-client"
	clientSecret = "test secret+/=?"
	aCode        = "0123456789abcdef0123456789abcdef"
)

// pair is a key pair of this test run, in PEM: nothing here is ever used elsewhere.
type pair struct {
	certPEM, keyPEM []byte
	certificate     *x509.Certificate
	private         *rsa.PrivateKey
}

var (
	ourPair   = sync.OnceValue(func() pair { return newPair(2048) })
	otherPair = sync.OnceValue(func() pair { return newPair(2048) })
)

func newPair(bits int) pair {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "for tests only"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return pair{
		certPEM:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		keyPEM:      pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}),
		certificate: certificate,
		private:     private,
	}
}

func (p pair) file() []byte { return append(append([]byte{}, p.certPEM...), p.keyPEM...) }

func (p pair) load(t testing.TB) *iamsmart.Encipherment {
	t.Helper()
	loaded, err := iamsmart.LoadEncipherment(p.file(), "")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// smart is an iAM Smart of a few lines: it hands out one content key and answers getToken with token, sealed. Tests replace
// what they need. Its cryptography is written apart from that of the package.
type smart struct {
	*httptest.Server
	cek      []byte
	wrapFor  pair
	issueAt  int64
	expires  int64
	token    map[string]any
	getKey   http.HandlerFunc // nil: hands out cek
	getToken http.HandlerFunc // nil: gives token

	functions map[string]http.HandlerFunc // by whole path, before all others

	mu     sync.Mutex
	calls  map[string]int
	bodies map[string][]byte
	heads  map[string]http.Header
}

func newSmart(t testing.TB) *smart {
	t.Helper()
	s := &smart{
		cek:       randomBytes(32),
		wrapFor:   ourPair(),
		issueAt:   time.Now().UnixMilli(),
		expires:   24 * time.Hour.Milliseconds(),
		token:     aToken(),
		functions: map[string]http.HandlerFunc{},
		calls:     map[string]int{},
		bodies:    map[string][]byte{},
		heads:     map[string]http.Header{},
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func aToken() map[string]any {
	return map[string]any{
		"accessToken": "00112233445566778899aabbccddeeff", "tokenType": "Bearer", "issueAt": int64(1700000000000),
		"expiresIn": int64(14400000), "openID": "b3BlbklE%2Bopaque%3D", "lastModifiedDate": int64(1600000000000),
		"userType": "default", "scope": "eidapi_auth",
	}
}

// client is a client of this iAM Smart; change may alter its configuration.
func (s *smart) client(t testing.TB, change ...func(*iamsmart.Config)) *iamsmart.Client {
	t.Helper()
	config := iamsmart.Config{
		APIBase: s.URL + "/api/v1", WebBase: "https://web.example/api/v1", ClientID: clientID, ClientSecret: clientSecret,
		Keys: []*iamsmart.Encipherment{ourPair().load(t)},
	}
	for _, c := range change {
		c(&config)
	}
	client, err := iamsmart.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (s *smart) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.calls[r.URL.Path]++
	s.bodies[r.URL.Path] = body
	s.heads[r.URL.Path] = r.Header.Clone()
	getKey, getToken := s.getKey, s.getToken
	s.mu.Unlock()
	switch {
	case s.functions[r.URL.Path] != nil:
		s.functions[r.URL.Path](w, r)
	case r.URL.Path == "/api/v1/security/getKey" && getKey != nil:
		getKey(w, r)
	case r.URL.Path == "/api/v1/security/getKey":
		s.giveKey(w, wrapByHand(&s.wrapFor.private.PublicKey, s.cek), "")
	case r.URL.Path == "/api/v1/auth/getToken" && getToken != nil:
		getToken(w, r)
	case r.URL.Path == "/api/v1/auth/getToken":
		s.giveToken(w)
	default:
		http.NotFound(w, r)
	}
}

// answers has getToken answered otherwise from now on, also while calls go on; nil is as before.
func (s *smart) answers(getToken http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.getToken = getToken
}

func (s *smart) giveKey(w http.ResponseWriter, wrapped, hint string) {
	answerJSON(w, map[string]any{"txID": "<T=00>", "code": "D00000", "message": "SUCCESS", "content": map[string]any{
		"secretKey": wrapped, "pubKey": hint, "issueAt": s.issueAt, "expiresIn": s.expires,
	}})
}

func (s *smart) giveToken(w http.ResponseWriter) {
	plain, _ := json.Marshal(s.token)
	answerJSON(w, map[string]any{"code": "D00000", "content": sealByHand(s.cek, plain)})
}

func (s *smart) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls["/api/v1/"+what]
}

func (s *smart) last(what string) (http.Header, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heads["/api/v1/"+what], s.bodies["/api/v1/"+what]
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_ = json.NewEncoder(w).Encode(value)
}

// says answers with a code.
func says(code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"txID": "<T=0123456789abcdef>", "code": code, "message": message, "content": nil})
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func sealByHand(key, plain []byte) string {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	iv := randomBytes(12)
	framed := append(binary.BigEndian.AppendUint32(nil, 12), iv...)
	return base64.StdEncoding.EncodeToString(gcm.Seal(framed, iv, plain, nil))
}

// wrapByHand pads as PKCS#1 v1.5 says, 00 02 random 00 text, and raises to the public exponent.
func wrapByHand(key *rsa.PublicKey, text []byte) string {
	size := key.Size()
	padded := make([]byte, size)
	padded[1] = 2
	for i := 2; i < size-len(text)-1; i++ {
		for padded[i] == 0 {
			padded[i] = randomBytes(1)[0]
		}
	}
	copy(padded[size-len(text):], text)
	wrapped := new(big.Int).Exp(new(big.Int).SetBytes(padded), big.NewInt(int64(key.E)), key.N)
	return base64.StdEncoding.EncodeToString(wrapped.FillBytes(make([]byte, size)))
}

func kindOf(t testing.TB, err error) iamsmart.Kind {
	t.Helper()
	return asError(t, err).Kind
}

func asError(t testing.TB, err error) *iamsmart.Error {
	t.Helper()
	failure, ok := err.(*iamsmart.Error)
	if !ok {
		t.Fatalf("error is %T (%v), want *iamsmart.Error", err, err)
	}
	return failure
}

func want(t testing.TB, what string, got, expected any) {
	t.Helper()
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", expected) {
		t.Errorf("%s is %#v, want %#v", what, got, expected)
	}
}
