package caddyiamsmart_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// forger stands between the gate and iAM Smart and changes what getToken vouches
// for. It can, since a test holds the key that unwraps the content key: a iAM
// Smart that turned hostile could as well.
type forger struct {
	mu      sync.Mutex
	world   *world
	content []byte // the content key that getKey gave last
	openID  json.RawMessage
}

func (f *forger) between(iAmSmart http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		getKey, getToken := strings.HasSuffix(r.URL.Path, "/getKey"), strings.HasSuffix(r.URL.Path, "/getToken")
		if !getKey && !getToken {
			iAmSmart.ServeHTTP(w, r)
			return
		}
		kept := httptest.NewRecorder()
		iAmSmart.ServeHTTP(kept, r)
		f.mu.Lock()
		defer f.mu.Unlock()
		body := kept.Body.Bytes()
		var err error
		if getKey {
			err = f.learn(body)
		} else if f.openID != nil {
			body, err = f.forge(body)
		}
		if err != nil {
			f.world.t.Error(err)
		}
		w.Header().Set("Content-Type", kept.Header().Get("Content-Type"))
		w.WriteHeader(kept.Code)
		w.Write(body)
	})
}

func (f *forger) learn(answer []byte) error {
	var told struct{ Content struct{ SecretKey []byte } }
	if err := json.Unmarshal(answer, &told); err != nil {
		return fmt.Errorf("reading getKey: %w", err)
	}
	_, rest := pem.Decode([]byte(f.world.read("encipherment.pem")))
	block, _ := pem.Decode(rest)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return err
	}
	//lint:ignore SA1019 iAM Smart wraps the key this way
	f.content, err = rsa.DecryptPKCS1v15(nil, key.(*rsa.PrivateKey), told.Content.SecretKey)
	return err
}

// forge puts another openID into a token. The clear text is edited as bytes, so
// that it may hold what no JSON writer would write.
func (f *forger) forge(answer []byte) ([]byte, error) {
	var told map[string]json.RawMessage
	var sealed []byte
	if err := json.Unmarshal(answer, &told); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(told["content"], &sealed); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(f.content)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	head := sealed[:4+gcm.NonceSize()]
	clear, err := gcm.Open(nil, head[4:], sealed[len(head):], nil)
	if err != nil {
		return nil, err
	}
	start := bytes.Index(clear, []byte(`"openID":`)) + len(`"openID":`)
	end := start + bytes.IndexByte(clear[start:], ',')
	clear = append(append(append([]byte{}, clear[:start]...), f.openID...), clear[end:]...)
	iv := make([]byte, gcm.NonceSize())
	rand.Read(iv)
	sealed = gcm.Seal(append(append([]byte{}, head[:4]...), iv...), iv, clear, nil)
	text, err := json.Marshal(base64.StdEncoding.EncodeToString(sealed))
	if err != nil {
		return nil, err
	}
	told["content"] = text
	return json.Marshal(told)
}

func (f *forger) say(openID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.openID = json.RawMessage(openID)
}

// An iAM Smart that names nobody, or a name that could be taken for another
// one's, logs nobody in and begins no link-up.
func TestT66OpenIDsThatAreNone(t *testing.T) {
	f := &forger{}
	w := newWorld(t, site{Gate: english, Weather: f.between})
	f.world = w
	w.arrive("chan", "chan.sm", "night-shift-7")
	genuine := w.sim.OpenID(w.ClientID, "chan")
	before := w.rows("pendings") + w.rows("sessions")
	for name, said := range map[string]string{
		"empty": `""`, "a blank": `" "`, "null": `null`, "a number": `7`, "a list": `["` + genuine + `"]`, "an object": `{"a":1}`, "true": `true`,
		"256 bytes":         `"` + strings.Repeat("a", 256) + `"`,
		"a megabyte":        `"` + strings.Repeat("a", 1<<20) + `"`,
		"Chinese":           `"陳大文"`,
		"an accent":         `"` + genuine + `é"`,
		"broken UTF-8":      "\"" + genuine + "\xff\"",
		"NUL":               `"` + genuine + `\u0000"`,
		"a line end":        `"` + genuine + `\n"`,
		"a blank behind":    `"` + genuine + ` "`,
		"a blank before":    `" ` + genuine + `"`,
		"half a character":  `"\ud800"`,
		"no break":          `"` + genuine + `\u200b"`,
		"right to left":     `"\u202e` + genuine + `"`,
		"full-width digits": `"１２３"`,
	} {
		f.say(said)
		b := w.browser()
		p := b.login("chan", "approve")
		if p.StatusCode < 500 || !strings.Contains(content(p.doc), "Ref") {
			t.Errorf("%s: status %d, user %q", name, p.StatusCode, p.user())
		}
		if len(b.named("-s"))+len(b.named("-p")) != 0 {
			t.Errorf("%s: a session or link-up was begun", name)
		}
	}
	if n := w.rows("pendings") + w.rows("sessions") - before; n != 0 {
		t.Errorf("%d rows were written", n)
	}
	// The longest and oddest that the documents allow are people of their own.
	for i, said := range []string{strings.Repeat("a", 255), strings.Repeat("a", 254) + "b", strings.ToLower(genuine), genuine + "%00", "'; DROP TABLE links; --"[:1] + "--", "{env.HOME}", "../../x"} {
		f.say(`"` + said + `"`)
		if p := w.browser().login("chan", "approve"); p.StatusCode != 200 || !strings.Contains(content(p.doc), "First login") {
			t.Errorf("odd one %d: status %d, user %q", i, p.StatusCode, p.user())
		}
	}
	f.say(`"` + genuine + `"`)
	if p := w.browser().login("chan", "approve"); p.user() != "chan.sm" {
		t.Errorf("the genuine one: %d, %q", p.StatusCode, p.user())
	}
	if log := w.log(); strings.Contains(log, genuine) || strings.Contains(log, strings.Repeat("a", 200)) || strings.Contains(log, "陳大文") {
		t.Error("an openID stands in the log")
	}
}
