package hash

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ASP.NET Identity writes Base64 of a byte for the version and what follows:
// version 2 a salt of 16 bytes and a key of 32; version 3 three numbers of four
// bytes (the function, the iterations, the length of the salt), salt and key.
const (
	identity2      = 0x00
	identity3      = 0x01
	identity2Bytes = 1 + 16 + 32
	identity3Head  = 1 + 3*4
	maxIdentity    = 1 + 3*4 + 64 + 64
)

func isIdentity(text string) bool {
	blob, err := identityBlob(text)
	return err == nil && (blob[0] == identity2 || blob[0] == identity3)
}

func identityBlob(text string) ([]byte, error) {
	return paddedBase64(text, sha256.Size+1, maxIdentity) // shorter ones are Membership's
}

func parseIdentity(s Stored) (digest, error) {
	blob, err := identityBlob(s.Hash)
	if err != nil {
		return digest{}, err
	}
	if blob[0] == identity2 {
		if len(blob) != identity2Bytes {
			return digest{}, errDamaged
		}
		return pbkdf2Digest(sha1.New, "1000", blob[1:17], blob[17:])
	}
	function, iterations, saltSize := binary.BigEndian.Uint32(blob[1:]), binary.BigEndian.Uint32(blob[5:]), binary.BigEndian.Uint32(blob[9:])
	functions := []func() hash.Hash{sha1.New, sha256.New, sha512.New}
	rest := blob[identity3Head:]
	if int64(function) >= int64(len(functions)) || saltSize < 16 || int64(saltSize)+16 > int64(len(rest)) {
		return digest{}, errDamaged
	}
	return pbkdf2Digest(functions[function], strconv.FormatUint(uint64(iterations), 10), rest[:saltSize], rest[saltSize:])
}

// ASP.NET Membership writes Base64 of the digest alone, and the salt beside it.
func isMembership(text string) bool {
	blob, err := paddedBase64(text, sha1.Size, sha256.Size)
	return err == nil && (len(blob) == sha1.Size || len(blob) == sha256.Size)
}

func parseMembership(s Stored) (digest, error) {
	want, err := paddedBase64(s.Hash, sha1.Size, sha256.Size)
	if err != nil {
		return digest{}, err
	}
	salt, err := paddedBase64(strings.TrimSpace(s.Salt), 8, 64)
	if err != nil {
		return digest{}, errSalt
	}
	plain := func(newHash func() hash.Hash) derive {
		return func(password []byte) ([]byte, error) {
			h := newHash()
			h.Write(salt)
			h.Write(utf16LE(password))
			return h.Sum(nil), nil
		}
	}
	if len(want) == sha1.Size {
		return digest{want: want, derive: plain(sha1.New)}, nil
	}
	// From .NET 4 on it is HMAC unless the configuration says otherwise, with the
	// salt repeated to fill the key. The table does not tell the two apart.
	key := make([]byte, sha256.BlockSize)
	for n := 0; n < len(key); {
		n += copy(key[n:], salt)
	}
	keyed := func(password []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, key)
		mac.Write(utf16LE(password))
		return mac.Sum(nil), nil
	}
	return digest{want: want, derive: keyed, also: plain(sha256.New)}, nil
}

func utf16LE(text []byte) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(string(text))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}
