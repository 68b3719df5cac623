package ldap

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

var options = []string{"tls", "ca", "bind", "base", "user", "name", "key", "hkic", "attributes"}

// UnmarshalCaddyfile reads
//
//	ldap <url...> {
//		tls starttls|off
//		ca <file>
//		bind <dn> <password>
//		base <dn>
//		user <filter>
//		name <attribute>
//		key <attribute>
//		hkic <attribute>
//		attributes <name...>
//	}
//
// where attributes may be repeated.
func (l *LDAP) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the word "ldap"
	if l.URLs = d.RemainingArgs(); len(l.URLs) == 0 {
		return d.Err("accounts ldap: expected the address of a server after 'ldap', such as ldaps://dc1.example.com")
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if !slices.Contains(options, option) {
			return d.Errf("accounts ldap: an unknown option '%s', expected one of %s%s",
				option, strings.Join(options, ", "), spelling.Hint(option, options...))
		}
		if seen[option] && option != "attributes" {
			return d.Errf("accounts ldap: found a second '%s', expected it once", option)
		}
		seen[option] = true
		if err := l.unmarshalOption(d, option); err != nil {
			return err
		}
	}
	for _, usage := range []string{"bind <dn> <password>", "base <dn>", "user <filter>"} {
		if option, _, _ := strings.Cut(usage, " "); !seen[option] {
			return d.Errf("accounts ldap: expected '%s' in the block, found none", usage)
		}
	}
	return nil
}

func (l *LDAP) unmarshalOption(d *caddyfile.Dispenser, option string) error {
	args := d.RemainingArgs()
	switch option {
	case "tls":
		if len(args) == 1 && args[0] != "starttls" && args[0] != "off" {
			return d.Errf("accounts ldap: tls: found '%s', expected starttls or off%s", args[0], spelling.Hint(args[0], "starttls", "off"))
		}
		return take(d, args, "tls starttls|off", &l.TLS)
	case "ca":
		return take(d, args, "ca <file>", &l.CA)
	case "bind":
		l.Bind = new(Bind)
		return take(d, args, "bind <dn> <password>", &l.Bind.DN, &l.Bind.Password)
	case "base":
		return take(d, args, "base <dn>", &l.Base)
	case "user":
		if err := take(d, args, "user <filter>", &l.User); err != nil {
			return err
		}
		if !strings.Contains(l.User, namePlace) && len(accounts.Placeholders(l.User)) == 0 {
			return d.Err("accounts ldap: user: expected a filter with {username}, such as (uid={username})")
		}
		return nil
	case "name":
		return take(d, args, "name <attribute>", &l.Name)
	case "key":
		return take(d, args, "key <attribute>", &l.Key)
	case "hkic":
		return take(d, args, "hkic <attribute>", &l.HKIC)
	}
	if len(args) == 0 || slices.Contains(args, "") {
		return d.Err("accounts ldap: found too little, expected 'attributes <name...>'")
	}
	l.Attributes = append(l.Attributes, args...)
	return nil
}

// take puts each argument in its place, all of them and none empty.
func take(d *caddyfile.Dispenser, args []string, usage string, places ...*string) error {
	if len(args) > len(places) {
		return d.Errf("accounts ldap: found %d words, expected '%s'; put text with blanks in quotes", len(args), usage)
	}
	if len(args) < len(places) || slices.Contains(args, "") {
		return d.Errf("accounts ldap: found too little, expected '%s'", usage)
	}
	for i, place := range places {
		*place = args[i]
	}
	return nil
}
