package sql

import (
	dbsql "database/sql"
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

func init() {
	caddy.RegisterModule(&SQL{})
}

// SQL looks accounts up in the legacy app's database and checks passwords
// against the hashes there. The columns of a statement are known by their names:
// `name`, the account's name as the app knows it, is required; `hash`, and `salt`
// where it stands beside the hash, prove a password; `key` is what never changes
// about the account, such as the number of its row; `state` is `1`, `true`, `t`,
// `y`, `yes`, `on`, `active`, `enabled` or `ok` for accounts that may be used and
// anything else, also NULL, for closed ones; `display_name` is shown on pages;
// `hkic` is the number of the identity card. Every other column is an attribute.
type SQL struct {
	// The kind of database: `postgres`, `mysql` (also MariaDB), `sqlserver` or
	// `sqlite`. Required.
	Driver string `json:"driver,omitempty"`

	// Where it is and how to log in there, best as `{env.NAME}` or
	// `{file./absolute/path}`, since it holds a password:
	// `postgres://user:password@host/database?sslmode=verify-full`,
	// `user:password@tcp(host:3306)/database?tls=true`,
	// `sqlserver://user:password@host?database=name&encrypt=true`, or for SQLite the path of
	// the file, which is opened for reading only. Required.
	DSN string `json:"dsn,omitempty"`

	// One SELECT that finds an account by what a person typed as its name, which
	// `{username}` stands for. It needs the columns `name` and `hash`. Required.
	ByName string `json:"by_name,omitempty"`

	// One SELECT that finds an account by its column `key`, for which `{key}`
	// stands, so that an account is known again after it was renamed. Default:
	// accounts are read again by their name.
	ByKey string `json:"by_key,omitempty"`

	// One SELECT that finds an account by the number of an identity card, for
	// which `{hkic}` stands: capital letters and digits without brackets, as in
	// A1234563. It needs the columns `name` and `hkic`. Default: nobody is found
	// so.
	ByHKIC string `json:"by_hkic,omitempty"`

	// The formats of hashes that the app uses. Without any: `bcrypt`, `argon2`,
	// `scrypt`, `yescrypt`, `pbkdf2` (also Django's), `sha_crypt` and `wordpress`.
	// Only where they are named: `md5_crypt`, `phpass`, `ssha`,
	// `aspnet_identity`, `aspnet_membership`, and digests in hexadecimal, such as
	// `md5(password)`, `sha1(salt+password)` or `md5(md5(password)+salt)`, of md5,
	// sha1, sha256 and sha512.
	Hash []string `json:"hash,omitempty"`

	set settings
	db  *dbsql.DB
}

// CaddyModule returns the Caddy module information.
func (*SQL) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "iamsmart.accounts.sql",
		New: func() caddy.Module { return new(SQL) },
	}
}

// Kind implements [accounts.Source].
func (*SQL) Kind() string { return "sql" }

// Provision resolves placeholders and reads the settings. It opens no
// connection, since `caddy validate` runs it too.
func (s *SQL) Provision(ctx caddy.Context) error {
	set, connector, err := s.resolve(caddy.NewReplacer())
	if err != nil {
		return fmt.Errorf("accounts sql: %w", err)
	}
	if set.inClear {
		ctx.Logger().Warn("the password of the database stands in clear in the configuration; write the dsn as {env.NAME} or {file./absolute/path}")
	}
	if set.exposed {
		ctx.Logger().Warn("whoever is on the network may read hashes of passwords, or put others in their place: "+
			"the dsn asks for no TLS that proves the server", zap.String("expected", set.driver.example))
	}
	s.set, s.db = set, pool(connector)
	return nil
}

// Cleanup closes the connections.
func (s *SQL) Cleanup() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// MarshalLogObject keeps the password of the database out of Caddy's trace log.
func (s *SQL) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("kind", s.Kind())
	enc.AddString("driver", s.Driver)
	return nil
}

// Interface guards
var (
	_ caddy.Module             = (*SQL)(nil)
	_ caddy.Provisioner        = (*SQL)(nil)
	_ caddy.CleanerUpper       = (*SQL)(nil)
	_ caddyfile.Unmarshaler    = (*SQL)(nil)
	_ zapcore.ObjectMarshaler  = (*SQL)(nil)
	_ accounts.Source          = (*SQL)(nil)
	_ accounts.PasswordChecker = (*SQL)(nil)
	_ accounts.SelfChecker     = (*SQL)(nil)
	_ accounts.Reader          = (*SQL)(nil)
	_ accounts.HKICFinder      = (*SQL)(nil)
)
