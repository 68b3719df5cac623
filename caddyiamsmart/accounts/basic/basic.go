package basic

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

func init() {
	caddy.RegisterModule(&Basic{})
}

// Basic checks a name and a password with an address of the legacy app that is
// protected by HTTP Basic: 200 is a yes, 401 a no, and nothing else is either. A
// random name with a random password is tried first, and every ten minutes: if
// the address would let that in, nobody is let in.
type Basic struct {
	// A protected address of the app, as the gate reaches the app: http or
	// https. It should cost the app little and open no session. Required.
	URL string `json:"url,omitempty"`

	// A regular expression that finds the account's name in the page at that
	// address. Its first group counts, or all of it where it has no group.
	// Default: the typed name in lower case, and only names of at most 64 ASCII
	// letters, digits and `. _ - @` are accepted.
	Account string `json:"account,omitempty"`

	url     *url.URL
	account *regexp.Regexp
	logger  *zap.Logger
	slots   chan struct{}
	canary  accounts.Canary
}

// CaddyModule returns the Caddy module information.
func (*Basic) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "iamsmart.accounts.basic",
		New: func() caddy.Module { return new(Basic) },
	}
}

// Kind implements [accounts.Source].
func (*Basic) Kind() string { return "basic" }

// Provision resolves placeholders and reads the settings. It opens no
// connection, since `caddy validate` runs it too.
func (b *Basic) Provision(ctx caddy.Context) error {
	b.logger = ctx.Logger()
	b.slots = make(chan struct{}, maxChecks)
	if err := b.resolve(caddy.NewReplacer()); err != nil {
		return fmt.Errorf("accounts basic: %w", err)
	}
	return nil
}

func (b *Basic) resolve(repl *caddy.Replacer) error {
	r := accounts.Settings{With: repl}
	address, pattern := r.Text("url", b.URL), r.Text("account", b.Account)
	if r.Err != nil {
		return r.Err
	}
	var err error
	if b.url, err = url.Parse(address); err != nil {
		return errors.New("url: not an address") // the cause would repeat it, query and all
	}
	switch {
	case b.url.Scheme != "http" && b.url.Scheme != "https", b.url.Hostname() == "":
		return errors.New("url: expected http://… or https://… with a host name")
	case b.url.User != nil:
		return errors.New("url: a user name or password in the address is not allowed")
	case b.url.Fragment != "":
		return errors.New("url: a #fragment never reaches the app, leave it out")
	}
	if pattern != "" {
		if b.account, err = regexp.Compile(pattern); err != nil {
			return fmt.Errorf("account: %w", err)
		}
	}
	return nil
}

// where names the app in errors and logs: without the query, which may hold
// what is nobody's business.
func (b *Basic) where() string { return b.url.Scheme + "://" + b.url.Host + b.url.EscapedPath() }

// Interface guards
var (
	_ caddy.Module             = (*Basic)(nil)
	_ caddy.Provisioner        = (*Basic)(nil)
	_ caddyfile.Unmarshaler    = (*Basic)(nil)
	_ accounts.Source          = (*Basic)(nil)
	_ accounts.PasswordChecker = (*Basic)(nil)
	_ accounts.SelfChecker     = (*Basic)(nil)
)
