package store_test

import (
	"errors"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func subjectOf(name string) store.Subject {
	return store.Subject{Scope: store.OfAccount, ClientID: "home", App: "records", Hash: id("typed " + name)}
}

func tryAt(t testing.TB, s *store.Store, name string, of store.Subject, at time.Time) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return tx.InsertTry(id(name), of, at) })
}

func wantTries(t testing.TB, s *store.Store, of store.Subject, limit int, want ...time.Time) {
	t.Helper()
	var got []time.Time
	update(t, s, func(tx *store.Tx) (err error) {
		got, err = tx.Tries(of, limit)
		return err
	})
	wantEqual(t, got, want)
}

func testTries(t *testing.T, db database) {
	s := db(t)()
	chan_ := subjectOf("chan")
	wantTries(t, s, chan_, 4)
	for _, minute := range []time.Duration{3, 1, 5, 2, 4} {
		tryAt(t, s, minute.String(), chan_, noon.Add(minute*time.Minute))
	}
	wantTries(t, s, chan_, 3, noon.Add(5*time.Minute), noon.Add(4*time.Minute), noon.Add(3*time.Minute))
	wantTries(t, s, chan_, 9, noon.Add(5*time.Minute), noon.Add(4*time.Minute), noon.Add(3*time.Minute),
		noon.Add(2*time.Minute), noon.Add(time.Minute))

	for after, want := range map[time.Duration][2]int{0: {5, 3}, 1: {4, 3}, 4: {1, 1}, 5: {0, 0}} {
		for i, most := range []int{9, 3} {
			update(t, s, func(tx *store.Tx) error {
				n, err := tx.CountTries(chan_, noon.Add(after*time.Minute), most)
				if n != want[i] {
					t.Errorf("after %d minutes there are %d, counted to %d; want %d", after, n, most, want[i])
				}
				return err
			})
		}
	}

	// A transaction sees its own, and one that failed leaves none.
	trouble := errors.New("trouble")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.InsertTry(id("sixth"), chan_, noon.Add(6*time.Minute)))
		got, err := tx.Tries(chan_, 1)
		must(t, err)
		wantEqual(t, got, []time.Time{noon.Add(6 * time.Minute)})
		return trouble
	}), trouble)
	wantTries(t, s, chan_, 1, noon.Add(5*time.Minute))

	// What nobody would find again is refused.
	for name, spoil := range map[string]func(*store.Subject){
		"no scope":      func(of *store.Subject) { of.Scope = "" },
		"unknown scope": func(of *store.Subject) { of.Scope = "household" },
		"no Client ID":  func(of *store.Subject) { of.ClientID = "" },
		"no app":        func(of *store.Subject) { of.App = "" },
	} {
		spoilt := chan_
		spoil(&spoilt)
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertTry(id(name), spoilt, noon) }); err == nil {
			t.Errorf("%s: is stored", name)
		}
	}
}

func testTriesApart(t *testing.T, db database) {
	s := db(t)()
	chan_ := subjectOf("chan")
	tryAt(t, s, "one", chan_, noon)
	for name, alter := range map[string]func(*store.Subject){
		"another name":      func(of *store.Subject) { *of = subjectOf("wong") },
		"a person":          func(of *store.Subject) { of.Scope = store.OfPerson },
		"an address":        func(of *store.Subject) { of.Scope = store.FromAddress },
		"another app":       func(of *store.Subject) { of.App = "roster" },
		"another Client ID": func(of *store.Subject) { of.ClientID = "test" },
	} {
		other := chan_
		alter(&other)
		wantTries(t, s, other, 9)
		update(t, s, func(tx *store.Tx) error {
			n, err := tx.CountTries(other, noon.Add(-time.Hour), 9)
			if n != 0 {
				t.Errorf("%s: %d are counted", name, n)
			}
			return err
		})
		tryAt(t, s, name, other, noon.Add(time.Minute))
		wantTries(t, s, other, 9, noon.Add(time.Minute))
	}
	wantTries(t, s, chan_, 9, noon)
}

func testTryTakenBack(t *testing.T, db database) {
	s := db(t)()
	chan_, wong, mei := subjectOf("chan"), subjectOf("wong"), subjectOf("mei")
	mei.Scope = store.OfPerson
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.InsertTry(id("first"), wong, noon))
		must(t, tx.InsertTry(id("first"), mei, noon))
		must(t, tx.InsertTry(id("second"), chan_, noon.Add(time.Second)))
		must(t, tx.InsertTry(id("second"), mei, noon.Add(time.Second)))
		return tx.InsertTry(id("third"), chan_, noon.Add(2*time.Second))
	})
	for range 2 { // there is nothing the second time
		update(t, s, func(tx *store.Tx) error {
			return tx.DeleteTry(id("second"), store.OfAccount, store.OfPerson, store.FromAddress)
		})
		wantTries(t, s, chan_, 9, noon.Add(2*time.Second))
		wantTries(t, s, wong, 9, noon)
		wantTries(t, s, mei, 9, noon)
	}
	// One try counts once for each scope.
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertTry(id("third"), wong, noon) }); err == nil {
		t.Error("one try is counted for two accounts")
	}
}

func testTriesCounted(t *testing.T, db database) {
	open := db(t)
	// Two stores on one database, as two processes have.
	stores := []*store.Store{open(), open()}
	tooMany := errors.New("too many")
	chan_, counted := subjectOf("chan"), 0
	for _, err := range race(func(i int) error {
		return stores[i%2].Update(t.Context(), func(tx *store.Tx) error {
			times, err := tx.Tries(chan_, 4)
			if err == nil && len(times) == 4 {
				err = tooMany
			}
			if err != nil {
				return err
			}
			return tx.InsertTry(id(string(rune('a'+i))), chan_, noon)
		})
	}) {
		switch {
		case err == nil:
			counted++
		case !errors.Is(err, tooMany):
			t.Error(err)
		}
	}
	if counted != 4 {
		t.Errorf("%d tries were counted, want 4", counted)
	}
	wantTries(t, stores[0], chan_, 9, noon, noon, noon, noon)
}
