package upstream

import (
	"errors"
	"fmt"
	"strings"
)

// Public is the list of paths that need no login. A nil or empty Public opens
// nothing.
type Public struct {
	patterns []pattern
}

type pattern struct {
	path   string // with the slash at its end for a folder
	folder bool
}

// maxPattern bounds a pattern, in bytes, so that the path which it names is short
// enough to be judged in every reading.
const maxPattern = 1024

// NewPublic reads patterns: "/exact" opens that one path, "/folder/*" all that
// lies below /folder/ and /folder/ itself. Patterns are plain text as the app
// sees it, without escapes, query, dot segments or anything else that servers
// read in different ways: such a pattern could never open anything. "/*" opens
// everything.
func NewPublic(patterns []string) (*Public, error) {
	p := &Public{}
	for _, text := range patterns {
		parsed, err := parsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("reading path %q: %w", text, err)
		}
		p.patterns = append(p.patterns, parsed)
	}
	return p, nil
}

func parsePattern(text string) (pattern, error) {
	path, folder := text, false
	if strings.HasSuffix(text, "/*") {
		path, folder = strings.TrimSuffix(text, "*"), true
	}
	switch {
	case len(text) > maxPattern:
		return pattern{}, errors.New("it is longer than 1,024 bytes")
	case !strings.HasPrefix(path, "/"):
		return pattern{}, errors.New("it must begin with a slash")
	case strings.Contains(path, "*"):
		return pattern{}, errors.New(`a star stands at the end only, for all of a folder: "/folder/*"`)
	case strings.Contains(path, "%"):
		return pattern{}, errors.New("write it without escapes, as the app names it")
	case strings.ContainsAny(path, "?#"):
		return pattern{}, errors.New("only the path is judged; leave out the query and the fragment")
	case strings.Contains(path, "//"):
		return pattern{}, errors.New("it holds a double slash")
	case resolveDots(path) != path:
		return pattern{}, errors.New(`it holds "." or ".." as a segment`)
	}
	if other, err := readings(path, path); err != nil || len(other) > 0 {
		return pattern{}, errors.New("servers read it in different ways (parameters, backslashes, look-alike characters, blanks or dots at the end of a segment), so it could never open")
	}
	return pattern{path: path, folder: folder}, nil
}

// Open tells whether path needs no login: every reading of it must match a
// pattern, in the pattern's own case. (A server that ignores case finds nothing
// else under a name that matches letter by letter.)
func (p *Public) Open(path Path) bool {
	if p == nil || !p.matches(path.came) || !p.matches(path.sent) {
		return false
	}
	for _, reading := range path.other {
		if !p.matches(reading) {
			return false
		}
	}
	return true
}

func (p *Public) matches(reading string) bool {
	for _, pat := range p.patterns {
		if rest, ok := cutPattern(reading, pat.path); ok && (pat.folder || rest == "") {
			return true
		}
	}
	return false
}

// cutPattern cuts the pattern off the front of reading. A character that has to
// be escaped in a URL also matches its escape; a letter or a slash does not.
func cutPattern(reading, pattern string) (rest string, ok bool) {
	for pattern != "" {
		if reading == "" {
			return "", false
		}
		if reading[0] == pattern[0] {
			reading, pattern = reading[1:], pattern[1:]
			continue
		}
		c, escaped := escapedByte(reading)
		if !escaped || c != pattern[0] || unreserved(c) {
			return "", false
		}
		reading, pattern = reading[3:], pattern[1:]
	}
	return reading, true
}

// unreserved names the bytes that a client has no reason to escape.
func unreserved(c byte) bool {
	return foldedByte[c] != 0 || strings.IndexByte("/-._~", c) >= 0
}
