package ldap

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// What the password policy of OpenLDAP (draft-behera-ldap-password-policy) says
// of an account whose name and password are right, or which is locked.
var policyStates = map[int8]string{
	0: "the password has expired",
	1: "the account is locked",
	2: "the password must be changed first",
}

// What Active Directory says in the diagnostic message of a refusal: "… data
// 775, v4563". The numbers are Windows' system error codes in base 16.
var (
	dataCode  = regexp.MustCompile(`\bdata ([0-9a-f]{1,8})\b`)
	noSuch    = map[string]bool{"525": true, "52e": true} // no such user; wrong password
	adAccount = map[string]string{
		"52f": "a restriction of the account keeps it out",
		"530": "the account may not log in at this time",
		"531": "the account may not log in from this machine",
		"532": "the password has expired",
		"533": "the account is disabled",
		"701": "the account has expired",
		"773": "the password must be changed first",
		"775": "the account is locked",
	}
)

// verdict says what a server's answer to the bind of an entry means: nil is a
// yes. The server's own text is never part of the error.
func verdict(result *ldapv3.SimpleBindResult, err error) error {
	refused := ldapv3.IsErrorWithCode(err, ldapv3.LDAPResultInvalidCredentials)
	if err != nil && !refused {
		return cannot(fmt.Errorf("binding the entry: %w", plainCause(err)))
	}
	if result == nil {
		return cannot(fmt.Errorf("binding the entry: %w", errBroken))
	}
	if state := policyState(result.Controls); state != "" {
		return fmt.Errorf("%w: %s", accounts.ErrState, state)
	}
	if !refused {
		return nil
	}
	var answer *ldapv3.Error
	errors.As(err, &answer)
	said := dataCode.FindStringSubmatch(strings.ToLower(answer.Err.Error()))
	switch {
	case said == nil, noSuch[said[1]]:
		return fmt.Errorf("%w: the directory said no", accounts.ErrWrong)
	case adAccount[said[1]] != "":
		return fmt.Errorf("%w: %s (data %s)", accounts.ErrState, adAccount[said[1]], said[1])
	}
	return cannot(fmt.Errorf("binding the entry: it was refused for a reason that is not known here (data %s)", said[1]))
}

// policyState is what the controls of a bind's answer say against the account,
// or "".
func policyState(controls []ldapv3.Control) string {
	for _, c := range controls {
		switch c := c.(type) {
		case *ldapv3.ControlBeheraPasswordPolicy:
			if state := policyStates[c.Error]; state != "" {
				return state
			}
			if c.Grace >= 0 { // each further login uses one of those up
				return "the password has expired, and few logins are left to change it"
			}
		case *ldapv3.ControlVChuPasswordMustChange:
			return policyStates[2]
		}
	}
	return ""
}
