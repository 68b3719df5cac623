package caddyiamsmart

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// parseRule reads 'require'.
func (g *Gate) parseRule(d *caddyfile.Dispenser) error {
	var rule Rule
	if d.CountRemainingArgs() > 0 {
		if g.matcher == nil {
			return d.Err("require: matchers are known within a site only")
		}
		set, ok, err := g.matcher()
		if err != nil {
			return d.Errf("require: %v", err)
		}
		if !ok {
			return d.Errf("require: '%s' is no matcher; expected /path, @name or nothing, and then a block", d.Val())
		}
		if d.NextArg() {
			return d.Errf("require: takes one matcher and a block, found '%s' besides; several paths make a named matcher: '@name path /a/* /b/*'", d.Val())
		}
		if set != nil {
			rule.MatcherSetsRaw = caddyhttp.RawMatcherSets{set}
		}
	}
	empty := true
	for nesting := d.Nesting(); d.NextBlock(nesting); empty = false {
		if err := rule.parse(d); err != nil {
			return err
		}
	}
	if empty {
		return d.Err("require: expected a block that says what people must have, found none; for example 'login_age 5m'")
	}
	if err := rule.check(); err != nil {
		return d.Errf("require: %v", err)
	}
	g.Require = append(g.Require, rule)
	return nil
}

func (rule *Rule) parse(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "attribute":
		args := d.RemainingArgs()
		if len(args) < 2 {
			return d.Errf("attribute: expected 'attribute <name> <value...>', words found: %d", len(args))
		}
		rule.Attributes = append(rule.Attributes, RequiredAttribute{Name: args[0], Values: args[1:]})
		return nil
	case "link_method":
		args := d.RemainingArgs()
		if len(args) == 0 {
			return d.Err("link_method: expected one way or more, as in 'link_method hkic code'")
		}
		rule.LinkMethod = append(rule.LinkMethod, args...)
		return nil
	case "user_type":
		return word(d, &rule.UserType, userTypePlus)
	case "login_age":
		return duration(d, &rule.LoginAge)
	case "step_up":
		return duration(d, &rule.StepUp)
	}
	return unknown(d, "require", "attribute", "link_method", "user_type", "login_age", "step_up")
}
