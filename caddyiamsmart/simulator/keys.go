package simulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"time"
)

// contentKey is one CEK of one client.
type contentKey struct {
	secret   [32]byte
	issuedAt time.Time
	ends     time.Time
	revoked  bool // by revokeKey
	dropped  bool // by DropKey: the client cannot know
	ivs      *bounded[struct{}]
}

// maxIVs bounds the memory for IVs of one key. A reuse after so many messages goes unnoticed.
const maxIVs = 200_000

func (k *contentKey) current(now time.Time) bool {
	return !k.revoked && !k.dropped && now.Before(k.ends)
}

// keyContent is the answer of getKey.
type keyContent struct {
	SecretKey string `json:"secretKey"`
	PubKey    string `json:"pubKey"`
	IssueAt   int64  `json:"issueAt"`
	ExpiresIn int64  `json:"expiresIn"`
}

// getKey answers with the current CEK, a new one only if there is none.
func (s *Simulator) getKey(req *request) (any, error) {
	if err := s.checkKeyBody(req.body); err != nil {
		return nil, err
	}
	if err := s.fault(req); err != nil {
		return nil, err
	}
	if s.options.Now().After(req.client.Certificate.NotAfter) {
		return nil, ruleKEKExpired.broken("the encipherment certificate expired on %s", req.client.Certificate.NotAfter.UTC().Format(time.DateOnly))
	}
	key := s.currentKey(req.client)
	public, err := publicKey(req.client)
	if err != nil {
		return nil, err
	}
	wrapped, err := s.wrap(public, key)
	if err != nil {
		return nil, err
	}
	public64, err := s.publicKeyText(req.client, public)
	if err != nil {
		return nil, err
	}
	return keyContent{
		SecretKey: base64.StdEncoding.EncodeToString(wrapped),
		PubKey:    public64,
		IssueAt:   key.issuedAt.UnixMilli(),
		ExpiresIn: s.expiresIn(key.issuedAt, s.options.KeyLife),
	}, nil
}

// checkKeyBody checks the body of getKey: as of any call without parameters, unless a variant demands one of the two.
func (s *Simulator) checkKeyBody(body []byte) error {
	v := s.options.Variants
	if v.GetKeyEmpty && len(body) > 0 || v.GetKeyObject && string(body) != "{}" {
		return ruleKeyBody.broken("the body has %d bytes", len(body))
	}
	return noParameters(body)
}

// noParameters checks the body of a call that has none: nothing, or an empty object.
func noParameters(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	if members, err := parseObject(body); err != nil || len(members) > 0 {
		return ruleBodyUnwanted.broken("the body, of %d bytes, is neither empty nor {}", len(body))
	}
	return nil
}

func (s *Simulator) currentKey(c *client) *contentKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if c.key != nil && c.key.current(now) {
		return c.key
	}
	c.previous, c.key = c.key, s.newKey()
	return c.key
}

func (s *Simulator) newKey() *contentKey {
	// To the millisecond, as it is stated: both sides then agree on the end.
	issued := time.UnixMilli(s.options.Now().UnixMilli())
	key := &contentKey{issuedAt: issued, ends: issued.Add(s.options.KeyLife), ivs: newBounded[struct{}](maxIVs)}
	_, _ = rand.Read(key.secret[:]) // never fails: the program ends instead
	return key
}

// publicKeyText is the key by which the CEK is wrapped, in the form of the variant.
func (s *Simulator) publicKeyText(c *client, public *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	switch {
	case s.options.Variants.PubKeyPKCS1:
		der, err = x509.MarshalPKCS1PublicKey(public), nil
	case s.options.Variants.PubKeyCertificate:
		der, err = c.Certificate.Raw, nil
	}
	return base64.StdEncoding.EncodeToString(der), err
}

func publicKey(c *client) (*rsa.PublicKey, error) {
	if public, ok := c.Certificate.PublicKey.(*rsa.PublicKey); ok {
		return public, nil
	}
	return nil, errors.New("the certificate holds no RSA key") // New has checked it
}

func (s *Simulator) wrap(public *rsa.PublicKey, key *contentKey) ([]byte, error) {
	clear := key.secret[:]
	if s.options.Variants.Base64Key {
		clear = []byte(base64.StdEncoding.EncodeToString(clear))
	}
	switch s.options.Variants.Padding {
	case paddingOAEPSHA1:
		return rsa.EncryptOAEP(sha1.New(), rand.Reader, public, clear, nil)
	case paddingOAEPSHA256:
		return rsa.EncryptOAEP(sha256.New(), rand.Reader, public, clear, nil)
	default:
		//lint:ignore SA1019 iAM Smart wraps the key this way; the simulator has no choice
		return rsa.EncryptPKCS1v15(rand.Reader, public, clear)
	}
}

// expiresIn states a lifetime in milliseconds.
func (s *Simulator) expiresIn(issued time.Time, life time.Duration) int64 {
	if s.options.Variants.AbsoluteExpiry {
		return issued.UnixMilli() + life.Milliseconds()
	}
	return life.Milliseconds()
}

// revokeKey ends the CEK, if there is one.
func (s *Simulator) revokeKey(req *request) (any, error) {
	if err := noParameters(req.body); err != nil {
		return nil, err
	}
	if err := s.fault(req); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.client.key != nil {
		req.client.key.revoked = true
	}
	return nil, nil
}

// DropKey makes the simulator forget the CEK of a client, as a restart of the real system might. Calls under that key are then refused
// with D30002, which is no violation, until getKey makes a new one, and also after that.
func (s *Simulator) DropKey(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[clientID]; c != nil && c.key != nil {
		c.key.dropped = true
	}
}

// decrypt opens a content under the client's current CEK and notes its IV.
func (s *Simulator) decrypt(req *request, iv, sealed []byte) ([]byte, *contentKey, error) {
	s.mu.Lock()
	key, previous := req.client.key, req.client.previous
	stale := s.staleKey(key)
	s.mu.Unlock()
	if stale != nil {
		return nil, nil, stale
	}
	clear, err := openWith(key, iv, sealed)
	if err != nil {
		return nil, nil, notOpened(previous, iv, sealed)
	}
	if s.noteIV(key, iv) {
		s.journal.violation(req.call, asRefusal(ruleIVReuse.broken("an IV was used twice under one CEK")))
	}
	return clear, key, nil
}

// staleKey is the refusal of a key that cannot be used, or nil. The caller holds the lock.
func (s *Simulator) staleKey(key *contentKey) error {
	switch now := s.options.Now(); {
	case key == nil:
		return ruleCEKNone.broken("this client has no CEK yet")
	case key.dropped:
		return &refusal{code: ruleCEKEnded.code, detail: "announced by DropKey"}
	case key.revoked:
		return ruleCEKEnded.broken("the CEK was revoked")
	case !key.current(now):
		return ruleCEKEnded.broken("the CEK ended %v ago", now.Sub(key.ends))
	}
	return nil
}

// notOpened tells a client that still uses the key before from one that encrypts wrongly.
func notOpened(previous *contentKey, iv, sealed []byte) error {
	if previous != nil {
		if _, err := openWith(previous, iv, sealed); err == nil {
			if previous.dropped {
				return &refusal{code: ruleCEKEnded.code, detail: "announced by DropKey"}
			}
			return ruleCEKEnded.broken("the content is under the CEK before the current one")
		}
	}
	return ruleDecryptFailed.broken("the content does not open under the current CEK")
}

func openWith(key *contentKey, iv, sealed []byte) ([]byte, error) {
	gcm, err := key.gcm()
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, iv, sealed, nil)
}

// noteIV remembers an IV and reports whether it was there before. The simulator's own IVs count as well.
func (s *Simulator) noteIV(key *contentKey, iv []byte) (seen bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, seen = key.ivs.get(string(iv)); !seen {
		key.ivs.put(string(iv), struct{}{})
	}
	return seen
}
