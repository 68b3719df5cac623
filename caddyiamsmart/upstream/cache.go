package upstream

import (
	"net/http"
	"strings"
)

// NoStoreHTML keeps what the app shows one linked person from the next person
// at the same PC and from shared caches. HTML goes out with no-store alone; from
// other answers `public` and `s-maxage` are taken and `private` is put in their
// place, the rest of Cache-Control staying as it is. An answer without a content
// type counts as HTML, since the server would guess, except where it has a
// validator and no length: that is a 304.
func NoStoreHTML(h http.Header) {
	if mayBeHTML(h) {
		h["Cache-Control"] = []string{"no-store"}
		return
	}
	KeepPrivate(h)
}

func mayBeHTML(h http.Header) bool {
	known := false
	for _, line := range h["Content-Type"] {
		kind := strings.ToLower(strings.Trim(line[:untilAny(line, ";,")], " \t"))
		switch kind {
		case "text/html", "application/xhtml+xml":
			return true
		case "unknown/unknown", "application/unknown", "*/*": // browsers guess
		default:
			known = known || strings.Contains(kind, "/")
		}
	}
	return !known && !revalidation(h)
}

// revalidation tells whether an answer looks like a 304.
func revalidation(h http.Header) bool {
	length := h.Get("Content-Length")
	return (length == "" || length == "0") && (h.Get("Etag") != "" || h.Get("Last-Modified") != "")
}

func untilAny(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

// KeepPrivate is [NoStoreHTML] for answers that have no content, and so no HTML.
func KeepPrivate(h http.Header) {
	lines := h["Cache-Control"]
	shared, private := false, false
	for _, line := range lines {
		for line != "" {
			var directive string
			directive, line = cutDirective(line)
			shared = shared || forShared(directive)
			private = private || strings.EqualFold(directive, "private")
		}
	}
	if !shared {
		return
	}
	var kept []string
	if !private {
		kept = append(kept, "private")
	}
	for _, line := range lines {
		for line != "" {
			var directive string
			directive, line = cutDirective(line)
			if directive != "" && !forShared(directive) {
				kept = append(kept, directive)
			}
		}
	}
	h["Cache-Control"] = []string{strings.Join(kept, ", ")}
}

// cutDirective cuts the first directive off a line, without the blanks around
// it. A comma inside quotes parts nothing, unless the quote never ends.
func cutDirective(line string) (directive, rest string) {
	end, quoted := len(line), false
scan:
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quoted:
			i++
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			end = i
			break scan
		}
	}
	if quoted {
		end = untilAny(line, ",")
	}
	return strings.Trim(line[:end], " \t"), line[min(end+1, len(line)):]
}

// forShared names the directives that let a shared cache keep an answer.
func forShared(directive string) bool {
	name := strings.Trim(directive[:untilAny(directive, "=")], " \t")
	return strings.EqualFold(name, "public") || strings.EqualFold(name, "s-maxage")
}
