// Package file reads accounts from a CSV file: a list that a home keeps by hand
// or writes out of its application every night.
//
//	accounts file /etc/caddy/iamsmart/staff.csv
//
// The first row names the columns: see [File]. The file is UTF-8, with or without
// a byte order mark, and its fields are separated by commas.
//
// # A list that changes
//
// The file is looked at when an account is asked for, at most once a second, and
// read again where it has changed and has been left alone for two seconds. No
// goroutine watches it. A change that cannot be read as a list is told in the log
// once, and the accounts from before it stay in force, so that a slip in an editor
// locks nobody out; but nobody is disabled or let go either until it is mended.
//
// Half a list must not delete the other half. So a list is refused whose last
// line does not end, that holds no account, or that changes while it is read.
// What is cut at the end of a line cannot be told from a shorter list: write the
// new list beside the old one and rename it into its place.
//
// # Numbers of identity cards
//
// They stand in the file only as hashes under a key that lies elsewhere (see
// [accounts.HKICHashed]), so that the file is no list of numbers. A column that
// holds them in clear is refused.
package file
