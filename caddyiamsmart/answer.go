package caddyiamsmart

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// answer is what the application writes to: it may not set cookies of ours, nor
// any by a trailer, its own session belongs to the login in which it sets it, and
// what it tells a linked person stays out of shared caches.
type answer struct {
	caddyhttp.ResponseWriterWrapper
	private  bool // a linked person gets it, and it is nobody else's
	cookies  *upstream.AppSession
	login    upstream.Login
	withheld *upstream.AppCookies // in an error route, where no login is known
	sessions *session.Manager     // set where this answer ends the session
	wrote    bool
	set      []string // the Set-Cookie lines that were written
}

// from has a handler write the answer.
func (a *answer) from(next caddyhttp.Handler, r *http.Request) error {
	err := next.ServeHTTP(a, r)
	switch {
	case a.wrote: // what was added since is a trailer
		upstream.DropCookieTrailers(a.Header(), a.set)
	case err == nil: // the server writes the header
		a.prepare()
	}
	return err
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.prepare()
	} else { // a hint, which goes out before the answer and with headers of its own
		a.hint(status)
		return
	}
	a.ResponseWriter.WriteHeader(status)
}

// hint leaves the application's cookies as they were: what still stands there
// when the answer comes is made ready then.
func (a *answer) hint(status int) {
	h := a.Header()
	putBack := upstream.KeepSetCookie(h)
	a.filter(h)
	a.ResponseWriter.WriteHeader(status)
	putBack()
}

// filter makes the application's cookies ready for the browser.
func (a *answer) filter(h http.Header) {
	upstream.FilterSetCookie(h, session.CookiePrefix, a.withheld)
	upstream.BindCookies(h, a.cookies, a.login)
}

func (a *answer) prepare() {
	if a.wrote {
		return
	}
	a.wrote = true
	h := a.Header()
	a.filter(h)
	upstream.NoStoreHTML(h, a.private)
	if a.sessions != nil {
		a.sessions.Drop(a.ResponseWriter)
		a.sessions.DropPending(a.ResponseWriter)
		h.Set("Clear-Site-Data", clearSiteData)
	}
	a.set = upstream.AnnounceNoCookies(h) // those of the gate, too
}

func (a *answer) Write(p []byte) (int, error) {
	a.prepare()
	return a.ResponseWriter.Write(p)
}

func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	a.prepare()
	return a.ResponseWriterWrapper.ReadFrom(r)
}

// Flush is found by handlers that look for it directly.
func (a *answer) Flush() {
	a.prepare()
	http.NewResponseController(a.ResponseWriter).Flush()
}

// clearSiteData never names "cookies": a browser would also eat the cookies
// that the same answer sets.
const clearSiteData = `"cache", "storage"`

// Interface guards
var (
	_ http.ResponseWriter = (*answer)(nil)
	_ http.Flusher        = (*answer)(nil)
	_ io.ReaderFrom       = (*answer)(nil)
)
