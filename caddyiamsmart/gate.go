package caddyiamsmart

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"

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
// `{iamsmart.account.<attribute>}` | an attribute of the account's record, as `accounts` names it
// `{iamsmart.person}` | a stable pseudonym, one per person and app
// `{iamsmart.name.en}`, `{iamsmart.name.zh}` | the person's name, as iAM Smart vouches for it
// `{iamsmart.birth_date}`, `{iamsmart.gender}` | likewise: `1980-12-31`; `M` or `F`
// `{iamsmart.user_type}` | `default` (iAM Smart) or `sign` (iAM Smart+)
// `{iamsmart.login_time}` | when the person approved the login, RFC 3339, UTC
// `{iamsmart.link_method}` | how the account was proven: `password`, `hkic`, `code`, `register`, `request`, `import`
// `{iamsmart.realm}` | the realm
// `{iamsmart.app}` | the app
// `{iamsmart.open_id}` | the openID itself, where the realm says `allow_open_id_header`
//
// Several in one pair of braces, `{iamsmart.name.zh|name.en}`, stand for the first of
// them that has a value.
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

	// The ways in which a person may show which account is theirs: `password`, by
	// the account's own user name and password; `hkic`, by the number of the identity
	// card that iAM Smart vouches for, which `accounts` must be able to look for, among
	// staff only; `code`, by a link code that an administrator has made with `caddy
	// iamsmart links code`; `register`, see there. Default: `password`.
	Link []string `json:"link,omitempty"`

	// Whether the name that iAM Smart vouches for is compared with that of the
	// account's record before a link is made: `off`; `warn`, which shows both to the
	// person; `require`, which refuses where they differ or the record has none. It
	// costs the person an approval. Default: `off`.
	LinkNameMatch string `json:"link_name_match,omitempty"`

	// How long a proof of an account lasts where `accounts` cannot be asked whether
	// the account still stands, as with `form` and `basic`. Then the person proves it
	// again at the next login. Default: 180d.
	LinkMaxAge caddy.Duration `json:"link_max_age,omitempty"`

	// How long a login goes on without a look whether its account still stands, in
	// the application's own records. Where that is not known by then nobody passes,
	// until it is. Default: 5m.
	Recheck caddy.Duration `json:"recheck,omitempty"`

	// How many accounts one person may be linked to. They choose one at login.
	// Default: 1.
	AccountsPerPerson int `json:"accounts_per_person,omitempty"`

	// Accounts that several persons use. Default: none; every account is one
	// person's.
	PersonsPerAccount []SharedAccount `json:"persons_per_account,omitempty"`

	// What people without an account may do, with the way `register`. Default: a
	// request.
	Register *RegisterConfig `json:"register,omitempty"`

	// What a first login ends with. With `password` the person approves in iAM
	// Smart, proves the account by its password and says yes to it. With
	// `iamsmart` that yes is a second approval of the same person in iAM Smart, so
	// that a page left open on a shared computer links nobody else. Default:
	// `password`.
	LinkLast string `json:"link_last,omitempty"`

	// Whether everybody must log in: `enforce`, or `optional`, which leaves the
	// application's own login open beside that of the gate. People who come without a
	// login of the gate reach the application without an identity. Default:
	// `enforce`.
	Mode string `json:"mode,omitempty"`

	// With `mode optional`, a link to the gate's login page within the application's own.
	// Default: none.
	Button *Button `json:"button,omitempty"`

	// The headers that tell the application who is calling. Default: none.
	HeaderUp []HeaderUp `json:"header_up,omitempty"`

	// Headers that go with requests for some paths only, beside those for all and in
	// the place of those of the same name. Of several blocks the first that is for a
	// path counts. Where a server might read a path in ways that lead to different
	// headers, only those go that are the same in all. Default: none.
	PathHeaders []PathHeaders `json:"path_headers,omitempty"`

	// What people must have who open certain pages. All rules that are for a request
	// must hold. Default: none; everybody who is linked may open every page.
	Require []Rule `json:"require,omitempty"`

	// A signed statement of who is calling, for applications that verify it. Default:
	// none.
	Assertion *Assertion `json:"assertion,omitempty"`

	// How long a login lasts. Default: as its fields say.
	Session *SessionConfig `json:"session,omitempty"`

	// The address of the application's own logout, a path with or without a
	// query; a request for it ends the session here too, and a logout here asks for it.
	// Default: none.
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

	// Further sites whose pages may open a websocket here with a person's login:
	// `https://wards.example.com`, without path and star. Default: none but the pages
	// of this site.
	WSOrigins []string `json:"ws_origins,omitempty"`

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
	wsOrigins   upstream.Origins
	appLogout   *logoutAddress
	appCookies  *upstream.AppCookies
	sources     sources
	lastSource  string                                // while the Caddyfile is read: the kind after which no other is asked
	matcher     func() (caddy.ModuleMap, bool, error) // while the Caddyfile is read: the site's matcher at the cursor
	doubleLogin *doubleLogin
	button      *loginButton
	pacer       *pacer
	keeping     chan struct{}      // late forms that arrive
	looks       singleflight.Group // at accounts
	register    *registration
	pages       *pages.Pages
	desk        atomic.Pointer[desk]
}

// desk is what a gate works with once the store is open.
type desk struct {
	rows     *store.Store
	keys     *store.Keys
	sessions *session.Manager
	links    *linkup.Linker
	trail    store.Trail
	cookies  *upstream.AppSession
	signer   *signer // of assertions; nil where there are none
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
		return g.endpoint(w, r, d, path, next)
	}
	if r.Header.Get("Service-Worker") != "" && g.ServiceWorkers != "allow" {
		return g.refuse(w, http.StatusForbidden, "service_worker")
	}
	aim := aim{path, g.rulesFor(r, path)}
	visitor, err := g.identify(r, d, active(r) && !g.passive.Open(path))
	if linked, ok := visitor.(session.Linked); ok {
		return g.pass(w, r, d, linked, aim, next)
	}
	if err != nil && !g.open(aim) {
		return g.problem(w, r, problem{status: http.StatusServiceUnavailable, kind: pages.NotReady, cause: err})
	}
	return g.unidentified(w, r, d, visitor, aim, next)
}

// aim is what a request asks for, and by which rules.
type aim struct {
	path  upstream.Path
	rules ruleSet
}

// open tells whether a request needs no login.
func (g *Gate) open(a aim) bool {
	return a.rules == 0 && (g.Mode == modeOptional || g.public.Open(a.path))
}

// unidentified is the way of a request of nobody: to the application without an
// identity where that is allowed, else to the login page.
func (g *Gate) unidentified(w http.ResponseWriter, r *http.Request, d *desk, visitor session.Visitor, to aim, next caddyhttp.Handler) error {
	if g.open(to) && g.sendsLate(r, d, to) {
		d.sessions.Drop(w) // from here on they are nobody here, and may log in at the application
		return g.challenge(w, r, d, visitor)
	}
	if g.open(to) {
		if g.button.isFor(r, to.path) {
			return g.withButton(w, r, d, next)
		}
		return g.forward(w, r, d, next)
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

// Interface guards
var (
	_ caddy.Provisioner           = (*Gate)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gate)(nil)
)
