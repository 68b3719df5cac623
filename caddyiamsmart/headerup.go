package caddyiamsmart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/spelling"
	"caddyiamsmart.example/caddyiamsmart/upstream"
)

// HeaderUp is one request header for the application.
type HeaderUp struct {
	// The header's name. Required.
	Name string `json:"name,omitempty"`

	// Its value: text and `{iamsmart.*}` placeholders. Of `{iamsmart.name.zh|name.en}`
	// the first that has a value is taken. Required.
	Template string `json:"template,omitempty"`

	// How the value is encoded: `utf8`; `latin1`; `big5`, with the Hong Kong
	// supplement of 2008; `base64`, of UTF-8, with padding; `percent`, as in
	// addresses, of UTF-8; `rfc8187`, like `UTF-8''%E9%99%B3`. A value that cannot be
	// encoded without loss is refused with 502. Default: `utf8`.
	Encoding string `json:"encoding,omitempty"`

	// Refuse the request with 502 when the value is empty. A header that may hold
	// `{iamsmart.account}` always does. Default: leave the header out.
	Required bool `json:"required,omitempty"`

	// What stands between the values of an attribute that has several: 1 to 8 signs.
	// Each value fills the template and is encoded by itself; one that holds the
	// separator then is refused with 502. Default: several values are refused with 502.
	Joined string `json:"joined,omitempty"`

	// Send each value of an attribute that has several as a header line of its own.
	// Default: see `joined`.
	Lines bool `json:"lines,omitempty"`
}

// PathHeaders are headers that go with requests for some paths only.
type PathHeaders struct {
	// The paths, exact or `/folder/*`. A request is for one of them only if every way
	// in which a server may read its path is. Required: at least one.
	Paths []string `json:"paths,omitempty"`

	// The headers, beside those for all paths and in the place of those of the same
	// name. Required: at least one.
	HeaderUp []HeaderUp `json:"header_up,omitempty"`
}

// parseHeader reads 'header_up'.
func parseHeader(d *caddyfile.Dispenser, to *[]HeaderUp) error {
	args := d.RemainingArgs()
	if len(args) < 2 {
		return d.Errf("header_up: expected 'header_up <Name> <template> [<encoding>] [required] [joined <separator>|lines]', words found: %d; put text with blanks in quotes", len(args))
	}
	header := HeaderUp{Name: args[0], Template: args[1]}
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		twice := false
		switch word := rest[0]; {
		case slices.Contains(upstream.Encodings(), word):
			header.Encoding, twice = word, header.Encoding != ""
		case word == "required":
			header.Required, twice = true, header.Required
		case word == "lines":
			header.Lines, twice = true, header.Lines
		case word == "joined" && len(rest) == 1:
			return d.Err("header_up: joined: expected a separator behind it, as in 'joined ,'")
		case word == "joined":
			twice = header.Joined != ""
			rest = rest[1:]
			header.Joined = rest[0]
		default:
			words := append(upstream.Encodings(), "required", "joined", "lines")
			return d.Errf("header_up: unknown word '%s'; expected one of: %s%s; put text with blanks in quotes",
				word, strings.Join(words, ", "), spelling.Hint(word, words...))
		}
		if twice {
			return d.Errf("header_up: '%s' is one word too many", rest[0])
		}
	}
	if _, err := upstream.NewHeaders(headerSpecs([]HeaderUp{header})); err != nil {
		return d.Errf("header_up: %v", err) // here, where its line is known
	}
	*to = append(*to, header)
	return nil
}

// parsePath reads a block of headers for some paths.
func (g *Gate) parsePath(d *caddyfile.Dispenser) error {
	var one PathHeaders
	if err := paths(d, &one.Paths); err != nil {
		return err
	}
	if _, err := upstream.NewPublic(one.Paths); err != nil {
		return d.Errf("path: %v", err)
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if d.Val() != "header_up" {
			return unknown(d, "path", "header_up")
		}
		if err := parseHeader(d, &one.HeaderUp); err != nil {
			return err
		}
	}
	if len(one.HeaderUp) == 0 {
		return d.Err("path: expected a block with a header_up in it, found none")
	}
	g.PathHeaders = append(g.PathHeaders, one)
	return nil
}

// allHeaders are those for all paths and those for some.
func (g *Gate) allHeaders() []HeaderUp {
	all := slices.Clone(g.HeaderUp)
	for _, block := range g.PathHeaders {
		all = append(all, block.HeaderUp...)
	}
	return all
}

func (g *Gate) provisionHeaders(caddy.Context) error {
	var blocks []upstream.PathSpec
	for _, block := range g.PathHeaders {
		blocks = append(blocks, upstream.PathSpec{Paths: block.Paths, Headers: headerSpecs(block.HeaderUp)})
	}
	var err error
	if g.headers, err = upstream.NewHeaders(headerSpecs(g.HeaderUp), blocks...); err != nil {
		return fmt.Errorf("header_up: %w", err)
	}
	if err := g.provisionAssertion(); err != nil {
		return fmt.Errorf("assertion: %w", err)
	}
	if err := g.provisionOpenID(); err != nil {
		return err
	}
	g.scrubber = upstream.NewScrubber(g.headers.Names())
	return nil
}

func headerSpecs(list []HeaderUp) []upstream.HeaderSpec {
	specs := make([]upstream.HeaderSpec, len(list))
	for i, h := range list {
		specs[i] = upstream.HeaderSpec(h)
	}
	return specs
}

// provisionAttributes compares what the header templates take with what the
// accounts can tell.
func (g *Gate) provisionAttributes() error {
	if names := g.headers.Attributes(); len(names) > 0 && !g.sources.readable() {
		return fmt.Errorf("header_up: {iamsmart.account.%s}: these accounts tell no attributes; accounts sql, ldap and file do", names[0])
	}
	return nil
}
