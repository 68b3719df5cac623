package caddyiamsmart

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/pages"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func init() {
	caddy.RegisterModule(new(Gate))
}

// Gate stands in front of one application: it lets only people pass who have
// logged in with iAM Smart and whose iAM Smart is linked to an account of the
// application, and tells the application who they are in request headers.
//
// Without any option it does one thing: inside `handle_errors` it removes the
// headers that any gate of this Caddy sets. Elsewhere it then answers 503.
//
// The templates of `header_up` know these placeholders, and no others:
//
// Placeholder | Meaning
// ------------|--------
// `{iamsmart.account}` | the account's name
// `{iamsmart.person}` | a stable pseudonym, one per person and app
// `{iamsmart.user_type}` | `default` (iAM Smart) or `sign` (iAM Smart+)
// `{iamsmart.login_time}` | when the person approved the login, RFC 3339, UTC
// `{iamsmart.link_method}` | how the account was proven: `password`
// `{iamsmart.realm}` | the realm
// `{iamsmart.app}` | the app
//
// The placeholder `{http.auth.user.id}` holds the account's name for the
// handlers after this one and for the access log; see `log_account`.
type Gate struct {
	// The address of the site as people see it and as it is registered with iAM
	// Smart: `https://records.example.com`. Requests for other hosts are sent
	// there before login. Default: the realm's `public_url`.
	PublicURL string `json:"public_url,omitempty"`

	// The realm whose Client ID is used. Default: `default`.
	Realm string `json:"realm,omitempty"`

	// The name of the application; links belong to (Client ID, app). Two gates
	// with the same realm and app share their links. Default: `default`.
	App string `json:"app,omitempty"`

	// The path under which the gate's own pages lie. Default: `/iamsmart`.
	Prefix string `json:"prefix,omitempty"`

	// Paths that need no login: exact, or `/folder/*`. Identity headers are
	// removed from requests there as everywhere. Default: none.
	Public []string `json:"public,omitempty"`

	// Where the application's accounts live, and so who says that a user name
	// and password are right. Several are asked in their order: the first that
	// knows the name decides, and one that cannot be asked ends the search.
	// Required: at least one.
	AccountsRaw []json.RawMessage `json:"accounts,omitempty" caddy:"namespace=iamsmart.accounts inline_key=kind"`

	// How many wrong passwords a person may try, and how many passwords may be tried
	// at one account, until none has come for 15 minutes: 1 to 10. At the account a
	// right one counts too. It must be lower than the number at which the
	// application locks an account, or this gate could be used to lock people out
	// of it. Default: 4.
	LinkTries int `json:"link_tries,omitempty"`

	// What a first login ends with. With `password` the person approves in iAM
	// Smart, proves the account by its password and says yes to it. With
	// `iamsmart` that yes is a second approval of the same person in iAM Smart, so
	// that a page left open on a shared computer links nobody else. Default:
	// `password`.
	LinkLast string `json:"link_last,omitempty"`

	// The headers that tell the application who is calling. Default: none.
	HeaderUp []HeaderUp `json:"header_up,omitempty"`

	// How long a login lasts. Default: as its fields say.
	Session *SessionConfig `json:"session,omitempty"`

	// The address of the application's own logout, a path with or without a
	// query; a request for it ends the session here too. Default: none.
	AppLogout string `json:"app_logout,omitempty"`

	// The cookies by which the application knows people, so that whoever comes
	// next at the same computer is not taken for the last one: they reach it only
	// within the login in which it set them. A name as the browser shows it, with
	// a star for any text: `ASPSESSIONID*`. The word `off` alone ties none, which
	// is for applications that read the header at each request. Default: the
	// well-known names of PHP, Java, ASP and ASP.NET, Django, Rails, Laravel,
	// Express and DokuWiki.
	AppSession []string `json:"app_session,omitempty"`

	// Paths whose answers browsers and caches may keep as the application says,
	// exact or `/folder/*`. Elsewhere pages that a linked person gets are not
	// kept at all, and other answers not in caches that people share. Only for
	// what is the same for everybody, such as images and style sheets. Default:
	// none.
	CacheKeep []string `json:"cache_keep,omitempty"`

	// Whether the application may install service workers: `refuse` or `allow`. A
	// service worker lies between the browser and the gate's own pages and can
	// show false ones. Default: `refuse`.
	ServiceWorkers string `json:"service_workers,omitempty"`

	// What `{http.auth.user.id}` holds, and so what the access log says of who
	// sent a request: the account's `name`, or a `hash`, the pseudonym of
	// `{iamsmart.person}`. Default: `name`.
	LogAccount string `json:"log_account,omitempty"`

	// What the pages say. Default: as its fields say.
	Pages *PagesConfig `json:"pages,omitempty"`

	logger      *zap.Logger
	callbackLog *zap.Logger // sampled: anybody can have a line written there
	app         *App
	realm       *Realm
	origin      string // scheme and host of the public address
	host        string // its host name, in lower case
	bare        bool
	headers     *upstream.Headers
	scrubber    *upstream.Scrubber
	public      *upstream.Public
	passive     *upstream.Public
	cacheKeep   *upstream.Public
	appLogout   *logoutAddress
	appCookies  *upstream.AppCookies
	sources     sources
	lastSource  string // while the Caddyfile is read: the kind after which no other is asked
	pacer       *pacer
	pages       *pages.Pages
	desk        atomic.Pointer[desk]
}

// HeaderUp is one request header for the application.
type HeaderUp struct {
	// The header's name. Required.
	Name string `json:"name,omitempty"`

	// Its value: text and `{iamsmart.*}` placeholders. Required.
	Template string `json:"template,omitempty"`

	// Refuse the request with 502 when the value is empty. A header with
	// `{iamsmart.account}` always does. Default: leave the header out.
	Required bool `json:"required,omitempty"`
}

// SessionConfig says how long a login lasts.
type SessionConfig struct {
	// End a session after this time without a page being opened or a form being
	// sent. Default: 15m.
	Idle caddy.Duration `json:"idle,omitempty"`

	// End a session this long after login, whatever happens. Default: 13h.
	Max caddy.Duration `json:"max,omitempty"`

	// Paths that scripts of the application ask for by themselves, exact or
	// `/folder/*`: requests for them do not keep a session alive, even where they
	// are sent by POST. Default: none.
	Passive []string `json:"passive,omitempty"`
}

// PagesConfig says what the gate's own pages say.
type PagesConfig struct {
	// The registered name of the online service. Default: `this service`, in
	// each language.
	Service string `json:"service,omitempty"`

	// Whom people ask for help: `the duty manager, extension 12`. Default:
	// `your supervisor`, in each language.
	Contact string `json:"contact,omitempty"`

	// The address of the privacy notice. Default: no link.
	Privacy string `json:"privacy,omitempty"`

	// The first language: `zh-HK`, `zh-CN`, `en`, or `browser` for what the
	// browser asks for. People can switch. Default: `zh-HK`.
	Language string `json:"language,omitempty"`

	// The official iAM Smart artwork for the button, an SVG or PNG file from
	// the design guideline package. Default: none; no lookalike is drawn.
	Logo string `json:"logo,omitempty"`
}

// desk is what a gate works with once the store is open.
type desk struct {
	rows     *store.Store
	keys     *store.Keys
	sessions *session.Manager
	links    *linkup.Linker
	cookies  *upstream.AppSession
}

// stamp is what the requests of one session carry, worked out once.
type stamp struct {
	headers upstream.Rendered
	userID  string // for Caddy's own placeholder and access log
}

// CaddyModule returns the Caddy module information.
func (*Gate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.iamsmart", New: func() caddy.Module { return new(Gate) }}
}

// ServeHTTP is the one way of a request.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if g.bare || inErrorRoute(r) {
		return g.scrubOnly(w, r, next)
	}
	g.scrubber.Scrub(r)
	onlyWebsocket(r.Header)
	upstream.Repair(r.URL)

	path, err := upstream.ParsePath(r.URL, asSent(r))
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusBadRequest, kind: pages.BadRequest, cause: err})
	}
	own := path.Under(g.Prefix)
	if own && g.bringsCode(path) { // its address holds a code that may not be spent yet
		keepUnlogged(r)
	}
	d, err := g.ready(r.Context())
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	if own {
		return g.endpoint(w, r, d, path)
	}
	if r.Header.Get("Service-Worker") != "" && g.ServiceWorkers != "allow" {
		return g.refuse(w, http.StatusForbidden, "service_worker")
	}
	visitor, err := g.identify(r, d, active(r) && !g.passive.Open(path))
	if linked, ok := visitor.(session.Linked); ok {
		return g.pass(w, r, d, linked, path, next)
	}
	if g.public.Open(path) {
		return g.forward(w, r, d, next)
	}
	if err != nil {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return g.challenge(w, r, d, visitor)
}

// identify tells who sends r. Whoever comes by another host name than the
// public one is nobody.
func (g *Gate) identify(r *http.Request, d *desk, active bool) (session.Visitor, error) {
	if !g.isPublicHost(r.Host) {
		return session.Nobody{}, nil
	}
	cookie, n := upstream.Cookies(r.Header, d.sessions.SessionCookie())
	return d.sessions.Identify(r.Context(), cookie, n, active)
}

// pass stamps a linked person's request and sends it on.
func (g *Gate) pass(w http.ResponseWriter, r *http.Request, d *desk, who session.Linked, path upstream.Path, next caddyhttp.Handler) error {
	stamp, ok := who.Kept(g).(stamp)
	if !ok {
		identity := g.identity(d, who)
		headers, err := g.headers.Render(identity)
		if err != nil {
			return g.problem(w, r, problem{status: http.StatusBadGateway, kind: pages.Internal, cause: err})
		}
		stamp.headers, stamp.userID = headers, identity.Account
		if g.LogAccount == "hash" {
			stamp.userID = identity.Person
		}
		who.Keep(g, stamp)
	}
	ending := g.appLogout.matches(r, path)
	if ending {
		d.end(g, r, who)
	}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("http.auth.user.id", stamp.userID)
	}
	stamp.headers.Stamp(r.Header)
	login := upstream.Login(who.Row())
	upstream.AdmitCookies(r.Header, session.CookiePrefix, d.cookies, login)
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, private: !g.cacheKeep.Open(path), cookies: d.cookies, login: login}
	if ending {
		a.sessions = d.sessions
	}
	if switches(r) {
		ctx, cancel := d.sessions.Until(r.Context(), who)
		defer cancel()
		r = r.WithContext(ctx) // with the same headers
	}
	err := a.from(next, r)
	if err != nil {
		g.scrubber.Scrub(r) // an error route has no business with an identity
	}
	return err
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

// challenge answers who may not pass: a navigation with the login page in its
// place, a frame with a page that leads out of it, everything else with 401.
func (g *Gate) challenge(w http.ResponseWriter, r *http.Request, d *desk, visitor session.Visitor) error {
	what := wants(r)
	if what != data && !g.isPublicHost(r.Host) {
		return g.redirect(w, session.Address(asSent(r), g.Prefix))
	}
	switch what {
	case page:
		return g.loginPage(w, r, d, visitor)
	case frame:
		g.pages.Write(w, g.language(r, d), http.StatusUnauthorized, pages.FrameLogin{Address: g.Prefix + "/login"})
		return nil
	}
	return g.refuse(w, http.StatusUnauthorized, "login_required")
}

func (g *Gate) identity(d *desk, who session.Linked) upstream.Identity {
	return upstream.Identity{
		Account:    who.Account(),
		Person:     d.keys.Pseudonym(who.Person(), g.realm.clientID, g.App),
		UserType:   who.UserType(),
		LinkMethod: who.Way(),
		Realm:      g.Realm,
		App:        g.App,
		LoginTime:  who.LoginAt(),
	}
}

// end ends a session because the application's own logout was called. Where the
// store cannot be reached the session is dead on this node all the same, and
// the browser loses its cookie.
func (d *desk) end(g *Gate, r *http.Request, who session.Linked) {
	if err := d.sessions.End(r.Context(), who); err != nil {
		g.logger.Error("ending session at the application's logout", zap.Error(err))
	}
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Gate)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gate)(nil)
)
