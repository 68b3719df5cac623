package upstream

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// escapedByte reads the escape "%XX" at the front of s.
func escapedByte(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, low := hexDigit(s[1]), hexDigit(s[2])
	if high < 0 || low < 0 {
		return 0, false
	}
	return byte(high<<4 | low), true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// decodeEscapes decodes each escape once and leaves what is none.
func decodeEscapes(p string) string {
	return replaceFrom(p, '%', escapedText)
}

// decodeAllButSlashes is decodeEscapes of a server that keeps %2F escaped, and so
// finds other segments when it resolves dots.
func decodeAllButSlashes(p string) string {
	return replaceFrom(p, '%', func(s string) (string, int) {
		text, n := escapedText(s)
		if text == "/" {
			return "", 0
		}
		return text, n
	})
}

func escapedText(s string) (string, int) {
	c, ok := escapedByte(s)
	if !ok {
		return "", 0
	}
	return byteText[c], 3
}

// byteText holds each byte as a string of its own.
var byteText = func() (table [256]string) {
	for i := range table {
		table[i] = string([]byte{byte(i)})
	}
	return table
}()

// decodeUnicodeEscapes decodes the %uXXXX of old Microsoft servers.
func decodeUnicodeEscapes(p string) string {
	return replaceFrom(p, '%', func(s string) (string, int) {
		if len(s) < 6 || (s[1] != 'u' && s[1] != 'U') {
			return "", 0
		}
		code, err := strconv.ParseUint(s[2:6], 16, 16)
		if err != nil {
			return "", 0
		}
		return string(rune(code)), 6
	})
}

// decodeOverlong decodes ASCII that is written in more UTF-8 bytes than it
// needs, as lenient decoders do. Of the bytes that follow only the lower six bits
// count, since some decoders look at no more.
func decodeOverlong(p string) string {
	if utf8.ValidString(p) {
		return p
	}
	var out strings.Builder
	for p != "" {
		if c, n := overlong(p); n > 0 {
			out.WriteByte(c)
			p = p[n:]
			continue
		}
		out.WriteByte(p[0])
		p = p[1:]
	}
	return out.String()
}

func overlong(s string) (c byte, n int) {
	switch lead := s[0]; {
	case lead == 0xc0 || lead == 0xc1:
		n = 2
	case lead == 0xe0:
		n = 3
	case lead == 0xf0:
		n = 4
	case lead == 0xf8:
		n = 5
	case lead == 0xfc:
		n = 6
	}
	if n == 0 || len(s) < n {
		return 0, 0
	}
	for i := 1; i < n-2; i++ {
		if s[i]&0x3f != 0 {
			return 0, 0
		}
	}
	high := s[n-2] & 0x3f // of c0 and c1 too this leaves 0 and 1
	if high > 1 {
		return 0, 0
	}
	return high<<6 | s[n-1]&0x3f, n
}

// lookAlikes are characters that Windows code pages turn into path characters
// and that NFKC leaves alone.
var lookAlikes = strings.NewReplacer(
	"\u2044", "/", "\u2215", "/", "\u29f8", "/",
	"\u3002", ".", "\uff61", ".",
	"\u2216", `\`, "\u29f5", `\`, "\u00a5", `\`, "\u20a9", `\`,
)

// decodeLookAlikes turns full-width and similar characters into those that they
// resemble.
func decodeLookAlikes(p string) string {
	for i := 0; i < len(p); i++ {
		if p[i] >= utf8.RuneSelf {
			return norm.NFKC.String(lookAlikes.Replace(p))
		}
	}
	return p
}

// replaceFrom goes through p and asks decode at each mark what the text there
// stands for, and how many bytes of it; 0 leaves the mark.
func replaceFrom(p string, mark byte, decode func(string) (string, int)) string {
	i := strings.IndexByte(p, mark)
	if i < 0 {
		return p
	}
	var out strings.Builder
	out.Grow(len(p))
	for ; i >= 0; i = strings.IndexByte(p, mark) {
		out.WriteString(p[:i])
		text, n := decode(p[i:])
		if n == 0 {
			text, n = p[i:i+1], 1
		}
		out.WriteString(text)
		p = p[i+n:]
	}
	out.WriteString(p)
	return out.String()
}
