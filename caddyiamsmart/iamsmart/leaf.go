package iamsmart

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxLeaf bounds one value of an answer about a person, in bytes.
const maxLeaf = 1024

// leaf is one value of an answer about a person: a string, and where other systems write a number or a boolean, its digits or
// its word. Blanks around it are taken off. It is bounded and in one line, whatever iAM Smart let somebody type.
type leaf string

var errNotALeaf = errors.New("a value is too long, has control characters, or is neither text nor number")

func (l *leaf) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	switch {
	case text == "null":
		return nil
	case raw[0] == '"':
		if json.Unmarshal(raw, &text) != nil {
			return errNotALeaf
		}
	case raw[0] == '{' || raw[0] == '[':
		return errNotALeaf
	}
	return l.set(text)
}

func (l *leaf) set(text string) error {
	text = strings.TrimSpace(text)
	if len(text) > maxLeaf || strings.ContainsFunc(text, unicode.IsControl) {
		return errNotALeaf
	}
	*l = leaf(text)
	return nil
}

func (l leaf) personal() Personal {
	if l == "" {
		return Personal{}
	}
	return Personal{hide(string(l))}
}

// readMoment reads milliseconds since 1970; no text, and zero, are no time.
func readMoment(l leaf) (time.Time, error) {
	if l == "" {
		return time.Time{}, nil
	}
	moment, err := strconv.ParseInt(string(l), 10, 64)
	if err != nil || moment < 0 || moment > latestMoment {
		return time.Time{}, errors.New("a date is no time in milliseconds")
	}
	if moment == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(moment), nil
}
