package store

import "time"

// Scope says whose tries are counted.
type Scope string

// The scopes that a store knows; it refuses any other.
const (
	OfAccount   Scope = "account"
	OfPerson    Scope = "person"
	FromAddress Scope = "address"
)

// Subject is one account, person or address for which tries at a password are
// counted. ClientID and App must not be empty.
type Subject struct {
	Scope         Scope
	ClientID, App string
	Hash          [32]byte // keyed, see Keys.SubjectHash and Keys.PersonHash
}

// InsertTry stores a try of a subject. Rows of other scopes may stand under the
// same id: then all are one try.
func (t *Tx) InsertTry(id ID, of Subject, at time.Time) error {
	if _, err := t.exec(insertTry, id[:], of.Scope, of.ClientID, of.App, of.Hash[:], millis(at)); err != nil {
		return failed("storing try", err)
	}
	return nil
}

// Tries returns when the latest tries of a subject were made, newest first and
// at most limit of them. A try that is older than three hours may have been
// swept.
func (t *Tx) Tries(of Subject, limit int) ([]time.Time, error) {
	var times []time.Time
	err := t.each(func(scan func(...any) error) error {
		var at time.Time
		if err := scan(timeColumn{&at}); err != nil {
			return err
		}
		times = append(times, at)
		return nil
	}, selectTries, of.ClientID, of.App, of.Scope, of.Hash[:], limit)
	if err != nil {
		return nil, failed("reading tries", err)
	}
	return times, nil
}

// CountTries says how many tries of a subject were made after a time; it counts
// no further than most.
func (t *Tx) CountTries(of Subject, after time.Time, most int) (int, error) {
	var n int
	if err := t.get([]any{&n}, countTries, of.ClientID, of.App, of.Scope, of.Hash[:], millis(after), most); err != nil {
		return 0, failed("counting tries", err)
	}
	return n, nil
}

// DeleteTry erases one try from some of the scopes that it was counted in. It is
// no error when there is none.
func (t *Tx) DeleteTry(id ID, scopes ...Scope) error {
	for _, scope := range scopes {
		if _, err := t.exec(deleteTry, id[:], scope); err != nil {
			return failed("taking try back", err)
		}
	}
	return nil
}
