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

	mu       sync.Mutex
	last     int64 // the time stamp given out last, in milliseconds
	underWay int   // calls signed that iAM Smart has not answered yet
}

// sign sets the headers for a body, which must then be sent byte for byte; arrived is to be called once the answer is there,
// or none will come. The names go out in the documents' own case, past http.Header.Set, because some gateways do look at it.
func (s *signer) sign(header http.Header, body []byte) (arrived func()) {
	moment, arrived := s.timestamp()
	timestamp := strconv.FormatInt(moment, 10)
	nonce := newNonce()
	header["clientID"] = []string{s.clientID}
	header["signatureMethod"] = []string{signatureMethod}
	header["timestamp"] = []string{timestamp}
	header["nonce"] = []string{nonce}
	header["signature"] = []string{s.signature(timestamp, nonce, body)}
	return arrived
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

// sharedFor is how long calls that overlap share a time stamp, in milliseconds. It is far less than clocks may differ.
const sharedFor = 10_000

// timestamp gives a time stamp that is never before an earlier one, which iAM Smart may refuse: not when the clock is set
// back, and not when calls overtake each other on their way. For that, calls that overlap share the time stamp of the first
// of them, and it moves on when all have been answered, so that no two calls with different ones are ever on the way at
// once. Only a crowd that leaves no gap for ten seconds makes it move on in between; and other processes of the same Client
// ID have clocks of their own.
func (s *signer) timestamp() (moment int64, arrived func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now().UnixMilli(); s.underWay == 0 || now-s.last > sharedFor {
		s.last = max(s.last, now)
	}
	s.underWay++
	return s.last, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.underWay--
	})
}

// newNonce is a version 4 UUID without dashes: 32 hex digits, 122 random bits.
func newNonce() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return hex.EncodeToString(id[:])
}
