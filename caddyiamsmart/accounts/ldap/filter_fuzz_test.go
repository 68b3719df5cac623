package ldap

import (
	"crypto/rand"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	ldapv3 "github.com/go-ldap/ldap/v3"
)

var filters = []struct {
	text string
	want string // the attributes, or what is said against it
}{
	{"(uid={username})", "uid"},
	{"(&(objectClass=user)(sAMAccountName={username}))", "samaccountname"},
	{"(|(uid={username})(mail={username})(UID={username}))", "uid mail"},
	{"(&(|(uid={username})(&(mail={username})(a=b)))(!(c=d)))", "uid mail"},
	{"(&(memberOf:1.2.840.113556.1.4.1941:=cn=app,dc=x)(uid={username}))", "uid"},
	{"(2.5.4.3={username})", "2.5.4.3"},

	{"", "expected a filter"},
	{"(uid=*)", "expected a filter"},
	{"(uid={USERNAME})", "expected a filter"},
	{"uid={username}", "no LDAP filter"},
	{"(uid={username}", "no LDAP filter"},
	{"(uid={username}))", "no LDAP filter"},
	{"({username})", "no LDAP filter"},
	{"({username}=x)", "all of the value"},
	{"(uid={username}*)", "all of the value"},
	{"(uid=*{username})", "all of the value"},
	{"(uid={username}@example.com)", "all of the value"},
	{"(uid>={username})", "all of the value"},
	{"(uid~={username})", "all of the value"},
	{"(uid:caseExactMatch:={username})", "all of the value"},
	{"(uid:{username}:=x)", "all of the value"},
	{"(!(uid={username}))", "all of the value"},
	{"(&(uid=x)(!(uid={username})))", "all of the value"},
	{"(&(uid={username})(a=x{username}))", "all of the value"},
	{"(u*d={username})", "all of the value"},
	{`(|(cn>={username})(uid=\7busername}))`, "all of the value"},
	{"(|(objectClass=*)(uid={username}))", "whatever the name is"},
	{"(|(uid={username})(&(a=b)(c=d)))", "whatever the name is"},
	{"(uid={username})" + strings.Repeat(" ", 4096), "4096 bytes"},
}

// Given filters of operators, when one is read, then it is accepted only if the
// name is compared by equality and decides what is found.
func TestFilters(t *testing.T) {
	for _, tt := range filters {
		f, err := parseFilter(tt.text)
		if got := strings.Join(f.attributes, " "); err == nil && got != tt.want || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, %v, want %s", tt.text, got, err, tt.want)
		}
	}
}

// Whatever the filter and whatever is typed: an accepted filter stays a filter of
// the same shape, in which the name is a value and nothing else.
func FuzzFilter(f *testing.F) {
	names := []string{"alice", "*", "*)(uid=*", `\2a`, "(", ")", "\x00", "陳", `\`, "{username}", " a ", "\xff", "a=b", ":=", ""}
	for i, tt := range filters {
		f.Add(tt.text, names[i%len(names)])
	}
	for _, name := range names {
		f.Add("(&(objectClass=person)(uid={username}))", name)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		parsed, err := parseFilter(text)
		if err != nil {
			return
		}
		mark := rand.Text()
		plain, err := ldapv3.CompileFilter(parsed.named(mark))
		if err != nil {
			t.Fatalf("%q with a plain name: %v", text, err)
		}
		if name == "" {
			return // RefuseTyped refuses it
		}
		typed, err := ldapv3.CompileFilter(parsed.named(name))
		if err != nil {
			t.Fatalf("%q with %q: %v", text, name, err)
		}
		if !sameShape(plain, typed, mark, name) {
			t.Errorf("%q becomes %q with %q", text, parsed.named(name), name)
		}
		for _, further := range []string{parsed.anybody(), parsed.with("uid", name), parsed.having("uid")} {
			if _, err := ldapv3.CompileFilter(further); err != nil {
				t.Errorf("%q becomes %q: %v", text, further, err)
			}
		}
	})
}

// sameShape tells whether two filters differ in nothing but the name.
func sameShape(a, b *ber.Packet, nameOfA, nameOfB string) bool {
	same := a.Value == b.Value || a.Value == nameOfA && b.Value == nameOfB
	if !same || a.Tag != b.Tag || a.TagType != b.TagType || len(a.Children) != len(b.Children) {
		return false
	}
	for i := range a.Children {
		if !sameShape(a.Children[i], b.Children[i], nameOfA, nameOfB) {
			return false
		}
	}
	return true
}

// A GUID goes to text and back, and no other text is taken for one.
func FuzzGUID(f *testing.F) {
	f.Add([]byte("0123456789abcdef"), "33323130-3534-3736-3839-616263646566")
	f.Add([]byte{}, "01020304-0506-0708-090a-0b0c0d0e0f10")
	f.Add([]byte("short"), "0102030405060708090A0B0C0D0E0F10")
	f.Add(make([]byte, 16), "*")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		if written, err := guidText(raw); (err == nil) != (len(raw) == 16) {
			t.Errorf("%x: %v", raw, err)
		} else if err == nil {
			filter, err := guidFilter(written)
			compiled, compileErr := ldapv3.CompileFilter("(a=" + filter + ")")
			if err != nil || compileErr != nil || compiled.Children[1].Data.String() != string(raw) {
				t.Errorf("%x does not come back from %s: %s, %v, %v", raw, written, filter, err, compileErr)
			}
		}
		if filter, err := guidFilter(text); err == nil && (len(text) != 36 || len(filter) != 48) {
			t.Errorf("%q is taken for a GUID: %s", text, filter)
		}
	})
}

// What a directory answers is read without a panic, and nothing that could not
// go upstream becomes a name.
func FuzzEntry(f *testing.F) {
	f.Add("alice", "\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", "512", "0", "Nurse")
	f.Add("", "", "x", "-1", "a\nb")
	f.Add("陳大文", "short", "9223372036854775808", "", "\xff")
	f.Fuzz(func(t *testing.T, name, key, control, expires, title string) {
		s := settings{name: "uid", key: objectGUID, keyMust: true, attributes: []string{"title"}}
		r, err := s.record(ldapv3.NewEntry("uid=x", map[string][]string{
			"uid": {name}, "objectGUID": {key}, "userAccountControl": {control}, "accountExpires": {expires}, "title": {title}, "displayName": {title},
		}))
		if err != nil {
			return
		}
		if r.Name != name || name == "" || strings.ContainsAny(name, "\r\n\x00") || len(r.Key) != 36 {
			t.Errorf("name %q, key %q", r.Name, r.Key)
		}
		if title := strings.Join(r.Attributes["title"], ""); strings.ContainsAny(title, "\r\n\x00") || len(title) > maxValue {
			t.Errorf("title %q", r.Attributes["title"])
		}
	})
}
