package basic

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// UnmarshalCaddyfile reads
//
//	basic <url> {
//		account <regexp>
//	}
//
// where the block may be left out.
func (b *Basic) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the word "basic"
	if !d.NextArg() {
		return d.Err("accounts basic: expected a protected address of the app after 'basic'")
	}
	b.URL = d.Val()
	if d.NextArg() {
		return d.Errf("accounts basic: found '%s' after the address, expected nothing more on this line", d.Val())
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if option := d.Val(); option != "account" {
			return d.Errf("accounts basic: an unknown option '%s', expected account%s", option, spelling.Hint(option, "account"))
		}
		if b.Account != "" {
			return d.Err("accounts basic: found a second 'account', expected it once")
		}
		args := d.RemainingArgs()
		if len(args) != 1 || args[0] == "" {
			return d.Errf("accounts basic: words found: %d, expected 'account <regexp>'; put text with blanks in quotes", len(args))
		}
		b.Account = args[0]
	}
	return nil
}
