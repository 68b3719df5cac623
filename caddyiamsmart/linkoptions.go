package caddyiamsmart

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// The ways to link that an operator can choose. An import needs no word: it is
// there when something was imported.
var linkWays = []string{linkup.ByPassword, linkup.ByHKIC, linkup.ByCode, linkup.ByRegister}

const (
	modeEnforce  = "enforce"
	modeOptional = "optional"

	matchOff     = "off"
	matchWarn    = "warn"
	matchRequire = "require"
)

const (
	defaultLinkMaxAge = 180 * 24 * time.Hour
	defaultRecheck    = 5 * time.Minute
	maxRecheck        = time.Hour
	maxAccounts       = 20  // of one person
	maxPersons        = 500 // of one account
)

func (g *Gate) provisionLink(ctx caddy.Context) error {
	if len(g.Link) == 0 {
		g.Link = []string{linkup.ByPassword}
	}
	for i, way := range g.Link {
		if err := oneOf("link", way, linkWays...); err != nil {
			return err
		}
		if slices.Contains(g.Link[:i], way) {
			return fmt.Errorf("link: %s is named twice", way)
		}
	}
	if g.links(linkup.ByHKIC) && !g.sources.findsByHKIC() {
		return errors.New("link: hkic needs accounts that can be searched for a number: 'by_hkic' of accounts sql, 'hkic' of accounts ldap, or a column hkic_hash of accounts file")
	}
	if err := oneOf("mode", g.Mode, modeEnforce, modeOptional); err != nil {
		return err
	}
	if err := oneOf("link_name_match", g.LinkNameMatch, matchOff, matchWarn, matchRequire); err != nil {
		return err
	}
	if g.LinkMaxAge == 0 {
		g.LinkMaxAge = caddy.Duration(defaultLinkMaxAge)
	}
	if g.Recheck == 0 {
		g.Recheck = caddy.Duration(defaultRecheck)
	}
	if g.recheck() < minRecheck || g.recheck() > maxRecheck {
		return fmt.Errorf("recheck: %s does not fit; it is %s to %s", g.recheck(), minRecheck, maxRecheck)
	}
	if g.LinkMaxAge < caddy.Duration(minRecheck) {
		return fmt.Errorf("link_max_age: %s is too short", time.Duration(g.LinkMaxAge))
	}
	if g.AccountsPerPerson < 0 || g.AccountsPerPerson > maxAccounts {
		return fmt.Errorf("accounts_per_person: %d does not fit; it is 1 to %d", g.AccountsPerPerson, maxAccounts)
	}
	for _, shared := range g.PersonsPerAccount {
		if linkup.Fold(shared.Account) == "" || shared.Persons < 0 || shared.Persons > maxPersons {
			return fmt.Errorf("persons_per_account: expected the name of an account and a number from 0 to %d", maxPersons)
		}
	}
	if err := g.provisionRegister(ctx); err != nil {
		return err
	}
	if g.LinkNameMatch == matchRequire && !g.sources.readable() {
		g.logger.Warn("link_name_match require refuses every link where accounts tell no name", zap.String("gate", g.title()))
	}
	return g.provisionAttributes()
}

// minRecheck is the shortest recheck. Only tests change it.
var minRecheck = 10 * time.Second

// links tells whether a way to link is open.
func (g *Gate) links(way string) bool { return slices.Contains(g.Link, way) }

func (g *Gate) rules() linkup.Rules {
	r := linkup.Rules{AccountsPerPerson: g.AccountsPerPerson, MaxAge: time.Duration(g.LinkMaxAge), Shared: make(map[string]int)}
	for _, shared := range g.PersonsPerAccount {
		r.Shared[linkup.Fold(shared.Account)] = shared.Persons
	}
	return r
}

// parseLink reads the ways to link; they may stand on several lines.
func (g *Gate) parseLink(d *caddyfile.Dispenser) error {
	ways := d.RemainingArgs()
	if len(ways) == 0 {
		return d.Errf("link: expected one way or more of: %s", strings.Join(linkWays, ", "))
	}
	for _, way := range ways {
		if !slices.Contains(linkWays, way) {
			return d.Errf("link: unknown way '%s'; expected one of: %s%s", way, strings.Join(linkWays, ", "), spelling.Hint(way, linkWays...))
		}
		if slices.Contains(g.Link, way) {
			return d.Errf("link: %s is named twice", way)
		}
		g.Link = append(g.Link, way)
	}
	return nil
}

// parseShared reads an account that several persons use.
func (g *Gate) parseShared(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) != 2 {
		return d.Errf("persons_per_account: expected 'persons_per_account <account> <n>', words found: %d", len(args))
	}
	persons, err := strconv.Atoi(args[1])
	if err != nil || persons < 0 || persons > maxPersons {
		return d.Errf("persons_per_account: '%s' does not fit; expected a number from 0 to %d", args[1], maxPersons)
	}
	for _, known := range g.PersonsPerAccount {
		if linkup.Fold(known.Account) == linkup.Fold(args[0]) {
			return d.Errf("persons_per_account: '%s' is given twice", args[0])
		}
	}
	g.PersonsPerAccount = append(g.PersonsPerAccount, SharedAccount{Account: args[0], Persons: persons})
	return nil
}
