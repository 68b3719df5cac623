package caddyiamsmart

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

func (g *Gate) parseAccounts(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("accounts: the kind is missing; expected for example 'accounts form <address of the login page>'")
	}
	kind := d.Val()
	if g.lastSource != "" {
		return d.Errf("accounts: %v", notLast(g.lastSource))
	}
	if kinds := accountKinds(); !slices.Contains(kinds, kind) {
		return d.Errf("accounts: unknown kind '%s'; expected one of: %s%s", kind, strings.Join(kinds, ", "), spelling.Hint(kind, kinds...))
	}
	module, err := caddyfile.UnmarshalModule(d, "iamsmart.accounts."+kind)
	if err != nil {
		return err
	}
	if _, knows := module.(accounts.Reader); !knows {
		g.lastSource = kind
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

func (g *Gate) parseCache(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("cache: expected 'cache keep <path...>', found nothing after it")
	}
	if d.Val() != "keep" {
		return d.Errf("cache: expected 'cache keep <path...>', found '%s'", d.Val())
	}
	return paths(d, &g.CacheKeep)
}

func (g *Gate) parseOrigins(d *caddyfile.Dispenser) error {
	found := d.RemainingArgs()
	if len(found) == 0 {
		return d.Err("ws_origins: expected one address of a site or more, like https://wards.example.com")
	}
	for _, origin := range found {
		if len(accounts.Placeholders(origin)) > 0 {
			continue // known once it is loaded
		}
		if _, err := siteOrigin(origin); err != nil {
			return d.Errf("ws_origins: %v", err)
		}
	}
	g.WSOrigins = append(g.WSOrigins, found...)
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
		case "passive":
			return paths(d, &g.Session.Passive)
		}
		return unknown(d, "session", "idle", "max", "passive")
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
		case "home":
			return once(d, &g.Pages.Home)
		case "contact":
			return once(d, &g.Pages.Contact)
		case "privacy":
			return once(d, &g.Pages.Privacy)
		case "language":
			return once(d, &g.Pages.Language)
		case "logo":
			return once(d, &g.Pages.Logo)
		}
		return unknown(d, "pages", "service", "home", "contact", "privacy", "language", "logo")
	})
}
