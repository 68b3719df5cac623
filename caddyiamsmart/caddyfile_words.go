package caddyiamsmart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// block reads the lines of a block that takes no arguments before it.
func block(d *caddyfile.Dispenser, line func(word string) error) error {
	name := d.Val()
	if d.NextArg() {
		return d.Errf("%s takes a block and no arguments, found '%s'", name, d.Val())
	}
	empty := true
	for nesting := d.Nesting(); d.NextBlock(nesting); empty = false {
		if err := line(d.Val()); err != nil {
			return err
		}
	}
	if empty {
		return d.Errf("%s: expected a block with an option in it, found none", name)
	}
	return nil
}

// once reads an option with one value, which may stand once.
func once(d *caddyfile.Dispenser, to *string) error {
	option := d.Val()
	if *to != "" {
		return d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	switch {
	case len(args) > 1:
		return d.Errf("%s: expected one value, found %d; put text with blanks in quotes", option, len(args))
	case len(args) == 0 || args[0] == "":
		return d.Errf("%s: expected one value, found none", option)
	}
	*to = args[0]
	return nil
}

// paths reads an option that takes paths and may be repeated.
func paths(d *caddyfile.Dispenser, to *[]string) error {
	option, found := d.Val(), d.RemainingArgs()
	if len(found) == 0 {
		return d.Errf("%s: expected one path or more: exact, or like /folder/*", option)
	}
	*to = append(*to, found...)
	return nil
}

// word reads an option that is one of a few words.
func word(d *caddyfile.Dispenser, to *string, words ...string) error {
	option := d.Val()
	if err := once(d, to); err != nil {
		return err
	}
	if err := oneOf(option, *to, words...); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func duration(d *caddyfile.Dispenser, to *caddy.Duration) error {
	option, text := d.Val(), ""
	if *to != 0 {
		return d.Errf("%s is given twice", option)
	}
	if err := once(d, &text); err != nil {
		return err
	}
	parsed, err := caddy.ParseDuration(text)
	if err != nil || parsed < time.Second {
		return d.Errf("%s: '%s' is no duration; expected for example 15m, 13h", option, text)
	}
	*to = caddy.Duration(parsed)
	return nil
}

func number(d *caddyfile.Dispenser, to *int, least, most int) error {
	option, text := d.Val(), ""
	if *to != 0 {
		return d.Errf("%s is given twice", option)
	}
	if err := once(d, &text); err != nil {
		return err
	}
	parsed, err := strconv.Atoi(text)
	if err != nil || parsed < least || parsed > most {
		return d.Errf("%s: '%s' does not fit; expected a number from %d to %d", option, text, least, most)
	}
	*to = parsed
	return nil
}

// unknown reports a word that is no option, with what was expected.
func unknown(d *caddyfile.Dispenser, where string, expected ...string) error {
	if d.Val() == "{" {
		return d.Errf("%s: the option on this line takes no block", where)
	}
	return d.Errf("%s: unknown option '%s'; expected one of: %s%s", where, d.Val(), strings.Join(expected, ", "), spelling.Hint(d.Val(), expected...))
}

// known lists the realms that there are.
func known(realms map[string]*Realm) string {
	var names []string
	for name := range realms {
		names = append(names, "'"+name+"'")
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "it has none"
	}
	return fmt.Sprintf("it has %s", strings.Join(names, ", "))
}
