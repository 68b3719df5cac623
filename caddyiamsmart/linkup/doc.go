// Package linkup makes links: the stored facts "this person is this account".
// It is the only package that does, and it does so only after both proofs.
//
// The first proof is of the person: iAM Smart answered a flow that this browser
// started ([Arrival]). The second is of the account: the legacy app itself said
// yes to its user name and password ([Linker.Prove]), its record has the number that
// iAM Smart vouches for ([Linker.ProveAnswered]), or an administrator has said so, by
// a code, an import or the approval of a request ([Linker.Redeem],
// [Linker.ProveExpected], [Linker.Approve]). Between the two stands a
// pending link-up, a row of the store bound to flow, browser and person, with
// an end and a count of tries. A proof belongs to one pending row, is named by
// a random id that the confirm form repeats, and is used up by the link.
//
// How many links may stand is for [Rules] to say, and what a link is worth later on,
// when the account or the person has changed ([Rules.Standing]). An account that was
// one person's goes to another by an administrator only. Each act is written to the
// audit trail in its own transaction.
//
// Tries count for the person and for the account too ([Linker.Try]), whichever
// link-up they belong to.
//
// Where the linker's ApprovalLast says so, the agreement to that proof is not a
// mere yes but a second approval of the same person in iAM Smart ([Approval]):
// who finds the page left open cannot give it. For ten minutes the session that
// made a link may undo it.
//
// What this package writes it seals, and what it reads must fit its seal: a row
// that somebody altered in the store is [store.ErrDamaged] and does nothing. So
// nobody else reads links from the store ([Linker.Find]).
//
// The rules are here; that two links never stand where one may is decided by
// the unique indexes of the store, so a race cannot break them.
package linkup
