package form

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts"
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
	expired       []Rule
	secondFactor  []Rule
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
	r := accounts.Settings{With: repl}
	set := settings{
		userField:     r.Text("fields", f.UserField),
		passwordField: r.Text("fields", f.PasswordField),
		success:       resolveRules(&r, "success", f.Success),
		failure:       resolveRules(&r, "failure", f.Failure),
		expired:       resolveRules(&r, "expired", f.Expired),
		secondFactor:  resolveRules(&r, "second_factor", f.SecondFactor),
		logout:        r.Text("logout", f.Logout),
	}
	if f.Confirm != nil {
		set.confirm = &confirmPage{r.Text("confirm", f.Confirm.Path), r.Text("confirm", f.Confirm.Text)}
	}
	address, pattern := r.Text("url", f.URL), r.Text("account", f.Account)
	if r.Err != nil {
		return settings{}, r.Err
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

// resolveRules resolves the values of rules.
func resolveRules(r *accounts.Settings, option string, rules []Rule) []Rule {
	resolved := make([]Rule, 0, len(rules))
	for _, rule := range rules {
		rule.Value = r.Text(option, rule.Value)
		resolved = append(resolved, rule)
	}
	return resolved
}
