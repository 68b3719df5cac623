package upstream

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// turnBackslashes reads '\' as '/', as Windows and browsers do.
func turnBackslashes(p string) string {
	return strings.ReplaceAll(p, `\`, "/")
}

// dropParameters drops ";…" from each segment, as servlet containers do.
func dropParameters(p string) string {
	if strings.IndexByte(p, ';') < 0 {
		return p
	}
	return mapSegments(p, func(segment string) string {
		before, _, _ := strings.Cut(segment, ";")
		return before
	})
}

// cutAtParameter ends the path at the first ';', as some Java filters do.
func cutAtParameter(p string) string {
	before, _, _ := strings.Cut(p, ";")
	return before
}

// dropStreams drops the NTFS stream from each segment: "x::$DATA" is the file x,
// "x:$I30:$INDEX_ALLOCATION" the folder x.
func dropStreams(p string) string {
	if !strings.Contains(p, ":$") {
		return p
	}
	return mapSegments(p, func(segment string) string {
		if i := strings.Index(segment, ":$"); i >= 0 {
			return strings.TrimRight(segment[:i], ":")
		}
		return segment
	})
}

// dropUnseen drops control characters, as URL parsers of browsers drop tabs and
// line ends, and characters that have no width. NUL never comes here.
func dropUnseen(p string) string {
	if strings.IndexFunc(p, isUnseen) < 0 {
		return p
	}
	out := make([]byte, 0, len(p))
	for rest := p; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		if !isUnseen(r) {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return string(out)
}

func isUnseen(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// readLatin1Blanks reads the single bytes that are blanks in Latin-1.
func readLatin1Blanks(p string) string {
	if utf8.ValidString(p) {
		return p
	}
	out := []byte(p)
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRuneInString(p[i:])
		if r == utf8.RuneError && n == 1 && (p[i] == 0x85 || p[i] == 0xa0) {
			out[i] = ' '
		}
		i += n
	}
	return string(out)
}

// trimSegments drops dots and blanks at the end of each segment, as Windows
// does. What is only blanks and one or two dots becomes the dot segment that it
// is; longer runs of dots vanish.
func trimSegments(p string) string {
	return mapSegments(p, func(segment string) string {
		if segment == "" || foldedByte[segment[len(segment)-1]] != 0 {
			return segment
		}
		noBlanks := strings.TrimRight(segment, blanks)
		if noBlanks == "." || noBlanks == ".." {
			return noBlanks
		}
		return strings.TrimRight(segment, "."+blanks)
	})
}

// blanks are those of Unicode: some server takes each of them for one.
const blanks = " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// climbLongDots reads segments of three and more dots, or dots with blanks
// between them, as the parent folder, as old Windows does.
func climbLongDots(p string) string {
	return mapSegments(p, func(segment string) string {
		if strings.Count(segment, ".") > 1 && strings.Trim(segment, "."+blanks) == "" {
			return ".."
		}
		return segment
	})
}

// mergeSlashes makes one slash of several. It is apart from resolveDots because
// servers differ: in "/a//../b" the ".." takes away either "a" or nothing.
func mergeSlashes(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

// resolveDots removes dot segments as RFC 3986 section 5.2.4 does, counting
// empty segments as segments.
func resolveDots(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	segments := strings.Split(p[1:], "/")
	kept := segments[:0]
	for i, segment := range segments {
		if segment != "." && segment != ".." {
			kept = append(kept, segment)
			continue
		}
		if segment == ".." && len(kept) > 0 {
			kept = kept[:len(kept)-1]
		}
		if i == len(segments)-1 {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// dropAuthority reads "//host/path" as a reference to another host, as URL
// parsers do that are given a request target.
func dropAuthority(p string) string {
	if !strings.HasPrefix(p, "//") {
		return p
	}
	_, path, _ := strings.Cut(strings.TrimLeft(p, "/"), "/")
	return "/" + path
}

// cutQuery ends the path at a '?' or '#' that came out of an escape.
func cutQuery(p string) string {
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		return p[:i]
	}
	return p
}

// mapSegments applies edit to what stands between the slashes of p. It makes a
// new string only once something has changed.
func mapSegments(p string, edit func(string) string) string {
	var out strings.Builder
	done := 0 // bytes of p that are in out, once there is an out
	for start := 0; start <= len(p); {
		end := start + len(p[start:])
		if i := strings.IndexByte(p[start:], '/'); i >= 0 {
			end = start + i
		}
		if edited := edit(p[start:end]); edited != p[start:end] {
			out.WriteString(p[done:start])
			out.WriteString(edited)
			done = end
		}
		start = end + 1
	}
	if done == 0 {
		return p
	}
	out.WriteString(p[done:])
	return out.String()
}
