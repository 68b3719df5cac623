// Package basic lets an address of the legacy app that is protected by HTTP
// Basic judge a name and a password.
//
// A check is one GET of the address with the typed credentials. The status 200
// is a yes and 401 a no; all else, a redirect too, is neither, and then the
// accounts cannot be checked. A yes counts only if a wrong password for the same
// name is refused then, and the right one is let in once more. Before the first check, and again whenever the
// last good one is ten minutes old, the address must ask for Basic credentials
// where none come, and say no to a random name with a random password.
//
//	accounts basic http://127.0.0.1:8080/staff/ping {
//		account "Signed in as <b>([^<]+)</b>"
//	}
//
// The address should cost the app little and open no session in it, since Basic
// has no way of logging out. Name and password are sent in UTF-8, to the
// configured address alone: no redirect carries them on, no proxy of the
// environment is used, and no certificate error is overlooked. Neither is ever
// part of an error or a log line.
//
// Digest, NTLM and Kerberos are other schemes: an address that asks for those
// alone cannot be checked.
package basic
