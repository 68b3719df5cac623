package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func auditOf(event, account string) store.Audit {
	return store.Audit{At: noon, ClientID: "home", App: "records", Event: event, Person: "pseudonym of " + account, Account: account,
		Source: "form", Way: "password", Actor: "person", Detail: "on the ward's PC", Ref: "K7Q2", KeepUntil: time.Now().Add(time.Hour)}
}

func audit(t testing.TB, s *store.Store, k *store.Keys, a store.Audit) store.Audit {
	t.Helper()
	added, err := s.Audit(t.Context(), k, a)
	must(t, err)
	return added
}

func wantTrail(t testing.TB, s *store.Store, q store.AuditQuery, want ...store.Audit) {
	t.Helper()
	got, err := s.AuditTrail(t.Context(), q)
	must(t, err)
	wantEqual(t, got, want)
}

func wantVerified(t testing.TB, s *store.Store, k *store.Keys, wantRows, wantBad int64) {
	t.Helper()
	rows, bad, err := s.VerifyAudit(t.Context(), k)
	must(t, err)
	if rows != wantRows || bad != wantBad {
		t.Errorf("%d rows, first bad %d; want %d and %d", rows, bad, wantRows, wantBad)
	}
}

func testAudit(t *testing.T, db database) {
	open := db(t)
	s := open()
	k := openKeys(t, s)
	wantTrail(t, s, store.AuditQuery{})
	wantVerified(t, s, k, 0, 0)
	first, second := audit(t, s, k, auditOf("login", "chan")), audit(t, s, k, auditOf("logout", "chan"))
	// What is undone takes no number, and neither does what is refused.
	boom := errors.New("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		a, err := tx.Audit(k, auditOf("login", "wong"))
		must(t, err)
		wantEqual(t, a.Number, int64(3))
		return boom
	}), boom)
	if _, err := s.Audit(t.Context(), k, auditOf("", "wong")); err == nil {
		t.Error("a row without an event was added")
	}
	s = open()
	third := audit(t, s, k, auditOf("login", "wong"))
	for i, a := range []store.Audit{first, second, third} {
		wantEqual(t, a.Number, int64(i+1))
		if !k.AuditFits(a) {
			t.Errorf("row %d does not fit its seal", a.Number)
		}
	}
	wantTrail(t, s, store.AuditQuery{}, first, second, third)
	wantVerified(t, s, k, 3, 0)

	// The chain goes on when the ring has turned, and no other store's keys fit it.
	must(t, store.TurnRing(t.Context(), s, root(t, rootText), 2))
	turned := openKeys(t, s)
	audit(t, s, turned, auditOf("login", "lee"))
	wantVerified(t, s, turned, 4, 0)
	wantVerified(t, s, openKeys(t, db(t)()), 4, 1)
}

// An act and its row are there both, or neither.
func testAuditWithItsAct(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	link := insertLink(t, s, linkOf("mei", "chan"))
	login := func(session store.Session, a store.Audit) error {
		return s.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.CreateSession(session); err != nil {
				return err
			}
			_, err := tx.Audit(k, a)
			return err
		})
	}
	must(t, login(sessionOf(link, "monday"), auditOf("login", "chan")))
	spoilt := auditOf("login", "chan")
	spoilt.Actor = ""
	if err := login(sessionOf(link, "tuesday"), spoilt); err == nil {
		t.Error("a login without its row is in")
	}
	_, err := s.Session(t.Context(), id("tuesday"))
	wantError(t, err, store.ErrNotFound)
	stranger := sessionOf(link, "wednesday")
	stranger.Person = id("ming")
	wantError(t, login(stranger, auditOf("login", "chan")), store.ErrNotFound)
	wantVerified(t, s, k, 1, 0)
	// Nor may a caller who overlooks an error keep the rest.
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		must(t, tx.CreateSession(sessionOf(link, "thursday")))
		tx.Audit(k, spoilt)
		return nil
	}); err == nil {
		t.Error("committed, although the row was refused")
	}
	_, err = s.Session(t.Context(), id("thursday"))
	wantError(t, err, store.ErrNotFound)
}

func testAuditQueries(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	var all []store.Audit
	for i, alter := range []func(*store.Audit){
		func(*store.Audit) {},
		func(a *store.Audit) { a.Event = "logout" },
		func(a *store.Audit) { a.App = "roster" },
		func(a *store.Audit) { a.ClientID = "test" },
		func(a *store.Audit) { a.Account, a.Person = "wong", "another" },
		func(a *store.Audit) { a.Person = "" },
		func(*store.Audit) {},
	} {
		a := auditOf("login", "chan")
		a.At = noon.Add(time.Duration(i) * time.Minute)
		alter(&a)
		all = append(all, audit(t, s, k, a))
	}
	at := func(minutes time.Duration) time.Time { return noon.Add(minutes * time.Minute) }
	for name, c := range map[string]struct {
		q    store.AuditQuery
		want []int64
	}{
		"everything":             {store.AuditQuery{}, []int64{1, 2, 3, 4, 5, 6, 7}},
		"a home":                 {store.AuditQuery{ClientID: "home"}, []int64{1, 2, 3, 5, 6, 7}},
		"an app":                 {store.AuditQuery{ClientID: "home", App: "records"}, []int64{1, 2, 5, 6, 7}},
		"an account":             {store.AuditQuery{ClientID: "home", App: "records", Account: "chan"}, []int64{1, 2, 6, 7}},
		"a person":               {store.AuditQuery{ClientID: "home", App: "records", Person: "another"}, []int64{5}},
		"an event":               {store.AuditQuery{Event: "logout"}, []int64{2}},
		"since":                  {store.AuditQuery{Since: at(4)}, []int64{5, 6, 7}},
		"until":                  {store.AuditQuery{Until: at(4)}, []int64{1, 2, 3, 4}},
		"since and until":        {store.AuditQuery{Since: at(1), Until: at(2)}, []int64{2}},
		"the next two":           {store.AuditQuery{After: 2, Limit: 2}, []int64{3, 4}},
		"none after the last":    {store.AuditQuery{After: 7}, nil},
		"the newest two":         {store.AuditQuery{Newest: true, Limit: 2}, []int64{7, 6}},
		"the two before these":   {store.AuditQuery{Newest: true, After: 6, Limit: 2}, []int64{5, 4}},
		"a person's last logins": {store.AuditQuery{ClientID: "home", App: "records", Person: all[0].Person, Event: "login", Newest: true}, []int64{7, 1}},
		"nobody":                 {store.AuditQuery{Account: "' OR 1=1 --"}, nil},
		"a strange limit":        {store.AuditQuery{Limit: -1}, []int64{1, 2, 3, 4, 5, 6, 7}},
	} {
		t.Log(name)
		var want []store.Audit
		for _, n := range c.want {
			want = append(want, all[n-1])
		}
		wantTrail(t, s, c.q, want...)
	}

	// A long trail is read in parts of a thousand.
	updateMany(t, s, 1_100, func(tx *store.Tx, _ int) error {
		_, err := tx.Audit(k, auditOf("login", "chan"))
		return err
	})
	for _, limit := range []int{0, 1_000, 1_001} {
		part, err := s.AuditTrail(t.Context(), store.AuditQuery{Limit: limit})
		must(t, err)
		wantEqual(t, len(part), 1_000)
	}
	wantVerified(t, s, k, 1_107, 0)
}

func testAuditBounds(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	for name, spoil := range map[string]func(*store.Audit){
		"no client":      func(a *store.Audit) { a.ClientID = "" },
		"long client":    func(a *store.Audit) { a.ClientID = strings.Repeat("x", 257) },
		"no app":         func(a *store.Audit) { a.App = "" },
		"long app":       func(a *store.Audit) { a.App = strings.Repeat("x", 257) },
		"no event":       func(a *store.Audit) { a.Event = "" },
		"long event":     func(a *store.Audit) { a.Event = strings.Repeat("x", 65) },
		"long person":    func(a *store.Audit) { a.Person = strings.Repeat("x", 65) },
		"long account":   func(a *store.Audit) { a.Account = strings.Repeat("x", 1025) },
		"long after NUL": func(a *store.Audit) { a.Account = "\x00" + strings.Repeat("x", 1025) },
		"long source":    func(a *store.Audit) { a.Source = strings.Repeat("x", 257) },
		"long way":       func(a *store.Audit) { a.Way = strings.Repeat("x", 65) },
		"no actor":       func(a *store.Audit) { a.Actor = "" },
		"long actor":     func(a *store.Audit) { a.Actor = strings.Repeat("x", 257) },
		"long ref":       func(a *store.Audit) { a.Ref = strings.Repeat("x", 129) },
	} {
		a := auditOf("login", "chan")
		spoil(&a)
		if _, err := s.Audit(t.Context(), k, a); err == nil {
			t.Errorf("%s: is stored", name)
		} else if strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the error tells the value", name)
		}
	}
	// A detail that is too long is no reason to refuse the act: it is cut.
	for detail, want := range map[string]string{
		strings.Repeat("x", store.MaxDetail):     strings.Repeat("x", store.MaxDetail),
		strings.Repeat("x", store.MaxDetail+1):   strings.Repeat("x", store.MaxDetail-3) + "…",
		"ab" + strings.Repeat("長", 400):          "ab" + strings.Repeat("長", 339) + "…",
		"half a character: " + "長"[:2] + " ends": "half a character: \uFFFD ends",
	} {
		a := auditOf("login", "chan")
		a.Detail = detail
		got := audit(t, s, k, a)
		wantEqual(t, got.Detail, want)
		wantTrail(t, s, store.AuditQuery{After: got.Number - 1}, got)
	}
	wantVerified(t, s, k, 4, 0)
}

func testAuditRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	k := openKeys(t, stores[0])
	for _, err := range race(func(i int) error {
		_, err := stores[i%2].Audit(t.Context(), k, auditOf("login", fmt.Sprint(i)))
		return err
	}) {
		must(t, err)
	}
	wantVerified(t, stores[0], k, 20, 0)
}

// Rows go from the oldest on, when their time is over by the caller's clock and by
// the database's; and the chain holds.
func testAuditSwept(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	now := time.Now()
	sweep := func(at time.Time, wantFirst, wantRows int64) {
		t.Helper()
		must(t, s.Sweep(t.Context(), at))
		rows, err := s.AuditTrail(t.Context(), store.AuditQuery{})
		must(t, err)
		wantEqual(t, rows[0].Number, wantFirst)
		wantVerified(t, s, k, wantRows, 0)
	}
	for _, hours := range []time.Duration{-3, -1, -2, 3, -3, -3} { // until when they are kept
		a := auditOf("login", "chan")
		a.KeepUntil = now.Add(hours * time.Hour)
		audit(t, s, k, a)
	}
	sweep(now.Add(-4*time.Hour), 1, 6)
	sweep(now.Add(-90*time.Minute), 2, 5) // the second must stay, and the third with it
	sweep(now, 4, 3)
	sweep(now.Add(1_000*time.Hour), 4, 3) // a caller whose clock is wrong takes nothing more
	audit(t, s, k, auditOf("login", "chan"))
	wantVerified(t, s, k, 4, 0)
}

func testAuditSweptToTheLast(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	must(t, s.Sweep(t.Context(), noon))                       // nothing at all
	updateMany(t, s, 1_201, func(tx *store.Tx, _ int) error { // more than two sweeps take
		a := auditOf("login", "chan")
		a.KeepUntil = time.Now().Add(-time.Hour)
		_, err := tx.Audit(k, a)
		return err
	})
	for range 2 { // the newest stays, so that the chain goes on
		must(t, s.Sweep(t.Context(), time.Now()))
		wantVerified(t, s, k, 1, 0)
	}
	next := audit(t, s, k, auditOf("login", "chan"))
	wantEqual(t, next.Number, int64(1_202))
	wantVerified(t, s, k, 2, 0)
}
