package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func registrationOf(person string) store.Registration {
	return store.Registration{ClientID: "home", App: "records", Person: id(person), UserType: "1", LastModified: noon.Add(-time.Hour),
		State: store.RegistrationOpen, Form: []byte("sealed form"), CreatedAt: noon, Expires: noon.Add(30 * 24 * time.Hour)}
}

// register puts a registration that must be taken.
func register(t *testing.T, s *store.Store, k *store.Keys, r store.Registration) (put store.Registration) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		put, err = tx.PutRegistration(k, r)
		return err
	})
	return put
}

func decide(t *testing.T, s *store.Store, k *store.Keys, r store.Registration) (saved store.Registration, err error) {
	t.Helper()
	err = s.Update(t.Context(), func(tx *store.Tx) (err error) {
		saved, err = tx.SaveRegistration(k, r)
		return err
	})
	return saved, err
}

func approvedOf(r store.Registration) store.Registration {
	r.State, r.DecidedAt, r.Actor, r.Note, r.AccountName = store.RegistrationApproved, noon.Add(time.Hour), "admin:root", "Welcome", "chan.sm"
	return r
}

func wantRegistration(t *testing.T, s *store.Store, at time.Time, want store.Registration) {
	t.Helper()
	person := store.Person{ClientID: want.ClientID, Hash: want.Person}
	got, err := s.RegistrationOf(t.Context(), person, want.App, at)
	must(t, err)
	wantEqual(t, got, want)
	update(t, s, func(tx *store.Tx) error {
		got, err := tx.RegistrationOf(person, want.App, at)
		must(t, err)
		wantEqual(t, got, want)
		got, err = tx.Registration(want.Number)
		must(t, err)
		wantEqual(t, got, want)
		return nil
	})
}

func testRegistration(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	asked := registrationOf("mei")
	open := register(t, s, k, asked)
	if open.Number != 1 || !k.RegistrationFits(open) {
		t.Errorf("number %d, fits %t", open.Number, k.RegistrationFits(open))
	}
	asked.Number, asked.Seal = open.Number, open.Seal
	wantEqual(t, open, asked)
	wantRegistration(t, s, noon, open)

	// One open one for each person and app; a refusal leaves the rest undisturbed.
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.PutRegistration(k, registrationOf("mei"))
		wantError(t, err, store.ErrRegistrationOpen)
		_, err = tx.Registration(open.Number)
		return err
	})
	elsewhere, others := registrationOf("mei"), registrationOf("ming")
	elsewhere.App = "roster"
	elsewhere, others = register(t, s, k, elsewhere), register(t, s, k, others)

	// Approved: the form is gone, and there is no second decision.
	boom := errors.New("boom")
	wantError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SaveRegistration(k, approvedOf(open))
		must(t, err)
		return boom
	}), boom)
	wantRegistration(t, s, noon, open)
	approved, err := decide(t, s, k, approvedOf(open))
	must(t, err)
	want := approvedOf(open)
	want.Form, want.Seal = nil, approved.Seal
	wantEqual(t, approved, want)
	wantRegistration(t, s, noon, approved)
	if !k.RegistrationFits(approved) || k.RegistrationFits(approvedOf(open)) {
		t.Error("the seal is not that of the decision")
	}
	refused := approved
	refused.State = store.RegistrationRefused
	_, err = decide(t, s, k, refused)
	wantError(t, err, store.ErrDecided)
	gone := others
	gone.Number = 99
	_, err = decide(t, s, k, gone)
	wantError(t, err, store.ErrNotFound)

	// Refused, the person may ask again, and that one is the latest.
	refused = others
	refused.State, refused.DecidedAt, refused.Actor = store.RegistrationRefused, noon, "admin"
	refused, err = decide(t, s, k, refused)
	must(t, err)
	again := registrationOf("ming")
	again.CreatedAt = noon.Add(time.Hour)
	again = register(t, s, k, again)
	wantRegistration(t, s, noon, again)

	for name, c := range map[string]struct {
		q    store.RegistrationQuery
		want []store.Registration
	}{
		"all":            {store.RegistrationQuery{ClientID: "home", App: "records"}, []store.Registration{approved, refused, again}},
		"those open":     {store.RegistrationQuery{ClientID: "home", App: "records", State: store.RegistrationOpen}, []store.Registration{again}},
		"the next one":   {store.RegistrationQuery{ClientID: "home", App: "records", After: approved.Number, Limit: 1}, []store.Registration{refused}},
		"another app's":  {store.RegistrationQuery{ClientID: "home", App: "roster"}, []store.Registration{elsewhere}},
		"another home's": {store.RegistrationQuery{ClientID: "test", App: "records"}, nil},
	} {
		got, err := s.Registrations(t.Context(), c.q)
		must(t, err)
		t.Log(name)
		wantEqual(t, got, c.want)
	}
}

func testRegistrationExpires(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	r := register(t, s, k, registrationOf("mei"))
	person := store.Person{ClientID: "home", Hash: r.Person}
	wantRegistration(t, s, r.Expires.Add(-time.Millisecond), r)
	_, err := s.RegistrationOf(t.Context(), person, "records", r.Expires)
	wantError(t, err, store.ErrNotFound)

	// One that has expired and was not swept yet stands in nobody's way.
	again := registrationOf("mei")
	again.CreatedAt, again.Expires = r.Expires, r.Expires.Add(time.Hour)
	again = register(t, s, k, again)
	wantRegistration(t, s, noon, again)

	// An end that is moved is kept, and then it is swept.
	again.Expires = again.Expires.Add(time.Hour)
	again, err = decide(t, s, k, again)
	must(t, err)
	wantRegistration(t, s, noon, again)
	must(t, s.Sweep(t.Context(), again.Expires.Add(-time.Millisecond)))
	wantRegistration(t, s, noon, again)
	must(t, s.Sweep(t.Context(), again.Expires))
	_, err = s.RegistrationOf(t.Context(), person, "records", noon)
	wantError(t, err, store.ErrNotFound)

	// Numbers are never given twice.
	if next := register(t, s, k, registrationOf("ming")); next.Number <= again.Number {
		t.Errorf("number %d after %d", next.Number, again.Number)
	}
}

func testRegistrationRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	k := openKeys(t, stores[0])
	errs := race(func(i int) error {
		return stores[i%2].Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.PutRegistration(k, registrationOf("mei"))
			return err
		})
	})
	wantOneWinner(t, errs, store.ErrRegistrationOpen)

	// Two administrators decide, and twenty do.
	var r store.Registration
	update(t, stores[0], func(tx *store.Tx) (err error) {
		r, err = tx.RegistrationOf(store.Person{ClientID: "home", Hash: id("mei")}, "records", noon)
		return err
	})
	errs = race(func(i int) error {
		decided := approvedOf(r)
		if i%2 == 0 {
			decided.State = store.RegistrationRefused
		}
		_, err := decide(t, stores[i%2], k, decided)
		return err
	})
	wantOneWinner(t, errs, store.ErrDecided)
}

func testRegistrationBounds(t *testing.T, db database) {
	s := db(t)()
	k := openKeys(t, s)
	for name, spoil := range map[string]func(*store.Registration){
		"no client":      func(r *store.Registration) { r.ClientID = "" },
		"long client":    func(r *store.Registration) { r.ClientID = strings.Repeat("x", 257) },
		"no app":         func(r *store.Registration) { r.App = "" },
		"long app":       func(r *store.Registration) { r.App = strings.Repeat("x", 257) },
		"long user type": func(r *store.Registration) { r.UserType = strings.Repeat("x", 65) },
		"long form":      func(r *store.Registration) { r.Form = make([]byte, 32<<10+1) },
	} {
		r := registrationOf("mei")
		spoil(&r)
		if err := s.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.PutRegistration(k, r); return err }); err == nil {
			t.Errorf("%s: is stored", name)
		}
	}
	r := register(t, s, k, registrationOf("mei"))
	for name, spoil := range map[string]func(*store.Registration){
		"unknown state": func(r *store.Registration) { r.State = "perhaps" },
		"no state":      func(r *store.Registration) { r.State = "" },
		"no actor":      func(r *store.Registration) { r.Actor = "" },
		"long actor":    func(r *store.Registration) { r.Actor = strings.Repeat("x", 257) },
		"long note":     func(r *store.Registration) { r.Note = strings.Repeat("x", store.MaxNote+1) },
		"long account":  func(r *store.Registration) { r.AccountName = strings.Repeat("x", 1025) },
	} {
		decided := approvedOf(r)
		spoil(&decided)
		if _, err := decide(t, s, k, decided); err == nil {
			t.Errorf("%s: is saved", name)
		}
	}
	wantRegistration(t, s, noon, r)
}
