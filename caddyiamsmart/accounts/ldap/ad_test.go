package ldap_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// guid is how Active Directory keeps 01020304-0506-0708-090a-0b0c0d0e0f10.
const guid = "\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"

const guidShown = "01020304-0506-0708-090a-0b0c0d0e0f10"

// Attack T68: given an Active Directory that refuses a login for each of its
// reasons, when a person tries, then no is told as no, the state of an account
// as that, and an unknown reason as a doubt; the log hears which it is.
func TestT68ActiveDirectorySubCodes(t *testing.T) {
	f := newFake(t)
	f.has(map[string][]string{"sAMAccountName": {"alice"}, "objectGUID": {guid}})
	l := load(t, f.asAD())
	for data, want := range map[string][2]string{
		"52e": {"wrong", "said no"},
		"525": {"wrong", "said no"},
		"52f": {"state", "restriction"},
		"530": {"state", "at this time"},
		"531": {"state", "from this machine"},
		"532": {"state", "password has expired"},
		"533": {"state", "disabled"},
		"701": {"state", "account has expired"},
		"773": {"state", "must be changed"},
		"775": {"state", "locked"},
		"568": {"cannot check", "data 568"},
		"0":   {"cannot check", "not known"},
	} {
		f.says(answer{code: ldapv3.LDAPResultInvalidCredentials,
			text: "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error of alice, data " + data + ", v4563\x00"})
		got, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
		if outcome(err) != want[0] || got.Name != "" || !strings.Contains(err.Error(), want[1]) {
			t.Errorf("data %s: %q, %v, want %s and %q", data, got.Name, err, want[0], want[1])
		}
		mustNotTell(t, err, "alice", "AcceptSecurityContext")
	}
	f.says(answer{})
	if got, err := l.CheckPassword(t.Context(), "ALICE", "alice-pass"); err != nil || got.Name != "alice" || got.Key != guidShown {
		t.Errorf("a yes: %+v, %v", got, err)
	}
}

// Given other answers to the right DN, when they are no clear yes or no, then
// they are neither.
func TestAnswersThatAreNeitherYesNorNo(t *testing.T) {
	f := newFake(t)
	f.has(map[string][]string{"sAMAccountName": {"alice"}, "objectGUID": {guid}})
	l := load(t, f.asAD())
	for what, tt := range map[string]struct {
		said answer
		want string
	}{
		"a referral":                     {answer{code: ldapv3.LDAPResultReferral}, "cannot check"},
		"unwilling":                      {answer{code: ldapv3.LDAPResultUnwillingToPerform, text: "alice-pass"}, "cannot check"},
		"a step of SASL":                 {answer{code: ldapv3.LDAPResultSaslBindInProgress}, "cannot check"},
		"no such entry":                  {answer{code: ldapv3.LDAPResultNoSuchObject}, "cannot check"},
		"busy":                           {answer{code: ldapv3.LDAPResultBusy}, "cannot check"},
		"nothing":                        {answer{hangUp: true}, "cannot check"},
		"yes, but the policy says reset": {answer{control: []byte{0x30, 0x03, 0x81, 0x01, 0x02}}, "state"},
		"yes, with a grace login":        {answer{control: []byte{0x30, 0x05, 0xa0, 0x03, 0x81, 0x01, 0x02}}, "state"},
		"yes, expires soon":              {answer{control: []byte{0x30, 0x05, 0xa0, 0x03, 0x80, 0x01, 0x02}}, "yes"},
		"yes, with an empty control":     {answer{control: []byte{0x30, 0x00}}, "yes"},
		"no, with an empty control":      {answer{code: ldapv3.LDAPResultInvalidCredentials, control: []byte{0x30, 0x00}}, "wrong"},
		"yes, with a broken control":     {answer{control: []byte{0x30, 0x05, 0x81}}, "cannot check"},
	} {
		f.says(tt.said)
		_, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
		if outcome(err) != tt.want {
			t.Errorf("%s: %v, want %s", what, err, tt.want)
		}
		mustNotTell(t, err, "alice-pass", "service-pass")
	}
}

// Given entries of Active Directory, when they are read, then disabled, locked
// and expired accounts are closed, and the stamp moves with the password.
func TestActiveDirectoryStates(t *testing.T) {
	f := newFake(t)
	l := load(t, f.asAD("attributes memberOf objectGUID objectSid"))
	const never, past, future = "9223372036854775807", "132223104000000000", "199999999999999999"
	for what, tt := range map[string]struct {
		attributes map[string][]string
		want       accounts.State
	}{
		"a usual one":               {map[string][]string{"userAccountControl": {"512"}, "accountExpires": {never}, "pwdLastSet": {past}}, accounts.Active},
		"no expiry":                 {map[string][]string{"userAccountControl": {"66048"}, "accountExpires": {"0"}, "pwdLastSet": {past}}, accounts.Active},
		"expires later":             {map[string][]string{"userAccountControl": {"512"}, "accountExpires": {future}}, accounts.Active},
		"disabled":                  {map[string][]string{"userAccountControl": {"514"}}, accounts.Closed},
		"expired":                   {map[string][]string{"userAccountControl": {"512"}, "accountExpires": {past}}, accounts.Closed},
		"locked":                    {map[string][]string{"userAccountControl": {"512"}, "msDS-User-Account-Control-Computed": {"16"}}, accounts.Closed},
		"its password has expired":  {map[string][]string{"userAccountControl": {"512"}, "msDS-User-Account-Control-Computed": {"8388608"}}, accounts.Closed},
		"must change its password":  {map[string][]string{"userAccountControl": {"512"}, "pwdLastSet": {"0"}}, accounts.Closed},
		"no number":                 {map[string][]string{"userAccountControl": {"x"}}, accounts.Unknown},
		"no number beside a number": {map[string][]string{"userAccountControl": {"512"}, "accountExpires": {"never"}}, accounts.Unknown},
		"nothing to be read":        {nil, accounts.Unknown},
	} {
		attributes := map[string][]string{
			"sAMAccountName": {"alice"}, "objectGUID": {guid}, "objectSid": {"\x01\x05\x00\xff"}, "memberOf": {"CN=Nurses,DC=x", "CN=All,DC=x"},
		}
		for name, values := range tt.attributes {
			attributes[name] = values
		}
		f.has(attributes)
		r, err := l.ReadAccount(t.Context(), accounts.Account{Name: "alice", Key: guidShown})
		if err != nil || r.State != tt.want {
			t.Errorf("%s: state %v, %v, want %v", what, r.State, err, tt.want)
		}
		if set := tt.attributes["pwdLastSet"]; len(set) == 1 && r.Stamp != "pwdlastset "+set[0] {
			t.Errorf("%s: stamp %q", what, r.Stamp)
		}
		if len(r.Attributes) != 2 || !slices.Equal(r.Attributes["memberof"], []string{"CN=Nurses,DC=x", "CN=All,DC=x"}) || !slices.Equal(r.Attributes["objectguid"], []string{guidShown}) {
			t.Errorf("%s: attributes %q", what, r.Attributes)
		}
	}
	for _, filter := range f.searched() {
		want := `(&(&(objectClass=user)(sAMAccountName=*))(objectGUID=`
		if !strings.HasPrefix(filter, want) {
			t.Fatalf("it searched for %s", filter)
		}
	}
	if _, err := l.ReadAccount(t.Context(), accounts.Account{Name: "alice", Key: "no GUID"}); outcome(err) != "unknown" {
		t.Errorf("a key of another directory: %v", err)
	}
}

// Given entries that cannot be named or told apart, when a right password comes,
// then nobody is proven.
func TestEntriesThatAreNobody(t *testing.T) {
	f := newFake(t)
	f.says(answer{})
	l := load(t, f.asAD("key objectGUID"))
	for what, tt := range map[string]struct {
		attributes map[string][]string
		want       string
	}{
		"no name":         {map[string][]string{"objectGUID": {guid}}, "cannot check"},
		"an empty name":   {map[string][]string{"sAMAccountName": {""}, "objectGUID": {guid}}, "cannot check"},
		"two names":       {map[string][]string{"sAMAccountName": {"alice", "bob"}, "objectGUID": {guid}}, "unusable"},
		"a broken name":   {map[string][]string{"sAMAccountName": {"ali\xffce"}, "objectGUID": {guid}}, "cannot check"},
		"an unseen mark":  {map[string][]string{"sAMAccountName": {"alice\u200b"}, "objectGUID": {guid}}, "cannot check"},
		"a line end":      {map[string][]string{"sAMAccountName": {"alice\r\nX-Admin: 1"}, "objectGUID": {guid}}, "cannot check"},
		"a long name":     {map[string][]string{"sAMAccountName": {strings.Repeat("a", 65)}, "objectGUID": {guid}}, "cannot check"},
		"no key":          {map[string][]string{"sAMAccountName": {"alice"}}, "cannot check"},
		"half a key":      {map[string][]string{"sAMAccountName": {"alice"}, "objectGUID": {guid[:8]}}, "cannot check"},
		"two keys":        {map[string][]string{"sAMAccountName": {"alice"}, "objectGUID": {guid, guid}}, "cannot check"},
		"all as it ought": {map[string][]string{"SAMACCOUNTNAME": {"alice"}, "OBJECTGUID": {guid}}, "yes"},
	} {
		f.has(tt.attributes)
		got, err := l.CheckPassword(t.Context(), "alice", "alice-pass")
		if outcome(err) != tt.want || err != nil && got != (accounts.Account{}) {
			t.Errorf("%s: %+v, %v, want %s", what, got, err, tt.want)
		}
		mustNotTell(t, err, "alice", "X-Admin")
	}
}

// Attack T68: referrals lead nowhere, and a server that ignores the limit of one
// entry does not get around it.
func TestT68ReferralsAreNotFollowed(t *testing.T) {
	f, elsewhere := newFake(t), newFake(t)
	elsewhere.has(map[string][]string{"sAMAccountName": {"alice"}})
	elsewhere.says(answer{})
	l := load(t, f.asAD())
	reference := elsewhere.URL + "/dc=example,dc=com"
	f.finds(answer{reference: reference})
	if _, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); outcome(err) != "unknown" {
		t.Errorf("a reference beside nothing: %v, want unknown", err)
	}
	f.finds(answer{code: ldapv3.LDAPResultReferral, text: reference})
	if _, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); outcome(err) != "cannot check" {
		t.Errorf("a referral: %v, want cannot check", err)
	}
	if n := len(elsewhere.bound()); n != 0 {
		t.Errorf("the other server was asked %d times", n)
	}
	e := ldapv3.NewEntry("CN=x", map[string][]string{"sAMAccountName": {"alice"}})
	f.finds(answer{}, slices.Repeat([]*ldapv3.Entry{e}, 50)...)
	if _, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); outcome(err) != "unusable" {
		t.Errorf("fifty entries: %v, want unusable", err)
	}
	f.finds(answer{}, ldapv3.NewEntry("", nil))
	f.says(answer{})
	if _, err := l.CheckPassword(t.Context(), "alice", "alice-pass"); outcome(err) != "cannot check" {
		t.Errorf("an entry without DN, whose bind is anonymous: %v, want cannot check", err)
	}
}

// Given a check, when the server is looked at, then the service account and the
// person were each bound once, on connections of their own.
func TestTheServiceConnectionIsNeverRebound(t *testing.T) {
	f := newFake(t)
	f.has(map[string][]string{"sAMAccountName": {"alice"}})
	f.says(answer{})
	if _, err := load(t, f.asAD()).CheckPassword(t.Context(), "alice", "alice-pass"); err != nil {
		t.Fatal(err)
	}
	for range 100 { // the server sees the connections a little later
		if len(f.bound()) == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := f.bound(); len(got) != 2 || !slices.Equal(got[0], []string{f.Reader}) || !slices.Equal(got[1], []string{"CN=Alice Chan,OU=Staff,DC=example,DC=com"}) {
		t.Errorf("bound were %q", got)
	}
}
