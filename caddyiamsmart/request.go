package caddyiamsmart

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// want is what kind of answer a request can use.
type want int

const (
	data  want = iota // a script, an image, an API: 401 and a small JSON body
	page              // a navigation of the whole window
	frame             // a navigation inside a frame
)

// wants tells a navigation from everything else. Browsers that send Sec-Fetch
// say it themselves; of older ones, whoever accepts HTML and is no script that
// says so is believed.
func wants(r *http.Request) want {
	h := r.Header
	switch {
	case h.Get("X-Requested-With") != "":
		return data
	case strings.Contains(h.Get("Sec-Purpose")+h.Get("Purpose"), "prefetch"):
		return data
	case !strings.Contains(h.Get("Accept"), "text/html"):
		return data
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		return data
	case h.Get("Sec-Fetch-Mode") == "":
		return page
	case h.Get("Sec-Fetch-Mode") != "navigate":
		return data
	}
	switch h.Get("Sec-Fetch-Dest") {
	case "document":
		return page
	case "iframe", "frame":
		return frame
	}
	return data
}

// active tells whether a request shows that a person is there. Scripts that
// poll do not keep an unattended computer logged in.
func active(r *http.Request) bool {
	if acts(r) {
		return true
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return r.Header.Get("Sec-Fetch-User") == "?1"
	}
	return wants(r) != data
}

// acts tells whether a request is more than a look, by its method.
func acts(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodConnect: // the last opens a websocket over HTTP/2
		return false
	}
	return true
}

// topLevel tells whether a request may get a page of the gate. The pages lie in
// the application's origin, so its scripts must not read or frame them.
func topLevel(r *http.Request) bool {
	if r.Header.Get("Sec-Purpose") != "" {
		return false // a prefetch must not use up a callback
	}
	mode := r.Header.Get("Sec-Fetch-Mode")
	if mode == "" {
		return r.Header.Get("X-Requested-With") == ""
	}
	return mode == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// ownForm tells whether a POST comes from a page of this very origin.
func (g *Gate) ownForm(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return r.Header.Get("Origin") == g.origin
}

// isPublicHost compares host names; ports do not matter to cookies either.
func (g *Gate) isPublicHost(hostport string) bool {
	if hostport == g.host {
		return true
	}
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.EqualFold(strings.TrimSuffix(strings.Trim(host, "[]"), "."), g.host)
}

// asSent is the request target as the client sent it, before any rewrite.
func asSent(r *http.Request) string {
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		return original.RequestURI
	}
	return r.RequestURI
}

func inErrorRoute(r *http.Request) bool {
	return r.Context().Value(caddyhttp.ErrorCtxKey) != nil
}

// onlyWebsocket drops a request to switch to any other protocol. After a switch
// bytes go through unseen, and to another HTTP (h2c, for one) an application
// agrees as readily: a client could then send it requests that nobody scrubs.
func onlyWebsocket(h http.Header) {
	delete(h, "Http2-Settings")
	if lines := h["Upgrade"]; len(lines) != 1 || !strings.EqualFold(lines[0], "websocket") {
		delete(h, "Upgrade")
	}
}

// keepUnlogged keeps a request out of Caddy's access log.
func keepUnlogged(r *http.Request) { caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true) }

// unlogged tells whether a request's address is one to keep out of logs.
func unlogged(r *http.Request) bool {
	return caddyhttp.GetVar(r.Context(), caddyhttp.LogSkipVar) != nil
}

// switches tells whether a request would become a websocket. Over HTTP/2 and 3
// that is a CONNECT.
func switches(r *http.Request) bool {
	return r.Header["Upgrade"] != nil || r.Method == http.MethodConnect
}

const maxForm = 16 << 10 // bytes

// form reads a small urlencoded form. Other types are refused: they are what a
// foreign page can send without asking.
func form(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/x-www-form-urlencoded" {
		return nil, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, false
	}
	for _, values := range r.PostForm {
		if len(values) != 1 {
			return nil, false
		}
	}
	return r.PostForm, true
}

// logoutAddress is the application's own logout.
type logoutAddress struct {
	path  string
	query url.Values
}

// names tells whether a request is for the application's logout, in any way in
// which a server may read its path.
func (l *logoutAddress) names(r *http.Request, path upstream.Path) bool {
	if l == nil || !path.Is(l.path) {
		return false
	}
	if len(l.query) > 0 {
		got := r.URL.Query()
		for name, values := range l.query {
			if !slices.Contains(got[name], values[0]) { // which of several counts is the application's affair
				return false
			}
		}
	}
	return true
}

// matches tells whether a request ends the session here. A foreign page that has
// a browser fetch the application's logout does not.
func (l *logoutAddress) matches(r *http.Request, path upstream.Path) bool {
	if !l.names(r, path) {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || site == "none"
}
