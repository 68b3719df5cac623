package form

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
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
func (f *Form) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the word "form"
	if !d.NextArg() {
		return d.Err("accounts form: expected the address of the login page after 'form'")
	}
	f.URL = d.Val()
	if d.NextArg() {
		return d.Errf("accounts form: found '%s' after the address, expected nothing more on this line", d.Val())
	}

	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if !slices.Contains(options, option) {
			return unknownWord(d, "an unknown option", option, options)
		}
		if seen[option] && !slices.Contains(repeatable, option) {
			return d.Errf("accounts form: found a second '%s', expected it once", option)
		}
		seen[option] = true
		if err := f.unmarshalOption(d, option); err != nil {
			return err
		}
	}
	if !seen["fields"] {
		return d.Err("accounts form: expected 'fields <user> <password>' in the block, found none")
	}
	return nil
}

func (f *Form) unmarshalOption(d *caddyfile.Dispenser, option string) error {
	args := d.RemainingArgs()
	switch option {
	case "fields":
		return take(d, args, "fields <user> <password>", &f.UserField, &f.PasswordField)
	case "success":
		rule, err := unmarshalSuccess(d, args)
		f.Success = append(f.Success, rule)
		return err
	case "failure", "expired", "second_factor":
		rule, err := unmarshalStated(d, option, args)
		for _, stated := range f.statedRules() {
			if stated.option == option {
				*stated.rules = append(*stated.rules, rule)
			}
		}
		return err
	case "confirm":
		f.Confirm = new(Confirm)
		return take(d, args, "confirm <path> <text>", &f.Confirm.Path, &f.Confirm.Text)
	case "account":
		return take(d, args, "account <regexp>", &f.Account)
	default:
		return take(d, args, "logout <prefix>", &f.Logout)
	}
}

func unmarshalSuccess(d *caddyfile.Dispenser, args []string) (Rule, error) {
	var rule Rule
	if len(args) > 0 && args[0] == "not" {
		rule.Not = true
		args = args[1:]
	}
	if len(args) > 0 && !slices.Contains(successSigns, args[0]) {
		return rule, unknownWord(d, "success: an unknown sign", args[0], append([]string{"not"}, successSigns...))
	}
	return rule, take(d, args, "success [not] "+strings.Join(successSigns, "|")+" <value>", &rule.Sign, &rule.Value)
}

// statedRules are the options of which one rule is enough.
func (f *Form) statedRules() []statedRules {
	return []statedRules{{"failure", &f.Failure}, {"expired", &f.Expired}, {"second_factor", &f.SecondFactor}}
}

type statedRules struct {
	option string
	rules  *[]Rule
}

func unmarshalStated(d *caddyfile.Dispenser, option string, args []string) (Rule, error) {
	var rule Rule
	if len(args) > 0 && !slices.Contains(statedSigns, args[0]) {
		return rule, unknownWord(d, option+": an unknown sign", args[0], statedSigns)
	}
	return rule, take(d, args, option+" "+strings.Join(statedSigns, "|")+" <value>", &rule.Sign, &rule.Value)
}

// take puts each argument in its place, all of them and none empty.
func take(d *caddyfile.Dispenser, args []string, usage string, places ...*string) error {
	if len(args) > len(places) {
		return d.Errf("accounts form: found %d words, expected '%s'; put text with blanks in quotes", len(args), usage)
	}
	if len(args) < len(places) || slices.Contains(args, "") {
		return d.Errf("accounts form: found too little, expected '%s'", usage)
	}
	for i, place := range places {
		*place = args[i]
	}
	return nil
}

func unknownWord(d *caddyfile.Dispenser, what, found string, known []string) error {
	return d.Errf("accounts form: %s '%s', expected one of %s%s",
		what, found, strings.Join(known, ", "), spelling.Hint(found, known...))
}
