package upstream

import (
	"net/http"
	"strings"
)

// StripCookies removes from Cookie each pair in which a lenient parser might find
// a name that begins with prefix, in whatever case and behind whatever no name
// holds, and each in which it might find a cookie that is withheld. All other
// bytes stay as they came, separate lines stay separate, and a line with nothing
// left goes. The prefix is not empty and begins with no letter.
func StripCookies(h http.Header, prefix string, withheld *AppCookies) {
	rewriteCookies(h, func(pair string) cut {
		return cut{drop: holdsPrefix(pair, prefix) || withheld.named(pair) || withheld.hidden(pair)}
	})
}

// cut says what goes of a pair: pair[from:to], or all of it.
type cut struct {
	from, to int
	drop     bool
}

// rewriteCookies takes from the Cookie lines what judge says of each pair.
func rewriteCookies(h http.Header, judge func(pair string) cut) {
	lines, found := h["Cookie"]
	if !found {
		return
	}
	kept := lines[:0]
	for _, line := range lines {
		rest := rewriteLine(line, judge)
		if len(rest) == len(line) || strings.Trim(rest, " \t;") != "" {
			kept = append(kept, rest)
		}
	}
	if len(kept) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = kept
}

// rewriteLine copies only where what stays is in more than one piece.
func rewriteLine(line string, judge func(pair string) cut) string {
	var kept pieces
	begin, end := 0, -1 // the piece that stays; end is -1 before its first pair
	for start := 0; start <= len(line); {
		stop := pairEnd(line, start)
		switch c := judge(line[start:stop]); {
		case c.drop:
			if end >= 0 {
				kept.add(line[begin:end], len(line))
			}
			begin, end = stop+1, -1
		case c.from < c.to:
			kept.add(line[begin:start+c.from], len(line))
			kept.torn = true
			begin, end = start+c.to, stop
		default:
			end = stop
		}
		start = stop + 1
	}
	if begin == 0 {
		return line
	}
	if end >= 0 {
		kept.add(line[begin:end], len(line))
	}
	return kept.line()
}

// pieces is a cookie line in the making. A single piece is not copied.
type pieces struct {
	count  int
	first  string
	torn   bool            // the next piece goes on within a pair
	joined strings.Builder // in use once there is a second
}

func (p *pieces) add(piece string, size int) {
	torn := p.torn
	p.torn = false
	if torn && piece == "" {
		return
	}
	p.count++
	switch p.count {
	case 1:
		p.first = strings.TrimLeft(piece, " \t") // no blank begins a line
		return
	case 2:
		p.joined.Grow(size)
		p.joined.WriteString(p.first)
	}
	if !torn {
		p.joined.WriteByte(';')
	}
	p.joined.WriteString(piece)
}

func (p *pieces) line() string {
	if p.count > 1 {
		return p.joined.String()
	}
	return p.first
}

func pairEnd(line string, start int) int {
	if i := strings.IndexByte(line[start:], ';'); i >= 0 {
		return start + i
	}
	return len(line)
}

// bearsPrefix tells whether a browser could take a pair for a cookie of ours.
// Browsers skip different things before a name, so everything is skipped that
// cannot begin one.
func bearsPrefix(pair, prefix string) bool {
	name := fromName(pair)
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// holdsPrefix tells whether some server might find a cookie of ours in a pair, as
// [AppCookies.hidden] does; it need not have a value.
func holdsPrefix(pair, prefix string) bool {
	for from := 0; ; from++ {
		i := strings.IndexByte(pair[from:], prefix[0])
		if i < 0 || len(pair)-from-i < len(prefix) {
			return false
		}
		from += i
		if strings.EqualFold(pair[from:from+len(prefix)], prefix) && mayBegin(pair, from) {
			return true
		}
	}
}

// fromName is a pair from where its name may begin.
func fromName(pair string) string {
	for pair != "" && beginsNoName(pair[0]) {
		pair = pair[1:]
	}
	return pair
}

func beginsNoName(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '=' }

// Cookies returns the value of the first cookie of exactly that name, as it
// stands, and how many there are. More than one means that somebody else set one
// of them: the caller must not believe either.
func Cookies(h http.Header, name string) (value string, n int) {
	for _, line := range h["Cookie"] {
		for start := 0; start <= len(line); {
			stop := pairEnd(line, start)
			key, text, pair := strings.Cut(line[start:stop], "=")
			if pair && strings.Trim(key, " \t") == name {
				if n++; n == 1 {
					value = strings.Trim(text, " \t")
				}
			}
			start = stop + 1
		}
	}
	return value, n
}

// FilterSetCookie drops from an answer of the app each Set-Cookie line that
// would set or delete a cookie whose name begins with prefix, or one that is
// withheld; and Set-Cookie2, which no browser of today knows. Other lines stay
// byte for byte.
func FilterSetCookie(h http.Header, prefix string, withheld *AppCookies) {
	delete(h, "Set-Cookie2")
	drop := func(line string) bool {
		return bearsPrefix(line, prefix) || withheld.named(line[:pairEnd(line, 0)])
	}
	lines := h["Set-Cookie"]
	for i, line := range lines {
		if !drop(line) {
			continue
		}
		kept := append([]string(nil), lines[:i]...)
		for _, rest := range lines[i+1:] {
			if !drop(rest) {
				kept = append(kept, rest)
			}
		}
		if len(kept) == 0 {
			delete(h, "Set-Cookie")
			return
		}
		h["Set-Cookie"] = kept
		return
	}
}

// KeepSetCookie returns what puts the Set-Cookie lines of an answer back as they
// are now.
func KeepSetCookie(h http.Header) (putBack func()) {
	lines, found := h["Set-Cookie"]
	return func() {
		if found {
			h["Set-Cookie"] = lines
		}
	}
}
