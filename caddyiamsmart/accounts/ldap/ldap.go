package ldap

import (
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

func init() {
	caddy.RegisterModule(&LDAP{})
}

// LDAP checks a name and a password with an LDAP directory, such as OpenLDAP or
// Active Directory: a service account finds the person's entry, and the entry's
// DN is bound with the password.
type LDAP struct {
	// The addresses of the servers, `ldaps://host` or `ldap://host`, with
	// `:port` where it is not 636 or 389. All must hold the same directory. They
	// are asked in this order; one that does not answer is asked last for the
	// next 30 seconds. One to eight are required.
	URLs []string `json:"urls,omitempty"`

	// How `ldap://` addresses are protected: `starttls`, or `off`, which is
	// accepted for loopback addresses only. Default: `starttls`.
	TLS string `json:"tls,omitempty"`

	// A PEM file with the certificates of the authorities that may vouch for
	// the servers. It is read when the configuration is loaded. Default: those
	// of the system.
	CA string `json:"ca,omitempty"`

	// The account that looks for entries. It needs to read those below `base`,
	// and no more. Required.
	Bind *Bind `json:"bind,omitempty"`

	// The DN of the entry below which people are looked for, at any depth.
	// Required.
	Base string `json:"base,omitempty"`

	// The filter that finds the entry of a name. `{username}` stands where the
	// name is compared, as all of the value of an equality, such as
	// `(&(objectClass=person)(uid={username}))`; no entry may be found without
	// it. The name is escaped. Required.
	User string `json:"user,omitempty"`

	// The attribute that holds the account's name as it goes upstream; an entry
	// must have one value of it. Default: the attribute that `user` compares
	// with `{username}`, where that is only one; else it is required.
	Name string `json:"name,omitempty"`

	// The attribute that holds the entry's immutable key, so that a renamed
	// account stays linked and a name that is used again does not inherit a
	// link. An entry without it is not accepted. Default: `objectGUID` where
	// the name is compared with `sAMAccountName` or `userPrincipalName`, else
	// `entryUUID`; and then an entry without it has no key.
	Key string `json:"key,omitempty"`

	// The attribute that holds the number of the person's Hong Kong identity
	// card, in any usual spelling. Default: none, and no account can be found
	// by it.
	HKIC string `json:"hkic,omitempty"`

	// Attributes of the entry, at most 64, that are kept for headers and rules.
	// Several values of one are put into lines of their own, in the directory's
	// order. What is over 8 KiB or no text is left out. Default: none.
	Attributes []string `json:"attributes,omitempty"`

	set    settings
	logger *zap.Logger
	slots  chan struct{}
}

// Bind is the account that looks for entries.
type Bind struct {
	// The DN or, with Active Directory, `user@domain`. Required.
	DN string `json:"dn,omitempty"`

	// The password, as `{env.NAME}` or `{file./absolute/path}`. Required.
	Password string `json:"password,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*LDAP) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "iamsmart.accounts.ldap",
		New: func() caddy.Module { return new(LDAP) },
	}
}

// Kind implements [accounts.Source].
func (*LDAP) Kind() string { return "ldap" }

// Provision resolves placeholders and reads the settings. It opens no
// connection, since `caddy validate` runs it too.
func (l *LDAP) Provision(ctx caddy.Context) error {
	l.logger = ctx.Logger()
	l.slots = make(chan struct{}, maxChecks)
	set, err := l.resolve(caddy.NewReplacer())
	if err != nil {
		return fmt.Errorf("accounts ldap: %w", err)
	}
	l.set = set
	if len(accounts.Placeholders(l.Bind.Password)) == 0 {
		l.logger.Warn("the password of 'bind' stands in clear in the configuration; write {env.NAME} or {file./absolute/path}")
	}
	return nil
}

// MarshalLogObject keeps the password out of Caddy's trace log.
func (l *LDAP) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("kind", l.Kind())
	enc.AddString("base", l.Base)
	return nil
}

// Interface guards
var (
	_ caddy.Module             = (*LDAP)(nil)
	_ caddy.Provisioner        = (*LDAP)(nil)
	_ caddyfile.Unmarshaler    = (*LDAP)(nil)
	_ zapcore.ObjectMarshaler  = (*LDAP)(nil)
	_ accounts.Source          = (*LDAP)(nil)
	_ accounts.PasswordChecker = (*LDAP)(nil)
	_ accounts.SelfChecker     = (*LDAP)(nil)
	_ accounts.Reader          = (*LDAP)(nil)
	_ accounts.HKICFinder      = (*LDAP)(nil)
	_ accounts.Lister          = (*LDAP)(nil)
)
