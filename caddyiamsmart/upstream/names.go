package upstream

import (
	"errors"
	"strings"
)

// maxNameBytes bounds a configured header name.
const maxNameBytes = 64

// ownNames are the folded names that no identity header may have: those by which
// HTTP frames and routes a message, that a proxy removes or writes itself, and
// that the gate uses.
var ownNames = foldedSet(
	// framing and body
	"Host", "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Transfer-Encoding", "Expect", "Range",
	// from hop to hop; a proxy removes them, and Connection may go on naming Close
	"Connection", "Close", "Keep-Alive", "Upgrade", "TE", "Trailer", "Trailers", "Proxy", "Proxy-Connection",
	"Proxy-Authenticate", "Proxy-Authorization", "HTTP2-Settings", "Alt-Svc", "Via", "Early-Data",
	// of the browser and the app
	"Cookie", "Cookie2", "Set-Cookie", "Origin", "Referer", "User-Agent",
	// where a request comes from and goes to
	"Forwarded", "X-Real-IP", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override",
	// the gate's own
	"X-IAmSmart-Assertion",
)

// forwardedIdentity are the names of the X-Forwarded family that tell who a
// person is. All others tell how the request came, and belong to the proxy.
var forwardedIdentity = foldedSet("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username")

func foldedSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[Fold(name)] = true
	}
	return set
}

func checkName(name string) error {
	folded := Fold(name)
	switch {
	case name == "":
		return errors.New("the name is missing")
	case len(name) > maxNameBytes:
		return errors.New("the name is longer than 64 characters")
	case !isToken(name) || folded == "":
		return errors.New("this is no header name; letters, digits and hyphens make one")
	case ownNames[folded]:
		return errors.New("this name is used by HTTP, the proxy or the gate itself; choose another")
	case strings.HasPrefix(folded, "xforwarded") && !forwardedIdentity[folded]:
		return errors.New("the proxy writes this name itself; choose another")
	}
	return nil
}

// isToken tells whether name is a token of RFC 9110, section 5.6.2.
func isToken(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if foldedByte[c] == 0 && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}
