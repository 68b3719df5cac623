package caddyiamsmart

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// askLogout shows the button. A GET never logs anybody out: a link or an image
// on a foreign page could.
func (g *Gate) askLogout(w http.ResponseWriter, r *http.Request, d *desk) error {
	visitor, err := g.identify(r, d, true)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	ask := pages.LogoutAsk{Common: pages.Common{Here: g.Prefix + "/logout"}}
	if linked, ok := visitor.(session.Linked); ok {
		ask.Token, ask.Account = linked.FormToken("logout"), linked.Account()
	} else if _, err := g.unlinked(r, d); errors.Is(err, linkup.ErrEnded) {
		g.pages.Write(w, g.language(r, d), http.StatusOK, g.loggedOutPage(d, pages.AppNotAsked))
		return nil
	} // whoever is in the midst of a link-up is not out yet
	g.pages.Write(w, g.language(r, d), http.StatusOK, ask)
	return nil
}

// logout ends the session and the link-up of this browser, in the store first, and
// then the application's own session.
func (g *Gate) logout(w http.ResponseWriter, r *http.Request, d *desk, next caddyhttp.Handler) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	visitor, err := g.identify(r, d, false)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	linked, isLinked := visitor.(session.Linked)
	if isLinked {
		if !linked.CheckForm(fields.Get("token"), "logout") {
			return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errNoForm})
		}
		err = d.sessions.End(r.Context(), linked)
	} else { // a second click, perhaps, after a first that did not reach the store
		cookie, n := upstream.Cookies(r.Header, d.sessions.SessionCookie())
		err = d.sessions.Finish(r.Context(), cookie, n)
	}
	if err = errors.Join(err, d.endLinkup(r)); err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	d.leave(w, r)
	app := pages.AppNotAsked
	if isLinked {
		app = g.logoutOfApp(w, r, d, linked, next)
	}
	g.pages.Write(w, g.language(r, d), http.StatusOK, g.loggedOutPage(d, app))
	return nil
}

// endLinkup ends the link-up that this browser holds, if any: whoever sits here next,
// or finds a page of it, does not go on in it.
func (d *desk) endLinkup(r *http.Request) error {
	id, ok := d.sessions.Pending(r)
	if !ok {
		return nil
	}
	return d.links.Cancel(r.Context(), id)
}

// leave takes from a browser what it holds of whoever was here.
func (d *desk) leave(w http.ResponseWriter, r *http.Request) {
	d.sessions.Drop(w)
	d.sessions.DropPending(w)
	d.sessions.ForgetFlows(w, r)
	w.Header().Set("Clear-Site-Data", clearSiteData)
}

func (g *Gate) loggedOutPage(d *desk, app pages.AppEnd) pages.LoggedOut {
	return pages.LoggedOut{
		Common: pages.Common{Return: d.sessions.SealReturn(session.Return{Address: "/"})},
		App:    app,
	}
}
