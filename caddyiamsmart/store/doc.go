// Package store keeps what must outlive a restart: who is which account
// (links), who is in (sessions), who is on the way to a link (pending
// link-ups), which login attempts are spent (claims), how many passwords were
// tried (tries), what iAM Smart was asked for (requests), what administrators
// prepare and decide (link codes, expected links, registrations), what has happened
// (the audit trail), the content key that each client holds, and the key ring
// that seals the secrets among them.
//
// # What the database decides
//
// Races are decided by unique indexes, never by a look before a write: one
// claim per id, one link per person and slot, one link per account. Whoever
// comes second gets a sentinel error.
//
// # What lies in the file
//
// Random ids are kept as SHA-256 (see Hash), openIDs and what was tried as
// keyed hashes (see Keys.PersonHash, Keys.SubjectHash), secrets sealed. The
// keys that seal lie in the database too, themselves sealed by a root key that
// lies elsewhere (see LoadRootKey). So a stolen database alone opens nothing and
// names no openID; account names are in clear, for they are what the file is
// about.
//
// Rows that say who is which account bear a seal (see Seal), so that whoever can
// write to the database and has not the root key points them at nobody else.
// Callers make and check it; only a link that fits is one.
//
// The audit trail is only added to: triggers refuse to change a row, or to delete
// one before its time. Its rows are chained by their seals, so that what somebody
// does who takes the triggers away is found (see Store.VerifyAudit).
//
// # Promises to callers
//
// What a method returned nil for survives the death of the process and, as far
// as the disk keeps its word, of the machine. A method that returned an error
// has changed nothing, unless its comment says otherwise. Every call gives up
// after ten seconds, Touch and Sweep after ten seconds for each of their
// bounded transactions, VerifyAudit when its caller does; only a system call
// that hangs cannot be cut short.
//
// Times are kept in whole milliseconds and come back in UTC. Errors hold no
// stored value, so they may be logged.
package store
