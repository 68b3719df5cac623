package iamsmart

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"time"
)

// SignatureOf, Seal and Open lead the tests to what committed vectors fix and GetToken draws at random.

func SignatureOf(clientID, secret, timestamp, nonce string, body []byte) string {
	return (&signer{clientID: clientID, secret: []byte(secret)}).signature(timestamp, nonce, body)
}

func Seal(key, plain []byte) (string, error) {
	s, err := newSealing(key)
	if err != nil {
		return "", err
	}
	return s.seal(plain), nil
}

func Open(key []byte, content string) ([]byte, error) {
	s, err := newSealing(key)
	if err != nil {
		return nil, err
	}
	return s.open(content)
}

// KnownCodes is how many numbers have a row of their own.
func KnownCodes() int { return len(meanings) }

// KeyOfText decodes the Base64 of a key.
func KeyOfText(text []byte) []byte { return keyOfText(text) }

// Pace fixes the jitter of a client, from 0 to 1, and hands each pause between two tries to pause, which need not wait.
func (c *Client) Pace(jitter float64, pause func(time.Duration)) {
	fixed := func() float64 { return jitter }
	c.caller.jitter, c.caller.breaker.jitter = fixed, fixed
	c.caller.pause = func(ctx context.Context, d time.Duration) error {
		pause(d)
		return ctx.Err()
	}
}

// WaitAsked is how long an answer asks to wait.
var WaitAsked = waitAsked

// KeptKeys seals a text as what a KeyStore holds, and gives the keys that are read back from it at now and how long they are
// used; nil where there are none.
func KeptKeys(plain []byte, now time.Time) (current, before []byte, used, usedBefore time.Duration) {
	block, _ := aes.NewCipher(make([]byte, 32))
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	k := &keeper{aeads: []cipher.AEAD{aead}}
	stored, err := k.open(aead.Seal(nil, nil, plain, nil), now)
	if err != nil {
		return nil, nil, 0, 0
	}
	if stored.before != nil {
		before, usedBefore = stored.before.key, stored.until.Sub(now)
	}
	return stored.key, before, stored.renewAt.Sub(now), usedBefore
}
