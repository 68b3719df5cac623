package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// HKICKey hashes the numbers of identity cards for the lists that a home keeps
// outside the store. It comes of the root key alone, so that a list can be made
// without the store and serves a new one under the same root key. Neither Client
// ID nor app is a part of it: one list serves all homes of a group, and all that
// know the key belong to one installation. It is never shown, whatever it is
// printed with. The zero HKICKey is none.
type HKICKey struct{ key []byte }

// Format implements fmt.Formatter: no verb shows the key.
func (HKICKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// HKICKey derives the key for numbers of identity cards.
func (k RootKey) HKICKey() (HKICKey, error) {
	if k == (RootKey{}) {
		return HKICKey{}, errors.New("deriving key for identity card numbers: no root key given")
	}
	key, err := derive(k.key[:], sha256.Size, "hkic")
	if err != nil {
		return HKICKey{}, fmt.Errorf("deriving key for identity card numbers: %w", err)
	}
	return HKICKey{key}, nil
}

// Hash is HMAC-SHA256 of a number, which must be in its canonical form: two
// spellings of one number have nothing in common.
func (k HKICKey) Hash(canonical string) [32]byte {
	return [32]byte(mac(k.key, joined("hkic 1", canonical)))
}

// HKICHash is what [HKICKey.Hash] of the store's root key gives. It stays when the
// ring turns.
func (k *Keys) HKICHash(canonical string) [32]byte { return k.hkic.Hash(canonical) }
