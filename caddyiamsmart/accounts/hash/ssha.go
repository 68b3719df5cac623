package hash

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
)

const maxSSHASalt = 64 // bytes

// parseSSHA reads what LDAP servers write: Base64 of digest and salt.
func parseSSHA(s Stored) (digest, error) {
	scheme, text, _ := strings.Cut(strings.TrimPrefix(s.Hash, "{"), "}")
	newHash := map[string]func() hash.Hash{"SSHA": sha1.New, "SSHA256": sha256.New, "SSHA512": sha512.New}[scheme]
	if newHash == nil {
		return digest{}, errDamaged
	}
	size := newHash().Size()
	blob, err := paddedBase64(text, size+1, size+maxSSHASalt)
	if err != nil {
		return digest{}, err
	}
	return digest{want: blob[:size], derive: func(password []byte) ([]byte, error) {
		h := newHash()
		h.Write(password)
		h.Write(blob[size:])
		return h.Sum(nil), nil
	}}, nil
}
