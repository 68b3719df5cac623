package caddyiamsmart

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

func (a *App) parseRealm(d *caddyfile.Dispenser) error {
	name := "default"
	switch args := d.RemainingArgs(); len(args) {
	case 0:
	case 1:
		name = args[0]
	default:
		return d.Errf("realm: expected one name at most, found %d", len(args))
	}
	if _, ok := a.Realms[name]; ok {
		return d.Errf("realm '%s' is given twice", name)
	}
	realm, empty := new(Realm), true
	for nesting := d.Nesting(); d.NextBlock(nesting); empty = false {
		if err := realm.parse(d); err != nil {
			return err
		}
	}
	if empty {
		return d.Errf("realm '%s': expected a block with its options, found none", name)
	}
	if a.Realms == nil {
		a.Realms = make(map[string]*Realm)
	}
	a.Realms[name] = realm
	return nil
}

func (r *Realm) parse(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "environment":
		if r.Environment != "" {
			return d.Err("environment is given twice")
		}
		args := d.RemainingArgs()
		if len(args) < 1 || len(args) > 2 || args[0] == "ite" && len(args) == 2 {
			return d.Errf("environment: expected 'environment ite' or 'environment simulator [<url>]', words found: %d", len(args))
		}
		if args[0] != "ite" && args[0] != "simulator" {
			return d.Errf("environment: unknown word '%s'; expected ite or simulator%s; for production write 'api_base' and 'web_base' instead", args[0], spelling.Hint(args[0], "ite", "simulator"))
		}
		r.Environment = args[0]
		if len(args) == 2 {
			r.Simulator = args[1]
		}
		return nil
	case "api_base":
		return once(d, &r.APIBase)
	case "web_base":
		return once(d, &r.WebBase)
	case "client_id":
		return once(d, &r.ClientID)
	case "client_secret":
		return once(d, &r.ClientSecret)
	case "public_url":
		return once(d, &r.PublicURL)
	case "callback_url":
		return once(d, &r.CallbackURL)
	case "allow_open_id_header":
		if d.NextArg() {
			return d.Errf("allow_open_id_header takes no value, found '%s'", d.Val())
		}
		r.AllowOpenIDHeader = true
		return nil
	case "callback":
		return r.parseCallback(d)
	case "protocol":
		return r.parseProtocol(d)
	case "encipherment_cert":
		args := d.RemainingArgs()
		if len(args) < 1 || len(args) > 2 {
			return d.Errf("encipherment_cert: expected a file and, for PKCS#12, its password; words found: %d", len(args))
		}
		cert := EnciphermentCert{File: args[0]}
		if len(args) == 2 {
			cert.Password = args[1]
		}
		r.EnciphermentCerts = append(r.EnciphermentCerts, cert)
		return nil
	}
	return unknown(d, "realm", "environment", "api_base", "web_base", "client_id", "client_secret", "encipherment_cert", "public_url",
		"callback_url", "allow_open_id_header", "callback", "protocol")
}

func (r *Realm) parseCallback(d *caddyfile.Dispenser) error {
	if r.Callback != nil {
		return d.Err("callback is given twice")
	}
	r.Callback = new(CallbackConfig)
	return block(d, func(word string) error {
		switch word {
		case "allow":
			ranges := d.RemainingArgs()
			if len(ranges) == 0 {
				return d.Err("allow: expected addresses or ranges, as in 203.0.113.0/24, found none")
			}
			for _, text := range ranges {
				if _, err := addressRange(text); err != nil && literal(text) {
					return d.Errf("allow: %v", err)
				}
			}
			r.Callback.Allow = append(r.Callback.Allow, ranges...)
			return nil
		case "client_ca":
			return once(d, &r.Callback.ClientCA)
		}
		return unknown(d, "callback", "allow", "client_ca")
	})
}

// parseProtocol reads the open points of the protocol, by the list that the
// protocol client keeps of them.
func (r *Realm) parseProtocol(d *caddyfile.Dispenser) error {
	if r.Protocol != nil {
		return d.Err("protocol is given twice")
	}
	r.Protocol = new(iamsmart.Protocol)
	options, given := iamsmart.Options(), map[string]bool{}
	return block(d, func(name string) error {
		if name == "path" {
			return parsePath(d, r.Protocol)
		}
		at := slices.IndexFunc(options, func(o iamsmart.Option) bool { return o.Name == name })
		if at < 0 {
			names := []string{"path"}
			for _, o := range options {
				names = append(names, o.Name)
			}
			return unknown(d, "protocol", names...)
		}
		if given[name] {
			return d.Errf("%s is given twice", name)
		}
		given[name] = true
		var chosen string
		if err := word(d, &chosen, options[at].Values...); err != nil {
			return err
		}
		return options[at].Set(r.Protocol, chosen)
	})
}

func parsePath(d *caddyfile.Dispenser, p *iamsmart.Protocol) error {
	args := d.RemainingArgs()
	if len(args) != 2 {
		return d.Errf("path: expected 'path <function> <path>', words found: %d", len(args))
	}
	function := iamsmart.Function(args[0])
	if _, twice := p.Path[function]; twice {
		return d.Errf("path: %s is given twice", function)
	}
	if !slices.Contains(iamsmart.Functions(), function) {
		names := functionNames()
		return d.Errf("path: there is no function '%s'; expected one of: %s%s", function, strings.Join(names, ", "), spelling.Hint(args[0], names...))
	}
	if err := p.SetPath(function, args[1]); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func functionNames() []string {
	var names []string
	for _, f := range iamsmart.Functions() {
		names = append(names, string(f))
	}
	return names
}
