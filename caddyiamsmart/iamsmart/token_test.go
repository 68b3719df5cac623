package iamsmart_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given an answer that lacks a field or holds a bad one, there is no token.
func TestTokenFieldsAreChecked(t *testing.T) {
	good := func(map[string]any) {}
	set := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	without := func(name string) func(map[string]any) { return func(m map[string]any) { delete(m, name) } }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		ok     bool
	}{
		{"as documented", good, true},
		{"unknown field", set("somethingNew", []int{1}), true},
		{"no lastModifiedDate", without("lastModifiedDate"), true},
		{"no userType", without("userType"), true},
		{"bearer in lower case", set("tokenType", "bearer"), true},
		{"openID of 255", set("openID", strings.Repeat("a", 255)), true},
		{"openID of 256", set("openID", strings.Repeat("a", 256)), false},
		{"openID empty", set("openID", ""), false},
		{"openID missing", without("openID"), false},
		{"openID a number", set("openID", 7), false},
		{"openID with a line end", set("openID", "a\nb"), false},
		{"openID with a blank", set("openID", "a b"), false},
		{"openID not ASCII", set("openID", "é"), false},
		{"no accessToken", without("accessToken"), false},
		{"huge accessToken", set("accessToken", strings.Repeat("a", 5000)), false},
		{"no tokenType", without("tokenType"), false},
		{"another tokenType", set("tokenType", "MAC"), false},
		{"no issueAt", without("issueAt"), false},
		{"no expiresIn", without("expiresIn"), false},
		{"negative expiresIn", set("expiresIn", -1), false},
		{"endless expiresIn", set("expiresIn", int64(1)<<62), false},
		{"expires before it was issued", set("expiresIn", int64(1600000000000)), false},
		{"userType with markup", set("userType", "<b>"), false},
		{"scope with markup", set("scope", "eidapi_auth <b>"), false},
		{"negative lastModifiedDate", set("lastModifiedDate", -5), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSmart(t)
			c.change(server.token)
			token, err := server.client(t).GetToken(context.Background(), aCode)
			if c.ok {
				if err != nil {
					t.Fatal(err)
				}
				want(t, "openID", token.OpenID.Reveal(), server.token["openID"])
				return
			}
			want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
			if token.OpenID.Reveal() != "" || token.AccessToken.Reveal() != "" {
				t.Error("an error came with a token")
			}
		})
	}
}

// An expiresIn of a lifetime's size counts from issueAt; one of a moment's size is that moment.
func TestTokenEnd(t *testing.T) {
	for expiresIn, end := range map[int64]int64{14_400_000: 1_700_014_400_000, 1_700_000_006_000: 1_700_000_006_000} {
		server := newSmart(t)
		server.token["expiresIn"] = expiresIn
		token, err := server.client(t).GetToken(context.Background(), aCode)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "end", token.ExpiresAt.UnixMilli(), end)
	}
}

// A malformed code never reaches iAM Smart.
func TestMalformedCodeIsNotSent(t *testing.T) {
	server := newSmart(t)
	for _, code := range []string{"", "a b", "<script>", strings.Repeat("a", 257), "a\x00b"} {
		_, err := server.client(t).GetToken(context.Background(), code)
		want(t, "kind", kindOf(t, err), iamsmart.KindProtocol)
	}
	want(t, "calls", server.count("auth/getToken")+server.count("security/getKey"), 0)
}

// However a token is printed or encoded, the person and the token do not show.
func TestTokenRedactsItself(t *testing.T) {
	server := newSmart(t)
	client := server.client(t)
	token, err := client.GetToken(context.Background(), aCode)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{token.AccessToken.Reveal(), token.OpenID.Reveal(), clientSecret}
	asJSON, err := json.Marshal(map[string]any{"token": token, "id": token.OpenID})
	if err != nil {
		t.Fatal(err)
	}
	type wrapper struct{ inner iamsmart.Token } // fmt calls no methods in here
	shown := []string{string(asJSON), token.OpenID.String(), token.AccessToken.String()}
	pair := ourPair().load(t)
	secrets = append(secrets, ourPair().private.D.String(), ourPair().private.Primes[0].String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		want(t, "openID as "+verb, fmt.Sprintf(verb, token.OpenID), "[redacted]")
		want(t, "token as "+verb, fmt.Sprintf(verb, token.AccessToken), "[redacted]")
		certificate := "encipherment certificate until " + pair.NotAfter().UTC().Format(time.DateOnly)
		want(t, "certificate as "+verb, fmt.Sprintf(verb, pair)+fmt.Sprintf(verb, *pair), certificate+certificate)
		want(t, "client as "+verb, fmt.Sprintf(verb, client), "iAM Smart client test-client")
		for _, value := range []any{token, &token, wrapper{token}, *client, pair, *pair} {
			shown = append(shown, fmt.Sprintf(verb, value))
		}
	}
	for _, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("a secret shows in %.200s", text)
			}
		}
	}
	want(t, "JSON", strings.Count(string(asJSON), "[redacted]"), 3)
	want(t, "zero", iamsmart.OpenID{}.Reveal(), "")
}

// Fifty logins at once, with no key yet, cost one getKey; later ones cost none.
func TestParallelLoginsShareOneGetKey(t *testing.T) {
	server := newSmart(t)
	server.getKey = func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(100 * time.Millisecond)
		server.giveKey(w, wrapByHand(&server.wrapFor.private.PublicKey, server.cek), "")
	}
	client := server.client(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := client.GetToken(context.Background(), aCode); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := client.GetToken(context.Background(), aCode); err != nil {
		t.Error(err)
	}
	want(t, "getKey calls", server.count("security/getKey"), 1)
	want(t, "getToken calls", server.count("auth/getToken"), 51)
}

// On the wire the headers have the documents' own case; nonces are fresh and time stamps never go back, though the clock does.
func TestHeadersOnTheWire(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	heads := make(chan string, 3)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 8192)
			n, _ := conn.Read(buffer)
			heads <- string(buffer[:n])
			_, _ = conn.Write([]byte("HTTP/1.1 503 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
			conn.Close()
		}
	}()
	clock := time.Now()
	server := newSmart(t)
	client := server.client(t, func(c *iamsmart.Config) {
		c.APIBase = "http://" + listener.Addr().String() + "/api/v1/"
		c.Now = func() time.Time { clock = clock.Add(-time.Minute); return clock }
	})
	nonces, last := map[string]bool{}, int64(0)
	for range 3 {
		_, err := client.GetToken(context.Background(), aCode)
		want(t, "kind", kindOf(t, err), iamsmart.KindUnavailable)
		head := <-heads
		for _, line := range []string{
			"POST /api/v1/security/getKey HTTP/1.1\r\n", "\r\nclientID: test-client\r\n", "\r\nsignatureMethod: HmacSHA256\r\n",
			"\r\nsignature: ", "\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 0\r\n",
		} {
			if !strings.Contains(head, line) {
				t.Errorf("no %q in\n%s", line, head)
			}
		}
		nonce := regexp.MustCompile(`\r\nnonce: ([0-9a-f]{32})\r\n`).FindStringSubmatch(head)
		stamp := regexp.MustCompile(`\r\ntimestamp: ([0-9]{13})\r\n`).FindStringSubmatch(head)
		if nonce == nil || stamp == nil {
			t.Fatalf("nonce or time stamp malformed in\n%s", head)
		}
		now, _ := strconv.ParseInt(stamp[1], 10, 64)
		if nonces[nonce[1]] || now < last {
			t.Errorf("nonce repeated or time stamp went back: %s, %d after %d", nonce[1], now, last)
		}
		nonces[nonce[1]], last = true, now
	}
}
