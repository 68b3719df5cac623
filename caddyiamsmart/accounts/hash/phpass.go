package hash

import (
	"crypto/md5"
	"crypto/sha512"
	"hash"
	"strings"
)

const (
	phpassAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	maxPhpassLog2  = 20 // binary logarithm of the rounds
)

// parsePhpass reads what the portable PHP password hashing framework writes:
// three characters of identification, one of cost, eight of salt, the digest.
func parsePhpass(s Stored) (digest, error) {
	newHash, length := md5.New, 34
	if strings.HasPrefix(s.Hash, "$S$") { // Drupal: another function, cut to 55
		newHash, length = sha512.New, 55
	}
	if len(s.Hash) != length || strings.Trim(s.Hash[3:], phpassAlphabet) != "" {
		return digest{}, errDamaged
	}
	cost := strings.IndexByte(phpassAlphabet, s.Hash[3])
	switch {
	case cost < 7:
		return digest{}, errDamaged
	case cost > maxPhpassLog2:
		return digest{}, errTooCostly
	}
	salt, want := []byte(s.Hash[4:12]), s.Hash[12:]
	return digest{want: []byte(want), derive: func(password []byte) ([]byte, error) {
		return []byte(phpassBase64(phpassSum(newHash, salt, password, 1<<cost))[:len(want)]), nil
	}}, nil
}

func phpassSum(newHash func() hash.Hash, salt, password []byte, rounds int) []byte {
	h := newHash()
	h.Write(salt)
	h.Write(password)
	sum := h.Sum(nil)
	for range rounds {
		h.Reset()
		h.Write(sum)
		h.Write(password)
		sum = h.Sum(sum[:0])
	}
	return sum
}

// phpassBase64 writes three bytes as four characters, the lowest six bits first.
func phpassBase64(sum []byte) string {
	var out strings.Builder
	for i := 0; i < len(sum); i += 3 {
		var value uint
		group := sum[i:min(i+3, len(sum))]
		for j, b := range group {
			value |= uint(b) << (8 * j)
		}
		for range len(group) + 1 {
			out.WriteByte(phpassAlphabet[value&63])
			value >>= 6
		}
	}
	return out.String()
}
