package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// common is what the five headers of a signed request say.
type common struct {
	client          *client
	signatureMethod string
	timestamp       string
	moment          int64 // the timestamp as a number
	nonce           string
	signature       string
}

// nonce is when a remembered nonce may be forgotten.
type nonce struct{ until time.Time }

const maxNonce = 36

// readCommon reads and checks the five headers, all but the signature and the freshness of the nonce. The client is filled in as soon
// as it is known, also beside an error.
func (s *Simulator) readCommon(h http.Header) (c common, err error) {
	names := []string{"clientID", "signatureMethod", "timestamp", "nonce", "signature"}
	values := map[string]string{}
	for _, name := range names {
		switch got := h.Values(name); len(got) {
		case 0:
			return c, ruleHeaderMissing.broken("the header %s is missing", name)
		case 1:
			values[name] = got[0]
		default:
			return c, ruleHeaderTwice.broken("the header %s came %d times", name, len(got))
		}
	}
	for _, name := range names {
		if values[name] == "" {
			return c, ruleHeaderEmpty.broken("the header %s is empty", name)
		}
	}
	c.signatureMethod, c.timestamp = values["signatureMethod"], values["timestamp"]
	c.nonce, c.signature = values["nonce"], values["signature"]
	if c.signatureMethod != "HmacSHA256" {
		return c, ruleSignatureMethod.broken("signatureMethod is %q", clip(c.signatureMethod))
	}
	if c.client = s.clients[values["clientID"]]; c.client == nil {
		return c, ruleClientUnknown.broken("clientID %q is not registered", clip(values["clientID"]))
	}
	if c.moment, err = s.checkTimestamp(c.timestamp); err != nil {
		return c, err
	}
	if len(c.nonce) > maxNonce || !visibleASCII(c.nonce) {
		return c, ruleNonceForm.broken("nonce has %d bytes, or others than visible ASCII", len(c.nonce))
	}
	return c, nil
}

func (s *Simulator) checkTimestamp(text string) (int64, error) {
	digits := strings.Trim(text, "0123456789") == ""
	moment, err := strconv.ParseInt(text, 10, 64)
	if !digits || err != nil || moment <= 0 {
		return 0, ruleTimestampForm.broken("timestamp is %q", clip(text))
	}
	now := s.options.Now()
	if s.near(time.UnixMilli(moment), now) {
		return moment, nil
	}
	for unit, there := range map[string]time.Time{
		"seconds":      time.Unix(moment, 0),
		"microseconds": time.UnixMicro(moment),
		"nanoseconds":  time.Unix(0, moment),
	} {
		if s.near(there, now) {
			return 0, ruleTimestampScale.broken("timestamp counts %s", unit)
		}
	}
	return 0, ruleTimestampSkew.broken("timestamp is %d ms from the simulator's clock, more than %v", moment-now.UnixMilli(), s.options.Skew)
}

// near compares in milliseconds: a Duration would overflow on far times.
func (s *Simulator) near(a, b time.Time) bool {
	apart := a.UnixMilli() - b.UnixMilli()
	return max(apart, -apart) <= s.options.Skew.Milliseconds()
}

// verify checks the signature over the headers and the body as it came, in constant time.
func (c common) verify(body []byte, v Variants) error {
	given, err := decodeSignature(c.signature, v)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(c.client.Secret))
	for _, part := range []string{c.client.ID, c.signatureMethod, c.timestamp, c.nonce} {
		mac.Write([]byte(part))
	}
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return ruleSignatureWrong.broken("the signature does not fit headers and body (of %d bytes)", len(body))
	}
	return nil
}

// decodeSignature undoes percent-encoding and Base64. It takes no more than what an encoder makes of Base64: an escape for each of
// + / =, in upper or lower hex, and for nothing else.
func decodeSignature(text string, v Variants) ([]byte, error) {
	if strings.ContainsAny(text, "+/=") {
		if !v.RawSignature && !v.RawSignatureOnly {
			return nil, ruleSignatureRaw.broken("the signature is plain Base64")
		}
	} else if v.RawSignatureOnly {
		return nil, ruleSignatureEncoded.broken("the signature is percent-encoded")
	} else {
		text = strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "=", "%3d", "=").Replace(text)
	}
	mac, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(mac) != sha256.Size || len(text) != base64.StdEncoding.EncodedLen(sha256.Size) {
		return nil, ruleSignatureForm.broken("the signature, of %d characters once decoded, is not 32 bytes in Base64", len(text))
	}
	return mac, nil
}

// remember refuses a nonce that was there before and keeps it for twice the skew, after which the timestamp that was signed with it
// has become too old. The memory is bounded by refusing, not by forgetting.
func (s *Simulator) remember(c common) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, nonces := s.options.Now(), c.client.nonces
	nonces.sweep(func(n nonce) bool { return now.After(n.until) })
	if _, seen := nonces.get(c.nonce); seen {
		return ruleNonceReuse.broken("the nonce came before")
	}
	if nonces.len() >= nonces.limit {
		return ruleNonceFlood.broken("%d nonces within %v", nonces.len(), 2*s.options.Skew)
	}
	nonces.put(c.nonce, nonce{now.Add(2 * s.options.Skew)})
	if s.options.Variants.OrderedTimestamps && c.moment < c.client.lastTimestamp {
		return ruleTimestampOrder.broken("timestamp is %d ms before an earlier one", c.client.lastTimestamp-c.moment)
	}
	c.client.lastTimestamp = max(c.client.lastTimestamp, c.moment)
	return nil
}
