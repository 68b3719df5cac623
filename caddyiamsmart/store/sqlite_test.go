package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestSQLite(t *testing.T) {
	testContract(t, func(t *testing.T) func() *store.Store {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		return func() *store.Store { return openFile(t, path) }
	})
}

func openFile(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// behind opens the same file past the store, as an administrator would.
func behind(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_foreign_keys=1&_busy_timeout=5000")
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), query, args...)
	must(t, err)
}

func TestSQLiteFreshFile(t *testing.T) {
	// Given a folder that is not there and a name that a URL would choke on.
	path := filepath.Join(t.TempDir(), "new folder", "a?b#c%20d&mode=ro.db")
	s := openFile(t, path)
	must(t, s.Claim(t.Context(), id("flow"), noon))
	for name, want := range map[string]fs.FileMode{
		filepath.Dir(path): fs.ModeDir | 0o700,
		path:               0o600,
		path + "-wal":      0o600,
		path + "-shm":      0o600,
	} {
		info, err := os.Stat(name)
		must(t, err)
		wantEqual(t, info.Mode(), want)
	}
}

func TestSQLiteSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	var mode string
	must(t, behind(t, path).QueryRowContext(t.Context(), `PRAGMA journal_mode`).Scan(&mode))
	wantEqual(t, mode, "wal")

	// Somebody else writes for longer than a moment: we wait for him.
	db := behind(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, `BEGIN IMMEDIATE`)
	time.AfterFunc(300*time.Millisecond, func() { db.Exec(`ROLLBACK`) })
	must(t, s.Claim(t.Context(), id("flow"), noon))

	// He does not end: we give up, and say why.
	execute(t, db, `BEGIN IMMEDIATE`)
	start := time.Now()
	wantError(t, s.Claim(t.Context(), id("second"), noon), store.ErrBusy)
	if took := time.Since(start); took < 4*time.Second {
		t.Errorf("waited %v, want about 5 s", took)
	}
	_, err := s.Session(t.Context(), id("any")) // reading goes on meanwhile
	wantError(t, err, store.ErrNotFound)
}

func TestSQLiteDeadlineOfTheCaller(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "iamsmart.db"))
	entered, leave := make(chan struct{}), make(chan struct{})
	var slow sync.WaitGroup
	slow.Go(func() {
		_ = s.Update(t.Context(), func(*store.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	})
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantError(t, s.Claim(ctx, id("flow"), noon), context.DeadlineExceeded)
	close(leave)
	slow.Wait()
	must(t, s.Claim(t.Context(), id("flow"), noon))
}

func TestSQLiteOpenedByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	for _, err := range race(func(int) error {
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			return err
		}
		return s.Close()
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	insertLink(t, openFile(t, path), linkOf("mei", "chan"))
}

func TestSQLiteNewerVersionRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	must(t, openFile(t, path).Close())
	db := behind(t, path)
	execute(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	must(t, db.Close())
	_, err := store.OpenSQLite(t.Context(), path)
	wantError(t, err, store.ErrNewer)
	wantRemedy(t, "newer", err, path, "run the newer program")
}

// own are the tables, views or triggers that the migrations make, the last one first.
func own(t *testing.T, db *sql.DB, kind string) (names []string) {
	t.Helper()
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = $1 AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'
		ORDER BY rowid DESC`, kind)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		names = append(names, name)
	}
	must(t, rows.Err())
	if len(names) < 2 {
		t.Fatalf("only %v", names)
	}
	return names
}

// A first start that was cut off between its steps is taken up again.
func TestSQLiteMigrationTakenUp(t *testing.T) {
	for name, cut := range map[string]string{
		"before the first table": `DROP TABLE goose_db_version`,
		"before the tables":      `DELETE FROM goose_db_version WHERE version_id > 0`,
	} {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		must(t, openFile(t, path).Close())
		db := behind(t, path)
		for _, kind := range []string{"trigger", "view", "table"} {
			for _, name := range own(t, db, kind) {
				execute(t, db, `DROP `+kind+` `+name)
			}
		}
		execute(t, db, cut)
		must(t, db.Close())
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		insertLink(t, s, linkOf("mei", "chan"))
		must(t, s.Close())
	}
}

func TestSQLiteDamagedFileRefused(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.db")
	s := openFile(t, whole)
	update(t, s, func(tx *store.Tx) error {
		for i := range 500 {
			if _, err := tx.InsertLink(linkOf(fmt.Sprint(i), fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, s.Close())
	good, err := os.ReadFile(whole)
	must(t, err)
	overwritten := bytes.Clone(good)
	for i := len(good) / 2; i < len(good)/2+8192; i++ {
		overwritten[i] = 0xA5
	}
	for name, content := range map[string][]byte{
		"a text":             []byte(strings.Repeat("This is a letter and no database.\n", 100)),
		"a short text":       []byte("short"),
		"pages written over": overwritten,
		"cut in half":        good[:len(good)/2],
	} {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		must(t, os.WriteFile(path, content, 0o600))
		_, err := store.OpenSQLite(t.Context(), path)
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: error is %v", name, err)
			continue
		}
		wantRemedy(t, name, err, path, "restore the file from a backup")
		after, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(after, content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestSQLiteOtherProgramsDatabaseRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legacy.db")
	db := behind(t, path)
	execute(t, db, `CREATE TABLE users (name TEXT)`)
	must(t, db.Close())
	_, err := store.OpenSQLite(t.Context(), path)
	wantRemedy(t, "legacy database", err, path, "a file of its own")
}

func TestSQLitePathRefused(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for name, path := range map[string]string{
		"a folder":         folder,
		"folder is a file": filepath.Join(file, "iamsmart.db"),
	} {
		_, err := store.OpenSQLite(t.Context(), path)
		wantRemedy(t, name, err, path, "writable")
	}
}

// Whoever can write to the database exchanges two sealed keys.
func TestSQLiteKeysExchanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	openKeys(t, s)
	db := behind(t, path)
	for _, name := range [][2]string{{"ring", "aside"}, {"look-up, links sealed", "ring"}, {"aside", "look-up, links sealed"}} {
		execute(t, db, `UPDATE key_ring SET purpose = ? WHERE purpose = ?`, name[1], name[0])
	}
	_, err := store.OpenKeys(t.Context(), s, root(t, rootText))
	wantError(t, err, store.ErrWrongKey)

	// Or deletes one: it is not made anew, for no link would be found again.
	execute(t, db, `DELETE FROM key_ring WHERE purpose = 'ring'`)
	execute(t, db, `UPDATE key_ring SET purpose = 'ring'`)
	_, err = store.OpenKeys(t.Context(), s, root(t, rootText))
	wantError(t, err, store.ErrDamaged)
}

// A thief has the database and its log, but not the root key.
func TestSQLiteStolenFileTellsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	keys := openKeys(t, s)
	const openID, token, formSecret, cookie = "openid-7f3a9c", "token-52d1e8", "form-secret-c0ffee", "session-id-b4dd91"
	const typed = "typed-9b1f03" // a password, in the field for the name
	link := linkOf("", "chan")
	link.Person = keys.PersonHash("home", openID)
	link = insertLink(t, s, link)
	session := sessionOf(link, cookie)
	session.FormSecret = keys.Seal([]byte(formSecret), "form", "home")
	must(t, s.CreateSession(t.Context(), session))
	pending := pendingOf("ming", "on the way")
	pending.Sealed = keys.Seal([]byte(token), "pending", "home")
	update(t, s, func(tx *store.Tx) error { return tx.PutPending(pending) })
	tryAt(t, s, "first", store.Subject{Scope: store.OfAccount, ClientID: "home", App: "records",
		Hash: keys.SubjectHash(store.OfAccount, "home", "records", typed)}, noon)

	stolen := stolenBytes(t, path)
	for _, secret := range []string{openID, token, formSecret, cookie, typed, rootText, "0123456789abcdef0123456789abcdef"} {
		if bytes.Contains(stolen, []byte(secret)) {
			t.Errorf("%q lies in the file in clear", secret)
		}
	}
	for _, key := range append(keys.Derive(32), keys.Derive(32, "form", "home")...) {
		if bytes.Contains(stolen, key) {
			t.Error("a derived key lies in the file")
		}
	}
	if !bytes.Contains(stolen, []byte("key-chan")) { // or the search proves nothing
		t.Error("not even the account is found")
	}

	// When the link-up is over its token is gone too, not just let go of.
	if !bytes.Contains(stolen, pending.Sealed) {
		t.Error("the sealed token is not found while it is kept")
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeletePending(pending.ID) })
	must(t, s.Close())
	if bytes.Contains(stolenBytes(t, path), pending.Sealed) {
		t.Error("the sealed token is still in the file")
	}
}

// stolenBytes is all that lies beside the path: database, log and index.
func stolenBytes(t *testing.T, path string) (all []byte) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		all = append(all, b...)
	}
	return all
}
