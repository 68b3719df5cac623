package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

const (
	rootText      = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	otherRootText = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

func root(t testing.TB, text string) store.RootKey {
	t.Helper()
	k, err := store.ParseRootKey(text)
	must(t, err)
	return k
}

func openKeys(t testing.TB, s *store.Store) *store.Keys {
	t.Helper()
	k, err := store.OpenKeys(t.Context(), s, root(t, rootText))
	must(t, err)
	return k
}

func testKeys(t *testing.T, db database) {
	for name, test := range map[string]func(*testing.T, database){
		"are the same after a restart":         testKeysReopened,
		"T33 open with their root key only":    testWrongKey,
		"are made once by twenty openers":      testKeysRace,
		"turn, and the old ones still open":    testKeysTurn,
		"seal for one purpose only":            testSeal,
		"hide who a person is":                 testPersonHash,
		"hide what was typed":                  testSubjectHash,
		"show themselves to nobody":            testKeysRedacted,
		"derive for labels that are not mixed": testDerive,
	} {
		t.Run(name, func(t *testing.T) { test(t, db) })
	}
}

func testKeysReopened(t *testing.T, db database) {
	open := db(t)
	s := open()
	has, err := s.HasKeys(t.Context())
	must(t, err)
	wantEqual(t, has, false)
	before := openKeys(t, s)
	has, err = s.HasKeys(t.Context())
	must(t, err)
	wantEqual(t, has, true)
	sealed := before.Seal([]byte("token"), "pending")
	must(t, s.Close())

	after := openKeys(t, open())
	plain, err := after.Open(sealed, "pending")
	must(t, err)
	wantEqual(t, string(plain), "token")
	wantEqual(t, after.Derive(32, "session"), before.Derive(32, "session"))
	wantEqual(t, after.PersonHash("home", "openid"), before.PersonHash("home", "openid"))
	wantEqual(t, after.Pseudonym(id("mei"), "home", "records"), before.Pseudonym(id("mei"), "home", "records"))
	wantEqual(t, after.SubjectHash(store.OfAccount, "home", "records", "chan"), before.SubjectHash(store.OfAccount, "home", "records", "chan"))
}

func testWrongKey(t *testing.T, db database) {
	s := db(t)()
	openKeys(t, s)
	_, err := store.OpenKeys(t.Context(), s, root(t, otherRootText))
	wantError(t, err, store.ErrWrongKey)
	if !strings.Contains(err.Error(), "restore the root key") {
		t.Errorf("no remedy in %q", err)
	}
	if _, err := store.OpenKeys(t.Context(), s, store.RootKey{}); err == nil {
		t.Error("opened without a root key")
	}
	openKeys(t, s) // and nothing was changed by the tries
}

func testKeysRace(t *testing.T, db database) {
	open := db(t)
	stores := []*store.Store{open(), open()}
	rootKey := root(t, rootText)
	keys := make([]*store.Keys, 20)
	for _, err := range race(func(i int) (err error) {
		keys[i], err = store.OpenKeys(t.Context(), stores[i%2], rootKey)
		return err
	}) {
		must(t, err)
	}
	want := keys[0].PersonHash("home", "openid")
	for _, k := range keys {
		wantEqual(t, k.PersonHash("home", "openid"), want)
		wantEqual(t, len(k.Derive(32)), 1)
	}
}

func testKeysTurn(t *testing.T, db database) {
	s := db(t)()
	before := openKeys(t, s)
	old := before.Seal([]byte("old"), "x")
	must(t, store.TurnRing(t.Context(), s, root(t, rootText), 2))

	after := openKeys(t, s)
	plain, err := after.Open(old, "x")
	must(t, err)
	wantEqual(t, string(plain), "old")
	fresh := after.Seal([]byte("new"), "x")
	if _, err := before.Open(fresh, "x"); err == nil {
		t.Error("the new key did not seal")
	}
	keys := after.Derive(32, "x")
	wantEqual(t, len(keys), 2)
	wantEqual(t, keys[1:], before.Derive(32, "x"))
	wantEqual(t, after.PersonHash("home", "openid"), before.PersonHash("home", "openid"))
	wantEqual(t, after.Pseudonym(id("mei"), "home", "records"), before.Pseudonym(id("mei"), "home", "records"))
	wantEqual(t, after.SubjectHash(store.OfAccount, "home", "records", "chan"), before.SubjectHash(store.OfAccount, "home", "records", "chan"))
}

func testSeal(t *testing.T, db database) {
	k := openKeys(t, db(t)())
	secret := []byte("an access token")
	sealed := k.Seal(secret, "pending", "home")
	if bytes.Contains(sealed, secret) {
		t.Error("sealed value holds the secret")
	}
	if bytes.Equal(sealed, k.Seal(secret, "pending", "home")) {
		t.Error("two seals are alike")
	}
	plain, err := k.Open(sealed, "pending", "home")
	must(t, err)
	wantEqual(t, plain, secret)
	if plain, err := k.Open(k.Seal(nil)); err != nil || len(plain) != 0 {
		t.Errorf("nothing, sealed, opens as %q, %v", plain, err)
	}

	for _, labels := range [][]string{nil, {"pending"}, {"pendinghome"}, {"pending", "home", ""}, {"home", "pending"}, {"pendingh", "ome"}} {
		if _, err := k.Open(sealed, labels...); err == nil {
			t.Errorf("opened under %q", labels)
		}
	}
	for i := range sealed {
		altered := slices.Clone(sealed)
		altered[i] ^= 1
		if _, err := k.Open(altered, "pending", "home"); err == nil {
			t.Errorf("opened with byte %d altered", i)
		}
		if _, err := k.Open(sealed[:i], "pending", "home"); err == nil {
			t.Errorf("opened with %d bytes", i)
		}
	}
}

func testDerive(t *testing.T, db database) {
	k := openKeys(t, db(t)())
	seen := map[string][]string{}
	for _, labels := range [][]string{nil, {""}, {"", ""}, {"a", "bc"}, {"ab", "c"}, {"abc"}, {"a", "b", "c"}, {"a\x00bc"}} {
		key := string(k.Derive(32, labels...)[0])
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %q give the same key", labels, other)
		}
		seen[key] = labels
	}
	for _, n := range []int{1, 64, 8160} {
		wantEqual(t, len(k.Derive(n, "x")[0]), n)
	}
	for _, n := range []int{-1, 0, 8161} {
		if keys := k.Derive(n, "x"); keys != nil {
			t.Errorf("%d bytes: got %d keys", n, len(keys))
		}
	}
}

func testPersonHash(t *testing.T, db database) {
	k, elsewhere := openKeys(t, db(t)()), openKeys(t, db(t)())
	h := k.PersonHash("home", "openid")
	for name, other := range map[string][32]byte{
		"another openID":       k.PersonHash("home", "openid2"),
		"another Client ID":    k.PersonHash("home2", "openid"),
		"the same text joined": k.PersonHash("homeo", "penid"),
		"another store":        elsewhere.PersonHash("home", "openid"),
	} {
		if other == h {
			t.Errorf("%s has the same hash", name)
		}
	}

	p := k.Pseudonym(h, "home", "records")
	if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(p) {
		t.Errorf("pseudonym is %q", p)
	}
	for name, other := range map[string]string{
		"another app":       k.Pseudonym(h, "home", "roster"),
		"another Client ID": k.Pseudonym(h, "test", "records"),
		"another person":    k.Pseudonym(id("ming"), "home", "records"),
		"another store":     elsewhere.Pseudonym(h, "home", "records"),
	} {
		if other == p {
			t.Errorf("%s has the same pseudonym", name)
		}
	}
}

func testKeysRedacted(t *testing.T, db database) {
	k := openKeys(t, db(t)())
	rootKey := root(t, rootText)
	shown := fmt.Sprintf("%v %+v %#v %s %d %x %q", k, k, k, k, k, k, k) +
		fmt.Sprintf("%v %+v %#v", *k, struct{ K *store.Keys }{k}, struct{ R store.RootKey }{rootKey}) +
		fmt.Sprintf("%v %+v %#v %s %d %x %q", rootKey, rootKey, rootKey, rootKey, rootKey, rootKey, rootKey) +
		rootKey.String() + rootKey.GoString()
	for _, v := range []any{k, rootKey, map[string]any{"root": rootKey, "keys": k}, map[store.RootKey]int{rootKey: 1}} {
		b, err := json.Marshal(v)
		must(t, err)
		shown += string(b)
	}
	rest := regexp.MustCompile(`\[redacted\]|%!?|struct|store\.|RootKey|Keys|keys|root|[KR]:`).ReplaceAllString(shown, "")
	if rest = strings.Trim(rest, "\"{}: ,1*&"); regexp.MustCompile(`[0-9a-f]{2}`).MatchString(rest) {
		t.Errorf("something shows: %q in %q", rest, shown)
	}
}

func TestRootKeyText(t *testing.T) {
	good := map[string]string{
		"bare":             rootText,
		"file":             "# a comment\n\n" + rootText + "\n",
		"windows":          "# a comment\r\n" + rootText + "\r\n",
		"blanks around it": "  " + rootText + "\t\n\n",
	}
	for name, text := range good {
		if k, err := store.ParseRootKey(text); err != nil || k != root(t, rootText) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	bad := map[string]struct{ text, want string }{
		"nothing":      {"", "empty"},
		"comment only": {"# " + rootText + "\n", "empty"},
		"two keys":     {rootText + "\n" + otherRootText, "more than one"},
		"no Base64":    {"secret phrase of the home!", "not Base64"},
		"hex":          {strings.Repeat("ab", 32), "bytes"},
		"too short":    {rootText[:40], "bytes"},
		"cut":          {rootText[:43], "not Base64"},
		"spare bits":   {rootText[:42] + "Z=", "not Base64"},
		"zeros":        {strings.Repeat("A", 43) + "=", "zeros"},
	}
	for name, c := range bad {
		k, err := store.ParseRootKey(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, c.want)
		}
		if k != (store.RootKey{}) {
			t.Errorf("%s: a key came with the error", name)
		}
		if err != nil && len(c.text) > 8 && strings.Contains(err.Error(), c.text[:8]) {
			t.Errorf("%s: the error quotes the text", name)
		}
	}
}

func FuzzParseRootKey(f *testing.F) {
	for _, seed := range []string{"", rootText, "#\n" + rootText + "\n", rootText + "\n#\n", "A===", "\r\n\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := store.ParseRootKey(text)
		if (err == nil) == (k == store.RootKey{}) {
			t.Errorf("key and error disagree: %v", err)
		}
		if err == nil {
			again, err := store.ParseRootKey("# copied\n" + text)
			if err != nil || again != k {
				t.Errorf("a comment before it changes the key: %v", errors.Unwrap(err))
			}
		}
	})
}

// Two tries meet under one hash where they are for one name at one app, and
// nowhere else.
func testSubjectHash(t *testing.T, db database) {
	k, elsewhere := openKeys(t, db(t)()), openKeys(t, db(t)())
	h := k.SubjectHash(store.OfAccount, "home", "records", "chan")
	wantEqual(t, k.SubjectHash(store.OfAccount, "home", "records", "chan"), h)
	for name, other := range map[string][32]byte{
		"another name":         k.SubjectHash(store.OfAccount, "home", "records", "wong"),
		"an address":           k.SubjectHash(store.FromAddress, "home", "records", "chan"),
		"another app":          k.SubjectHash(store.OfAccount, "home", "roster", "chan"),
		"another Client ID":    k.SubjectHash(store.OfAccount, "test", "records", "chan"),
		"the same text joined": k.SubjectHash(store.OfAccount, "home", "recordsc", "han"),
		"another store":        elsewhere.SubjectHash(store.OfAccount, "home", "records", "chan"),
		"a person":             k.PersonHash("home", "chan"),
	} {
		if other == h {
			t.Errorf("%s has the same hash", name)
		}
	}
}
