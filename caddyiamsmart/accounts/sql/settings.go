package sql

import (
	dbdriver "database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// settings is the configuration with its placeholders resolved. It stays out of
// the exported fields, so that what a placeholder stands for is never written
// back into a configuration or a log.
type settings struct {
	driver  driver
	byName  statement
	byKey   *statement // nil without
	byHKIC  *statement // nil without
	hashes  *hash.Checker
	inClear bool // the dsn holds a password and stands in the configuration
}

func (s *SQL) resolve(repl *caddy.Replacer) (settings, dbdriver.Connector, error) {
	r := resolver{repl: repl}
	word, dsn := r.text("driver", s.Driver), r.text("dsn", s.DSN)
	byName, byKey, byHKIC := r.text("by_name", s.ByName), r.text("by_key", s.ByKey), r.text("by_hkic", s.ByHKIC)
	if r.err != nil {
		return settings{}, nil, r.err
	}

	kind, known := drivers[word]
	if !known {
		return settings{}, nil, fmt.Errorf("driver: found '%s', expected one of %s%s",
			word, strings.Join(driverWords, ", "), spelling.Hint(word, driverWords...))
	}
	if dsn == "" {
		return settings{}, nil, fmt.Errorf("dsn: it is missing, expected for example %s", kind.example)
	}
	set := settings{driver: kind}
	connector, password, err := kind.open(dsn)
	if err != nil { // the cause may repeat the password
		return settings{}, nil, fmt.Errorf("dsn: %s cannot be reached in this way, expected for example %s", kind.name, kind.example)
	}
	set.inClear = password != "" && strings.Contains(s.DSN, password)

	if set.byName, err = kind.parse(byName, "username"); err != nil {
		return settings{}, nil, fmt.Errorf("by_name: %w", err)
	}
	if set.byKey, err = kind.optional(byKey, "key"); err != nil {
		return settings{}, nil, fmt.Errorf("by_key: %w", err)
	}
	if set.byHKIC, err = kind.optional(byHKIC, "hkic"); err != nil {
		return settings{}, nil, fmt.Errorf("by_hkic: %w", err)
	}
	if set.hashes, err = hash.New(s.Hash...); err != nil {
		return settings{}, nil, fmt.Errorf("hash: %w", err)
	}
	return set, connector, nil
}

// optional is nil for a statement that is not there.
func (d driver) optional(text, bound string) (*statement, error) {
	if text == "" {
		return nil, nil
	}
	st, err := d.parse(text, bound)
	if err != nil {
		return nil, err
	}
	return &st, nil
}

// placeholder matches what is resolved in a setting. Other braces are left alone:
// {username} has its own meaning in a statement.
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
		return strings.TrimRight(got, "\r\n") // as files end
	})
}

var errNotOpened = errors.New("the address was not understood")
