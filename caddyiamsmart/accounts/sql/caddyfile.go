package sql

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

var options = []string{"by_name", "by_key", "by_hkic", "hash"}

// UnmarshalCaddyfile reads
//
//	sql <driver> <dsn> {
//		by_name <select>
//		by_key  <select>
//		by_hkic <select>
//		hash    <format...>
//	}
func (s *SQL) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the word "sql"
	if !d.NextArg() {
		return d.Errf("accounts sql: expected the driver after 'sql', one of %s", strings.Join(driverWords, ", "))
	}
	s.Driver = d.Val()
	if !slices.Contains(driverWords, s.Driver) && len(accounts.Placeholders(s.Driver)) == 0 {
		return d.Errf("accounts sql: an unknown driver '%s', expected one of %s%s",
			s.Driver, strings.Join(driverWords, ", "), spelling.Hint(s.Driver, driverWords...))
	}
	if !d.NextArg() {
		return d.Err("accounts sql: expected the dsn after the driver, best as {env.NAME} or {file./absolute/path}")
	}
	s.DSN = d.Val()
	if d.NextArg() {
		return d.Err("accounts sql: found more than driver and dsn, expected nothing more on this line; put a dsn with blanks in quotes")
	}

	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if !slices.Contains(options, option) {
			return d.Errf("accounts sql: an unknown option '%s', expected one of %s%s",
				option, strings.Join(options, ", "), spelling.Hint(option, options...))
		}
		if seen[option] {
			return d.Errf("accounts sql: found a second '%s', expected it once", option)
		}
		seen[option] = true
		if err := s.unmarshalOption(d, option); err != nil {
			return err
		}
	}
	if !seen["by_name"] {
		return d.Err("accounts sql: expected 'by_name <select>' in the block, found none")
	}
	return nil
}

func (s *SQL) unmarshalOption(d *caddyfile.Dispenser, option string) error {
	args := d.RemainingArgs()
	if option == "hash" {
		if len(args) == 0 {
			return d.Err("accounts sql: found too little, expected 'hash <format...>'")
		}
		s.Hash = args
		return nil
	}
	switch {
	case len(args) > 1:
		return d.Errf("accounts sql: found %d words, expected '%s <select>'; put the statement in quotes", len(args), option)
	case len(args) == 0 || args[0] == "":
		return d.Errf("accounts sql: found too little, expected '%s <select>'", option)
	}
	*map[string]*string{"by_name": &s.ByName, "by_key": &s.ByKey, "by_hkic": &s.ByHKIC}[option] = args[0]
	return nil
}
