package iamsmart_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given a callback that brings its own key, in each form and padding, it opens where the options say so, with whichever of the
// certificates it was wrapped for.
func TestOwnKeyInEveryForm(t *testing.T) {
	key := randomBytes(32)
	text := []byte(base64.StdEncoding.EncodeToString(key))
	oaep := func(h hash.Hash, plain []byte) string {
		wrapped, err := rsa.EncryptOAEP(h, rand.Reader, &otherPair().private.PublicKey, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(wrapped)
	}
	pkcs1 := func(plain []byte) string { return wrapByHand(&otherPair().private.PublicKey, plain) }
	server := newSmart(t)
	for _, c := range []struct {
		name, padding, text, secretKey string
		opens                          bool
	}{
		{"raw", "pkcs1", "auto", pkcs1(key), true},
		{"raw as raw", "pkcs1", "raw", pkcs1(key), true},
		{"raw as Base64", "pkcs1", "base64", pkcs1(key), false},
		{"Base64", "pkcs1", "auto", pkcs1(text), true},
		{"Base64 as Base64", "pkcs1", "base64", pkcs1(text), true},
		{"Base64 as raw", "pkcs1", "raw", pkcs1(text), false},
		{"44 bytes that are no Base64", "pkcs1", "auto", pkcs1(append([]byte{'!'}, text[1:]...)), false},
		{"Base64 without its sign", "pkcs1", "auto", pkcs1(append(text[:43:43], 'A')), false},
		{"a shorter key", "pkcs1", "auto", pkcs1(key[:16]), false},
		{"OAEP, SHA-1", "oaep-sha1", "auto", oaep(sha1.New(), key), true},
		{"OAEP, SHA-256, Base64", "oaep-sha256", "auto", oaep(sha256.New(), text), true},
		{"OAEP of another hash", "oaep-sha1", "auto", oaep(sha256.New(), key), false},
		{"OAEP where PKCS#1 is due", "pkcs1", "auto", oaep(sha1.New(), key), false},
		{"random bytes", "pkcs1", "auto", base64.StdEncoding.EncodeToString(append([]byte{0}, randomBytes(255)...)), false},
		{"larger than the modulus", "pkcs1", "auto", base64.StdEncoding.EncodeToString(append([]byte{255, 255, 255, 255}, make([]byte, 252)...)), false},
		{"of another length", "pkcs1", "auto", base64.StdEncoding.EncodeToString(make([]byte, 100)), false},
		{"a byte longer, as Java may write it", "pkcs1", "auto", padded(pkcs1(key)), true},
		{"nothing", "pkcs1", "auto", "", false},
		{"not Base64", "pkcs1", "auto", "%%%", false},
	} {
		client := server.client(t, ownKey, func(config *iamsmart.Config) {
			config.Protocol.KeyPadding, config.Protocol.KeyText = c.padding, c.text
			config.Keys = []*iamsmart.Encipherment{ourPair().load(t), otherPair().load(t)}
		})
		_, err := client.OpenCallback(context.Background(), incoming(callback(key, c.secretKey, "D00000", aProfile())))
		if (err == nil) != c.opens {
			t.Errorf("%s, %s, %s: %v", c.name, c.padding, c.text, err)
		}
		if err != nil && c.secretKey != "" && c.secretKey != "%%%" {
			// However the unwrapping went wrong, the words are the same.
			want(t, c.name, asError(t, err).Err.Error(), "the content does not open with the key beside it")
		}
	}
	want(t, "calls", server.count("security/getKey"), 0)
}

func padded(secretKey string) string {
	raw, _ := base64.StdEncoding.DecodeString(secretKey)
	return base64.StdEncoding.EncodeToString(append([]byte{0}, raw...))
}

// A wrapped key that does not unpad stands for a random one: not for zeros, or for anything else that a stranger can guess and
// seal a callback with, to learn from whether that opens if the padding was right.
func TestKeyOfABadPaddingCannotBeGuessed(t *testing.T) {
	server := newSmart(t)
	garbage := base64.StdEncoding.EncodeToString(append([]byte{0}, randomBytes(255)...))
	for _, padding := range []string{"pkcs1", "oaep-sha1", "oaep-sha256"} {
		client := server.client(t, ownKey, func(c *iamsmart.Config) { c.Protocol.KeyPadding = padding })
		for _, guess := range [][]byte{make([]byte, 32), bytes.Repeat([]byte{0xff}, 32)} {
			for _, secretKey := range []string{garbage, base64.StdEncoding.EncodeToString(make([]byte, 256)), "AAAA"} {
				if _, err := client.OpenCallback(context.Background(), incoming(callback(guess, secretKey, "D00000", aProfile()))); err == nil {
					t.Errorf("%s: the key %x... opens what came beside garbage", padding, guess[:2])
				}
			}
		}
	}
}

// The decoder of the Base64 of keys, which takes the same steps for every text, agrees with that of the standard library, and
// gives a random key for what is no key.
func TestBase64OfKeys(t *testing.T) {
	for range 2000 {
		key := randomBytes(32)
		text := []byte(base64.StdEncoding.EncodeToString(key))
		want(t, "key", iamsmart.KeyOfText(text), key)
		at := int(randomBytes(1)[0]) % 44
		text[at] = randomBytes(1)[0]
		expected, err := base64.StdEncoding.Strict().DecodeString(string(text))
		got := iamsmart.KeyOfText(text)
		valid := err == nil && len(expected) == 32
		if len(got) != 32 || valid != bytes.Equal(got, expected) || valid != bytes.Equal(got, iamsmart.KeyOfText(text)) {
			t.Fatalf("%q gives %x, the standard library %x (%v)", text, got, expected, err)
		}
	}
}
