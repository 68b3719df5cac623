package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Given a list that was made with the root key alone, when a store of that root
// key looks a number up, then the hashes are the same, also after the ring has
// turned; another number or another root key gives another hash.
func TestHKICHashOfTheRootKeyIsThatOfTheStore(t *testing.T) {
	s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	must(t, err)
	defer s.Close()
	keys := openKeys(t, s)
	alone, err := root(t, rootText).HKICKey()
	must(t, err)
	other, err := root(t, otherRootText).HKICKey()
	must(t, err)

	want := keys.HKICHash("A1234563")
	wantEqual(t, alone.Hash("A1234563"), want)
	must(t, store.TurnRing(t.Context(), s, root(t, rootText), 2))
	wantEqual(t, openKeys(t, s).HKICHash("A1234563"), want)
	if alone.Hash("A1234564") == want || other.Hash("A1234563") == want || alone.Hash("") == want {
		t.Error("different numbers or keys give one hash")
	}
	// Lists that homes have made must fit from one version to the next.
	wantEqual(t, fmt.Sprintf("%x", want), "b6dbc6ed36e2a5d5b7b3639b9f8f2d8991c2204bae7ce988b7811a5c33af6687")

	if _, err := (store.RootKey{}).HKICKey(); err == nil {
		t.Error("no root key gives a key")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if told := fmt.Sprintf(verb, alone); !strings.Contains(told, "redacted") {
			t.Errorf("%s shows %q", verb, told)
		}
	}
}
