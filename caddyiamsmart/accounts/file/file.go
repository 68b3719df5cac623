package file

import (
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

func init() {
	caddy.RegisterModule(&File{})
}

// File reads accounts from a CSV file whose first row names the columns: `name`,
// the account's name as the app knows it, is required, and no two may be the same
// but for case and width of letters; `hash`, and `salt` where it stands beside the
// hash, prove a password, and without a hash there is none to check; `key` is what
// never changes about the account, such as its staff number; `state` is `1`,
// `true`, `t`, `y`, `yes`, `on`, `active`, `enabled` or `ok` for accounts that may
// be used and anything else, also nothing, for closed ones; `display_name` is
// shown on pages; `hkic_hash` is the hash of the number of the person's identity
// card, as `caddy iamsmart hkic hash` makes it. Every other column is an
// attribute. The file is read again when it changes.
type File struct {
	// The path of the file, UTF-8, at most 32 MiB, 50,000 accounts and 64 columns
	// of at most 4 KiB each. It holds hashes of passwords: nobody but the user
	// that runs Caddy should read it. Required.
	Path string `json:"path,omitempty"`

	// The formats of the hashes in the file. Without any: `bcrypt`, `argon2`,
	// `scrypt`, `yescrypt`, `pbkdf2` (also Django's), `sha_crypt` and `wordpress`.
	// Only where they are named: `md5_crypt`, `phpass`, `ssha`,
	// `aspnet_identity`, `aspnet_membership`, and digests in hexadecimal, such as
	// `md5(password)`, `sha1(salt+password)` or `md5(md5(password)+salt)`, of md5,
	// sha1, sha256 and sha512.
	Hash []string `json:"hash,omitempty"`

	logger *zap.Logger
	hashes *hash.Checker
	list   *list
	hasher atomic.Pointer[func(canonical string) string]
}

// CaddyModule returns the Caddy module information.
func (*File) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "iamsmart.accounts.file",
		New: func() caddy.Module { return new(File) },
	}
}

// Kind implements [accounts.Source].
func (*File) Kind() string { return "file" }

// Provision resolves placeholders and reads the file. One that cannot be read is
// an error: there are no accounts from before it.
func (f *File) Provision(ctx caddy.Context) error {
	f.logger = ctx.Logger()
	r := accounts.Settings{With: caddy.NewReplacer()}
	path := r.Text("path", f.Path)
	if r.Err != nil {
		return fmt.Errorf("accounts file: %w", r.Err)
	}
	if path == "" {
		return fmt.Errorf("accounts file: path: it is missing, expected the path of a CSV file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("accounts file: path: %w", err)
	}
	if f.hashes, err = hash.New(f.Hash...); err != nil {
		return fmt.Errorf("accounts file: hash: %w", err)
	}
	if f.list, err = openList(path, f.hashes, f.logger); err != nil {
		return fmt.Errorf("accounts file: %w", err)
	}
	return nil
}

// UseHKICHasher implements [accounts.HKICHashed].
func (f *File) UseHKICHasher(hash func(canonical string) string) { f.hasher.Store(&hash) }

// MarshalLogObject says which file it is in Caddy's trace log.
func (f *File) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("kind", f.Kind())
	enc.AddString("path", f.Path)
	return nil
}

// Interface guards
var (
	_ caddy.Module             = (*File)(nil)
	_ caddy.Provisioner        = (*File)(nil)
	_ caddyfile.Unmarshaler    = (*File)(nil)
	_ zapcore.ObjectMarshaler  = (*File)(nil)
	_ accounts.Source          = (*File)(nil)
	_ accounts.PasswordChecker = (*File)(nil)
	_ accounts.SelfChecker     = (*File)(nil)
	_ accounts.Reader          = (*File)(nil)
	_ accounts.HKICFinder      = (*File)(nil)
	_ accounts.HKICHashed      = (*File)(nil)
	_ accounts.Lister          = (*File)(nil)
)
