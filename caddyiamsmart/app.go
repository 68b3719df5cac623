package caddyiamsmart

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	_ "caddyiamsmart.example/caddyiamsmart/accounts/basic" // kinds of accounts
	_ "caddyiamsmart.example/caddyiamsmart/accounts/file"
	_ "caddyiamsmart.example/caddyiamsmart/accounts/form"
	_ "caddyiamsmart.example/caddyiamsmart/accounts/ldap"
	_ "caddyiamsmart.example/caddyiamsmart/accounts/sql"
	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func init() {
	caddy.RegisterModule(new(App))
}

// App holds what the gates of this Caddy share: the realms, each with the
// credentials of one Client ID of iAM Smart, and the store of links and
// sessions. It is required wherever the handler `iamsmart` is used.
type App struct {
	// Where links and sessions are kept. Default: SQLite, in `iamsmart.db` in
	// Caddy's data directory.
	Store *StoreConfig `json:"store,omitempty"`

	// The file that holds the root key, 32 random bytes in Base64, readable by
	// its owner only. It seals what is secret in the store, and must be kept
	// apart from backups of it. Default: `iamsmart.key` beside the SQLite file,
	// made on first start.
	Key string `json:"key,omitempty"`

	// How long what happened to links and logins is kept in the audit trail. It is
	// never changed, and deleted only after this time. Default: 26 months.
	AuditKeep caddy.Duration `json:"audit_keep,omitempty"`

	// The realms by name. A realm is one Client ID: one home, or one group of
	// homes. Required: at least one.
	Realms map[string]*Realm `json:"realms,omitempty"`

	ctx      caddy.Context
	logger   *zap.Logger
	auditLog *zap.Logger
	pathDB   string
	pathKey  string

	opened chan struct{} // closed once engine or failed is set
	engine *engine
	failed error
	held   bool // this instance holds a reference to the engine
	stop   context.CancelFunc

	mu     sync.Mutex
	mapped []string                      // header names of all gates
	bare   *upstream.Scrubber            // scrubs by all of them
	theirs []string                      // names of the applications' session cookies, of all gates
	none   *upstream.AppCookies          // all of them
	judges map[[2]string]json.RawMessage // (realm, app) → its accounts
	gates  map[[2]string]*Gate           // (realm, app) → one of its gates
}

// StoreConfig says where links and sessions are kept.
type StoreConfig struct {
	// The kind of store. Only `sqlite` exists. Default: `sqlite`.
	Kind string `json:"kind,omitempty"`

	// The SQLite file. Its folder is made if it is missing. Default:
	// `iamsmart.db` in Caddy's data directory.
	File string `json:"file,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "iamsmart", New: func() caddy.Module { return new(App) }}
}

// Provision resolves placeholders, reads certificates and checks the realms. It
// opens no store and asks nobody, so that a configuration can be validated on a
// machine that is not the server.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	a.logger = ctx.Logger()
	a.auditLog = a.logger.Named("audit")
	a.opened = make(chan struct{})
	a.judges = make(map[[2]string]json.RawMessage)
	a.gates = make(map[[2]string]*Gate)
	a.bare = upstream.NewScrubber(nil)

	if a.AuditKeep < 0 || a.AuditKeep > 0 && a.AuditKeep < caddy.Duration(minAuditKeep) {
		return fmt.Errorf("audit_keep: %s is too short; at least 30d", time.Duration(a.AuditKeep))
	}
	if a.Store == nil {
		a.Store = new(StoreConfig)
	}
	if kind := a.Store.Kind; kind != "" && kind != "sqlite" {
		return fmt.Errorf("store: unknown kind '%s'; expected sqlite", kind)
	}
	var err error
	if a.pathDB, err = resolve(a.Store.File); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if a.pathDB == "" {
		a.pathDB = filepath.Join(caddy.AppDataDir(), "iamsmart.db")
	}
	if a.pathDB, err = filepath.Abs(a.pathDB); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if a.pathKey, err = resolve(a.Key); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	if a.pathKey == "" {
		a.pathKey = filepath.Join(filepath.Dir(a.pathDB), "iamsmart.key")
	}

	if len(a.Realms) == 0 {
		return fmt.Errorf("no realm is configured; add 'realm { … }' to the global option 'iamsmart'")
	}
	clients := make(map[string]string) // Client ID → realm
	for _, name := range slices.Sorted(maps.Keys(a.Realms)) {
		realm := a.Realms[name]
		if realm == nil {
			return fmt.Errorf("realm %s: is empty", name)
		}
		if err := realm.provision(name, a.logger); err != nil {
			return fmt.Errorf("realm %s: %w", name, err)
		}
		if other, ok := clients[realm.clientID]; ok {
			return fmt.Errorf("realm %s: client_id: realm %s has the same; links belong to a Client ID, so each realm needs its own", name, other)
		}
		clients[realm.clientID] = name
	}
	return nil
}

const (
	defaultAuditKeep = 26 * 31 * 24 * time.Hour
	minAuditKeep     = 30 * 24 * time.Hour
)

func (a *App) auditKeep() time.Duration {
	if a.AuditKeep == 0 {
		return defaultAuditKeep
	}
	return time.Duration(a.AuditKeep)
}

// Start opens the store, or joins the one that the configuration before this
// one holds open.
func (a *App) Start() error {
	defer close(a.opened)
	a.engine, a.failed = openEngine(a.ctx, a.pathDB, a.pathKey, a.logger)
	if a.failed != nil {
		return a.failed
	}
	a.held = true
	for name, realm := range a.Realms {
		if err := realm.keepContentKey(a.engine); err != nil {
			a.failed = fmt.Errorf("realm %s: %w", name, err)
			return a.failed
		}
	}
	a.warnOfOpenAdmin()
	run, stop := context.WithCancel(context.Background())
	a.stop = stop
	go a.watchCertificates(run)
	return nil
}

// Stop ends the watch over certificates. Requests may still be on their way, so
// the store is let go in Cleanup.
func (a *App) Stop() error {
	if a.stop != nil {
		a.stop()
	}
	return nil
}

// Cleanup lets go of the store, and of connections that the next configuration
// will not find again.
func (a *App) Cleanup() error {
	for _, realm := range a.Realms {
		if realm != nil && realm.client != nil {
			realm.client.CloseIdleConnections()
		}
	}
	if !a.held {
		return nil
	}
	a.held = false
	_ = a.Stop()
	return closeEngine(a.pathDB, a.pathKey)
}

// startWait is how long a request waits for the store when Caddy has just
// started: apps start in no fixed order.
const startWait = 10 * time.Second

// wait returns the engine once it is open.
func (a *App) wait(ctx context.Context) (*engine, error) {
	select {
	case <-a.opened: // the rule, and cheap
		return a.engine, a.failed
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case <-a.opened:
		return a.engine, a.failed
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the store: %w", ctx.Err())
	}
}

// join makes a gate known: gates that share (realm, app) share links, so they
// must ask the same judge and end a link-up alike, or the weaker one would speak
// for both; and all mapped headers are scrubbed where the directive stands in
// handle_errors. The judge is the text of the accounts: Caddy empties the field
// once it has loaded them.
func (a *App) join(g *Gate, judge json.RawMessage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := [2]string{g.Realm, g.App}
	rules, err := json.Marshal([]any{g.LinkLast, g.Link, g.LinkNameMatch, g.LinkMaxAge, g.AccountsPerPerson, g.PersonsPerAccount, g.Recheck})
	if err != nil {
		return err
	}
	judge = slices.Concat(judge, rules)
	if known, ok := a.judges[key]; ok && !bytes.Equal(known, judge) {
		return fmt.Errorf("another gate of realm '%s' and app '%s' has other accounts or other rules for links; they share their links, so these "+
			"must be the same: accounts, link, link_last, link_name_match, link_max_age, accounts_per_person, persons_per_account, recheck; "+
			"or give one of them another 'app'", g.Realm, g.App)
	}
	a.judges[key] = judge
	if a.gates[key] == nil {
		a.gates[key] = g
	}
	a.mapped = append(a.mapped, g.headers.Names()...)
	a.bare = upstream.NewScrubber(a.mapped)
	a.theirs = append(a.theirs, g.appSession()...)
	a.none, _ = upstream.NewAppCookies(a.theirs, session.CookiePrefix) // each gate has checked its own
	return nil
}

// allGates says what to remove where the request may be any gate's: the headers
// that one of them maps, and the cookies by which one of their applications
// knows people.
func (a *App) allGates() (*upstream.Scrubber, *upstream.AppCookies) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bare, a.none
}

// Interface guards
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
