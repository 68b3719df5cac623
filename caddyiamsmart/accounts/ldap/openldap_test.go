package ldap_test

import (
	"slices"
	"strings"
	"testing"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given a real OpenLDAP over StartTLS and over LDAPS, when people log in, then
// it is the directory that says yes and no, and the name is the one of its
// record.
func TestOpenLDAPJudges(t *testing.T) {
	d := servertest.Slapd(t, staff)
	for scheme, url := range map[string]string{"StartTLS": d.URL, "LDAPS": d.SecureURL} {
		l := load(t, blockAt(d, url))
		for _, tt := range []struct{ typed, user, password, want, name string }{
			{"a right pair", "Alice", "alice-pass 密碼", "yes", "Alice"},
			{"another spelling", "aLICE", "alice-pass 密碼", "yes", "Alice"},
			{"blanks around", "  alice ", "alice-pass 密碼", "yes", "Alice"},
			{"a hashed password", "bob", "bob-pass", "yes", "bob"},
			{"a wrong password", "Alice", "bob-pass", "wrong", ""},
			{"no such name", "carol", "alice-pass", "unknown", ""},
			{"a name outside the base", "outside", "outside-pass", "unknown", ""},
			{"an account without password", "nopass", "anything", "wrong", ""},
			{"T68 an empty password", "Alice", "", "wrong", ""},
			{"an empty name", "", "alice-pass", "wrong", ""},
			{"a name with two spellings", "many", "many-pass", "unusable", ""},
			{"the same, wrong password", "manifold", "wrong-pass", "wrong", ""},
			{"an expired password", "expired", "expired-pass", "state", ""},
			{"the same, wrong password", "expired", "wrong-pass", "wrong", ""},
			{"an expired password, grace left", "grace", "grace-pass", "state", ""},
			{"a password to be changed", "reset", "reset-pass", "state", ""},
			{"a locked account", "locked", "locked-pass", "state", ""},
		} {
			got, err := l.CheckPassword(t.Context(), tt.user, tt.password)
			if outcome(err) != tt.want || got.Name != tt.name {
				t.Errorf("%s, %s: %q, %v, want %s %q", scheme, tt.typed, got.Name, err, tt.want, tt.name)
			}
			mustNotTell(t, err, tt.password, d.Password)
		}
		if err := l.CheckSelf(t.Context()); err != nil {
			t.Errorf("%s: trying itself: %v", scheme, err)
		}
	}
}

// Given an account with everything in its entry, when it is proven, then it has
// the immutable key and the name for pages; and the error of an account that may
// not be used says for the log what is wrong with it.
func TestOpenLDAPTellsWhoAndWhy(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d))
	got, err := l.CheckPassword(t.Context(), "alice", "alice-pass 密碼")
	if err != nil || len(got.Key) != 36 || got.DisplayName != "陳愛麗 Alice" {
		t.Errorf("account %+v, %v", got, err)
	}
	for user, want := range map[string]string{
		"expired": "the password has expired", "grace": "few logins are left", "reset": "must be changed first", "locked": "is locked",
	} {
		if _, err := l.CheckPassword(t.Context(), user, user+"-pass"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", user, err, want)
		}
	}
}

// Attack T68: what is typed is never part of the filter's language, nor of a DN.
func TestT68LDAPInjection(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d))
	for _, user := range []string{
		"*", "Al*", "*)(uid=*", "*)(uid=*))(|(uid=*", "Alice)(uid=Alice", "Alice)(|(uid=*", `\2a`, `Alice\00`, "Alice,ou=staff", "uid=Alice",
		dn("Alice"), "Alice)(!(uid=x)", "(uid=Alice)", "&", "|", "!", "Alice#", "{username}", "{{username}}", `\`, `Alice\`, "Alice\u200b",
	} {
		for _, password := range []string{"alice-pass 密碼", "bob-pass", "twice-pass", "*"} {
			got, err := l.CheckPassword(t.Context(), user, password)
			if err == nil || outcome(err) != "unknown" && outcome(err) != "wrong" {
				t.Errorf("%q: %q, %v, want unknown", user, got.Name, err)
			}
		}
	}
	for _, password := range []string{"", "\x00", "alice-pass 密碼\x00"} {
		if _, err := l.CheckPassword(t.Context(), "Alice", password); outcome(err) != "wrong" {
			t.Errorf("password %q: %v, want wrong", password, err)
		}
	}
}

// Given a filter that finds several entries for one name, when that name is
// typed, then nobody is proven, whatever the password.
func TestSeveralEntriesProveNobody(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d, "user (sn={username})", "name uid"))
	for _, user := range []string{"Chan", "Twice"} {
		if _, err := l.CheckPassword(t.Context(), user, "twice-pass"); outcome(err) != "unusable" || !strings.Contains(err.Error(), "'user'") {
			t.Errorf("%s: %v, want unusable", user, err)
		}
	}
	if got, err := l.CheckPassword(t.Context(), "many", "many-pass"); outcome(err) != "unusable" {
		t.Errorf("two names: %q, %v", got.Name, err)
	}
}

// Given a directory in which one may log in by name or by mail address, when the
// operator says which of the two is the name, then that goes upstream.
func TestLoginByAnotherAttribute(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d, "user (|(uid={username})(mail={username}))", "name uid"))
	for _, user := range []string{"alice", "ALICE@home.example.com"} {
		if got, err := l.CheckPassword(t.Context(), user, "alice-pass 密碼"); err != nil || got.Name != "Alice" {
			t.Errorf("%s: %q, %v", user, got.Name, err)
		}
	}
}

// Given a linked account, when it is read without its password, then its record
// is found by its key, also after it was renamed, and not under a name that
// another has now.
func TestOpenLDAPRecords(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d, "attributes Title ou jpegPhoto employeeType"))
	alice, err := l.CheckPassword(t.Context(), "alice", "alice-pass 密碼")
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.ReadAccount(t.Context(), alice)
	if err != nil || r.Account != alice || r.State != accounts.Unknown || r.Stamp == "" {
		t.Errorf("record %+v, %v", r, err)
	}
	if len(r.Attributes) != 2 || !slices.Equal(r.Attributes["title"], []string{"Nurse"}) || !slices.Equal(r.Attributes["ou"], []string{"Ward 1", "Ward 2"}) {
		t.Errorf("attributes %q", r.Attributes)
	}

	c := admin(t, d)
	if err := c.ModifyDN(ldapv3.NewModifyDNRequest(dn("Alice"), "uid=Aileen", true, "")); err != nil {
		t.Fatal(err)
	}
	if err := c.ModifyDN(ldapv3.NewModifyDNRequest(dn("bob"), "uid=alice", true, "")); err != nil {
		t.Fatal(err)
	}
	if r, err = l.ReadAccount(t.Context(), alice); err != nil || r.Name != "Aileen" || r.Key != alice.Key {
		t.Errorf("renamed: %+v, %v", r, err)
	}
	if err := c.Del(ldapv3.NewDelRequest(dn("Aileen"), nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ReadAccount(t.Context(), alice); outcome(err) != "unknown" {
		t.Errorf("deleted, and its name used again: %v, want unknown", err)
	}
	alice.Key = ""
	if r, err := l.ReadAccount(t.Context(), alice); err != nil || r.Name != "alice" {
		t.Errorf("by name: %+v, %v", r, err)
	}
	for what, a := range map[string]accounts.Account{
		"nobody": {}, "a foreign key": {Key: "*"}, "another": {Key: "0e4b0e0a-0000-0000-0000-000000000000"}, "a filter": {Name: "*)(uid=*"},
	} {
		if _, err := l.ReadAccount(t.Context(), a); outcome(err) != "unknown" {
			t.Errorf("%s: %v, want unknown", what, err)
		}
	}
}

// Given accounts with the marks of the password policy, when they are read, then
// the locked and those that must change their password are closed, and the stamp
// moves with the password.
func TestOpenLDAPStates(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d))
	for user, want := range map[string]accounts.State{
		"locked": accounts.Closed, "reset": accounts.Closed, "grace": accounts.Active, "bob": accounts.Unknown,
	} {
		if r, err := l.ReadAccount(t.Context(), accounts.Account{Name: user}); err != nil || r.State != want {
			t.Errorf("%s: state %v, %v, want %v", user, r.State, err, want)
		}
	}
	before, err := l.ReadAccount(t.Context(), accounts.Account{Name: "grace"})
	if err != nil || before.Stamp == "" {
		t.Fatalf("stamp %q, %v", before.Stamp, err)
	}
	change := ldapv3.NewModifyRequest(dn("grace"), nil)
	change.Replace("userPassword", []string{"another-pass"})
	if err := admin(t, d).Modify(change); err != nil {
		t.Fatal(err)
	}
	if after, err := l.ReadAccount(t.Context(), accounts.Account{Name: "grace"}); err != nil || after.Stamp == before.Stamp {
		t.Errorf("after a change of the password: %q, %v; before: %q", after.Stamp, err, before.Stamp)
	}
}

// Given an account that has been locked by wrong passwords, when the right one
// is tried, then the person hears that it is locked.
func TestOpenLDAPLocksAfterWrongPasswords(t *testing.T) {
	d := servertest.Slapd(t, staff)
	l := load(t, block(d))
	for range 3 {
		if _, err := l.CheckPassword(t.Context(), "bob", "wrong-pass"); outcome(err) != "wrong" {
			t.Fatalf("wrong password: %v", err)
		}
	}
	if _, err := l.CheckPassword(t.Context(), "bob", "bob-pass"); outcome(err) != "state" {
		t.Errorf("locked: %v, want state", err)
	}
}
