package caddyiamsmart

import (
	"fmt"
	"regexp"

	"github.com/caddyserver/caddy/v2"
)

// settled are the placeholders that are known when a configuration is loaded.
// Each is resolved by itself: Caddy's replacer over a whole value would also
// take {username}, {1,64} and {iamsmart.account}, which are not for it.
var settled = regexp.MustCompile(`\{(?:env|file)\.[^{}]+\}`)

// early is a form that Caddy makes of {file.name} in a site block, before this
// module sees it.
var early = regexp.MustCompile(`\{http\.request\.uri\.path\.file\.[^{}]*\}`)

// resolve puts the values of {env.*} and {file.*} into an option. An empty one
// is an error: it means an unset variable or an unreadable file.
func resolve(value string) (string, error) {
	if found := early.FindString(value); found != "" {
		return "", fmt.Errorf("%s is a placeholder of a request; to read a file, write its absolute path: {file./path/to/file}", found)
	}
	var failed error
	repl := caddy.NewReplacer()
	resolved := settled.ReplaceAllStringFunc(value, func(placeholder string) string {
		text, err := repl.ReplaceOrErr(placeholder, true, true)
		if err != nil || text == "" {
			failed = fmt.Errorf("%s is empty: the variable is not set, or the file is missing, empty or not readable", placeholder)
		}
		return text
	})
	if failed != nil {
		return "", failed
	}
	return resolved, nil
}

// required resolves an option that must be there.
func required(option, value string) (string, error) {
	if value == "" {
		return "", fmt.Errorf("%s is missing", option)
	}
	resolved, err := resolve(value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", option, err)
	}
	return resolved, nil
}

// literal tells whether a secret stands in the configuration itself.
func literal(value string) bool { return !settled.MatchString(value) }
