package caddyiamsmart

import "github.com/caddyserver/caddy/v2"

// What a link-up may end with.
const (
	lastPassword = "password"
	lastIAmSmart = "iamsmart"
)

func (g *Gate) provisionLinkLast(caddy.Context) error {
	if g.LinkLast == "" {
		g.LinkLast = lastPassword
	}
	return oneOf("link_last", g.LinkLast, lastPassword, lastIAmSmart)
}
