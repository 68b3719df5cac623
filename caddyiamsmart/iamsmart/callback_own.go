package iamsmart

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"errors"
)

// openCallback opens a content with the key that came beside it, wrapped for one of our certificates.
//
// Here strangers can send what they like and watch. With PKCS#1 v1.5 padding, the least sign of whether a padding was right
// would let them decrypt whatever was ever wrapped for us, content keys among it. So a wrong padding yields a random key; every
// key in every form is tried on the content, whether or not one has opened it already; and only whether the content opened
// shows, which takes knowing the key.
func (u unwrapper) openCallback(secretKey string, framed []byte) ([]byte, error) {
	wrapped, err := base64.StdEncoding.DecodeString(secretKey)
	if err != nil || len(wrapped) == 0 {
		return nil, errors.New("secretKey is missing or not Base64")
	}
	var plain []byte
	for _, key := range u.keys.get() {
		for _, candidate := range u.sessionKeys(key, wrapped) {
			sealing, err := newSealing(candidate)
			if err != nil {
				continue // never: each has 32 bytes
			}
			if opened, err := sealing.openFramed(framed); err == nil {
				plain = opened
			}
		}
	}
	if plain == nil {
		return nil, errors.New("the content does not open with the key beside it")
	}
	return plain, nil
}

// sessionKeys are what one of our keys makes of a wrapped key: as many as there are forms, random ones where it does not fit.
func (u unwrapper) sessionKeys(key *Encipherment, wrapped []byte) [][]byte {
	wrapped = trimToSize(wrapped, key.private.Size())
	if u.padding() != nil {
		return [][]byte{u.unpadOAEP(key, wrapped)}
	}
	var keys [][]byte
	if u.protocol.KeyText != "base64" {
		raw := randomKey()
		// An error says that the length or the size of the number is wrong, which the sender knows; the key is random then.
		//lint:ignore SA1019 it is what iAM Smart uses; see above
		_ = rsa.DecryptPKCS1v15SessionKey(nil, key.private, wrapped, raw)
		keys = append(keys, raw)
	}
	if u.protocol.KeyText != "raw" {
		text := make([]byte, textKeyLength)
		//lint:ignore SA1019 as above
		_ = rsa.DecryptPKCS1v15SessionKey(nil, key.private, wrapped, text)
		keys = append(keys, keyOfText(text))
	}
	return keys
}

// unpadOAEP needs less care: this padding was made so that a wrong one teaches nothing.
func (u unwrapper) unpadOAEP(key *Encipherment, wrapped []byte) []byte {
	if plain, err := key.private.Decrypt(nil, wrapped, u.padding()); err == nil {
		if cek, ok := contentKey(u.protocol.KeyText, plain); ok {
			return cek
		}
	}
	return randomKey()
}

func randomKey() []byte {
	key := make([]byte, cekLength)
	_, _ = rand.Read(key) // never fails, by its documentation
	return key
}

// textKeyLength is that of the Base64 of a content key: 43 letters and one sign of padding.
const textKeyLength = 44

// keyOfText decodes the Base64 of a key, and gives a random key for any other text. It takes the same steps for every text,
// which those of the standard library do not.
func keyOfText(text []byte) []byte {
	key := randomKey()
	decoded := make([]byte, 0, cekLength+1)
	valid := subtle.ConstantTimeByteEq(text[textKeyLength-1], '=')
	bits, held := 0, 0
	for _, c := range text[:textKeyLength-1] {
		value, ok := sextet(int(c))
		valid &= ok
		bits, held = bits<<6|value, held+6
		if held >= 8 {
			held -= 8
			decoded = append(decoded, byte(bits>>held))
			bits &= 1<<held - 1
		}
	}
	valid &= subtle.ConstantTimeEq(int32(bits), 0)
	subtle.ConstantTimeCopy(valid, key, decoded)
	return key
}

// sextet gives the value of one letter of Base64, without branches on it.
func sextet(c int) (value, ok int) {
	ranges := []struct{ first, last, value int }{{'A', 'Z', 0}, {'a', 'z', 26}, {'0', '9', 52}, {'+', '+', 62}, {'/', '/', 63}}
	for _, r := range ranges {
		in := subtle.ConstantTimeLessOrEq(r.first, c) & subtle.ConstantTimeLessOrEq(c, r.last)
		value |= -in & (r.value + c - r.first)
		ok |= in
	}
	return value, ok
}
