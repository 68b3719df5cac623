package simulator

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	ivPrefix = 4
	ivSize   = 12
	tagSize  = 16
)

// open takes the clear text out of a body {"content":"…"}, and with it returns the CEK that opened it, for the answer.
func (s *Simulator) open(req *request) ([]byte, *contentKey, error) {
	content, err := contentMember(req.body)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(content)
	if err != nil || bytes.ContainsAny([]byte(content), "\r\n") {
		return nil, nil, ruleContentBase64.broken("content is not strict Base64")
	}
	if len(sealed) < ivPrefix+ivSize+tagSize {
		return nil, nil, ruleContentLength.broken("content has %d bytes, fewer than %d", len(sealed), ivPrefix+ivSize+tagSize)
	}
	if size := binary.BigEndian.Uint32(sealed); size != ivSize {
		return nil, nil, ruleContentIV.broken("the IV length is %d", size)
	}
	return s.decrypt(req, sealed[ivPrefix:ivPrefix+ivSize], sealed[ivPrefix+ivSize:])
}

func contentMember(body []byte) (string, error) {
	members, err := parseObject(body)
	if err != nil {
		return "", ruleBodyJSON.broken("the body is no proper JSON object: %v", err)
	}
	raw, there := members["content"]
	for name := range members {
		if name != "content" {
			return "", ruleBodyUnknown.broken("the body holds %q", clip(name))
		}
	}
	if !there {
		return "", ruleBodyMissing.broken("the body has no content")
	}
	content, ok := stringValue(raw)
	if !ok {
		return "", ruleBodyType.broken("content is no string")
	}
	if content == "" {
		return "", ruleBodyEmpty.broken("content is empty")
	}
	return content, nil
}

// parseObject splits a JSON object into its members. Unlike a plain Unmarshal it is exact about case and refuses doubled members,
// broken UTF-8 and anything that follows the object.
func parseObject(text []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("no object")
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, errors.New("a member has no name")
		}
		if _, twice := members[name]; twice {
			return nil, errors.New("a member is there twice")
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errors.New("a value is malformed")
		}
		members[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errors.New("the object does not end")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return members, nil
}

// stringValue is a JSON value as a string; null is none.
func stringValue(raw json.RawMessage) (value string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return value, json.Unmarshal(raw, &value) == nil
}

// seal encrypts the content of an answer, which is an object.
func (s *Simulator) seal(req *request, key *contentKey, content any) (string, error) {
	clear, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	if s.extra(req.fault) {
		clear = append(clear[:len(clear)-1], `,"simulatorExtra":{"one":[1,2],"two":null}}`...) // no content is empty
	}
	gcm, err := key.gcm()
	if err != nil {
		return "", err
	}
	out := binary.BigEndian.AppendUint32(nil, ivSize)
	iv := make([]byte, ivSize)
	_, _ = rand.Read(iv) // never fails: the program ends instead
	s.noteIV(key, iv)
	out = append(out, iv...)
	return base64.StdEncoding.EncodeToString(gcm.Seal(out, iv, clear, nil)), nil
}

func (k *contentKey) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
