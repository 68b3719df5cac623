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

// leaving is what the application's logout needs of who leaves. It is made before the
// session ends, since afterwards nobody is there.
type leaving struct {
	request *http.Request
	login   upstream.Login
}

// leaving prepares the application's logout for a person. It is nil where the gate does
// not know the address, or where no identity could be sent along.
func (g *Gate) leaving(r *http.Request, d *desk, who session.Linked) (*leaving, error) {
	if g.appLogout == nil {
		return nil, nil
	}
	stamp, err := g.stampOf(r.Context(), d, who)
	if err != nil {
		return nil, err
	}
	address := &url.URL{Path: g.appLogout.path, RawQuery: g.appLogout.query.Encode()}
	path, err := upstream.ParsePath(address, address.RequestURI())
	if err != nil {
		return nil, err
	}
	out := r.Clone(context.WithoutCancel(r.Context())) // whoever closes the window is logged out all the same
	out.Method, out.URL, out.RequestURI = http.MethodGet, address, address.RequestURI()
	out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, 0, nil
	upstream.AsVisit(out.Header)
	if err := stamp.headers.Stamp(out.Header, path); err != nil {
		return nil, err
	}
	l := &leaving{request: out, login: upstream.Login(who.Row())}
	upstream.AdmitCookies(out.Header, session.CookiePrefix, d.cookies, l.login)
	return l, nil
}

// logoutOfApp calls the application's own logout, and hands to the browser the cookies
// that it sets or takes away. What it answers is told by whether it was believed: a page
// without any change of its cookies may ask whether one is sure.
func (g *Gate) logoutOfApp(w http.ResponseWriter, d *desk, l *leaving, fault error, next caddyhttp.Handler) pages.AppEnd {
	if l == nil && fault == nil {
		return pages.AppNotAsked
	}
	if fault == nil {
		var end pages.AppEnd
		if end, fault = g.callAppLogout(w, d, l, next); fault == nil {
			return end
		}
	}
	g.logger.Error("logging out of the application; its own session goes on until it ends by itself, and no later login here reaches it",
		zap.String("gate", g.title()), zap.Error(fault))
	return pages.AppFailed
}

func (g *Gate) callAppLogout(w http.ResponseWriter, d *desk, l *leaving, next caddyhttp.Handler) (pages.AppEnd, error) {
	ctx, cancel := context.WithTimeout(l.request.Context(), appLogoutWithin)
	defer cancel()
	unseen := upstream.NewUnseen()
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	r := caddyhttp.PrepareRequest(l.request.WithContext(ctx), caddy.NewReplacer(), unseen, server)
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: unseen}, private: true, cookies: d.cookies, login: l.login}
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
