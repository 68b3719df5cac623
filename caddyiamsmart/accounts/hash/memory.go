package hash

import (
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/go-crypt/x/argon2"
	"github.com/go-crypt/x/scrypt"
	"github.com/go-crypt/x/yescrypt"
)

// Bounds of the formats that are made to take memory.
const (
	maxMemory       = 256 << 20 // bytes
	maxArgon2Time   = 10
	maxParallel     = 16
	maxScryptMemory = 1 << 30 // bytes that are gone through, one lane after the other
)

var (
	argon2Text   = regexp.MustCompile(`^\$argon2(id|i|d)\$v=19\$m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,10})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)
	scryptText   = regexp.MustCompile(`^\$scrypt\$ln=([0-9]{1,3}),r=([0-9]{1,10}),p=([0-9]{1,10})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)
	yescryptText = regexp.MustCompile(`^\$y\$(j..)\$([./A-Za-z0-9]{4,86})\$([./A-Za-z0-9]{43})$`)
)

func parseArgon2(s Stored) (digest, error) {
	part, err := groups(argon2Text, s.Hash)
	if err != nil {
		return digest{}, err
	}
	memory, err := within(part[1], 8, maxMemory>>10) // KiB
	if err != nil {
		return digest{}, err
	}
	time, err := within(part[2], 1, maxArgon2Time)
	if err != nil {
		return digest{}, err
	}
	lanes, err := within(part[3], 1, maxParallel)
	if err != nil {
		return digest{}, err
	}
	salt, err := rawBase64(part[4], 8, 64)
	if err != nil {
		return digest{}, err
	}
	want, err := rawBase64(part[5], 16, 128)
	if err != nil {
		return digest{}, err
	}
	key := map[string]func(password, salt []byte, time, memory, threads, keyLen uint32) []byte{
		"id": argon2.IDKey, "i": argon2.IKey, "d": argon2.DKey,
	}[part[0]]
	return digest{want: want, salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return key(password, salt, uint32(time), uint32(memory), uint32(lanes), uint32(len(want))), nil
	}}, nil
}

func parseScrypt(s Stored) (digest, error) {
	part, err := groups(scryptText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	ln, err := within(part[0], 1, 24)
	if err != nil {
		return digest{}, err
	}
	r, err := within(part[1], 1, 64)
	if err != nil {
		return digest{}, err
	}
	p, err := within(part[2], 1, maxParallel)
	if err != nil {
		return digest{}, err
	}
	if memory := 128 * r << ln; memory > maxMemory || memory*p > maxScryptMemory {
		return digest{}, errTooCostly
	}
	salt, err := rawBase64(part[3], 4, 64)
	if err != nil {
		return digest{}, err
	}
	want, err := rawBase64(part[4], 16, 128)
	if err != nil {
		return digest{}, err
	}
	return digest{want: want, salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return scrypt.Key(password, salt, 1<<ln, r, p, len(want))
	}}, nil
}

// parseYescrypt takes the one set of flags that crypt(3) writes.
func parseYescrypt(s Stored) (digest, error) {
	part, err := groups(yescryptText, s.Hash)
	if err != nil {
		return digest{}, err
	}
	_, ln, r, err := yescrypt.DecodeSetting([]byte(part[0]))
	if err != nil || ln < 10 {
		return digest{}, errDamaged
	}
	if ln > 18 || r > 32 || 128*r<<ln > maxMemory {
		return digest{}, errTooCostly
	}
	salt, want := yescrypt.Decode64([]byte(part[1])), yescrypt.Decode64([]byte(part[2]))
	if len(salt) == 0 || len(want) != 32 {
		return digest{}, errDamaged
	}
	return digest{want: want, salt: len(salt), derive: func(password []byte) ([]byte, error) {
		return yescrypt.Key(password, salt, 1<<ln, r, 1, len(want))
	}}, nil
}

// rawBase64 decodes what is written without padding, and takes only a text that
// nobody could have written otherwise.
func rawBase64(text string, least, most int) ([]byte, error) {
	return decoded(base64.RawStdEncoding.Strict(), text, least, most)
}

// paddedBase64 decodes with or without padding.
func paddedBase64(text string, least, most int) ([]byte, error) {
	return decoded(base64.RawStdEncoding, strings.TrimRight(text, "="), least, most)
}

func decoded(encoding *base64.Encoding, text string, least, most int) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // which the decoder would pass over
		return nil, errDamaged
	}
	bytes, err := encoding.DecodeString(text)
	if err != nil || len(bytes) < least || len(bytes) > most {
		return nil, errDamaged
	}
	return bytes, nil
}
