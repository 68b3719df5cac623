// Package ldap lets a directory judge a name and a password: OpenLDAP, or Active
// Directory.
//
// A check is search, then bind. A service account looks for the one entry that
// the user filter finds; then, on a connection of its own, the entry's DN is
// bound with the password. The service account's connection is never bound
// again, no referral is followed, and a password is sent once, to one server.
//
//	accounts ldap ldaps://dc1.example.com ldaps://dc2.example.com {
//		bind cn=gate,ou=services,dc=example,dc=com {file./run/secrets/ldap}
//		base ou=staff,dc=example,dc=com
//		user (&(objectClass=user)(sAMAccountName={username}))
//	}
//
// # What a yes takes
//
// The server accepted the DN of exactly one entry with a password that is not
// empty, over TLS unless the server is on this machine. The account's name is
// what the entry says, in the directory's spelling; what was typed goes nowhere.
//
// # What the directory says besides yes and no
//
// Active Directory puts a number into its refusals, OpenLDAP's password policy
// a control. Where they say that the account is locked, disabled or expired, or
// that its password has expired or must be changed, the answer is
// [accounts.ErrState] and the error says for the log which of these. Both tell
// that an account is locked before they look at the password.
//
// # Several servers
//
// They are asked in the order in which they stand. One that does not answer is
// asked last for the next thirty seconds. Only where none answers, the accounts
// cannot be checked.
//
// The tests run a real slapd. Active Directory's answers are played by a small
// server of the tests, from Microsoft's documentation of them.
package ldap
