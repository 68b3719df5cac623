package caddyiamsmart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/spelling"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

const (
	defaultIdle = 15 * time.Minute
	defaultMax  = 13 * time.Hour
	maxLogo     = 64 << 10 // bytes
)

// Provision resolves the options and compiles what the hot path needs.
func (g *Gate) Provision(ctx caddy.Context) error {
	g.logger = ctx.Logger()
	g.callbackLog = g.logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, callbackLogEvery, callbackLines, 0)
	}))
	app, err := ctx.AppIfConfigured("iamsmart")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return errors.New("the global option 'iamsmart' is required beside the directive")
	}
	if err != nil {
		return err
	}
	g.app = app.(*App)
	if g.bare = g.isBare(); g.bare {
		return nil
	}
	judge, err := canonical(g.AccountsRaw) // before loading, which empties it
	if err != nil {
		return err
	}
	if err := g.provisionOptions(ctx); err != nil {
		return err
	}
	if err := g.app.join(g, judge); err != nil {
		return fmt.Errorf("%s: %w", g.title(), err)
	}
	if len(g.allHeaders()) == 0 {
		g.logger.Warn("no header_up is configured, so the application is never told who is calling", zap.String("gate", g.title()))
	}
	g.warnOfDebug(ctx)
	return nil
}

func (g *Gate) provisionOptions(ctx caddy.Context) error {
	for _, step := range []func(caddy.Context) error{
		g.provisionRealm, g.provisionAddress, g.provisionOrigins, g.provisionPaths, g.provisionHeaders, g.provisionAppSession,
		g.provisionAccounts, g.provisionRules, g.provisionTries, g.provisionLink, g.provisionLinkLast, g.provisionSession, g.provisionWords, g.provisionPages, g.provisionButton,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("%s: %w", g.title(), err)
		}
	}
	return nil
}

// title tells the gates of one Caddy apart in an error: by their address where
// they have one.
func (g *Gate) title() string {
	switch {
	case g.PublicURL != "":
		return "gate of " + g.PublicURL
	case g.realm != nil && g.realm.PublicURL != "":
		return "gate of " + g.realm.PublicURL
	}
	return fmt.Sprintf("gate of realm '%s' and app '%s'", g.Realm, g.App)
}

// canonical is JSON with its keys in order, for comparing.
func canonical(raw []json.RawMessage) (json.RawMessage, error) {
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// isBare tells whether the directive has no block.
func (g *Gate) isBare() bool {
	text, err := json.Marshal(g)
	return err == nil && string(text) == "{}"
}

func (g *Gate) provisionRealm(caddy.Context) error {
	if g.Realm == "" {
		g.Realm = "default"
	}
	if g.App == "" {
		g.App = "default"
	}
	realm, ok := g.app.Realms[g.Realm]
	if !ok {
		return fmt.Errorf("realm: there is no realm '%s' in the global option 'iamsmart'; %s", g.Realm, known(g.app.Realms))
	}
	g.realm = realm
	return nil
}

func (g *Gate) provisionPaths(caddy.Context) error {
	if g.Prefix == "" {
		g.Prefix = "/iamsmart"
	}
	if !validPrefix(g.Prefix) {
		return fmt.Errorf("prefix: '%s' must be like /iamsmart: a slash, then small letters, digits and hyphens", g.Prefix)
	}
	var err error
	if g.public, err = upstream.NewPublic(g.Public); err != nil {
		return fmt.Errorf("public: %w", err)
	}
	if g.cacheKeep, err = upstream.NewPublic(g.CacheKeep); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if g.AppLogout == "" {
		return nil
	}
	u, err := url.Parse(g.AppLogout)
	if err != nil || !strings.HasPrefix(g.AppLogout, "/") || u.Host != "" {
		return fmt.Errorf("app_logout: '%s' must be a path of the application, like /logout or /doku.php?do=logout", g.AppLogout)
	}
	g.appLogout = &logoutAddress{path: u.Path, query: u.Query()}
	return nil
}

func validPrefix(prefix string) bool {
	if len(prefix) < 2 || len(prefix) > 64 || prefix[0] != '/' {
		return false
	}
	for _, c := range prefix[1:] {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func (g *Gate) provisionAccounts(ctx caddy.Context) error {
	if len(g.AccountsRaw) == 0 {
		return errors.New("accounts: none are configured, at least one is needed; for example 'accounts form <address of the application's login page> { fields <user> <password> }'")
	}
	loaded, err := ctx.LoadModule(g, "AccountsRaw")
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if g.sources, err = newSources(loaded.([]any)); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	g.doubleLogin = newDoubleLogin(g.sources)
	return nil
}

func (g *Gate) provisionTries(caddy.Context) error {
	if g.LinkTries == 0 {
		g.LinkTries = linkup.DefaultTries
	}
	if g.LinkTries < 1 || g.LinkTries > maxLinkTries {
		return fmt.Errorf("link_tries: %d does not fit; it is 1 to %d, and lower than the number at which the application locks an account", g.LinkTries, maxLinkTries)
	}
	g.pacer = newPacer()
	g.keeping = make(chan struct{}, keptAtOnce)
	return nil
}

func (g *Gate) provisionSession(caddy.Context) error {
	if g.Session == nil {
		g.Session = new(SessionConfig)
	}
	s := g.Session
	if s.Idle == 0 {
		s.Idle = caddy.Duration(defaultIdle)
	}
	if s.Max == 0 {
		s.Max = caddy.Duration(defaultMax)
	}
	var err error
	if g.passive, err = upstream.NewPublic(s.Passive); err != nil {
		return fmt.Errorf("session: passive: %w", err)
	}
	if s.Idle < caddy.Duration(time.Minute) || s.Max < s.Idle || s.Max > caddy.Duration(7*24*time.Hour) {
		return fmt.Errorf("session: idle %s and max %s do not fit; idle is a minute or more, max is no shorter than idle and at most seven days",
			time.Duration(s.Idle), time.Duration(s.Max))
	}
	return nil
}

// provisionWords checks the options that are one of a few words.
func (g *Gate) provisionWords(caddy.Context) error {
	if err := oneOf("service_workers", g.ServiceWorkers, "refuse", "allow"); err != nil {
		return err
	}
	return oneOf("log_account", g.LogAccount, "name", "hash")
}

// oneOf checks an option that is one of a few words, or left out.
func oneOf(option, value string, words ...string) error {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("%s: unknown word '%s'; expected %s%s", option, value, strings.Join(words, " or "), spelling.Hint(value, words...))
}

// warnOfDebug speaks up where Caddy's own debug log would hold the identity
// headers of every request.
func (g *Gate) warnOfDebug(ctx caddy.Context) {
	if len(g.allHeaders()) == 0 {
		return
	}
	if caddy.Log().Named("http.handlers.reverse_proxy").Core().Enabled(zapcore.DebugLevel) {
		g.logger.Warn("the log level DEBUG reaches http.handlers.reverse_proxy, which then writes the identity headers of every request; exclude it or raise the level")
	}
}

// sessionNow is the clock of sessions and kept forms. Only tests change it.
var sessionNow = time.Now

var errNoStore = errors.New("the store is not open")

// ready returns what the gate works with, once the store is open.
func (g *Gate) ready(ctx context.Context) (*desk, error) {
	if d := g.desk.Load(); d != nil {
		return d, nil
	}
	e, err := g.app.wait(ctx)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, errNoStore
	}
	d := &desk{
		rows:  e.rows,
		keys:  e.keys,
		trail: g.newTrail(e),
		sessions: session.New(session.Config{
			Realm: g.Realm, ClientID: g.realm.clientID, App: g.App, Host: g.host,
			Idle: time.Duration(g.Session.Idle), Max: time.Duration(g.Session.Max), Now: func() time.Time { return sessionNow() },
		}, e.rows, e.keys, e.cache),
		links: &linkup.Linker{
			Rows: e.rows, Keys: e.keys, ClientID: g.realm.clientID, App: g.App, Host: g.host, Now: time.Now,
			Tries: g.LinkTries, ApprovalLast: g.LinkLast == lastIAmSmart, Rules: g.rules(), Trail: g.newTrail(e),
		},
		cookies: upstream.NewAppSession(g.appCookies, e.keys.Derive(32, "app session", g.Realm, g.App, g.host)),
	}
	if g.Assertion != nil {
		d.signer = &signer{rows: e.rows, keys: e.keys, logger: g.logger, realm: g.Realm, algorithm: g.Assertion.Algorithm}
	}
	d.links.Forget = func(sealed []byte) []byte { return g.onlyReturn(d, sealed) }
	useHKICHasher(g.sources, hkicHasher(e.keys))
	g.desk.Store(d)
	return d, nil
}

// MarshalLogObject keeps what guests may hold out of Caddy's trace log.
func (g *Gate) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("realm", g.Realm)
	enc.AddString("app", g.App)
	enc.AddString("public_url", g.PublicURL)
	return nil
}

func (g *Gate) callbackPath() string { return g.Prefix + "/callback" }

// bringsCode tells the addresses to which iAM Smart sends a browser with a code.
func (g *Gate) bringsCode(path upstream.Path) bool {
	return path.Under(g.callbackPath()) || path.Under(g.Prefix+"/direct")
}

func (g *Gate) callbackURL() string { return g.origin + g.callbackPath() }

// redirect leads to a page of this site. The address is absolute, so that no
// browser can read another host into it.
func (g *Gate) redirect(w http.ResponseWriter, address string) error {
	w.Header().Set("Location", g.origin+address)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "same-origin")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

var _ zapcore.ObjectMarshaler = (*Gate)(nil)
