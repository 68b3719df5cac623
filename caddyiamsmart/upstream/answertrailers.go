package upstream

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// AnnounceNoCookies takes what sets cookies from the trailers that an answer
// announces, and returns the Set-Cookie lines of its headers. It is for when
// these are about to be written.
func AnnounceNoCookies(h http.Header) (set []string) {
	lines := h["Trailer"]
	if !slices.ContainsFunc(lines, announcesCookies) {
		return h["Set-Cookie"]
	}
	var kept []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = textproto.TrimString(name); !setsCookies(name) {
				kept = append(kept, name)
			}
		}
	}
	if h["Trailer"] = kept; len(kept) == 0 {
		delete(h, "Trailer")
	}
	return h["Set-Cookie"]
}

func announcesCookies(line string) bool {
	for name := range strings.SplitSeq(line, ",") {
		if setsCookies(textproto.TrimString(name)) {
			return true
		}
	}
	return false
}

// DropCookieTrailers removes what sets cookies from the trailers of an answer,
// announced or not, since it has met no filter. It is for when the answer is
// written. Its own lines, as they were then, stay: somebody in between may still
// hold the headers back.
func DropCookieTrailers(h http.Header, set []string) {
	if len(h["Set-Cookie"]) != len(set) {
		h["Set-Cookie"] = set
	}
	if len(set) == 0 {
		delete(h, "Set-Cookie")
	}
	for name := range h {
		bare, undeclared := strings.CutPrefix(name, http.TrailerPrefix)
		if undeclared && setsCookies(bare) || name == "Set-Cookie2" {
			delete(h, name)
		}
	}
}

func setsCookies(name string) bool {
	return strings.EqualFold(name, "Set-Cookie") || strings.EqualFold(name, "Set-Cookie2")
}
