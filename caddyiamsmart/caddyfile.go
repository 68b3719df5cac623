package caddyiamsmart

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("iamsmart", parseApp)
	httpcaddyfile.RegisterDirective("iamsmart", parseGate)
	httpcaddyfile.RegisterDirectiveOrder("iamsmart", httpcaddyfile.Before, "basic_auth")
}

// parseApp reads the global option; it may stand more than once.
func parseApp(d *caddyfile.Dispenser, existing any) (any, error) {
	app := new(App)
	if known, ok := existing.(httpcaddyfile.App); ok {
		if err := json.Unmarshal(known.Value, app); err != nil {
			return nil, err
		}
	}
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "iamsmart", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile reads the global option:
//
//	iamsmart {
//	    store sqlite [<file>]
//	    key <file>
//	    realm [<name>] {
//	        environment ite|simulator [<url>]
//	        api_base <url>
//	        web_base <url>
//	        client_id <id>
//	        client_secret <secret>
//	        encipherment_cert <file> [<password>]
//	        public_url <url>
//	    }
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the option's name
	if d.NextArg() {
		return d.Errf("iamsmart takes a block and no arguments, found '%s'", d.Val())
	}
	for d.NextBlock(0) {
		switch d.Val() {
		case "store":
			if a.Store != nil {
				return d.Err("store is given twice")
			}
			args := d.RemainingArgs()
			if len(args) < 1 || len(args) > 2 {
				return d.Err("store: expected 'store sqlite [<file>]'")
			}
			if args[0] != "sqlite" {
				return d.Errf("store: unknown kind '%s'; expected sqlite%s", args[0], spelling.Hint(args[0], "sqlite"))
			}
			a.Store = &StoreConfig{Kind: args[0]}
			if len(args) == 2 {
				a.Store.File = args[1]
			}
		case "key":
			if err := once(d, &a.Key); err != nil {
				return err
			}
		case "realm":
			if err := a.parseRealm(d); err != nil {
				return err
			}
		default:
			return unknown(d, "iamsmart", "store", "key", "realm")
		}
	}
	return nil
}

func (a *App) parseRealm(d *caddyfile.Dispenser) error {
	name := "default"
	switch args := d.RemainingArgs(); len(args) {
	case 0:
	case 1:
		name = args[0]
	default:
		return d.Errf("realm: expected one name at most, found %d", len(args))
	}
	if _, ok := a.Realms[name]; ok {
		return d.Errf("realm '%s' is given twice", name)
	}
	realm := new(Realm)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := realm.parse(d); err != nil {
			return err
		}
	}
	if a.Realms == nil {
		a.Realms = make(map[string]*Realm)
	}
	a.Realms[name] = realm
	return nil
}

func (r *Realm) parse(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "environment":
		if r.Environment != "" {
			return d.Err("environment is given twice")
		}
		args := d.RemainingArgs()
		if len(args) < 1 || len(args) > 2 || args[0] == "ite" && len(args) == 2 {
			return d.Err("environment: expected 'environment ite' or 'environment simulator [<url>]'")
		}
		if args[0] != "ite" && args[0] != "simulator" {
			return d.Errf("environment: unknown word '%s'; expected ite or simulator%s", args[0], spelling.Hint(args[0], "ite", "simulator"))
		}
		r.Environment = args[0]
		if len(args) == 2 {
			r.Simulator = args[1]
		}
		return nil
	case "api_base":
		return once(d, &r.APIBase)
	case "web_base":
		return once(d, &r.WebBase)
	case "client_id":
		return once(d, &r.ClientID)
	case "client_secret":
		return once(d, &r.ClientSecret)
	case "public_url":
		return once(d, &r.PublicURL)
	case "encipherment_cert":
		args := d.RemainingArgs()
		if len(args) < 1 || len(args) > 2 {
			return d.Err("encipherment_cert: expected a file and, for PKCS#12, its password")
		}
		cert := EnciphermentCert{File: args[0]}
		if len(args) == 2 {
			cert.Password = args[1]
		}
		r.EnciphermentCerts = append(r.EnciphermentCerts, cert)
		return nil
	}
	return unknown(d, "realm", "environment", "api_base", "web_base", "client_id", "client_secret", "encipherment_cert", "public_url")
}

// parseGate reads the directive. Caddy would take a matcher away before a
// handler directive sees it, and then requests that do not match would reach
// the application with whatever identity headers they bring; so it is read here
// and refused.
func parseGate(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // the directive's name
	if h.NextArg() {
		return nil, h.Errf("iamsmart takes no matcher and no arguments, found '%s': every request must be scrubbed; "+
			"name pages that need no login with 'public', and rules for some paths with 'require'", h.Val())
	}
	h.Reset()
	gate := new(Gate)
	if err := gate.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	if realms, ok := h.Option("iamsmart").(httpcaddyfile.App); ok && !gate.isBare() {
		if err := gate.checkRealm(realms, h.Dispenser); err != nil {
			return nil, err
		}
	} else if !ok {
		return nil, h.Err("the global option 'iamsmart' is missing; the directive needs its realms")
	}
	return h.NewRoute(nil, caddyhttp.MiddlewareHandler(gate)), nil
}

// checkRealm reports a realm that the text does not have, with its line.
func (g *Gate) checkRealm(option httpcaddyfile.App, d *caddyfile.Dispenser) error {
	var app App
	if err := json.Unmarshal(option.Value, &app); err != nil {
		return err
	}
	name := g.Realm
	if name == "" {
		name = "default"
	}
	if _, ok := app.Realms[name]; !ok {
		return d.Errf("realm: there is no realm '%s' in the global option 'iamsmart'; %s", name, known(app.Realms))
	}
	return nil
}

// UnmarshalCaddyfile reads the directive:
//
//	iamsmart {
//	    public_url <url>
//	    realm <name>
//	    app <name>
//	    prefix <path>
//	    public <path...>
//	    accounts <kind> …
//	    header_up <Name> <template> [required]
//	    session {
//	        idle <duration>
//	        max <duration>
//	    }
//	    app_logout <path>
//	    pages {
//	        service <name>
//	        contact <text>
//	        privacy <url>
//	        language zh-HK|zh-CN|en|browser
//	        logo <file>
//	    }
//	}
func (g *Gate) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	for d.NextBlock(0) {
		if err := g.parse(d); err != nil {
			return err
		}
	}
	switch {
	case g.isBare() && d.Val() == "}":
		return d.Err("iamsmart: the block is empty; expected at least 'accounts'. Without a block the directive belongs into handle_errors, where it only scrubs")
	case !g.isBare() && len(g.AccountsRaw) == 0:
		return d.Err("iamsmart: 'accounts' is missing; expected for example 'accounts form <address of the login page>'")
	}
	return nil
}

func (g *Gate) parse(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "public_url":
		return once(d, &g.PublicURL)
	case "realm":
		return once(d, &g.Realm)
	case "app":
		return once(d, &g.App)
	case "prefix":
		return once(d, &g.Prefix)
	case "app_logout":
		return once(d, &g.AppLogout)
	case "public":
		paths := d.RemainingArgs()
		if len(paths) == 0 {
			return d.Err("public: expected one path or more: exact, or like /folder/*")
		}
		g.Public = append(g.Public, paths...)
		return nil
	case "accounts":
		return g.parseAccounts(d)
	case "header_up":
		return g.parseHeader(d)
	case "session":
		return g.parseSession(d)
	case "pages":
		return g.parsePages(d)
	}
	return unknown(d, "iamsmart", "public_url", "realm", "app", "prefix", "public", "accounts", "header_up", "session", "app_logout", "pages")
}

func (g *Gate) parseAccounts(d *caddyfile.Dispenser) error {
	if len(g.AccountsRaw) > 0 {
		return d.Err("accounts is given twice")
	}
	if !d.NextArg() {
		return d.Err("accounts: the kind is missing; expected for example 'accounts form <address of the login page>'")
	}
	kind := d.Val()
	if kinds := accountKinds(); !slices.Contains(kinds, kind) {
		return d.Errf("accounts: unknown kind '%s'; expected one of: %s%s", kind, strings.Join(kinds, ", "), spelling.Hint(kind, kinds...))
	}
	module, err := caddyfile.UnmarshalModule(d, "iamsmart.accounts."+kind)
	if err != nil {
		return err
	}
	g.AccountsRaw = append(g.AccountsRaw, caddyconfig.JSONModuleObject(module, "kind", kind, nil))
	return nil
}

func accountKinds() []string {
	var kinds []string
	for _, m := range caddy.GetModules("iamsmart.accounts") {
		kinds = append(kinds, m.ID.Name())
	}
	return kinds
}

func (g *Gate) parseHeader(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) < 2 || len(args) > 3 {
		return d.Errf("header_up: expected 'header_up <Name> <template> [required]', found %d arguments", len(args))
	}
	header := HeaderUp{Name: args[0], Template: args[1]}
	if len(args) == 3 {
		if args[2] != "required" {
			return d.Errf("header_up: unknown word '%s'; expected required%s", args[2], spelling.Hint(args[2], "required"))
		}
		header.Required = true
	}
	g.HeaderUp = append(g.HeaderUp, header)
	return nil
}

func (g *Gate) parseSession(d *caddyfile.Dispenser) error {
	if g.Session != nil {
		return d.Err("session is given twice")
	}
	g.Session = new(SessionConfig)
	return block(d, func(word string) error {
		switch word {
		case "idle":
			return duration(d, &g.Session.Idle)
		case "max":
			return duration(d, &g.Session.Max)
		}
		return unknown(d, "session", "idle", "max")
	})
}

func (g *Gate) parsePages(d *caddyfile.Dispenser) error {
	if g.Pages != nil {
		return d.Err("pages is given twice")
	}
	g.Pages = new(PagesConfig)
	return block(d, func(word string) error {
		switch word {
		case "service":
			return once(d, &g.Pages.Service)
		case "contact":
			return once(d, &g.Pages.Contact)
		case "privacy":
			return once(d, &g.Pages.Privacy)
		case "language":
			return once(d, &g.Pages.Language)
		case "logo":
			return once(d, &g.Pages.Logo)
		}
		return unknown(d, "pages", "service", "contact", "privacy", "language", "logo")
	})
}

// block reads the lines of a block that takes no arguments before it.
func block(d *caddyfile.Dispenser, line func(word string) error) error {
	name := d.Val()
	if d.NextArg() {
		return d.Errf("%s takes a block and no arguments, found '%s'", name, d.Val())
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := line(d.Val()); err != nil {
			return err
		}
	}
	return nil
}

// once reads an option with one value, which may stand once.
func once(d *caddyfile.Dispenser, to *string) error {
	option := d.Val()
	if *to != "" {
		return d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	if len(args) != 1 || args[0] == "" {
		return d.Errf("%s: expected one value, found %d", option, len(args))
	}
	*to = args[0]
	return nil
}

func duration(d *caddyfile.Dispenser, to *caddy.Duration) error {
	option, text := d.Val(), ""
	if *to != 0 {
		return d.Errf("%s is given twice", option)
	}
	if err := once(d, &text); err != nil {
		return err
	}
	parsed, err := caddy.ParseDuration(text)
	if err != nil || parsed < time.Second {
		return d.Errf("%s: '%s' is no duration; expected for example 15m, 13h", option, text)
	}
	*to = caddy.Duration(parsed)
	return nil
}

// unknown reports a word that is no option, with what was expected.
func unknown(d *caddyfile.Dispenser, where string, expected ...string) error {
	return d.Errf("%s: unknown option '%s'; expected one of: %s%s", where, d.Val(), strings.Join(expected, ", "), spelling.Hint(d.Val(), expected...))
}

// known lists the realms that there are.
func known(realms map[string]*Realm) string {
	var names []string
	for name := range realms {
		names = append(names, "'"+name+"'")
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "it has none"
	}
	return fmt.Sprintf("it has %s", strings.Join(names, ", "))
}

// Interface guards
var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Gate)(nil)
)
