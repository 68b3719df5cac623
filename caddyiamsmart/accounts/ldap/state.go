package ldap

import (
	"strconv"
	"strings"
	"time"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// stateAttributes say whether an account may be used and when its password was
// set: those of Active Directory, then those of OpenLDAP's password policy.
var stateAttributes = []string{
	"userAccountControl", "msDS-User-Account-Control-Computed", "accountExpires", "pwdLastSet",
	"pwdChangedTime", "pwdAccountLockedTime", "pwdReset",
}

// Bits of userAccountControl and of what Active Directory computes beside it.
const (
	adDisabled        = 0x2
	adLocked          = 0x10     // in the computed one only
	adPasswordExpired = 0x800000 // in the computed one only
)

// stateOf says whether the account may be used, as far as the entry tells.
func stateOf(e *ldapv3.Entry) accounts.State {
	control := e.GetEqualFoldAttributeValue("userAccountControl")
	if control != "" {
		return adState(e, control)
	}
	switch {
	// How long a lock lasts stands in the policy, not here, and the mark stays
	// until the next login with the right password or the administrator ends
	// it. So until then the account counts as closed.
	case e.GetEqualFoldAttributeValue("pwdAccountLockedTime") != "",
		strings.EqualFold(e.GetEqualFoldAttributeValue("pwdReset"), "TRUE"):
		return accounts.Closed
	case e.GetEqualFoldAttributeValue("pwdChangedTime") != "":
		return accounts.Active
	}
	return accounts.Unknown
}

func adState(e *ldapv3.Entry, control string) accounts.State {
	flags, err := strconv.ParseInt(control, 10, 64)
	if err != nil {
		return accounts.Unknown
	}
	computed, err := number(e, "msDS-User-Account-Control-Computed")
	if err != nil {
		return accounts.Unknown
	}
	expires, err := number(e, "accountExpires")
	if err != nil {
		return accounts.Unknown
	}
	switch {
	case flags&adDisabled != 0,
		computed&(adLocked|adPasswordExpired) != 0,
		e.GetEqualFoldAttributeValue("pwdLastSet") == "0", // must change it at the next login
		expires > 0 && expires <= fileTime(time.Now()):
		return accounts.Closed
	}
	return accounts.Active
}

// number reads an attribute that may be missing, which is 0.
func number(e *ldapv3.Entry, attribute string) (int64, error) {
	value := e.GetEqualFoldAttributeValue(attribute)
	if value == "" {
		return 0, nil
	}
	return strconv.ParseInt(value, 10, 64)
}

// fileTime is Windows' count of time: units of 100 ns since 1601.
func fileTime(t time.Time) int64 {
	const secondsTo1970 = 11_644_473_600
	return (t.Unix()+secondsTo1970)*10_000_000 + int64(t.Nanosecond()/100)
}

// neverTold is the stamp of an entry that does not say when its password was set.
// OpenLDAP's password policy says so only from the first change on, which must not
// look like the first look at the entry.
const neverTold = "not told"

// stampOf is when the password was set, as far as the directory tells.
func stampOf(e *ldapv3.Entry) string {
	for _, attribute := range []string{"pwdLastSet", "pwdChangedTime"} {
		if set := e.GetEqualFoldAttributeValue(attribute); set != "" && len(set) <= 64 {
			return strings.ToLower(attribute) + " " + set
		}
	}
	return neverTold
}
