package caddyiamsmart

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// userIDPlaceholder is where Caddy's own authentication says who is there, too.
const userIDPlaceholder = "http.auth.user.id"

// pass stamps a linked person's request and sends it on.
func (g *Gate) pass(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, to aim, next caddyhttp.Handler) error {
	stamp, err := g.stampOf(r.Context(), d, who)
	switch {
	case errors.Is(err, errOver):
		g.logger.Info("session ended", append(g.who(d, who.Person()), zap.Error(err))...)
		return g.unidentified(w, r, d, session.Nobody{Why: session.Revoked}, to, next)
	case err != nil:
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	if lack := g.lacking(to.rules, stamp, who); lack != lackNothing {
		return g.refuseByRule(w, r, d, who, lack)
	}
	path := to.path
	if err := g.stampHeaders(r, d, who, stamp, path); err != nil {
		return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.Internal, cause: err})
	}
	if switches(r) && !g.wsOrigins.Allow(r) {
		return g.refuseSocket(w, r)
	}
	var resumed *store.KeptForm
	if g.resumes(r) {
		if resumed, err = g.resumed(r, d, who); err != nil {
			return g.notResumed(w, r, err)
		}
	}
	ending := g.appLogout.matches(r, path)
	if ending {
		d.end(g, r, who)
	}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set(userIDPlaceholder, stamp.userID)
	}
	login := upstream.Login(who.Login())
	upstream.AdmitCookies(r.Header, session.CookiePrefix, d.cookies, login)
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, private: !g.cacheKeep.Open(path), cookies: d.cookies, login: login}
	if ending {
		a.sessions = d.sessions
	} else {
		stayed, s := g.stay(r, d, who, to.rules, a, acts(r) && !g.passive.Open(path))
		defer s.leave()
		r = stayed
	}
	err = a.from(next, r)
	if err != nil {
		g.scrubber.Scrub(r) // an error route has no business with an identity
	}
	if resumed != nil && !a.wrote.Load() && (err != nil || a.lost) {
		g.putBack(r, d, *resumed)
	}
	if !ending && g.doubleLogin.shown(r, a.status, a.Header(), g.origin) {
		g.sawDoubleLogin(r.Context(), d)
	}
	if a.lost {
		return g.unanswered(w, r, d, who, to)
	}
	return err
}

// stampHeaders writes who is calling into the headers of a request.
func (g *Gate) stampHeaders(r *http.Request, d *desk, who session.Linked, s *stamp, path upstream.Path) error {
	if err := s.headers.Stamp(r.Header, path); err != nil {
		return err
	}
	if g.Assertion == nil {
		return nil
	}
	return g.stampAssertion(r.Context(), r.Header, d, who, s)
}

// unanswered answers a request whose session ended, whose account lost what a rule asks
// for, or whose account nobody could look at any more, while the application thought
// about it.
func (g *Gate) unanswered(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, to aim) error {
	if who.Ended() {
		return g.challenge(w, r, d, session.Nobody{Why: session.Revoked})
	}
	if stamp, err := g.stampOf(r.Context(), d, who); err == nil {
		if lack := g.lacking(to.rules, stamp, who); lack != lackNothing {
			return g.refuseByRule(w, r, d, who, lack)
		}
	}
	return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: errNotLooked})
}

// forward sends a request on without an identity.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request, d *desk, next caddyhttp.Handler) error {
	upstream.AdmitCookies(r.Header, session.CookiePrefix, d.cookies, upstream.Login{})
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, cookies: d.cookies}
	return a.from(next, r)
}

// scrubOnly serves the directive in an error route, where the request may never
// have met the gate that stands before the application. Nobody knows then in
// whose login a cookie of the application was set, so it gets none and sets none.
func (g *Gate) scrubOnly(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	scrubber, withheld := g.app.allGates()
	scrubber.Scrub(r)
	onlyWebsocket(r.Header)
	upstream.StripCookies(r.Header, session.CookiePrefix, withheld)
	if !inErrorRoute(r) {
		g.logger.Error("the directive 'iamsmart' without a block belongs into handle_errors; here it lets nobody through")
		return g.refuse(w, http.StatusServiceUnavailable, "not_configured")
	}
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, withheld: withheld}
	return a.from(next, r)
}

// end ends a session, and the link-up of one more account beside it, because the
// application's own logout was called. Where the store cannot be reached the
// session is dead on this node all the same, and the browser loses its cookies.
func (d *desk) end(g *Gate, r *http.Request, who session.Linked) {
	if err := errors.Join(d.sessions.End(r.Context(), who), d.endLinkup(r)); err != nil {
		g.logger.Error("ending session at the application's logout", zap.Error(err))
	}
}
