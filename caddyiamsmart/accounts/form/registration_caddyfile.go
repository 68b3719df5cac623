package form

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

var registrationOptions = []string{"field", "success", "failure"}

// UnmarshalCaddyfile reads
//
//	form <url> {
//		field   <name> <template>
//		success [not] status|location|cookie|body|json <value>
//		failure status|location|body|json <value>
//	}
//
// where each may be repeated.
func (r *Registration) UnmarshalCaddyfile(dispenser *caddyfile.Dispenser) error {
	d := blockReader{dispenser, "register form"}
	if err := d.address("registration page", &r.URL); err != nil {
		return err
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if !slices.Contains(registrationOptions, option) {
			return d.unknown("an unknown option", option, registrationOptions)
		}
		if err := r.unmarshalOption(d, option); err != nil {
			return err
		}
	}
	if len(r.Fields) == 0 {
		return d.fault("expected 'field <name> <template>' in the block, found none")
	}
	return nil
}

func (r *Registration) unmarshalOption(d blockReader, option string) error {
	args := d.RemainingArgs()
	switch option {
	case "field":
		var f RegistrationField
		err := d.take(args, "field <name> <template>", &f.Name, &f.Template)
		r.Fields = append(r.Fields, f)
		return err
	case "success":
		rule, err := d.success(args)
		r.Success = append(r.Success, rule)
		return err
	default:
		rule, err := d.stated(option, args)
		r.Failure = append(r.Failure, rule)
		return err
	}
}
