package caddyiamsmart

import (
	"io"
	"maps"
	"net/http"
	"sync/atomic"

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
	wrote    atomic.Bool          // who watches a long one reads it
	over     atomic.Bool          // the session ended, and no answer may begin
	lost     bool                 // none had begun by then
	status   int                  // of the answer that began
	set      []string             // the Set-Cookie lines that were written
}

// from has a handler write the answer.
func (a *answer) from(next caddyhttp.Handler, r *http.Request) error {
	err := next.ServeHTTP(a, r)
	switch {
	case a.withheldWhole():
	case a.wrote.Load(): // what was added since is a trailer
		upstream.DropCookieTrailers(a.Header(), a.set)
	case err == nil: // the server writes the header
		a.prepare(http.StatusOK)
	}
	return err
}

// withheldWhole tells whether the session ended before the answer began. Then none
// of it goes out: a proxy that was told to stop says 499 by itself.
func (a *answer) withheldWhole() bool {
	if a.over.Load() && !a.wrote.Load() && !a.lost {
		a.lost = true
		maps.DeleteFunc(a.Header(), func(name string, _ []string) bool { return name != "Server" && name != "Alt-Svc" })
	}
	return a.lost
}

func (a *answer) WriteHeader(status int) {
	if a.withheldWhole() {
		return
	}
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.prepare(status)
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

func (a *answer) prepare(status int) {
	if a.wrote.Load() {
		return
	}
	a.wrote.Store(true)
	a.status = status
	h := a.Header()
	a.filter(h)
	switch {
	case !a.private:
	case status == http.StatusSwitchingProtocols || status == http.StatusNoContent:
		upstream.KeepPrivate(h)
	default:
		upstream.NoStoreHTML(h)
	}
	if a.sessions != nil {
		a.sessions.Drop(a.ResponseWriter)
		a.sessions.DropPending(a.ResponseWriter)
		h.Set("Clear-Site-Data", clearSiteData)
	}
	a.set = upstream.AnnounceNoCookies(h) // those of the gate, too
}

func (a *answer) Write(p []byte) (int, error) {
	if a.withheldWhole() {
		return len(p), nil
	}
	a.prepare(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	if a.withheldWhole() {
		return io.Copy(io.Discard, r)
	}
	a.prepare(http.StatusOK)
	return a.ResponseWriterWrapper.ReadFrom(r)
}

// Flush is found by handlers that look for it directly.
func (a *answer) Flush() {
	if a.withheldWhole() {
		return
	}
	a.prepare(http.StatusOK)
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
