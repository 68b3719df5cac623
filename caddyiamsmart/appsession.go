package caddyiamsmart

import (
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/session"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// noAppSession, in the place of names, has the gate leave the application's
// cookies alone.
const noAppSession = "off"

func (g *Gate) parseAppSession(d *caddyfile.Dispenser) error {
	names := d.RemainingArgs()
	if len(names) == 0 {
		return d.Err("app_session: expected the name of one cookie or more, or off")
	}
	if _, err := upstream.NewAppCookies(names, session.CookiePrefix); err != nil {
		return d.Errf("app_session: %v", err)
	}
	g.AppSession = append(g.AppSession, names...)
	if slices.Contains(g.AppSession, noAppSession) && len(g.AppSession) > 1 {
		return d.Err("app_session: off stands alone; expected either off or names of cookies")
	}
	return nil
}

func (g *Gate) provisionAppSession(caddy.Context) error {
	if slices.Contains(g.AppSession, noAppSession) {
		if len(g.AppSession) > 1 {
			return fmt.Errorf("app_session: off stands alone; write either off or names of cookies")
		}
		g.logger.Warn("the application's session is not tied to the login (app_session off): if it does not read the header at each request, " +
			"whoever comes next at a shared computer may be taken for the last one")
		return nil
	}
	var err error
	if g.appCookies, err = upstream.NewAppCookies(g.appSession(), session.CookiePrefix); err != nil {
		return fmt.Errorf("app_session: %w", err)
	}
	return nil
}

// appSession names the cookies by which the application knows people.
func (g *Gate) appSession() []string {
	switch {
	case slices.Contains(g.AppSession, noAppSession):
		return nil
	case len(g.AppSession) == 0:
		return upstream.WellKnownAppCookies
	}
	return g.AppSession
}
