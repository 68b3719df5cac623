package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// oldStore is the file of a store from before rows had seals.
func oldStore(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "iamsmart.db")
	db := behind(t, path)
	text, err := os.ReadFile("testdata/version4.sql")
	must(t, err)
	execute(t, db, string(text))
	must(t, db.Close())
	return path
}

// people are the links of that store by account.
func people(t *testing.T, s *store.Store, keys *store.Keys) map[string]bool {
	t.Helper()
	fit := make(map[string]bool)
	for _, person := range []string{"chan", "wong", "lee"} {
		l, err := findLink(s, store.Person{ClientID: "client-one", Hash: keys.PersonHash("client-one", person)}, "default")
		must(t, err)
		fit[l.AccountName] = keys.LinkFits(l)
	}
	return fit
}

func TestLinksOfAnOlderVersionAreSealedOnce(t *testing.T) {
	// Given a store of the version before, when the program starts with it,
	path := oldStore(t)
	s := openFile(t, path)
	keys := openKeys(t, s)
	wantEqual(t, people(t, s, keys), map[string]bool{"chan.sm": false, "wong.ml": false, "Pantry": false})
	n, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText))
	must(t, err)
	// then all its links are sealed, and what had only minutes to live is over.
	wantEqual(t, n, 3)
	wantEqual(t, people(t, s, keys), map[string]bool{"chan.sm": true, "wong.ml": true, "Pantry": true})
	db := behind(t, path)
	for table, want := range map[string]int{"links": 3, "sessions": 3, "pendings": 0, "fresh_links": 0} {
		var rows int
		must(t, db.QueryRow(`SELECT count(*) FROM `+table).Scan(&rows))
		wantEqual(t, fmt.Sprint(table, rows), fmt.Sprint(table, want))
	}

	// From then on a seal that somebody takes away stays away: after a restart,
	execute(t, db, `UPDATE links SET seal = NULL, account_name = 'boss', account_key = 'name:boss' WHERE account_name = 'chan.sm'`)
	again := func() (*store.Keys, error) {
		must(t, s.Close())
		s = openFile(t, path)
		keys, err := store.OpenKeys(t.Context(), s, root(t, rootText))
		if err == nil {
			n, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText))
			must(t, err)
			wantEqual(t, n, 0)
		}
		return keys, err
	}
	keys, err = again()
	must(t, err)
	wantEqual(t, people(t, s, keys), map[string]bool{"boss": false, "wong.ml": true, "Pantry": true})

	// also where the key of before is put beside the one that says so,
	const now = `purpose = 'look-up, links sealed'`
	execute(t, db, `INSERT INTO key_ring SELECT 'look-up', number, sealed FROM key_ring WHERE `+now)
	_, err = again()
	wantError(t, err, store.ErrWrongKey)
	// or takes its place, or it is gone.
	execute(t, db, `DELETE FROM key_ring WHERE `+now)
	_, err = again()
	wantError(t, err, store.ErrWrongKey)
	execute(t, db, `DELETE FROM key_ring WHERE purpose = 'look-up'`)
	_, err = again()
	wantError(t, err, store.ErrDamaged)
}

// Whoever has kept the row of before gains nothing by putting it beside the new
// one.
func TestTheKeyOfBeforeDoesNotBringBackTheTimeOfBefore(t *testing.T) {
	path := oldStore(t)
	db := behind(t, path)
	execute(t, db, `CREATE TABLE kept AS SELECT * FROM key_ring WHERE purpose = 'look-up'`)
	s := openFile(t, path)
	keys := openKeys(t, s)
	_, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText))
	must(t, err)
	execute(t, db, `INSERT INTO key_ring SELECT * FROM kept`)
	execute(t, db, `UPDATE links SET seal = NULL`)
	keys = openKeys(t, s)
	n, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText))
	must(t, err)
	wantEqual(t, n, 0)
	wantEqual(t, people(t, s, keys), map[string]bool{"chan.sm": false, "wong.ml": false, "Pantry": false})
}

// A start that was cut off is taken up again, and several at once do no harm.
func TestSealingOldLinksIsTakenUpAgain(t *testing.T) {
	path := oldStore(t)
	db := behind(t, path)
	execute(t, db, `WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
		INSERT INTO links (client_id, app, person, slot, account_name, account_key, source, way, user_type, linked_at, last_modified)
		SELECT 'client-one', 'other', randomblob(32), 0, 'many', 'key:' || n, 'form', 'password', '', 0, 0 FROM numbers`)
	s := openFile(t, path)
	keys := openKeys(t, s)
	// Given that the end of the first go did not come,
	execute(t, db, `CREATE TRIGGER cut BEFORE UPDATE ON links WHEN OLD.id > 700 BEGIN SELECT RAISE(ABORT, 'cut'); END`)
	if n, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText)); err == nil || n != 500 {
		t.Fatalf("%d sealed, %v", n, err)
	}
	execute(t, db, `DROP TRIGGER cut`)
	// when several go on at the same time, then all is sealed.
	var all sync.WaitGroup
	var sealed atomic.Int64
	for range 4 {
		all.Go(func() {
			n, err := store.SealOldLinks(t.Context(), s, keys, root(t, rootText))
			if err != nil {
				t.Error(err)
			}
			sealed.Add(int64(n))
		})
	}
	all.Wait()
	wantEqual(t, sealed.Load(), int64(703)) // each by one of them
	var unsealed int
	must(t, db.QueryRow(`SELECT count(*) FROM links WHERE seal IS NULL`).Scan(&unsealed))
	wantEqual(t, unsealed, 0)
	wantEqual(t, people(t, s, openKeys(t, s)), map[string]bool{"chan.sm": true, "wong.ml": true, "Pantry": true})
}
