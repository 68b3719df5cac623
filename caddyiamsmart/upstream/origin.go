package upstream

import (
	"net/http"
	"strings"
)

// Origins are those whose pages may open websockets with a person's login: a site
// that shares its registered name with ours gets a browser to send our cookies along,
// and the rules that keep its scripts from reading our answers do not hold there.
type Origins map[string]bool

// NewOrigins makes them of `scheme://host[:port]`, as browsers write it but for case
// and the port that the scheme has anyway.
func NewOrigins(origins ...string) Origins {
	o := make(Origins)
	for _, origin := range origins {
		o[canonicalOrigin(origin)] = true
	}
	return o
}

// Allow tells whether the request comes from one of them. Browsers always say where a
// websocket is opened; a program that does not say, and bears the cookie of a login, is
// none that a foreign page could make use of.
func (o Origins) Allow(r *http.Request) bool {
	h := r.Header
	switch lines := h["Origin"]; len(lines) {
	case 0:
		site := h.Get("Sec-Fetch-Site")
		return site == "" || site == "same-origin"
	case 1:
		return o[canonicalOrigin(lines[0])]
	}
	return false
}

func canonicalOrigin(origin string) string {
	origin = strings.ToLower(origin)
	scheme, _, _ := strings.Cut(origin, "://")
	return strings.TrimSuffix(origin, map[string]string{"https": ":443", "http": ":80"}[scheme])
}
