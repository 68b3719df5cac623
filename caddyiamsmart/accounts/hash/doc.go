// Package hash checks a password against the hash that a legacy app keeps of it.
//
// Which formats are taken is said beforehand, by words. Without any, those are
// that no mistake of the app makes easy to guess: bcrypt, argon2, scrypt,
// yescrypt, pbkdf2, sha_crypt and wordpress. The others, which old systems are
// full of, count only where they are named:
//
//	md5_crypt          $1$… of crypt(3)
//	phpass             $P$… and $H$… of old WordPress and phpBB, $S$… of Drupal 7
//	ssha               {SSHA}…, {SSHA256}…, {SSHA512}… of LDAP servers
//	aspnet_identity    versions 2 and 3 of ASP.NET Identity
//	aspnet_membership  the older ASP.NET Membership, with its salt beside the hash
//	md5(…), sha1(…), sha256(…), sha512(…)
//	                   a hexadecimal digest of what stands in the brackets:
//	                   password, salt, or another digest, joined by +, as in
//	                   md5(salt+password) or md5(md5(password)+salt)
//
// A hash decides by itself how much work it is to check it, and whoever can
// write into the app's tables decides about the hash. So each cost has a bound,
// and no more hashes are worked on at a time than the machine has processors.
//
// What cannot be read is neither a yes nor a no: an empty hash, an unknown
// format, a cost beyond its bound and a text that has been cut all come out as
// [ErrUnusable].
package hash
