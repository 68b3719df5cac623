package upstream

import (
	"bytes"
	"net/http"
	"slices"
)

// aliases are names under which apps and frameworks commonly expect an identity
// from a proxy in front of them, and names that move a request to another path
// or method behind the gate's back. No client may send one.
var aliases = []string{
	"Remote-User",
	"X-Remote-User",
	"X-Forwarded-User",
	"X-Forwarded-Email",
	"X-Authenticated-User",
	"X-Auth-User",
	"X-Webauth-User",
	"X-User",
	// what goes with a name in some of them
	"Remote-Groups",
	"Remote-Name",
	"Remote-Email",
	"X-Remote-Groups",
	"X-Remote-Group",
	"X-Remote-Roles",
	"X-Remote-Name",
	"X-Remote-Email",
	"X-Forwarded-Groups",
	"X-Forwarded-Preferred-Username",
	"X-Auth-Request-User",
	"X-Auth-Request-Email",
	"X-Auth-Request-Groups",
	"X-Auth-Request-Preferred-Username",
	"X-Webauth-Name",
	"X-Webauth-Email",
	"X-Webauth-Role",
	"X-Webauth-Groups",
	// of other products that log people in
	"Auth-User",
	"X-Auth-Username",
	"X-Username",
	"X-Email",
	"Proxy-User",
	"Sm-User",
	"Sm-Userdn",
	"Sm-Universalid",
	"Iv-User",
	"Iv-Groups",
	"Iv-Creds",
	"Cf-Access-Authenticated-User-Email",
	"X-Goog-Authenticated-User-Email",
	"X-Goog-Authenticated-User-Id",
	"SSL_CLIENT_S_DN",
	"X-SSL-Client-S-DN",
	"X-SSL-Client-DN",
	"X-SSL-Client-CN",
	"X-Original-URI",
	"X-Original-URL",
	"X-Rewrite-URL",
	"X-HTTP-Method",
	"X-HTTP-Method-Override",
	"X-Method-Override",
}

// hopHeaders speak to the next hop alone and can name other headers to be
// dropped there; Trailer announces what is never let through. Cookie2 is of a
// standard that is gone.
var hopHeaders = []string{"Trailer", "Proxy-Connection", "Keep-Alive", "Cookie2"}

// beginnings are those of names that no client may send: of the gate, and of
// products that send many. prefixes are the same, folded.
var (
	beginnings = []string{"X-IAmSmart-", "X-Authentik-", "X-Ms-Client-Principal"}
	prefixes   = foldedAll(beginnings)
)

func foldedAll(names []string) (folded [][]byte) {
	for _, name := range names {
		folded = append(folded, []byte(Fold(name)))
	}
	return folded
}

// Removed lists what a Scrubber of these names takes away, for people to read: a
// star stands for the rest of a name.
func Removed(mapped []string) []string {
	list := slices.Clone(mapped)
	for _, name := range slices.Concat(aliases, hopHeaders) {
		if !slices.ContainsFunc(mapped, func(m string) bool { return Fold(m) == Fold(name) }) {
			list = append(list, name)
		}
	}
	for _, name := range beginnings {
		list = append(list, name+"*")
	}
	return list
}

// rewritten are the folded names of the headers that are rewritten elsewhere;
// only their other spellings are removed.
var rewritten = [][]byte{[]byte(Fold("Connection")), []byte(Fold("Cookie"))}

// Scrubber removes from requests what only the gate may say. It is made once
// per gate and never changes.
type Scrubber struct {
	names  map[string]struct{} // folded, at most foldedMax bytes each
	starts [256]bool           // first bytes of forbidden names, so that most headers need no second look
}

// NewScrubber returns a Scrubber for the given header names, in any spelling:
// those that a gate maps, and its assertion header. The known aliases and
// prefixes, X-IAmSmart- among them, are always part of it; Authorization only when given, so
// that apps with Basic or Bearer logins of their own go on working. Names
// without a letter or digit stand for nothing and are passed over.
func NewScrubber(mapped []string) *Scrubber {
	s := &Scrubber{names: make(map[string]struct{})}
	for _, list := range [][]string{mapped, aliases, hopHeaders} {
		for _, name := range list {
			var buf [foldedMax]byte
			if folded := foldInto(&buf, name); len(folded) > 0 {
				s.names[string(folded)] = struct{}{}
				s.starts[folded[0]] = true
			}
		}
	}
	for _, list := range [][][]byte{prefixes, rewritten} {
		for _, folded := range list {
			s.starts[folded[0]] = true
		}
	}
	return s
}

// Forbids tells whether no client may send a header of that name.
func (s *Scrubber) Forbids(name string) bool { return s.forbids(name) }

// Scrub makes r safe to carry the gate's headers. It changes r and its header
// map in place and must run before anything else looks at the request and
// before r is copied: headers that fold to a forbidden name go, whatever their
// spelling; Connection keeps only close, keep-alive, upgrade and te, since a
// reverse proxy removes each header that is named there after all handlers ran;
// trailers go whole, also those that the server would add when the body ends.
func (s *Scrubber) Scrub(r *http.Request) {
	for name := range r.Header {
		if s.forbids(name) {
			delete(r.Header, name)
		}
	}
	rewriteConnection(r.Header)
	dropTrailers(r)
}

func (s *Scrubber) forbids(name string) bool {
	if name == "Connection" || name == "Cookie" || !s.starts[firstFolded(name)] {
		return false
	}
	var buf [foldedMax]byte
	folded := foldInto(&buf, name)
	if _, found := s.names[string(folded)]; found {
		return true
	}
	for _, prefix := range prefixes {
		if bytes.HasPrefix(folded, prefix) {
			return true
		}
	}
	return bytes.Equal(folded, rewritten[0]) || bytes.Equal(folded, rewritten[1])
}
