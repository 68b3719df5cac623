package ldap_test

import (
	"fmt"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Attack T57: numbers are compared in canonical form on both sides, and one is
// found only where exactly one entry has it.
func TestT57LDAPFindsByHKIC(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d, "hkic employeeNumber"))
	for number, want := range map[string]string{
		"A1234563": "Alice", "Z683365A": "bob",
		"A1234564": "unknown", "A123456": "unknown", "C1111111": "several", "": "unknown", " ": "unknown", "*": "unknown",
	} {
		r, err := l.FindByHKIC(t.Context(), number)
		if r.Name != want && outcome(err) != want {
			t.Errorf("%q: %q, %v, want %s", number, r.Name, err, want)
		}
		mustNotTell(t, err, number)
		for name, value := range r.Attributes {
			t.Errorf("attribute %s of it is told: %s", name, value)
		}
	}
	if _, err := load(t, block(d)).FindByHKIC(t.Context(), "A1234563"); outcome(err) != "unusable" {
		t.Errorf("without 'hkic': %v", err)
	}
}

// Given a directory of more than one page, when its accounts are listed, then
// each comes once, until the caller has enough.
func TestListOfManyPages(t *testing.T) {
	const people = 1203
	var ldif strings.Builder
	ldif.WriteString("dn: ou=staff,dc=example,dc=com\nobjectClass: organizationalUnit\nou: staff\n\n")
	for i := range people {
		fmt.Fprintf(&ldif, "dn: uid=p%d,ou=staff,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p%d\ncn: P\nsn: P\nemployeeNumber: B%06d(1)\n\n", i, i, i)
	}
	d := servertest.Slapd(t, ldif.String())
	l := load(t, block(d, "hkic employeeNumber"))
	seen := make(map[string]bool)
	err := l.ListAccounts(t.Context(), func(r accounts.Record) bool {
		seen[r.Name] = true
		return true
	})
	if err != nil || len(seen) != people {
		t.Errorf("%d accounts, %v, want %d", len(seen), err, people)
	}
	count := 0
	err = l.ListAccounts(t.Context(), func(accounts.Record) bool { count++; return count < 7 })
	if err != nil || count != 7 {
		t.Errorf("the caller had enough after 7, and got %d, %v", count, err)
	}
	if r, err := l.FindByHKIC(t.Context(), "B0012021"); err != nil || r.Name != "p1202" {
		t.Errorf("the last one's number: %q, %v", r.Name, err)
	}
}
