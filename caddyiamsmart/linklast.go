package caddyiamsmart

import (
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// What a link-up may end with.
const (
	lastPassword = "password"
	lastIAmSmart = "iamsmart"
)

func (g *Gate) parseLinkLast(d *caddyfile.Dispenser) error {
	if err := once(d, &g.LinkLast); err != nil {
		return err
	}
	return knownLast(g.LinkLast, d.Errf)
}

func (g *Gate) provisionLinkLast(caddy.Context) error {
	if g.LinkLast == "" {
		g.LinkLast = lastPassword
	}
	return knownLast(g.LinkLast, fmt.Errorf)
}

func knownLast(word string, errorf func(string, ...any) error) error {
	words := []string{lastPassword, lastIAmSmart}
	if word == lastPassword || word == lastIAmSmart {
		return nil
	}
	return errorf("link_last: unknown word '%s'; expected one of: %s%s", word, strings.Join(words, ", "), spelling.Hint(word, words...))
}
