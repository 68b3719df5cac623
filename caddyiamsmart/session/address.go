package session

import (
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strings"
	"time"
)

// maxAddress bounds an address to return to, in bytes.
const maxAddress = 512

// Address makes a request target (path and query) safe to return to after
// login: it must be a path of this host. Anything else becomes "/": longer than
// 512 bytes, an authority in disguise (//, /\, dots or escapes that resolve to
// one), control characters and blanks, or a page under the gate's own prefix,
// which would loop.
func Address(target, prefix string) string {
	if len(target) > maxAddress || !strings.HasPrefix(target, "/") {
		return "/"
	}
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c == 0x7f || c == '#' {
			return "/"
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if _, err := url.PathUnescape(path); err != nil || strings.Contains(path, "\\") {
		return "/"
	}
	for range 3 { // as often as a careless server behind might decode
		if disguised(path, prefix) {
			return "/"
		}
		again := decoded(path)
		if again == path {
			return target
		}
		path = again
	}
	return "/"
}

// decoded takes one layer of escapes off a path. A percent sign that begins no
// escape stands for itself, as in the second reading of /100%25.
func decoded(path string) string {
	var b strings.Builder
	for len(path) > 0 {
		if len(path) >= 3 && path[0] == '%' {
			if c, err := hex.DecodeString(path[1:3]); err == nil {
				b.WriteByte(c[0])
				path = path[3:]
				continue
			}
		}
		b.WriteByte(path[0])
		path = path[1:]
	}
	return b.String()
}

// disguised tells whether a reading of a path names another host, climbs, or
// lies under the gate's own prefix. A backslash is read as a slash and not
// refused as such: it is the second byte of many a Big5 character.
func disguised(path, prefix string) bool {
	path = strings.ReplaceAll(path, "\\", "/")
	if strings.ContainsAny(path, "\x00\r\n\t") || strings.HasPrefix(path, "//") {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ";")
		if name == ".." || name == "." {
			return true
		}
	}
	lower := strings.ToLower(path)
	return lower == prefix || strings.HasPrefix(lower, prefix+"/")
}

// Return is where a person goes after login, and how many rounds of login this
// browser has made without success. It travels sealed in a form field.
type Return struct {
	Address string
	Round   int
}

// returnLife is how long a login page may stay open: a shift and more. Older
// ones get a fresh page, not an error.
const returnLife = 24 * time.Hour

// SealReturn seals where to go for a hidden form field. The address must have
// come through [Address].
func (m *Manager) SealReturn(to Return) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(m.now().UnixMilli()))
	plain = append(plain, byte(to.Round))
	sealed, err := m.returns.seal(append(plain, to.Address...))
	if err != nil {
		return "" // only a key of a wrong length fails; the start then asks again
	}
	return sealed
}

// OpenReturn opens a form field that SealReturn made. It is false for anything
// else; the second result is false when the page is older than a day.
func (m *Manager) OpenReturn(sealed string) (to Return, fresh, ok bool) {
	plain, err := m.returns.open(sealed)
	if err != nil || len(plain) < 10 {
		return Return{Address: "/"}, false, false
	}
	made := time.UnixMilli(int64(binary.BigEndian.Uint64(plain)))
	age := m.now().Sub(made)
	to = Return{Round: int(plain[8]), Address: string(plain[9:])}
	return to, age < returnLife && age > -clockSkew, true
}
