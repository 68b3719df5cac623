package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrPath is what ParsePath returns, wrapped, for a path that no reading makes
// safe: it holds NUL or a broken escape, or has more readings than can be
// judged. Such a request is answered 400.
var ErrPath = errors.New("unusable path")

// Path is a request path in every form that a server might make of it. The zero
// value is under nothing and public nowhere.
type Path struct {
	came  string   // as the client sent it
	sent  string   // as it goes to the app
	other []string // all further readings; nil for plain paths
}

// ParsePath reads the path of a request: rawTarget is the request target as the
// client sent it (http.Request.RequestURI), u the URL that will be sent on,
// which earlier handlers may have changed. An empty rawTarget stands for u
// alone. A plain path costs no memory. The error wraps ErrPath and does not hold
// the path.
func ParsePath(u *url.URL, rawTarget string) (Path, error) {
	sent := u.EscapedPath()
	if sent == "" {
		sent = "/"
	}
	came := sent
	if rawTarget != "" {
		came = targetPath(rawTarget)
	}
	if u.Opaque != "" || !anchored(came) || !anchored(sent) {
		return Path{}, fmt.Errorf("reading path: it does not begin with a slash: %w", ErrPath)
	}
	if plain(came) && (came == sent || plain(sent)) {
		return Path{came: came, sent: sent}, nil
	}
	other, err := readings(came, sent)
	if err != nil {
		return Path{}, fmt.Errorf("reading path: %w", err)
	}
	return Path{came: came, sent: sent, other: other}, nil
}

// targetPath cuts the path out of a request target (RFC 9112, section 3.2),
// escapes untouched. It returns "" where there is none.
func targetPath(target string) string {
	if target[0] != '/' && target != "*" {
		scheme, rest, absolute := strings.Cut(target, "://")
		if !absolute || strings.ContainsAny(scheme, "/?#%") {
			return ""
		}
		slash := strings.IndexAny(rest, "/?")
		if slash < 0 || rest[slash] == '?' {
			return "/"
		}
		target = rest[slash:]
	}
	path, _, _ := strings.Cut(target, "?")
	return path
}

// anchored tells whether p is a path from the root, or the "*" of OPTIONS.
func anchored(p string) bool {
	return p == "*" || strings.HasPrefix(p, "/")
}

// Exact returns the path as the client sent it, in escaped form.
func (p Path) Exact() string { return p.came }

// Under tells whether any reading of the path is prefix or lies below it, in
// whatever case. "/" and "" hold everything.
func (p Path) Under(prefix string) bool {
	prefix = strings.TrimRight(prefix, "/")
	if prefix == "" || under(p.came, prefix) || under(p.sent, prefix) {
		return true
	}
	for _, reading := range p.other {
		if under(reading, prefix) {
			return true
		}
	}
	return false
}

// Is tells whether any reading of the path is the path named, in whatever case
// and with or without a slash at its end.
func (p Path) Is(named string) bool {
	same := func(reading string) bool {
		return strings.EqualFold(strings.TrimRight(reading, "/"), strings.TrimRight(named, "/"))
	}
	return same(p.came) || same(p.sent) || slices.ContainsFunc(p.other, same)
}

// under walks reading and prefix together, letter by letter, since the two
// cases of a letter may differ in length.
func under(reading, prefix string) bool {
	for prefix != "" {
		if reading == "" {
			return false
		}
		a, b := reading[0], prefix[0]
		if a < utf8.RuneSelf && b < utf8.RuneSelf {
			if a != b && lowerASCII(a) != lowerASCII(b) {
				return false
			}
			reading, prefix = reading[1:], prefix[1:]
			continue
		}
		r1, n1 := utf8.DecodeRuneInString(reading)
		r2, n2 := utf8.DecodeRuneInString(prefix)
		if !sameLetter(r1, r2) || (r1 == utf8.RuneError && a != b) {
			return false
		}
		reading, prefix = reading[n1:], prefix[n2:]
	}
	return reading == "" || reading[0] == '/'
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func sameLetter(a, b rune) bool {
	return a == b || unicode.ToLower(a) == unicode.ToLower(b) || unicode.ToUpper(a) == unicode.ToUpper(b)
}

// plain tells whether p has exactly one reading: letters, digits, '_', '-' and
// dots, single slashes, and no dot at the end of a segment.
func plain(p string) bool {
	last := byte(0)
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case foldedByte[c] != 0 || c == '-' || c == '_' || c == '.':
		case c == '/' && last != '/' && last != '.':
		default:
			return false
		}
		last = c
	}
	return last != '.'
}
