package caddyiamsmart_test

import (
	"fmt"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given accounts in a directory and others in the application, when a person
// proves one, then the directory decides about the names that it knows, the
// application about all others, and nobody while the directory is away.
func TestAccountsInTwoPlaces(t *testing.T) {
	d := servertest.Slapd(t, homeStaff)
	directory := func(url string) string {
		return strings.NewReplacer("URL", url, "CA", d.CA, "READER", d.Reader, "PASSWORDFILE", d.PasswordFile).Replace(`accounts ldap URL {
			ca CA
			bind READER {file.PASSWORDFILE}
			base ou=staff,dc=example,dc=com
			user (&(objectClass=inetOrgPerson)(uid={username}))
		}`)
	}
	w := newWorld(t, site{Gate: english, Accounts: directory(d.URL)})

	w.arrive("chan", "chan.sm", "night-shift-7") // whom the directory does not know
	if p := w.arrive("wong", "nchan", "chan-pass").visit("/"); p.user() != "NChan" {
		t.Errorf("greeted as %q", p.user())
	}
	b, asked := w.firstTime("testa"), w.legacy.tried()
	b.password("nchan", "tea-at-three").want(t, 422, "not correct")
	if n := w.legacy.tried(); n != asked {
		t.Error("the application was asked about a name that the directory knows")
	}

	w.Site.Accounts = directory(fmt.Sprintf("ldap://127.0.0.1:%d", freePort(t)))
	w.load()
	b.password("maria", "tea-at-three").want(t, 502, "cannot be checked now")
	if n := w.legacy.tried(); n != asked {
		t.Error("the application was asked while the directory was away")
	}
}
