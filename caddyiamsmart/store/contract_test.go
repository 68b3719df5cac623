package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// database makes a fresh, empty database and returns what opens it, as often
// as called.
type database func(t *testing.T) (open func() *store.Store)

// testContract is what every kind of store must do, whatever lies beneath.
func testContract(t *testing.T, db database) {
	cases := map[string]func(*testing.T, database){
		"a flow is claimed once":                      testClaimOnce,
		"T36 twenty callbacks at once, one claims":    testClaimRace,
		"a link is found again":                       testLinkFound,
		"T53 a taken account or person is refused":    testLinkRefused,
		"T53 twenty persons want one account":         testAccountRace,
		"a link is renewed, and stays whose it is":    testLinkUpdated,
		"links are listed page by page":               testLinksListed,
		"T54 who had an account before is remembered": testPastLinks,
		"T53 one person links twenty times at once":   testPersonRace,
		"a session comes back whole":                  testSessionWhole,
		"a session needs the person's own link":       testSessionNeedsLink,
		"a new session ends the old one":              testSessionReplaces,
		"a step-up replaces a session, once":          testStepUpReplaces,
		"T54 a link goes and its sessions go":         testLinkGone,
		"a fresh link is known to its session alone":  testFreshLink,
		"a fresh link goes with session and link":     testFreshLinkGone,
		"a request is answered once":                  testRequest,
		"requests end with their owner":               testRequestsEndWithTheirOwner,
		"of many answers one is kept":                 testOneAnswerOfMany,
		"T40 whoever ends a session, it is told":      testEndings,
		"last seen never moves back":                  testTouch,
		"a pending link-up with and without a proof":  testPending,
		"a pending link-up replaces the person's old": testPendingReplaced,
		"a pending link-up expires":                   testPendingExpires,
		"tries are told newest first":                 testTries,
		"tries of one are not those of another":       testTriesApart,
		"one try is taken back and no other":          testTryTakenBack,
		"T60 twenty count at once, four are counted":  testTriesCounted,
		"an error or a panic undoes everything":       testUndone,
		"a failed statement is never committed":       testFailedNotCommitted,
		"the sweep takes what is over and no more":    testSweep,
		"the sweep goes through many rows":            testSweepMany,
		"a content key is replaced, never doubled":    testContentKeys,
		"a content key has its bounds":                testContentKeyBounds,
		"twenty put a content key at once":            testContentKeyRace,
		"what was stored is there after a restart":    testReopened,
		"the key ring":                                func(t *testing.T, db database) { testKeys(t, db) },
		"the audit trail has no gaps":                 testAudit,
		"an act and its audit row":                    testAuditWithItsAct,
		"the audit trail is asked":                    testAuditQueries,
		"an audit row has its bounds":                 testAuditBounds,
		"twenty add to the audit trail":               testAuditRace,
		"the audit trail is swept from its beginning": testAuditSwept,
		"the audit trail is swept to its last row":    testAuditSweptToTheLast,
		"an account has one link code":                testLinkCodes,
		"a link code has its bounds":                  testLinkCodeBounds,
		"the hash of a link code":                     testCodeHash,
		"a registration is decided once":              testRegistration,
		"a registration expires":                      testRegistrationExpires,
		"twenty register, and twenty decide":          testRegistrationRace,
		"a registration has its bounds":               testRegistrationBounds,
		"an expected link has one partner each way":   testExpectedLinks,
		"an expected link expires":                    testExpectedLinkExpires,
		"expected links are told in parts":            testExpectedLinksInParts,
		"twenty expect the same number, or account":   testExpectedLinkRace,
		"an expected link has its bounds":             testExpectedLinkBounds,
		"who has used up the tries":                   testBans,
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { test(t, db) })
	}
}

// noon is when these stories happen; stores keep whole milliseconds.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 123e6, time.UTC)

func id(text string) store.ID { return store.Hash([]byte(text)) }

// linkOf is a link of a person and an account of the home's records app.
func linkOf(person, account string) store.Link {
	return store.Link{ClientID: "home", App: "records", Person: id(person), AccountName: account, AccountKey: "key-" + account,
		Source: "form", Way: "password", UserType: "1", LinkedAt: noon, LastModified: noon.Add(-24 * time.Hour),
		DisplayName: "Chan Siu Ming", Stamp: "digest of a hash", ProvedAt: noon.Add(time.Hour), Profile: "sealed profile"}
}

func personOf(l store.Link) store.Person { return store.Person{ClientID: l.ClientID, Hash: l.Person} }

func sessionOf(l store.Link, name string) store.Session {
	return store.Session{ID: id(name), ClientID: l.ClientID, App: l.App, Host: "records.example.com", LinkID: l.ID,
		Account: l.AccountName, AccountKey: l.AccountKey, Way: l.Way, UserType: l.UserType, Person: l.Person,
		LoginAt: noon, CreatedAt: noon.Add(time.Second), LastSeen: noon.Add(time.Minute), Ends: noon.Add(13 * time.Hour),
		FormSecret: []byte("sealed form secret"), Login: id(name), SteppedUpAt: noon.Add(2 * time.Minute)}
}

func pendingOf(person, name string) store.Pending {
	return store.Pending{ID: id(name), ClientID: "home", App: "records", Host: "records.example.com", Person: id(person),
		Flow: id("flow " + name), Sealed: []byte("sealed token"), UserType: "1", LastModified: noon.Add(-time.Hour),
		CreatedAt: noon, Expires: noon.Add(5 * time.Minute), ApprovedAt: noon, Renews: 4, Reason: "ended"}
}

// findLink is the person's first link in an app, or ErrNotFound.
func findLink(s *store.Store, p store.Person, app string) (store.Link, error) {
	links, err := s.Links(context.Background(), p, app)
	if err != nil || len(links) == 0 {
		return store.Link{}, errors.Join(err, store.ErrNotFound)
	}
	return links[0], nil
}

func insertLink(t testing.TB, s *store.Store, l store.Link) store.Link {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		l.ID, err = tx.InsertLink(l)
		return err
	})
	return l
}

func update(t testing.TB, s *store.Store, change func(*store.Tx) error) {
	t.Helper()
	must(t, s.Update(t.Context(), change))
}

// updateMany changes n times, in transactions that a busy machine finishes in time.
func updateMany(t testing.TB, s *store.Store, n int, change func(tx *store.Tx, i int) error) {
	t.Helper()
	const atOnce = 200
	for done := 0; done < n; done += atOnce {
		update(t, s, func(tx *store.Tx) error {
			for i := done; i < min(n, done+atOnce); i++ {
				if err := change(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error is %v, want %v", got, want)
	}
}

func wantEqual(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// race runs act twenty times at once and returns all errors, nil included.
func race(act func(i int) error) []error {
	const runners = 20
	errs := make([]error, runners)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range runners {
		all.Go(func() {
			<-start
			errs[i] = act(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func wantOneWinner(t *testing.T, errs []error, loser error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, loser) {
			t.Errorf("a loser got %v, want %v", err, loser)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d won, want 1", won, len(errs))
	}
}

func testClaimOnce(t *testing.T, db database) {
	s := db(t)()
	must(t, s.Claim(t.Context(), id("flow"), noon))
	wantError(t, s.Claim(t.Context(), id("flow"), noon.Add(time.Hour)), store.ErrClaimed)
	must(t, s.Claim(t.Context(), id("another flow"), noon))
}

func testClaimRace(t *testing.T, db database) {
	open := db(t)
	// Two stores on one database, as two processes have.
	stores := []*store.Store{open(), open()}
	errs := race(func(i int) error { return stores[i%2].Claim(t.Context(), id("flow"), noon) })
	wantOneWinner(t, errs, store.ErrClaimed)
}

func testLinkFound(t *testing.T, db database) {
	s := db(t)()
	want := insertLink(t, s, linkOf("mei", "chan"))
	got, err := findLink(s, personOf(want), "records")
	must(t, err)
	wantEqual(t, got, want)

	strangers := map[string]store.Person{
		"another person":    {ClientID: "home", Hash: id("ming")},
		"another Client ID": {ClientID: "test", Hash: id("mei")},
	}
	for name, p := range strangers {
		if _, err := findLink(s, p, "records"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := findLink(s, personOf(want), "roster"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another app: error is %v", err)
	}

	update(t, s, func(tx *store.Tx) error {
		got, err := tx.Links(personOf(want), "records")
		must(t, err)
		wantEqual(t, got, []store.Link{want})
		got, err = tx.LinksOfAccount("home", "records", want.AccountKey)
		must(t, err)
		wantEqual(t, got, []store.Link{want})
		got, err = tx.LinksOfAccount("home", "roster", want.AccountKey)
		wantEqual(t, len(got), 0)
		return err
	})
}

func testLinkRefused(t *testing.T, db database) {
	s := db(t)()
	first := insertLink(t, s, linkOf("mei", "chan"))
	otherApp, otherRealm, secondSlot := linkOf("mei", "chan"), linkOf("mei", "chan"), linkOf("mei", "wong")
	otherApp.App, otherRealm.ClientID, secondSlot.Slot = "roster", "test", 1
	secondSlotTaken := first
	secondSlotTaken.Slot = 1
	secondSeat, secondSeatToo := linkOf("ming", "chan"), linkOf("kwan", "chan")
	secondSeat.Seat, secondSeatToo.Seat = 1, 1
	tests := []struct {
		name string
		link store.Link
		want error
	}{
		{"the same again", first, store.ErrPersonLinked},
		{"the person with another account", linkOf("mei", "wong"), store.ErrPersonLinked},
		{"another person steals the account", linkOf("ming", "chan"), store.ErrAccountTaken},
		{"the account in a second slot", secondSlotTaken, store.ErrAccountTaken},
		{"another account in a second slot", secondSlot, nil},
		{"another person in a second seat", secondSeat, nil},
		{"a third person in the second seat", secondSeatToo, store.ErrAccountTaken},
		{"the same in another app", otherApp, nil},
		{"the same in another realm", otherRealm, nil},
	}
	for _, c := range tests {
		update(t, s, func(tx *store.Tx) error {
			if _, err := tx.InsertLink(c.link); !errors.Is(err, c.want) {
				t.Errorf("%s: error is %v, want %v", c.name, err, c.want)
			}
			// A refusal leaves the transaction usable.
			_, err := tx.Links(personOf(first), "records")
			return err
		})
	}
	got, err := findLink(s, personOf(first), "records")
	must(t, err)
	wantEqual(t, got, first)
}

func testAccountRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	errs := race(func(i int) error {
		return stores[i%2].Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.InsertLink(linkOf(fmt.Sprint("person ", i), "chan"))
			return err
		})
	})
	wantOneWinner(t, errs, store.ErrAccountTaken)
}

func testPersonRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	errs := race(func(i int) error {
		return stores[i%2].Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.InsertLink(linkOf("mei", fmt.Sprint("account ", i)))
			return err
		})
	})
	wantOneWinner(t, errs, store.ErrPersonLinked)
}
