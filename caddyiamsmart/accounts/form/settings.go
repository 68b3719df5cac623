package form

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/caddyserver/caddy/v2"
)

// settings is the configuration with its placeholders resolved. It stays out of
// the exported fields, so that what a placeholder stands for is never written
// back into a configuration or a log.
type settings struct {
	url           *url.URL
	userField     string
	passwordField string
	success       []Rule
	failure       []Rule
	confirm       *confirmPage
	account       *regexp.Regexp
	logout        string
}

type confirmPage struct{ path, text string }

// where names the app in errors and logs: without the query, which may hold
// what is nobody's business.
func (s *settings) where() string {
	return s.url.Scheme + "://" + s.url.Host + s.url.EscapedPath()
}

func (f *Form) resolve(repl *caddy.Replacer) (settings, error) {
	r := resolver{repl: repl}
	set := settings{
		userField:     r.text("fields", f.UserField),
		passwordField: r.text("fields", f.PasswordField),
		success:       r.rules("success", f.Success),
		failure:       r.rules("failure", f.Failure),
		logout:        r.text("logout", f.Logout),
	}
	if f.Confirm != nil {
		set.confirm = &confirmPage{r.text("confirm", f.Confirm.Path), r.text("confirm", f.Confirm.Text)}
	}
	address, pattern := r.text("url", f.URL), r.text("account", f.Account)
	if r.err != nil {
		return settings{}, r.err
	}

	var err error
	if set.url, err = url.Parse(address); err != nil {
		return settings{}, errors.New("url: not an address") // the cause would repeat it, query and all
	}
	if pattern != "" {
		if set.account, err = regexp.Compile(pattern); err != nil {
			return settings{}, fmt.Errorf("account: %w", err)
		}
	}
	return set, nil
}

// placeholder matches what is resolved in a setting. Other braces are left
// alone: {1,64} is daily bread in a regular expression.
var placeholder = regexp.MustCompile(`\{(?:env|file)\.[^{}]*\}`)

// resolver resolves one setting after the other and keeps the first error.
type resolver struct {
	repl *caddy.Replacer
	err  error
}

func (r *resolver) text(option, value string) string {
	return placeholder.ReplaceAllStringFunc(value, func(found string) string {
		got, err := r.repl.ReplaceOrErr(found, true, true)
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("%s: resolving %s: %w", option, found, err)
		}
		return got
	})
}

func (r *resolver) rules(option string, rules []Rule) []Rule {
	resolved := make([]Rule, 0, len(rules))
	for _, rule := range rules {
		rule.Value = r.text(option, rule.Value)
		resolved = append(resolved, rule)
	}
	return resolved
}
