package form

import (
	"net"
	"net/url"
	"strings"
)

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// shownAddress is the path and query of an address as it may be printed:
// without what looks like an identifier.
func shownAddress(u *url.URL) string {
	path, _, _ := strings.Cut(u.EscapedPath(), ";")
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if tokenSegment(s) {
			segments[i] = "…"
		}
	}
	shown := strings.Join(segments, "/")
	if shown == "" {
		shown = "/"
	}
	separator := "?"
	for _, parameter := range parametersOf(u) {
		name, value, valued := strings.Cut(parameter, "=")
		switch {
		case tokenLike(name):
			name = "…"
		case valued && tokenLike(value):
			name += "=…"
		case valued:
			name += "=" + value
		}
		shown += separator + name
		separator = "&"
	}
	return shown
}

func parametersOf(u *url.URL) []string {
	if u.RawQuery == "" {
		return nil
	}
	return strings.Split(u.RawQuery, "&")
}

// lastingStart returns how both addresses begin, as far as that says where they
// lead and is not of one visit: path, then parameter by parameter. It is "" if
// that would fit anything.
func lastingStart(a, b *url.URL) string {
	path, whole := lastingPath(a.EscapedPath(), b.EscapedPath())
	if path == "/" && (!whole || a.RawQuery == "") || path == "" {
		return ""
	}
	if !whole {
		return path
	}
	other := parametersOf(b)
	start, separator := path, "?"
	for i, parameter := range parametersOf(a) {
		name, value, _ := strings.Cut(parameter, "=")
		if i >= len(other) || other[i] != parameter || tokenLike(name) || tokenLike(value) {
			break
		}
		start += separator + parameter
		separator = "&"
	}
	if start == "/" {
		return ""
	}
	return start
}

// lastingPath is the common part of two paths, in whole segments, up to the
// first that looks like an identifier; whole says whether it is all of both.
func lastingPath(a, b string) (path string, whole bool) {
	as, bs := strings.SplitAfter(a, "/"), strings.SplitAfter(b, "/")
	for i, segment := range as {
		name, _, parameters := strings.Cut(segment, ";")
		switch {
		case i >= len(bs):
			return path, false
		case parameters && strings.HasPrefix(bs[i], name+";"):
			return path + name, false
		case segment != bs[i], tokenSegment(segment):
			return path, false
		}
		path += segment
	}
	return path, len(as) == len(bs)
}
