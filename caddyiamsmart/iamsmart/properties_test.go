package iamsmart_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"net/url"
	"testing"
	"testing/quick"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

func parsed(query string) url.Values {
	values, _ := url.ParseQuery(query) // what could be read of a broken query is given too
	return values
}

// What is sealed opens to the same, and under no other key; and twice the same never looks the same.
func TestSealingIsReversible(t *testing.T) {
	property := func(key, other [32]byte, plain []byte) bool {
		sealed, err := iamsmart.Seal(key[:], plain)
		again, againErr := iamsmart.Seal(key[:], plain)
		if err != nil || againErr != nil || sealed == again {
			return false
		}
		opened, err := iamsmart.Open(key[:], sealed)
		_, otherErr := iamsmart.Open(other[:], sealed)
		return err == nil && bytes.Equal(opened, plain) && otherErr != nil
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 500}); err != nil {
		t.Error(err)
	}
}

// Whichever bit of an envelope is flipped, it does not open.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	key := randomBytes(32)
	sealed, err := iamsmart.Seal(key, []byte(`{"code":"0123456789abcdef"}`))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.StdEncoding.DecodeString(sealed)
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		if _, err := iamsmart.Open(key, base64.StdEncoding.EncodeToString(raw)); err == nil {
			t.Fatalf("it opens with bit %d flipped", bit)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
	if _, err := iamsmart.Open(key, base64.StdEncoding.EncodeToString(raw)); err != nil {
		t.Error("and as it was it does not open either")
	}
}

// Signatures over a hundred random bodies are those of the openssl command.
func TestSignaturesAgreeWithOpenSSL(t *testing.T) {
	need(t, "openssl", "sh")
	for range 100 {
		body := randomBytes(rand.IntN(2000))
		id, secret, nonce := hex.EncodeToString(randomBytes(8)), hex.EncodeToString(randomBytes(16)), hex.EncodeToString(randomBytes(16))
		got := iamsmart.SignatureOf(id, secret, "1700000000999", nonce, body)
		want(t, "signature", got, string(run(t, body, script("sign.sh"), id, secret, "1700000000999", nonce)))
	}
}

func BenchmarkSign(b *testing.B) {
	body := randomBytes(500)
	for b.Loop() {
		iamsmart.SignatureOf(clientID, clientSecret, "1700000000999", aCode, body)
	}
}

func BenchmarkSeal(b *testing.B) {
	key, plain := randomBytes(32), randomBytes(500)
	for b.Loop() {
		if _, err := iamsmart.Seal(key, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	key := randomBytes(32)
	sealed := sealByHand(key, randomBytes(500))
	for b.Loop() {
		if _, err := iamsmart.Open(key, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

// A whole exchange of a code, over a connection to this machine.
func BenchmarkGetToken(b *testing.B) {
	client := newSmart(b).afterLogin(b)
	for b.Loop() {
		if _, err := client.GetToken(context.Background(), aCode); err != nil {
			b.Fatal(err)
		}
	}
}

// A callback opened with the content key at hand, and with its own, which takes RSA.
func BenchmarkOpenCallback(b *testing.B) {
	for _, option := range []string{"match", "own"} {
		b.Run(option, func(b *testing.B) {
			server := newSmart(b)
			client := server.afterLogin(b, func(c *iamsmart.Config) { c.Protocol.CallbackCEK = option })
			secretKey := wrapByHand(&ourPair().private.PublicKey, server.cek)
			in := incoming(callback(server.cek, secretKey, "D00000", aProfile()))
			for b.Loop() {
				if _, err := client.OpenCallback(context.Background(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
