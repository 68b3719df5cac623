package upstream

import (
	"net/url"
	"strings"
)

// Repair makes sure that the escapes of u's path go to the app as they came.
// Package net/url drops RawPath, and with it the difference between %2F and a
// slash, as soon as the path holds one byte that no URL may hold, such as '|' or
// a raw Chinese character. Those bytes are escaped here and nothing else is
// touched. A URL that another handler rewrote without RawPath stays as it is.
func Repair(u *url.URL) {
	if u.RawPath == "" || !holdsForbidden(u.RawPath) {
		return
	}
	if decoded, err := url.PathUnescape(u.RawPath); err != nil || decoded != u.Path {
		return
	}
	u.RawPath = escapeForbidden(u.RawPath)
}

func holdsForbidden(p string) bool {
	for i := 0; i < len(p); i++ {
		if !pathByte[p[i]] {
			return true
		}
	}
	return false
}

func escapeForbidden(p string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	out.Grow(len(p) + 16)
	for i := 0; i < len(p); i++ {
		if c := p[i]; pathByte[c] {
			out.WriteByte(c)
		} else {
			out.WriteByte('%')
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		}
	}
	return out.String()
}

// pathByte are the bytes that net/url lets stand in an escaped path: those of
// RFC 3986 and square brackets.
var pathByte = func() (table [256]bool) {
	for c := range foldedByte {
		table[c] = foldedByte[c] != 0
	}
	for _, c := range []byte("/%-._~!$&'()*+,;=:@[]") {
		table[c] = true
	}
	return table
}()
