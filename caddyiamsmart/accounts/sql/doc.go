// Package sql looks accounts up in the legacy app's own database, and checks a
// password against the hash that the app keeps of it there. It knows PostgreSQL,
// MySQL and MariaDB, Microsoft SQL Server, and SQLite.
//
//	accounts sql postgres {env.RECORDS_DSN} {
//		by_name "SELECT id AS key, login AS name, password AS hash, active AS state FROM users WHERE login = {username}"
//	}
//
// The operator writes the statements, and their columns say what is what: see
// [SQL]. What a person typed is bound to a parameter of the database's own
// protocol, on every driver, and is never a part of a statement's text.
//
// # What a statement may do
//
// It may read. Each is one SELECT, read when the configuration is loaded; it
// runs in a transaction that is never committed and, but for SQL Server, which
// knows no such thing, is read-only; ten seconds are its limit. Give the gate a
// database user of its own that may read the columns named here and no others.
//
// # One account or none
//
// Two rows are read at most. Where there is a second one, nobody is taken.
//
// The name that goes upstream is the one in the row, never the typed one.
//
// # How each database was tried
//
// The tests run against private servers of PostgreSQL and MariaDB, and against
// SQLite files. There is no SQL Server for them: what is tested of it is how
// statements and addresses are read, and what is said when nothing answers.
package sql
