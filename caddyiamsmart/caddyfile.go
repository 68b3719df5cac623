package caddyiamsmart

import (
	"encoding/json"
	"maps"
	"slices"

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
//	    audit_keep <duration>
//	    realm [<name>] {
//	        environment ite|simulator [<url>]
//	        api_base <url>
//	        web_base <url>
//	        client_id <id>
//	        client_secret <secret>
//	        encipherment_cert <file> [<password>]
//	        public_url <url>
//	        callback_url <url>
//	        allow_open_id_header
//	        callback {
//	            allow <cidr...>
//	            client_ca <file>
//	        }
//	        protocol {
//	            paths account|sister
//	            path <function> <path>
//	            signature_encoding percent|raw
//	            getkey_body empty|object
//	            key_padding pkcs1|oaep-sha1|oaep-sha256
//	            key_text auto|raw|base64
//	            expires_in auto|duration|absolute
//	            broker_page lower|capital|omit
//	            redirect_uri plain|encoded
//	            profile_scope profiles|auth
//	            callback_cek match|own
//	            callback_reply json|empty
//	            direct_login off|plain|marked
//	        }
//	    }
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the option's name
	if d.NextArg() {
		return d.Errf("iamsmart takes a block and no arguments, found '%s'", d.Val())
	}
	empty := true
	for ; d.NextBlock(0); empty = false {
		switch d.Val() {
		case "store":
			if a.Store != nil {
				return d.Err("store is given twice")
			}
			args := d.RemainingArgs()
			if len(args) < 1 || len(args) > 2 {
				return d.Errf("store: expected 'store sqlite [<file>]', words found: %d", len(args))
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
		case "audit_keep":
			if err := duration(d, &a.AuditKeep); err != nil {
				return err
			}
		case "realm":
			if err := a.parseRealm(d); err != nil {
				return err
			}
		default:
			return unknown(d, "iamsmart", "store", "key", "audit_keep", "realm")
		}
	}
	if empty {
		return d.Err("iamsmart: expected a block with at least one realm, found none")
	}
	return nil
}

// parseGate reads the directive. Caddy would take a matcher away before a
// handler directive sees it, and then requests that do not match would reach
// the application with whatever identity headers they bring; so it is read here
// and refused.
func parseGate(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // the directive's name
	if h.NextArg() {
		return nil, h.Errf("iamsmart takes no matcher and no arguments, found '%s': every request must be scrubbed; "+
			"name pages that need no login with 'public', and those that not everybody may open with 'require'", h.Val())
	}
	h.Reset()
	gate := &Gate{matcher: h.MatcherToken}
	if err := gate.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	goTo(h.Dispenser, "realm")
	option, ok := h.Option("iamsmart").(httpcaddyfile.App)
	if !ok {
		return nil, h.Err("the global option 'iamsmart' is missing; the directive needs its realms")
	}
	if !gate.isBare() {
		if err := gate.checkRealm(option, h.Dispenser); err != nil {
			return nil, err
		}
	}
	return h.NewRoute(nil, caddyhttp.MiddlewareHandler(gate)), nil
}

// goTo leads back to the line of an option, or of the directive where it has no
// such line, for an error that is seen only when all of it was read.
func goTo(d *caddyfile.Dispenser, option string) {
	for d.Reset(); d.Next(); {
		for d.NextBlock(0) {
			if d.Val() == option {
				return
			}
			d.NextSegment()
		}
	}
	d.Reset()
	d.Next()
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
		names := slices.Collect(maps.Keys(app.Realms))
		return d.Errf("realm: there is no realm '%s' in the global option 'iamsmart'; %s%s", name, known(app.Realms), spelling.Hint(name, names...))
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
//	    mode enforce|optional
//	    button <path> [<selector>]
//	    public <path...>
//	    accounts <kind> …
//	    link <way...>
//	    link_name_match off|warn|require
//	    link_max_age <duration>
//	    recheck <duration>
//	    accounts_per_person <n>
//	    persons_per_account <account> <n>
//	    register request [<field...>]|form <url> …
//	    link_tries <n>
//	    link_last password|iamsmart
//	    header_up <Name> <template> [utf8|latin1|big5|base64|percent|rfc8187] [required] [joined <separator>|lines]
//	    path <path...> {
//	        header_up …
//	    }
//	    assertion [<Header>] {
//	        audience <value>
//	        lifetime <duration>
//	        algorithm ES256|RS256
//	        claim <name> <template>
//	    }
//	    require [<matcher>] {
//	        attribute <name> <value...>
//	        link_method <way...>
//	        user_type sign
//	        login_age <duration>
//	        step_up <duration>
//	    }
//	    session {
//	        idle <duration>
//	        max <duration>
//	        passive <path...>
//	    }
//	    app_session <cookie...>|off
//	    app_logout <path>
//	    cache keep <path...>
//	    service_workers refuse|allow
//	    ws_origins <origin...>
//	    log_account name|hash
//	    pages {
//	        service <name>
//	        home <name>
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
	case "cache":
		return g.parseCache(d)
	case "service_workers":
		return word(d, &g.ServiceWorkers, "refuse", "allow")
	case "ws_origins":
		return g.parseOrigins(d)
	case "log_account":
		return word(d, &g.LogAccount, "name", "hash")
	case "public":
		return paths(d, &g.Public)
	case "app_session":
		return g.parseAppSession(d)
	case "accounts":
		return g.parseAccounts(d)
	case "mode":
		return word(d, &g.Mode, modeEnforce, modeOptional)
	case "button":
		return g.parseButton(d)
	case "link":
		return g.parseLink(d)
	case "link_name_match":
		return word(d, &g.LinkNameMatch, matchOff, matchWarn, matchRequire)
	case "link_max_age":
		return duration(d, &g.LinkMaxAge)
	case "recheck":
		return duration(d, &g.Recheck)
	case "accounts_per_person":
		return number(d, &g.AccountsPerPerson, 1, maxAccounts)
	case "persons_per_account":
		return g.parseShared(d)
	case "register":
		return g.parseRegister(d)
	case "link_tries":
		return number(d, &g.LinkTries, 1, maxLinkTries)
	case "link_last":
		return word(d, &g.LinkLast, lastPassword, lastIAmSmart)
	case "header_up":
		return parseHeader(d, &g.HeaderUp)
	case "path":
		return g.parsePath(d)
	case "assertion":
		return g.parseAssertion(d)
	case "require":
		return g.parseRule(d)
	case "session":
		return g.parseSession(d)
	case "pages":
		return g.parsePages(d)
	}
	return unknown(d, "iamsmart", "public_url", "realm", "app", "prefix", "mode", "button", "public", "accounts", "link", "link_name_match", "link_max_age",
		"recheck", "accounts_per_person", "persons_per_account", "register", "link_tries", "link_last", "header_up", "path", "assertion", "require", "session",
		"app_session", "app_logout", "cache", "service_workers", "ws_origins", "log_account", "pages")
}

// Interface guards
var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Gate)(nil)
)
