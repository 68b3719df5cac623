package caddyiamsmart

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// A person who logs out here is logged out of the application, too: its own logout is
// asked for as if the browser had gone there, by the same way to the application,
// with the cookies of this browser and the identity of who leaves.

// appLogoutWithin is how long the person waits for it. Only tests change it.
var appLogoutWithin = 10 * time.Second

// logoutOfApp calls the application's own logout for a person whose session has ended
// here, and hands to the browser the cookies that it sets or takes away. Nobody's window
// has to stay open for it.
func (g *Gate) logoutOfApp(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, next caddyhttp.Handler) pages.AppEnd {
	if g.appLogout == nil {
		return pages.AppNotAsked
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), appLogoutWithin)
	defer cancel()
	end, err := g.callAppLogout(w, r.Clone(ctx), d, who, next)
	if err != nil {
		g.logger.Error("logging out of the application; its own session goes on until it ends by itself, and no later login here reaches it",
			zap.String("gate", g.title()), zap.Error(err))
		return pages.AppFailed
	}
	return end
}

// callAppLogout makes of r a visit to the application's logout. A page without any
// change of cookies may ask whether one is sure, so it is not taken for an end.
func (g *Gate) callAppLogout(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, next caddyhttp.Handler) (pages.AppEnd, error) {
	stamp, err := g.stampOf(r.Context(), d, who)
	if err != nil {
		return 0, err
	}
	address := &url.URL{Path: g.appLogout.path, RawQuery: g.appLogout.query.Encode()}
	path, err := upstream.ParsePath(address, address.RequestURI())
	if err != nil {
		return 0, err
	}
	upstream.MakeVisit(r, address)
	if err := g.stampHeaders(r, d, who, stamp, path); err != nil {
		return 0, err
	}
	login := upstream.Login(who.Login())
	upstream.AdmitCookies(r.Header, session.CookiePrefix, d.cookies, login)

	unseen := upstream.NewRecorder()
	repl := caddy.NewReplacer()
	server, _ := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	r = caddyhttp.PrepareRequest(r, repl, unseen, server)
	repl.Set(userIDPlaceholder, stamp.userID)
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: unseen}, private: true, cookies: d.cookies, login: login}
	if err := a.from(next, r); err != nil {
		return 0, err
	}
	if unseen.Status() >= http.StatusBadRequest {
		return 0, fmt.Errorf("it answered %d", unseen.Status())
	}
	if !upstream.HandOnCookies(w.Header(), unseen.Header()) && unseen.Status() == http.StatusOK {
		return pages.AppNotAsked, nil
	}
	return pages.AppEnded, nil
}
