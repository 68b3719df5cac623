package upstream

import (
	"net/http"
	"net/textproto"
	"strings"
)

// rewriteConnection leaves the Connection options that a proxy needs and drops
// the rest. A header that is entirely in order is left as it stands.
func rewriteConnection(header http.Header) {
	lines, found := header["Connection"]
	if !found || inOrder(lines) {
		return
	}
	var kept []string
	for _, line := range lines {
		for option := range strings.SplitSeq(line, ",") {
			if option = textproto.TrimString(option); harmlessOption(option) {
				kept = append(kept, option)
			}
		}
	}
	if len(kept) == 0 {
		delete(header, "Connection")
		return
	}
	header["Connection"] = []string{strings.Join(kept, ", ")}
}

func inOrder(lines []string) bool {
	for _, line := range lines {
		for more := true; more; {
			var option string
			option, line, more = strings.Cut(line, ",")
			if !harmlessOption(textproto.TrimString(option)) {
				return false
			}
		}
	}
	return true
}

// harmlessOption tells whether naming the option cannot cost a header that the
// gate sets: the four names are refused as identity headers.
func harmlessOption(option string) bool {
	switch len(option) {
	case len("te"):
		return strings.EqualFold(option, "te")
	case len("close"):
		return strings.EqualFold(option, "close")
	case len("upgrade"):
		return strings.EqualFold(option, "upgrade")
	case len("keep-alive"):
		return strings.EqualFold(option, "keep-alive")
	}
	return false
}
