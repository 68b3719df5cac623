package caddyiamsmart_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/servertest"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

const asserting = "assertion {\n audience records\n claim role {iamsmart.account.role}\n claim greeting \"Hello {iamsmart.account}\"\n}\n"

// published reads the keys of a gate as a verifier does.
func (w *world) published(t *testing.T) jose.JSONWebKeySet {
	t.Helper()
	answer, err := http.Get(w.Gate + "/iamsmart/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil || answer.StatusCode != 200 {
		t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() || !k.Valid() || k.Use != "sig" {
			t.Errorf("published is %v", k.KeyID)
		}
	}
	if kept := answer.Header.Get("Cache-Control"); kept != "public, max-age=600" {
		t.Errorf("kept is %q", kept)
	}
	return set
}

// assertion is the last that the application got, and its claims by the published keys.
func (w *world) assertion(t *testing.T, algorithm string) (text string, claims map[string]any) {
	t.Helper()
	r, _ := w.legacy.last()
	lines := r.Header["X-Iamsmart-Assertion"]
	if len(lines) != 1 {
		t.Fatalf("%d assertions arrived", len(lines))
	}
	token, err := jwt.ParseSigned(lines[0], []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Claims(w.published(t), &claims); err != nil {
		t.Fatal(err)
	}
	return lines[0], claims
}

// Given an application that verifies who is calling, when people come, then it gets an
// assertion with what the operator says, signed by a key that the gate publishes, a new
// one after half of its life; and nobody else can send one.
func TestAnAssertionSaysWhoIsCalling(t *testing.T) {
	w := newWorld(t, site{Gate: asserting + "public /open/*", Accounts: `accounts file "` + staffOfWards(t) + `"`})
	var late atomic.Int64
	defer caddyiamsmart.SignAt(func() time.Time { return time.Now().Add(time.Duration(late.Load())) })()
	b := w.arrive("chan", "nchan", "correct horse")
	b.visit("/records").want(t, 200)
	first, claims := w.assertion(t, "ES256")
	at := time.Now().Unix()
	for name, want := range map[string]any{
		"iss": w.Gate, "aud": "records", "sub": "NChan", "realm": "default", "app": "default", "link_method": "password", "role": "nurse", "greeting": "Hello NChan",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	for name, around := range map[string]int64{"iat": at, "nbf": at, "exp": at + 60, "auth_time": at} {
		if got, ok := claims[name].(float64); !ok || int64(got) < around-5 || int64(got) > around+5 {
			t.Errorf("%s is %v, want about %d", name, claims[name], around)
		}
	}
	if amr, _ := json.Marshal(claims["amr"]); string(amr) != `["iamsmart"]` || len(claims["jti"].(string)) < 22 || claims["step_up_time"] != nil {
		t.Errorf("amr %s, jti %v, step_up_time %v", amr, claims["jti"], claims["step_up_time"])
	}
	b.visit("/records")
	if second, _ := w.assertion(t, "ES256"); second != first {
		t.Error("the next request carries another one")
	}
	late.Store(int64(31 * time.Second))
	b.visit("/records")
	if third, newer := w.assertion(t, "ES256"); third == first || newer["jti"] == claims["jti"] {
		t.Error("after half of its life it is the same")
	}

	t.Run("T15 what a client sends does not arrive", func(t *testing.T) {
		forged := with(map[string]string{"X-IAmSmart-Assertion": "forged", "X_IAmSmart_Assertion": "forged", "x.iamsmart.assertion": "forged", "Connection": "X-IAmSmart-Assertion"})
		b.ask(http.MethodGet, w.Gate+"/records", nil, forged).want(t, 200)
		w.assertion(t, "ES256")
		w.browser().ask(http.MethodGet, w.Gate+"/open/page", nil, forged)
		r, _ := w.legacy.last()
		for name := range r.Header {
			if strings.Contains(upstream.Fold(name), "iamsmart") {
				t.Errorf("of nobody arrives %s", name)
			}
		}
	})
	t.Run("the log holds none", func(t *testing.T) {
		for _, one := range []string{first, strings.Split(first, ".")[2]} {
			if strings.Contains(w.log(), one) && !strings.Contains(w.log(), "http.handlers.reverse_proxy") {
				t.Error("it stands there")
			}
		}
	})
}

// Given signing keys, when time goes by, then the next one is published two days before
// it signs, the one before as long as what it has signed is good, and a restart or an
// unreachable store changes nothing.
func TestT15KeysTurnWithoutAGap(t *testing.T) {
	w := newWorld(t, site{Gate: "assertion {\n audience records\n}\n"})
	var late atomic.Int64
	defer caddyiamsmart.SignAt(func() time.Time { return time.Now().Add(time.Duration(late.Load())) })()
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	kid := func() string {
		b.visit("/records").want(t, 200)
		text, _ := w.assertion(t, "ES256")
		token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		return token.Headers[0].KeyID
	}
	ids := func() (all []string) {
		for _, k := range w.published(t).Keys {
			all = append(all, k.KeyID)
		}
		return all
	}
	const day = 24 * time.Hour
	first := kid()
	if got := ids(); !slices.Equal(got, []string{first}) {
		t.Fatalf("published are %v", got)
	}
	w.load()
	if kid() != first {
		t.Error("after a reload another key signs")
	}
	late.Store(int64(88*day + time.Hour))
	next := ids()
	if len(next) != 2 || next[0] != first || kid() != first {
		t.Fatalf("two days before published are %v, and %s signs", next, kid())
	}
	late.Store(int64(90*day + 2*time.Hour))
	if kid() != next[1] || len(ids()) != 2 {
		t.Errorf("after 90 days published are %v, and %s signs", ids(), kid())
	}
	late.Store(int64(91*day + 3*time.Hour))
	if got := ids(); !slices.Equal(got, next[1:]) || kid() != next[1] {
		t.Errorf("a day later published are %v", got)
	}
	t.Run("a key that somebody has put there signs nothing", func(t *testing.T) {
		w.behind("UPDATE signing_keys SET begins = begins - 1")
		late.Store(int64(92 * day))
		if kid() != next[1] { // what is known goes on
			t.Error("it does not go on")
		}
		if err := os.Remove(filepath.Join(w.Dir, "caddy.log")); err != nil {
			t.Fatal(err)
		}
		w.load()
		b.visit("/records").want(t, 502)
		answer, err := http.Get(w.Gate + "/iamsmart/jwks.json")
		if err != nil || answer.StatusCode != 503 {
			t.Errorf("the keys: %v, %v", answer.StatusCode, err)
		}
	})
}

// An assertion that cannot be made is 502, and nothing arrives.
func TestAnAssertionThatCannotBeMadeIs502(t *testing.T) {
	list := newStaffList(t, "name,key,hash,state,role\nNChan,7,"+bcryptOfFile+",1,"+strings.Repeat("x", 2000)+"\n")
	w := newWorld(t, site{Gate: english + asserting, Accounts: `accounts file "` + list.path + `"`})
	b := w.browser()
	b.login("chan", "approve")
	b.linkUp("nchan", "correct horse")
	_, before := w.legacy.last()
	b.visit("/records").want(t, 502)
	if _, now := w.legacy.last(); now != before {
		t.Error("it reached the application")
	}
	if log := w.log(); !strings.Contains(log, "claim role: the value is longer than 1024 bytes") || strings.Contains(log, "xxxx") {
		t.Error("the log does not say why, or says what")
	}
}

// verifiers are the examples, each as its own program.
var verifiers = map[string]struct {
	algorithm string
	start     func(t *testing.T, environment ...string) (base string)
}{
	"php": {upstream.ES256, func(t *testing.T, environment ...string) string {
		return servertest.PHPWith(t, "../examples/assertion/php", "../examples/assertion/php/index.php", environment...)
	}},
	"java": {upstream.ES256, func(t *testing.T, environment ...string) string {
		out := t.TempDir()
		servertest.Build(t, "../examples/assertion/java", "javac", "-cp", gson, "-d", out, "Assertion.java", "Page.java")
		return servertest.Listening(t, out, environment, "java", "-cp", gson+":"+out, "Page")
	}},
	"csharp": {upstream.RS256, func(t *testing.T, environment ...string) string {
		out := filepath.Join(t.TempDir(), "page.exe")
		servertest.Build(t, "../examples/assertion/csharp", "mcs", "-r:System.Web.Extensions", "-out:"+out, "Assertion.cs", "Page.cs")
		return servertest.Listening(t, filepath.Dir(out), environment, "mono", out)
	}},
}

const gson = "/usr/share/java/gson.jar"

// T15: given the verification of each example, when somebody who reaches the application
// past the gate sends an assertion, then only one that the gate has signed for this very
// application just now is believed.
func TestT15NoForgedAssertionIsBelieved(t *testing.T) {
	for language, v := range verifiers {
		t.Run(language, func(t *testing.T) {
			own, other := newKeyOf(t, v.algorithm), newKeyOf(t, v.algorithm)
			published := atomic.Pointer[[]upstream.SigningKey]{}
			published.Store(&[]upstream.SigningKey{own})
			var read atomic.Int32
			keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				read.Add(1)
				w.Header().Set("Content-Type", "application/jwk-set+json")
				_ = json.NewEncoder(w).Encode(upstream.Published(v.algorithm, *published.Load()))
			}))
			defer keys.Close()
			const gate = "https://records.example.com"
			page := v.start(t, "GATE="+gate, "GATE_KEYS="+keys.URL)
			ask := func(assertion string) (int, string) {
				r, err := http.NewRequest(http.MethodGet, page+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if assertion != "" {
					r.Header.Set("X-IAmSmart-Assertion", assertion)
				}
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				body := make([]byte, 4096)
				n, _ := answer.Body.Read(body)
				return answer.StatusCode, string(body[:n])
			}
			now := time.Now()
			claims := func(change map[string]any) map[string]any {
				all := map[string]any{"iss": gate, "aud": "records", "sub": "陳 <b>", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}
				maps.Copy(all, change)
				maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
				return all
			}
			sign := func(key upstream.SigningKey, change map[string]any) string {
				text, err := key.Sign(claims(change))
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			good := sign(own, nil)
			if status, body := ask(good); status != 200 || !strings.Contains(body, "&lt;b") {
				t.Fatalf("the gate's own: %d %s", status, body)
			}
			part := strings.Split(good, ".")
			forged := map[string]string{
				"none at all": "", "no token": "abc", "two parts": part[0] + "." + part[1], "four parts": good + ".x", "no signature": part[0] + "." + part[1] + ".",
				"of another application":  sign(own, map[string]any{"aud": "roster"}),
				"of another gate":         sign(own, map[string]any{"iss": "https://other.example.com"}),
				"for several":             sign(own, map[string]any{"aud": []string{"records", "roster"}}),
				"over":                    sign(own, map[string]any{"exp": now.Add(-time.Minute).Unix()}),
				"not yet":                 sign(own, map[string]any{"nbf": now.Add(time.Hour).Unix()}),
				"without an end":          sign(own, map[string]any{"exp": nil}),
				"without an account":      sign(own, map[string]any{"sub": nil}),
				"an account that is none": sign(own, map[string]any{"sub": 4711}),
				"another key":             sign(other, nil),
				"another's claims":        part[0] + "." + encoded(t, claims(map[string]any{"sub": "admin"})) + "." + part[2],
				"another's signature":     part[0] + "." + part[1] + "." + strings.Split(sign(own, map[string]any{"sub": "admin"}), ".")[2],
				"its own key, by jwk":     withHeader(t, v.algorithm, other, claims(nil), map[string]any{"kid": own.ID(), "jwk": upstream.Published(v.algorithm, []upstream.SigningKey{other}).Keys[0]}),
				"its own key, by jku":     withHeader(t, v.algorithm, other, claims(nil), map[string]any{"kid": other.ID(), "jku": "https://evil.example/keys"}),
				"its own key under ours":  withHeader(t, v.algorithm, other, claims(nil), map[string]any{"kid": own.ID()}),
			}
			for _, none := range []string{"none", "None", "NONE", "HS256", "ES384", ""} {
				head := encoded(t, map[string]any{"alg": none, "typ": "JWT", "kid": own.ID()})
				forged["unsigned as "+none] = head + "." + part[1] + "."
				forged["with our signature as "+none] = head + "." + part[1] + "." + part[2]
			}
			for name, key := range publicTexts(t, v.algorithm, own) {
				forged["HS256 with "+name] = hmacSigned(t, key, own.ID(), claims(nil))
			}
			before := read.Load()
			for name, text := range forged {
				if status, body := ask(text); status != 403 || strings.Contains(body, "user") {
					t.Errorf("%s: %d %s", name, status, body)
				}
			}
			if n := read.Load() - before; n > 1 {
				t.Errorf("nonsense had the keys read %d times", n)
			}
			if status, _ := ask(good); status != 200 {
				t.Errorf("after all that the gate's own is %d", status)
			}
			t.Run("a key that was published before it signs", func(t *testing.T) {
				published.Store(&[]upstream.SigningKey{own, other})
				page = v.start(t, "GATE="+gate, "GATE_KEYS="+keys.URL+"/turned")
				for _, key := range []upstream.SigningKey{own, other, own} {
					if status, _ := ask(sign(key, nil)); status != 200 {
						t.Errorf("%s: %d", key.ID(), status)
					}
				}
			})
		})
	}
}

func newKeyOf(t *testing.T, algorithm string) upstream.SigningKey {
	t.Helper()
	key, err := upstream.NewSigningKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// withHeader signs with a key and a header of the attacker's choice.
func withHeader(t *testing.T, algorithm string, key upstream.SigningKey, claims, header map[string]any) string {
	t.Helper()
	text, err := key.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: private}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// publicTexts are the ways to write a public key that anybody could sign with.
func publicTexts(t *testing.T, algorithm string, key upstream.SigningKey) map[string][]byte {
	t.Helper()
	published := upstream.Published(algorithm, []upstream.SigningKey{key}).Keys[0]
	der, err := x509.MarshalPKIXPublicKey(published.Key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := published.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"the key in PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "the key in DER": der, "the key in JSON": text}
}

func hmacSigned(t *testing.T, secret []byte, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Given the example of each language with its own Caddyfile, when a person logs in, then
// its page greets them by the assertion; and who comes past the gate is not believed.
func TestExamplesOfTheAssertion(t *testing.T) {
	for language, v := range verifiers {
		t.Run(language, func(t *testing.T) {
			s := exampleOf(t, "assertion/"+language)
			list := filepath.Join(t.TempDir(), "staff.csv")
			if err := os.WriteFile(list, []byte("name,key,hash,state\nNChan,7,"+bcryptOfFile+",1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s.Env["STAFF"] = list
			s.App = func(w *world) string {
				return v.start(t, "GATE="+w.Gate, "GATE_KEYS="+w.Gate+"/iamsmart/jwks.json")
			}
			w := newWorld(t, s)
			b := w.arrive("chan", "nchan", "correct horse")
			if p := b.visit("/").want(t, 200); p.user() != "NChan" {
				t.Errorf("greeted as %q", p.user())
			}
			answer, err := http.Get(w.App + "/")
			if err != nil || answer.StatusCode != 403 {
				t.Errorf("past the gate: %v %v", answer.StatusCode, err)
			}
		})
	}
}
