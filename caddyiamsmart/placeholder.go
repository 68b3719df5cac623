package caddyiamsmart

import (
	"fmt"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// resolve puts the values of {env.*} and {file.*} into an option.
func resolve(value string) (string, error) { return accounts.Resolve(caddy.NewReplacer(), value) }

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
func literal(value string) bool { return len(accounts.Placeholders(value)) == 0 }
