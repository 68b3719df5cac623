package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// The rule that these tables tell: four tries, each within a quarter of an hour of
// the next one, and the newest within a quarter of an hour of now.
func testBans(t *testing.T, db database) {
	s := db(t)()
	const window = 15 * time.Minute
	now := noon.Add(10 * time.Hour)
	minutes := map[string][]int{ // how long ago
		"four at once":             {0, 0, 0, 0},
		"four in time":             {1, 15, 29, 43},
		"six in time":              {14, 14, 20, 21, 22, 30},
		"in time, and older ones":  {1, 2, 3, 4, 19, 90, 91},
		"three":                    {1, 2, 3},
		"three, and one too early": {1, 2, 3, 18},
		"the newest too early":     {15, 16, 17, 18},
		"from a clock ahead":       {-2, -1, 0, 1},
	}
	want := map[[32]byte]store.Ban{}
	for _, c := range []struct {
		name  string
		tries int
		ago   time.Duration
	}{{"four at once", 4, 0}, {"four in time", 4, 1}, {"six in time", 6, 14}, {"in time, and older ones", 4, 1}, {"from a clock ahead", 4, -2}} {
		of := subjectOf(c.name)
		want[of.Hash] = store.Ban{Scope: of.Scope, Hash: of.Hash, Tries: c.tries, Until: now.Add(window - c.ago*time.Minute)}
	}
	update(t, s, func(tx *store.Tx) error {
		for name, times := range minutes {
			for i, ago := range times {
				must(t, tx.InsertTry(id(fmt.Sprint(name, i)), subjectOf(name), now.Add(-time.Duration(ago)*time.Minute)))
			}
		}
		return nil
	})
	list := func(tries int) []store.Ban {
		t.Helper()
		bans, err := s.Bans(t.Context(), "home", "records", tries, window, now)
		must(t, err)
		return bans
	}
	got := map[[32]byte]store.Ban{}
	for _, b := range list(4) {
		got[b.Hash] = b
	}
	wantEqual(t, got, want)
	wantEqual(t, list(6), []store.Ban{want[subjectOf("six in time").Hash]})
	wantEqual(t, len(list(7)), 0)

	// Persons are told first; addresses are never out, and other apps are apart.
	person, address, elsewhere := subjectOf("mei"), subjectOf("ward 3"), subjectOf("four at once")
	person.Scope, address.Scope, elsewhere.App = store.OfPerson, store.FromAddress, "roster"
	update(t, s, func(tx *store.Tx) error {
		for i := range 9 {
			for _, of := range []store.Subject{person, address} {
				must(t, tx.InsertTry(id(fmt.Sprint("more", i)), of, now))
			}
			must(t, tx.InsertTry(id(fmt.Sprint("elsewhere", i)), elsewhere, now))
		}
		return nil
	})
	wantEqual(t, list(7), []store.Ban{{Scope: store.OfPerson, Hash: person.Hash, Tries: 9, Until: now.Add(window)}})

	// One is lifted: by a transaction that is committed, and for nobody else.
	boom := errors.New("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		n, err := tx.DeleteTriesOf(person)
		must(t, err)
		wantEqual(t, n, int64(9))
		return boom
	}), boom)
	wantEqual(t, len(list(7)), 1)
	for _, wantDeleted := range []int64{9, 0} {
		update(t, s, func(tx *store.Tx) error {
			n, err := tx.DeleteTriesOf(person)
			wantEqual(t, n, wantDeleted)
			return err
		})
	}
	wantEqual(t, len(list(7)), 0)
	wantEqual(t, len(list(4)), len(want))
	wantTries(t, s, address, 1, now)
}
