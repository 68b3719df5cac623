package form

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// blockReader reads the lines that blocks have in common. The words of its option
// begin each error.
type blockReader struct {
	*caddyfile.Dispenser
	option string
}

func (d blockReader) fault(format string, args ...any) error {
	return d.Errf("%s: "+format, append([]any{d.option}, args...)...)
}

// address reads the line that a block begins with: the word "form", and the
// address of the page.
func (d blockReader) address(page string, to *string) error {
	d.Next() // the word "form"
	if !d.NextArg() {
		return d.fault("expected the address of the %s after 'form'", page)
	}
	*to = d.Val()
	if d.NextArg() {
		return d.fault("found '%s' after the address, expected nothing more on this line", d.Val())
	}
	return nil
}

// success reads what comes after the word "success".
func (d blockReader) success(args []string) (Rule, error) {
	var rule Rule
	if len(args) > 0 && args[0] == "not" {
		rule.Not = true
		args = args[1:]
	}
	if len(args) > 0 && !slices.Contains(successSigns, args[0]) {
		return rule, d.unknown("success: an unknown sign", args[0], append([]string{"not"}, successSigns...))
	}
	return rule, d.take(args, "success [not] "+strings.Join(successSigns, "|")+" <value>", &rule.Sign, &rule.Value)
}

// stated reads what comes after an option of which one rule is enough.
func (d blockReader) stated(option string, args []string) (Rule, error) {
	var rule Rule
	if len(args) > 0 && !slices.Contains(statedSigns, args[0]) {
		return rule, d.unknown(option+": an unknown sign", args[0], statedSigns)
	}
	return rule, d.take(args, option+" "+strings.Join(statedSigns, "|")+" <value>", &rule.Sign, &rule.Value)
}

// take puts each argument in its place, all of them and none empty.
func (d blockReader) take(args []string, usage string, places ...*string) error {
	if len(args) > len(places) {
		return d.fault("found %d words, expected '%s'; put text with blanks in quotes", len(args), usage)
	}
	if len(args) < len(places) || slices.Contains(args, "") {
		return d.fault("found too little, expected '%s'", usage)
	}
	for i, place := range places {
		*place = args[i]
	}
	return nil
}

func (d blockReader) unknown(what, found string, known []string) error {
	return d.fault("%s '%s', expected one of %s%s",
		what, found, strings.Join(known, ", "), spelling.Hint(found, known...))
}
