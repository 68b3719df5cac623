package caddyiamsmart_test

import (
	"net/url"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// homeStaff are two nurses, one of whom is locked.
const homeStaff = `dn: ou=staff,dc=example,dc=com
objectClass: organizationalUnit
ou: staff

dn: uid=NChan,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: NChan
cn: Chan
sn: Chan
userPassword: chan-pass

dn: uid=nlee,ou=staff,dc=example,dc=com
objectClass: inetOrgPerson
uid: nlee
cn: Lee
sn: Lee
userPassword: lee-pass
pwdAccountLockedTime: 000001010000Z

dn: cn=policy,dc=example,dc=com
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
`

// Given an application whose accounts live in a directory, when a nurse types
// her name in some spelling, then she is linked to the account that the
// directory names, and who is locked there is told so.
func TestANurseIsLinkedThroughTheDirectory(t *testing.T) {
	d := servertest.Slapd(t, homeStaff)
	w := newWorld(t, site{Gate: english, More: strings.NewReplacer("URL", d.URL, "CA", d.CA, "READER", d.Reader, "PASSWORDFILE", d.PasswordFile).Replace(`
http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		app directory
		public_url {{.Gate2}}
		accounts ldap URL {
			ca CA
			bind READER {file.PASSWORDFILE}
			base ou=staff,dc=example,dc=com
			user (&(objectClass=inetOrgPerson)(uid={username}))
		}
		header_up X-Remote-User {iamsmart.account}
		` + english + `
	}
	respond "account={http.request.header.X-Remote-User}"
}`)})
	b := w.browser()
	b.follow(b.decide(b.visit(w.Gate2+"/").want(t, 401, "Log in"), "chan", "approve")).want(t, 200, "First login")
	b.password("nchan", "lee-pass").want(t, 422, "not correct")
	b.password("*", "chan-pass").want(t, 422, "not correct")
	b.password("nlee", "lee-pass").want(t, 403, "cannot be used now")
	p := b.password("nchan", "chan-pass").want(t, 200, "Is this your account?", "NChan")
	b.submit(p, "/iamsmart/link", url.Values{"answer": {"yes"}})
	b.visit(w.Gate2+"/").want(t, 200, "account=NChan")
	for _, secret := range []string{"chan-pass", "lee-pass", d.Password} {
		if strings.Contains(w.log(), secret) {
			t.Errorf("the log holds a password")
		}
	}
}
