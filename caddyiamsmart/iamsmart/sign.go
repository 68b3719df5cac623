package iamsmart

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

const signatureMethod = "HmacSHA256"

// signer makes the five headers that every POST bears. Safe for use by many goroutines.
type signer struct {
	clientID string
	secret   []byte
	raw      bool // the signature goes out as Base64, not percent-encoded
	now      func() time.Time

	mu   sync.Mutex
	last int64 // milliseconds; iAM Smart wants no time stamp before an earlier one, so a clock set back must not show
}

// sign sets the headers for a body, which must then be sent byte for byte. The names go out in the documents' own case,
// past http.Header.Set, because some gateways do look at it.
func (s *signer) sign(header http.Header, body []byte) {
	timestamp := strconv.FormatInt(s.timestamp(), 10)
	nonce := newNonce()
	header["clientID"] = []string{s.clientID}
	header["signatureMethod"] = []string{signatureMethod}
	header["timestamp"] = []string{timestamp}
	header["nonce"] = []string{nonce}
	header["signature"] = []string{s.signature(timestamp, nonce, body)}
}

// signature is the HMAC over client ID, method, time stamp, nonce and raw body, one after the other without separator,
// keyed with the characters of the secret; in Base64, percent-encoded with upper-case hex as the samples show it, or not.
func (s *signer) signature(timestamp, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(s.clientID + signatureMethod + timestamp + nonce))
	mac.Write(body)
	text := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if s.raw {
		return text
	}
	return url.QueryEscape(text)
}

// timestamp is now in milliseconds, or the last one given out if that is later.
func (s *signer) timestamp() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, s.now().UnixMilli())
	return s.last
}

// newNonce is a version 4 UUID without dashes: 32 hex digits, 122 random bits.
func newNonce() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return hex.EncodeToString(id[:])
}
