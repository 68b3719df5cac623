package file

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// UnmarshalCaddyfile reads
//
//	file <csv> {
//		hash <format...>
//	}
//
// The block may be left out.
func (f *File) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the word "file"
	if !d.NextArg() {
		return d.Err("accounts file: expected the path of a CSV file after 'file'")
	}
	f.Path = d.Val()
	if f.Path == "" {
		return d.Err("accounts file: found an empty path, expected that of a CSV file")
	}
	if d.NextArg() {
		return d.Err("accounts file: found more than one path, expected nothing more on this line; put a path with blanks in quotes")
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if option != "hash" {
			return d.Errf("accounts file: an unknown option '%s', expected hash%s", option, spelling.Hint(option, "hash"))
		}
		if len(f.Hash) > 0 {
			return d.Errf("accounts file: found a second '%s', expected it once", option)
		}
		if f.Hash = d.RemainingArgs(); len(f.Hash) == 0 {
			return d.Err("accounts file: found too little, expected 'hash <format...>'")
		}
	}
	return nil
}
