package form

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

var (
	options      = []string{"fields", "success", "failure", "expired", "second_factor", "confirm", "account", "logout"}
	repeatable   = []string{"success", "failure", "expired", "second_factor"}
	successSigns = []string{"status", "location", "cookie", "body", "json"}
	statedSigns  = []string{"status", "location", "body", "json"} // of failure and of the states of an account
)

// UnmarshalCaddyfile reads
//
//	form <url> {
//		fields  <user> <password>
//		success [not] status|location|cookie|body|json <value>
//		failure status|location|body|json <value>
//		expired status|location|body|json <value>
//		second_factor status|location|body|json <value>
//		confirm <path> <text>
//		account <regexp>
//		logout  <prefix>
//	}
//
// where success, failure, expired and second_factor may be repeated.
func (f *Form) UnmarshalCaddyfile(dispenser *caddyfile.Dispenser) error {
	d := blockReader{dispenser, "accounts form"}
	if err := d.address("login page", &f.URL); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if !slices.Contains(options, option) {
			return d.unknown("an unknown option", option, options)
		}
		if seen[option] && !slices.Contains(repeatable, option) {
			return d.fault("found a second '%s', expected it once", option)
		}
		seen[option] = true
		if err := f.unmarshalOption(d, option); err != nil {
			return err
		}
	}
	if !seen["fields"] {
		return d.fault("expected 'fields <user> <password>' in the block, found none")
	}
	return nil
}

func (f *Form) unmarshalOption(d blockReader, option string) error {
	args := d.RemainingArgs()
	switch option {
	case "fields":
		return d.take(args, "fields <user> <password>", &f.UserField, &f.PasswordField)
	case "success":
		rule, err := d.success(args)
		f.Success = append(f.Success, rule)
		return err
	case "failure", "expired", "second_factor":
		rule, err := d.stated(option, args)
		for _, stated := range f.statedRules() {
			if stated.option == option {
				*stated.rules = append(*stated.rules, rule)
			}
		}
		return err
	case "confirm":
		f.Confirm = new(Confirm)
		return d.take(args, "confirm <path> <text>", &f.Confirm.Path, &f.Confirm.Text)
	case "account":
		return d.take(args, "account <regexp>", &f.Account)
	default:
		return d.take(args, "logout <prefix>", &f.Logout)
	}
}

// statedRules are the options of which one rule is enough.
func (f *Form) statedRules() []statedRules {
	return []statedRules{{"failure", &f.Failure}, {"expired", &f.Expired}, {"second_factor", &f.SecondFactor}}
}

type statedRules struct {
	option string
	rules  *[]Rule
}
