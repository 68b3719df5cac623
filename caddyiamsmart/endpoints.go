package caddyiamsmart

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// endpoint serves the gate's own addresses under its prefix. What only looks
// like one of them is not found; it never reaches the application.
func (g *Gate) endpoint(w http.ResponseWriter, r *http.Request, d *desk, path upstream.Path, next caddyhttp.Handler) error {
	name, ok := strings.CutPrefix(path.Exact(), g.Prefix+"/")
	if !ok {
		return g.problem(w, r, problem{status: http.StatusNotFound, kind: pages.NotFound})
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch { // what scripts and monitors may ask for
	case strings.HasPrefix(name, "assets/") && read:
		g.pages.ServeAsset(w, r, strings.TrimPrefix(name, "assets/"))
		return nil
	case name == "session" && read:
		return g.sessionState(w, r, d)
	case name == "health" && read:
		return g.health(w, r, d)
	case name == "jwks.json" && read:
		return g.jwks(w, r, d)
	}

	if kind, ok := callbackKind(name); ok {
		if r.Method != http.MethodPost {
			return g.refuse(w, http.StatusMethodNotAllowed, "method_not_allowed")
		}
		return g.serverCallback(w, r, d, kind)
	}

	pagesOf := map[string]map[string]pageHandler{
		"login":       {http.MethodGet: g.showLogin, http.MethodPost: g.startLogin},
		"callback":    {http.MethodGet: g.callback},
		"direct":      {http.MethodGet: g.askDirect, http.MethodPost: g.answerDirect},
		"link":        {http.MethodGet: g.showLink, http.MethodPost: g.stepLink},
		"link/wait":   {http.MethodGet: g.showWait},
		"link/done":   {http.MethodGet: g.showLinked, http.MethodPost: g.undoLink},
		"resume":      {http.MethodGet: g.showResume, http.MethodPost: g.dropResume},
		"stepup":      {http.MethodPost: g.stepStepUp},
		"stepup/wait": {http.MethodGet: g.showStepUp},
		"account":     {http.MethodGet: g.showAccount, http.MethodPost: withApp(g.stepAccount, next)},
		"logout":      {http.MethodGet: g.askLogout, http.MethodPost: withApp(g.logout, next)},
		"language":    {http.MethodPost: g.switchLanguage},
	}
	methods, ok := pagesOf[name]
	if !ok {
		return g.problem(w, r, problem{status: http.StatusNotFound, kind: pages.NotFound})
	}
	serve, ok := methods[r.Method]
	switch {
	case !ok:
		return g.refuse(w, http.StatusMethodNotAllowed, "method_not_allowed")
	case !topLevel(r):
		return g.refuse(w, http.StatusForbidden, "top_level_navigation_only")
	case !g.isPublicHost(r.Host):
		return g.redirect(w, "/")
	case r.Method == http.MethodPost && !g.ownForm(r):
		return g.problem(w, r, problem{status: http.StatusForbidden, kind: pages.Stale, cause: errForeignForm})
	}
	return serve(w, r, d)
}

// pageHandler serves one of the gate's own pages.
type pageHandler func(http.ResponseWriter, *http.Request, *desk) error

// withApp gives a page that logs people out the way to the application.
func withApp(serve func(http.ResponseWriter, *http.Request, *desk, caddyhttp.Handler) error, next caddyhttp.Handler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, d *desk) error { return serve(w, r, d, next) }
}

// sessionState tells a page of the application how long is left. It does not
// prolong the session and says nothing about who is logged in.
func (g *Gate) sessionState(w http.ResponseWriter, r *http.Request, d *desk) error {
	var state struct {
		Authenticated bool  `json:"authenticated"`
		IdleLeft      int64 `json:"idle_seconds_left"`
		MaxLeft       int64 `json:"max_seconds_left"`
	}
	visitor, err := g.identify(r, d, false)
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	if linked, ok := visitor.(session.Linked); ok {
		idle, max := d.sessions.Left(linked)
		state.Authenticated = true
		state.IdleLeft, state.MaxLeft = int64(idle/time.Second), int64(max/time.Second)
	}
	return writeJSON(w, http.StatusOK, state)
}

const healthWithin = 2 * time.Second

// health answers a monitor: 200 where the store can be read and, as far as is
// known, written. The cause of a failure is for the log.
func (g *Gate) health(w http.ResponseWriter, r *http.Request, d *desk) error {
	ctx, cancel := context.WithTimeout(r.Context(), healthWithin)
	defer cancel()
	if err := d.rows.Ready(ctx); err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return writeJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

// switchLanguage remembers a language and goes back to where it was asked for.
func (g *Gate) switchLanguage(w http.ResponseWriter, r *http.Request, d *desk) error {
	fields, ok := form(w, r)
	if !ok {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: errForm})
	}
	chosen := g.pages.Choose(fields.Get("lang"), "")
	d.sessions.Remember(w, string(chosen))
	if held := fields.Get("held"); g.directs() && held != "" {
		if _, ok := d.sessions.OpenDirect(held); ok {
			g.pages.Write(w, chosen, http.StatusOK, directPage(held))
			return nil
		}
	}
	if to, _, ok := d.sessions.OpenReturn(fields.Get("return")); ok {
		return g.redirect(w, to.Address)
	}
	for _, own := range []string{"/link", "/link?way=password", "/link?way=hkic", "/link?way=code", "/link?way=register", "/link?way=another", "/link/wait", "/link/done", "/stepup/wait", "/resume", "/account", "/logout", "/login"} {
		if fields.Get("here") == g.Prefix+own {
			return g.redirect(w, g.Prefix+own)
		}
	}
	return g.redirect(w, "/")
}
