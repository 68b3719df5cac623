package ldap_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/ldap"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// load reads a block as the gate's Caddyfile does, from the word "ldap" on, and
// brings the module to life as Caddy does: by way of its JSON.
func load(t testing.TB, block string) *ldap.LDAP {
	t.Helper()
	l, err := tryLoad(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	return l
}

func tryLoad(block string) (*ldap.LDAP, error) {
	var written ldap.LDAP
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	l := written.CaddyModule().New().(*ldap.LDAP)
	if err := caddy.StrictUnmarshalJSON(config, l); err != nil {
		return nil, err
	}
	return l, provision(l)
}

func provision(l *ldap.LDAP) error {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	return l.Provision(ctx)
}

// block writes a block for a running directory, at its StartTLS address.
func block(d servertest.Directory, lines ...string) string { return blockAt(d, d.URL, lines...) }

func blockAt(d servertest.Directory, urls string, lines ...string) string {
	for option, line := range map[string]string{
		"bind": "bind " + d.Reader + " {file." + d.PasswordFile + "}",
		"base": "base ou=staff," + d.Suffix,
		"user": "user (&(objectClass=inetOrgPerson)(uid={username}))",
		"ca":   "ca " + d.CA,
	} {
		stated := false
		for _, l := range lines {
			stated = stated || strings.HasPrefix(l, option+" ")
		}
		if !stated && !(option == "ca" && d.CA == "") {
			lines = append(lines, line)
		}
	}
	return "ldap " + urls + " {\n\t" + strings.Join(lines, "\n\t") + "\n}"
}

// outcome names what a check came to, in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrUnknown):
		return "unknown"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrState):
		return "state"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrSeveral):
		return "several"
	case errors.Is(err, accounts.ErrCannotCheck) && errors.Is(err, accounts.ErrNotAsked):
		return "cannot check, not asked"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot check"
	default:
		return "unforeseen: " + err.Error()
	}
}

// mustNotTell fails if an error repeats what was typed or configured.
func mustNotTell(t testing.TB, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if err != nil && len(secret) > 3 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats what is secret: %v", err)
		}
	}
}

// staff is the directory of a home. Alice and Bob share a surname; the two with
// the same employee number in two spellings are a mistake of the records.
const staff = `dn: ou=staff,dc=example,dc=com
objectClass: organizationalUnit
ou: staff

dn: uid=Alice,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: Alice
cn: Alice Chan
sn: Chan
displayName: 陳愛麗 Alice
mail: alice@home.example.com
employeeNumber: a123456(3)
title: Nurse
ou: Ward 1
ou: Ward 2
userPassword: alice-pass 密碼

dn: uid=bob,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: bob
cn: Bob Chan
sn: Chan
employeeNumber: Z683365(A)
userPassword: {SSHA}` + bobHash + `

dn: uid=twice1,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: twice1
cn: Twice
sn: Twice
employeeNumber: C111111(1)
userPassword: twice-pass

dn: uid=twice2,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: twice2
cn: Twice
sn: Twice
employeeNumber: c 111111 [1]
userPassword: twice-pass

dn: uid=many,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: many
uid: manifold
cn: Many
sn: Many
userPassword: many-pass

dn: uid=nopass,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: nopass
cn: No Password
sn: No

dn: uid=locked,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: locked
cn: Locked
sn: Locked
userPassword: locked-pass
pwdChangedTime: 20260101000000Z
pwdAccountLockedTime: 000001010000Z

dn: uid=expired,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: expired
cn: Expired
sn: Expired
userPassword: expired-pass
pwdChangedTime: 20200101000000Z

dn: uid=grace,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: grace
cn: Grace
sn: Grace
userPassword: grace-pass
pwdChangedTime: 20200101000000Z
pwdPolicySubentry: cn=lenient,dc=example,dc=com

dn: uid=reset,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: reset
cn: Reset
sn: Reset
userPassword: reset-pass
pwdChangedTime: 20991231000000Z
pwdReset: TRUE

dn: uid=outside,dc=example,dc=com
objectClass: inetOrgPerson
uid: outside
cn: Outside
sn: Outside
userPassword: outside-pass

dn: cn=policy,dc=example,dc=com
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdMaxAge: 31536000
pwdLockout: TRUE
pwdMaxFailure: 3
pwdMustChange: TRUE

dn: cn=lenient,dc=example,dc=com
objectClass: organizationalRole
objectClass: pwdPolicy
cn: lenient
pwdAttribute: userPassword
pwdMaxAge: 31536000
pwdGraceAuthNLimit: 5
`

// bobHash is the salted SHA-1 of "bob-pass".
const bobHash = "LXg6tyVXMYCaAQ6LT5K/Fcb/f+xzYWx0MTIzNA=="

// admin returns a connection that may change the directory.
func admin(t testing.TB, d servertest.Directory) *ldapv3.Conn {
	t.Helper()
	c, err := ldapv3.DialURL(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Bind(d.Admin, d.Password); err != nil {
		t.Fatal(err)
	}
	return c
}

func dn(uid string) string { return fmt.Sprintf("uid=%s,ou=staff,dc=example,dc=com", uid) }
