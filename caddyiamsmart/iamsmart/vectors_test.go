package iamsmart_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given what openssl and php once sealed, wrapped and signed, the client reads it all.
func TestCommittedVectors(t *testing.T) {
	vectorKey, err := iamsmart.LoadEncipherment(vector(t, "encipherment.pem"), "")
	if err != nil {
		t.Fatal(err)
	}
	server := newSmart(t)
	server.getKey = func(w http.ResponseWriter, _ *http.Request) {
		server.giveKey(w, string(vector(t, "secretKey.b64")), string(vector(t, "pubKey.b64")))
	}
	server.getToken = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"code": "D00000", "content": string(vector(t, "content.b64"))})
	}
	client := server.client(t, func(c *iamsmart.Config) { c.Keys = []*iamsmart.Encipherment{vectorKey} })
	token, err := client.GetToken(context.Background(), aCode)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "access token", token.AccessToken.Reveal(), "00112233445566778899aabbccddeeff")
	want(t, "openID", token.OpenID.Reveal(), "dGVzdA%2Bvector%2FonLy%3D")
	want(t, "user type", token.UserType, "sign")
	want(t, "token type", token.TokenType, "Bearer")
	want(t, "scopes", token.Scopes, []string{"eidapi_auth", "eidapi_profiles"})
	want(t, "issued", token.IssuedAt.UnixMilli(), int64(1700000000000))
	want(t, "expires", token.ExpiresAt.Sub(token.IssuedAt), 4*time.Hour)
	want(t, "last modified", token.LastModified.UnixMilli(), int64(1600000000000))
}

func TestCommittedSignatures(t *testing.T) {
	for file, body := range map[string][]byte{"signature.txt": vector(t, "body.json"), "signature-empty.txt": nil} {
		got := iamsmart.SignatureOf(clientID, clientSecret, "1700000000123", aCode, body)
		want(t, file, got, string(vector(t, file)))
	}
}

func TestCommittedEnvelope(t *testing.T) {
	key, err := hex.DecodeString(string(vector(t, "cek.hex")))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := iamsmart.Open(key, string(vector(t, "content.b64")))
	if err != nil || !bytes.Equal(plain, vector(t, "token.json")) {
		t.Fatalf("opened %q, %v", plain, err)
	}
}

// Given several logins, openssl computes the same signature over what arrived on the wire, and php opens it.
func TestRequestsReadByOtherTools(t *testing.T) {
	need(t, "openssl", "sh", "php")
	server := newSmart(t)
	for range 4 {
		client := server.client(t)
		code := hex.EncodeToString(randomBytes(16))
		if _, err := client.GetToken(context.Background(), code); err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"security/getKey", "auth/getToken"} {
			head, body := server.last(call)
			signature := run(t, body, script("sign.sh"), clientID, clientSecret, head.Get("timestamp"), head.Get("nonce"))
			want(t, call+" signature", head.Get("signature"), string(signature))
		}
		_, body := server.last("auth/getToken")
		var sent map[string]string
		if err := json.Unmarshal(body, &sent); err != nil || len(sent) != 1 {
			t.Fatalf("the body is not an envelope alone: %v", err)
		}
		plain := run(t, []byte(sent["content"]), "php", script("envelope.php"), "open", hex.EncodeToString(server.cek))
		want(t, "clear text", string(plain), fmt.Sprintf(`{"code":%q,"grantType":"authorization_code"}`, code))
	}
}

// Given answers that openssl wrapped and php sealed just now, in every form of key and of public key, the client opens them.
func TestAnswersMadeByOtherTools(t *testing.T) {
	need(t, "openssl", "sh", "php")
	certificate := save(t, "cert.pem", ourPair().certPEM)
	otherCertificate := save(t, "other.pem", otherPair().certPEM)
	keys := []*iamsmart.Encipherment{otherPair().load(t), ourPair().load(t)}
	hints := map[string]string{
		"spki":          string(run(t, nil, script("pubkey.sh"), certificate, "spki")),
		"pkcs1":         string(run(t, nil, script("pubkey.sh"), certificate, "pkcs1")),
		"certificate":   string(run(t, nil, script("pubkey.sh"), certificate, "certificate")),
		"none":          "",
		"nonsense":      "%%%",
		"another key's": string(run(t, nil, script("pubkey.sh"), otherCertificate, "spki")),
	}
	for hint, public := range hints {
		for _, form := range []string{"raw", "base64", "hex"} {
			t.Run(form+", public key "+hint, func(t *testing.T) {
				server := newSmart(t)
				wrapped := string(run(t, server.cek, script("wrap.sh"), certificate, form))
				openID := strings.ToUpper(hex.EncodeToString(randomBytes(20)))
				server.token["openID"] = openID
				plain, _ := json.Marshal(server.token)
				content := string(run(t, plain, "php", script("envelope.php"), "seal", hex.EncodeToString(server.cek)))
				server.getKey = func(w http.ResponseWriter, _ *http.Request) { server.giveKey(w, wrapped, public) }
				server.getToken = func(w http.ResponseWriter, _ *http.Request) {
					answerJSON(w, map[string]any{"code": "M00000", "msg": "SUCCESS", "content": content})
				}
				client := server.client(t, func(c *iamsmart.Config) { c.Keys = keys })
				token, err := client.GetToken(context.Background(), aCode)
				if err != nil {
					t.Fatal(err)
				}
				want(t, "openID", token.OpenID.Reveal(), openID)
			})
		}
	}
}

// Signatures agree with openssl's also over bodies and secrets that no login sends.
func TestSignaturesOfOddBodies(t *testing.T) {
	need(t, "openssl", "sh")
	for _, secret := range []string{"x", "geheim-ü-密", strings.Repeat("k", 200)} {
		for _, body := range [][]byte{nil, []byte("{}"), randomBytes(1), randomBytes(5000)} {
			stamp, nonce := "1700000000999", hex.EncodeToString(randomBytes(16))
			got := iamsmart.SignatureOf("id", secret, stamp, nonce, body)
			want(t, "signature", got, string(run(t, body, script("sign.sh"), "id", secret, stamp, nonce)))
		}
	}
}

// What our seal makes opens in php, and php refuses it once a byte is changed: the tag stands where it belongs.
func TestEnvelopesReadByPHP(t *testing.T) {
	need(t, "php")
	for _, plain := range [][]byte{nil, []byte("{}"), []byte("姓名"), randomBytes(100_000)} {
		key := randomBytes(32)
		content, err := iamsmart.Seal(key, plain)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(content, "AAAAD") {
			t.Errorf("content begins %.5s, want AAAAD (the vector has 12 bytes)", content)
		}
		opened := run(t, []byte(content), "php", script("envelope.php"), "open", hex.EncodeToString(key))
		if !bytes.Equal(opened, plain) {
			t.Error("php opened something else than was sealed")
		}
		if _, err := try([]byte(flip(content, len(content)/2)), "php", script("envelope.php"), "open", hex.EncodeToString(key)); err == nil {
			t.Error("php opened a content that was changed")
		}
	}
}

// flip changes one Base64 letter into another.
func flip(content string, at int) string {
	letter := byte('A')
	if content[at] == letter {
		letter = 'B'
	}
	return content[:at] + string(letter) + content[at+1:]
}
