package iamsmart

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// ivLength is the only length of the initialisation vector that the protocol allows, in bytes.
const ivLength = 12

// sealing is the cipher of one content key: AES-256-GCM. It draws a random vector for every message and writes it in front
// of the cipher text; one key serves a day at most, far below the 2^32 messages that random vectors allow.
type sealing struct {
	aead cipher.AEAD
}

func newSealing(key []byte) (sealing, error) {
	if len(key) != cekLength {
		return sealing{}, errors.New("content key is not of 256 bits")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealing{}, fmt.Errorf("making cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealing{}, fmt.Errorf("making cipher: %w", err)
	}
	return sealing{aead}, nil
}

// seal gives a `content`: Base64 of the vector's length as four bytes, the vector, the cipher text and the tag.
func (s sealing) seal(plain []byte) string {
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(plain)+s.aead.Overhead()), ivLength)
	return base64.StdEncoding.EncodeToString(s.aead.Seal(framed, nil, plain, nil))
}

// errOtherKey is what a content that is in form, and sealed with another key, gives.
var errOtherKey = errors.New("content does not open with the content key")

// open gives the clear text of a `content`. Nothing of it is in the errors.
func (s sealing) open(content string) ([]byte, error) {
	framed, err := unframe(content)
	if err != nil {
		return nil, err
	}
	return s.openFramed(framed)
}

// frameOverhead is what a vector and a tag add to a clear text.
const frameOverhead = ivLength + 16

// unframe takes vector, cipher text and tag out of a `content`.
func unframe(content string) ([]byte, error) {
	framed, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return nil, errors.New("content is not Base64")
	}
	if len(framed) < 4+frameOverhead {
		return nil, errors.New("content is too short")
	}
	if binary.BigEndian.Uint32(framed) != ivLength {
		return nil, errors.New("content has an initialisation vector that is not 12 bytes long")
	}
	return framed[4:], nil
}

// openFramed opens what unframe gave, and leaves it as it is.
func (s sealing) openFramed(framed []byte) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, framed, nil)
	if err != nil {
		return nil, errOtherKey
	}
	return plain, nil
}
