package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Keys derives, seals and hashes with the key ring of a store. The newest key
// of the ring seals, all open. Its methods may be called from many goroutines;
// it is never shown, whatever it is printed with.
//
// Labels say what a key is for (purpose, realm, app, host): values sealed or
// keys derived under other labels have nothing in common, and ("a", "bc")
// differs from ("ab", "c").
type Keys struct {
	ring        []ringRow // newest first, at least one
	person      []byte
	pseudonym   []byte
	subject     []byte
	hkic        HKICKey // of the root key, see hkic.go
	linksSealed bool    // every link that counts has a seal
}

// Format implements fmt.Formatter: no verb shows a key.
func (Keys) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

var errSealed = errors.New("opening sealed value: not sealed by this store for this purpose, or altered")

func newKeys(rows []ringRow) (*Keys, error) {
	k := &Keys{}
	var lookup []byte
	for _, r := range rows {
		switch r.purpose {
		case ringPurpose:
			k.ring = append(k.ring, r)
		case lookupPurpose:
			lookup, k.linksSealed = r.key, true
		case lookupUnsealed:
			if lookup == nil {
				lookup = r.key
			}
		}
	}
	if len(k.ring) == 0 || lookup == nil {
		return nil, fmt.Errorf("opening key ring: %w: a key is missing: restore the store from a backup", ErrDamaged)
	}
	var err error
	if k.person, err = derive(lookup, sha256.Size, "person"); err != nil {
		return nil, fmt.Errorf("deriving look-up key: %w", err)
	}
	if k.pseudonym, err = derive(lookup, sha256.Size, "pseudonym"); err != nil {
		return nil, fmt.Errorf("deriving look-up key: %w", err)
	}
	if k.subject, err = derive(lookup, sha256.Size, "subject"); err != nil {
		return nil, fmt.Errorf("deriving look-up key: %w", err)
	}
	return k, nil
}

// Derive returns, for each key of the ring and newest first, a key of n bytes
// (1 to 8160) for the purpose that the labels name: HKDF with SHA-256
// (RFC 5869). Any other n gives nil.
func (k *Keys) Derive(n int, labels ...string) [][]byte {
	if n < 1 {
		return nil
	}
	keys := make([][]byte, 0, len(k.ring))
	for _, r := range k.ring {
		key, err := derive(r.key, n, append([]string{"derive"}, labels...)...)
		if err != nil {
			return nil
		}
		keys = append(keys, key)
	}
	return keys
}

// Seal encrypts plain with the newest key (AES-256-GCM), to be opened under
// the same labels only. It adds 32 bytes: the key's number, a random nonce and
// the tag.
func (k *Keys) Seal(plain []byte, labels ...string) []byte {
	newest := k.ring[0]
	aead, err := newAEAD(newest.key, append([]string{"seal"}, labels...)...)
	if err != nil {
		return nil // cannot happen, all lengths are fixed; and nil opens nowhere
	}
	number := binary.BigEndian.AppendUint32(nil, newest.number)
	return aead.Seal(number, nil, plain, number)
}

// Open decrypts what Seal made under the same labels, with any key of the
// ring. Whatever else it is given is an error that tells no reason.
func (k *Keys) Open(sealed []byte, labels ...string) ([]byte, error) {
	if len(sealed) < 4 {
		return nil, errSealed
	}
	number, rest := sealed[:4], sealed[4:]
	for _, r := range k.ring {
		if r.number != binary.BigEndian.Uint32(number) {
			continue
		}
		aead, err := newAEAD(r.key, append([]string{"seal"}, labels...)...)
		if err != nil {
			return nil, errSealed
		}
		plain, err := aead.Open(nil, nil, rest, number)
		if err != nil {
			return nil, errSealed
		}
		return plain, nil
	}
	return nil, errSealed
}

// PersonHash is under which a store knows a person: HMAC-SHA256 with a key
// that stays when the ring turns. Equal openIDs of two Client IDs have nothing
// in common.
func (k *Keys) PersonHash(clientID, openID string) [32]byte {
	return [32]byte(mac(k.person, joined(clientID, openID)))
}

// SubjectHash is under which a store counts tries for what somebody typed or
// where they came from. Its key stays when the ring turns, so that turning it
// gives nobody new tries.
func (k *Keys) SubjectHash(of Scope, clientID, app, text string) [32]byte {
	return [32]byte(mac(k.subject, joined(string(of), clientID, app, text)))
}

// Pseudonym is a name for the person that apps may see: 26 characters a-z and
// 2-7, the same at every login, another one in each app and Client ID, and not
// to be traced back to the person's hash. Lower case only, because many apps
// fold user names.
func (k *Keys) Pseudonym(person [32]byte, clientID, app string) string {
	sum := mac(k.pseudonym, joined(string(person[:]), clientID, app))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

func mac(key []byte, message string) []byte {
	m := hmac.New(sha256.New, key)
	io.WriteString(m, message)
	return m.Sum(nil)
}

func derive(key []byte, n int, labels ...string) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, joined(labels...), n)
}

// newAEAD gives AES-256-GCM with a nonce that it draws and prepends itself.
func newAEAD(key []byte, labels ...string) (cipher.AEAD, error) {
	derived, err := derive(key, 32, labels...)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// joined puts each label's length before it, so that no two lists of labels
// join to the same text.
func joined(labels ...string) string {
	var b []byte
	for _, l := range labels {
		b = binary.BigEndian.AppendUint64(b, uint64(len(l)))
		b = append(b, l...)
	}
	return string(b)
}
