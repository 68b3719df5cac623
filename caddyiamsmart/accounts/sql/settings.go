package sql

import (
	dbdriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart/accounts"
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
	exposed bool // whoever is on the network may read and write what the database says
}

func (s *SQL) resolve(repl *caddy.Replacer) (settings, dbdriver.Connector, error) {
	r := accounts.Settings{With: repl}
	word, dsn := r.Text("driver", s.Driver), strings.TrimRight(r.Text("dsn", s.DSN), "\r\n") // as files end
	byName, byKey, byHKIC := r.Text("by_name", s.ByName), r.Text("by_key", s.ByKey), r.Text("by_hkic", s.ByHKIC)
	if r.Err != nil {
		return settings{}, nil, r.Err
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
	db, err := kind.open(dsn)
	if err != nil { // the cause may repeat the password
		return settings{}, nil, fmt.Errorf("dsn: %s cannot be reached in this way, expected for example %s", kind.name, kind.example)
	}
	set.inClear = db.password != "" && strings.Contains(s.DSN, db.password)
	set.exposed = db.exposed

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
	return set, db.connector, nil
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

var errNotOpened = errors.New("the address was not understood")
