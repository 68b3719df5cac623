package iamsmart

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// maxBusinessID is the documents' bound, in bytes.
const maxBusinessID = 36

// RequestID names one request, and is how its callback is known. Neither part must ever reach a browser: whoever knows them
// can claim to be the answer. BusinessID finds the request that waits; [RequestID.Matches] decides.
type RequestID struct {
	// BusinessID is at most 36 visible ASCII characters, used once.
	BusinessID string
	// State is at most 36 of A-Z a-z 0-9 _ -.
	State Secret
}

// NewRequestID draws two fresh values of 128 random bits, 32 hex digits each.
func NewRequestID() RequestID {
	return RequestID{BusinessID: randomHex(), State: NewSecret(randomHex())}
}

func randomHex() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	return hex.EncodeToString(id[:])
}

// Matches tells whether a callback answers this request: business ID and state are those that were sent, compared in constant
// time. A failure may come without a state, since iAM Smart then sends what is essential only; never a success. An empty
// RequestID matches nothing.
func (id RequestID) Matches(c Callback) bool {
	if id.BusinessID == "" || id.State.Reveal() == "" {
		return false
	}
	business := sameText(id.BusinessID, c.BusinessID)
	state := sameText(id.State.Reveal(), c.State.Reveal())
	if c.Failure != nil && c.State.Reveal() == "" {
		state = 1
	}
	return business&state == 1
}

// sameText gives 1 for equal texts. Hashing first hides how long they are.
func sameText(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
