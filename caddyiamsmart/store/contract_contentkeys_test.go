package store_test

import (
	"fmt"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Two processes share the key of one client; another client has its own.
func testContentKeys(t *testing.T, db database) {
	open := db(t)
	here, there := open(), open()
	_, err := here.ContentKey(t.Context(), "home")
	wantError(t, err, store.ErrNotFound)

	must(t, here.PutContentKey(t.Context(), "home", []byte("sealed one"), noon))
	must(t, there.PutContentKey(t.Context(), "other home", []byte("sealed other"), noon))
	must(t, there.PutContentKey(t.Context(), "home", []byte("sealed two"), noon))
	for client, want := range map[string]string{"home": "sealed two", "other home": "sealed other"} {
		got, err := here.ContentKey(t.Context(), client)
		must(t, err)
		wantEqual(t, string(got), want)
	}
	must(t, here.Sweep(t.Context(), noon.AddDate(1, 0, 0))) // who reads it knows its end
	_, err = there.ContentKey(t.Context(), "home")
	must(t, err)
}

// What cannot be a sealed key is not stored, and what was there stays.
func testContentKeyBounds(t *testing.T, db database) {
	s := db(t)()
	must(t, s.PutContentKey(t.Context(), "home", make([]byte, 4096), noon))
	for _, sealed := range [][]byte{nil, {}, make([]byte, 4097)} {
		if err := s.PutContentKey(t.Context(), "home", sealed, noon); err == nil {
			t.Errorf("%d bytes are stored", len(sealed))
		}
	}
	if err := s.PutContentKey(t.Context(), "", []byte("sealed"), noon); err == nil {
		t.Error("the key of nobody is stored")
	}
	got, err := s.ContentKey(t.Context(), "home")
	must(t, err)
	wantEqual(t, len(got), 4096)
}

// Twenty processes that renew at once leave one whole key.
func testContentKeyRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	for _, err := range race(func(i int) error {
		return stores[i%2].PutContentKey(t.Context(), "home", fmt.Appendf(nil, "sealed %02d", i), noon)
	}) {
		must(t, err)
	}
	got, err := stores[0].ContentKey(t.Context(), "home")
	must(t, err)
	wantEqual(t, len(got), len("sealed 00"))
}
