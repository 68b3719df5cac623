package hash

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// Bounds of a digest in brackets.
const (
	maxExpression = 128 // characters
	maxDepth      = 4   // digests in one another
	maxParts      = 4   // of one digest
)

var functions = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

var errSalt = errors.New("the salt beside it is missing or damaged")

// expression is a digest as an app writes it in its own code: a function of the
// password, the salt and other digests, these in lower-case hexadecimal.
type expression struct {
	word  string // "password", "salt", or of a function
	parts []expression
}

// parseExpression reads function(part+part…), where a part is password, salt or
// a function again. The password has to be in it.
func parseExpression(text string) (expression, error) {
	if len(text) > maxExpression {
		return expression{}, errors.New("it is too long")
	}
	e, rest, err := readExpression(text, 1)
	switch {
	case err != nil:
		return expression{}, err
	case rest != "":
		return expression{}, errors.New("nothing may follow the closing bracket")
	case !e.holds("password"):
		return expression{}, errors.New("'password' is missing in it")
	}
	return e, nil
}

func readExpression(text string, depth int) (e expression, rest string, err error) {
	end := strings.IndexAny(text, "(+)")
	if end < 0 {
		end = len(text)
	}
	e.word, rest = text[:end], text[end:]
	if functions[e.word] == nil {
		if depth > 1 && (e.word == "password" || e.word == "salt") {
			return e, rest, nil
		}
		return e, "", errors.New("expected md5(…), sha1(…), sha256(…) or sha512(…) of password, salt or another of these, joined by +")
	}
	if depth > maxDepth {
		return e, "", fmt.Errorf("more than %d digests are in one another", maxDepth)
	}
	if !strings.HasPrefix(rest, "(") {
		return e, "", fmt.Errorf("( is missing after %s", e.word)
	}
	for {
		var part expression
		if part, rest, err = readExpression(rest[1:], depth+1); err != nil {
			return e, "", err
		}
		e.parts = append(e.parts, part)
		switch {
		case len(e.parts) > maxParts:
			return e, "", fmt.Errorf("a digest has more than %d parts", maxParts)
		case strings.HasPrefix(rest, ")"):
			return e, rest[1:], nil
		case !strings.HasPrefix(rest, "+"):
			return e, "", errors.New(") is missing")
		}
	}
}

func (e expression) holds(word string) bool {
	return e.word == word || slices.ContainsFunc(e.parts, func(p expression) bool { return p.holds(word) })
}

func (e expression) hexLength() int { return 2 * functions[e.word]().Size() }

// is tells a digest by its length, the case of its letters aside.
func (e expression) is(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == e.hexLength()
}

func (e expression) parse(s Stored) (digest, error) {
	if e.holds("salt") && s.Salt == "" {
		return digest{}, errSalt
	}
	return digest{want: []byte(strings.ToLower(s.Hash)), derive: func(password []byte) ([]byte, error) {
		return e.value(password, []byte(s.Salt)), nil
	}}, nil
}

func (e expression) value(password, salt []byte) []byte {
	switch e.word {
	case "password":
		return password
	case "salt":
		return salt
	}
	h := functions[e.word]()
	for _, p := range e.parts {
		h.Write(p.value(password, salt))
	}
	return hex.AppendEncode(nil, h.Sum(nil))
}
