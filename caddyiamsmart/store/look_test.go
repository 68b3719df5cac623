package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func rootKey(t *testing.T, fill string) store.RootKey {
	t.Helper()
	key, err := store.ParseRootKey(strings.Repeat(fill, 43) + "=")
	must(t, err)
	return key
}

// Given a store that is closed, or held open by a Caddy that writes, when
// somebody looks at it, then he sees what is in it and leaves nothing behind.
func TestLookSeesAStoreAndLeavesItAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s, err := store.OpenSQLite(t.Context(), path)
	must(t, err)
	right, wrong := rootKey(t, "Q"), rootKey(t, "g")
	look := func(when string, keys bool) {
		t.Helper()
		before := namesIn(t, filepath.Dir(path))
		sight, err := store.LookSQLite(t.Context(), path)
		must(t, err)
		if sight.Version != sight.Known || sight.Known == 0 || sight.HasKeys() != keys {
			t.Errorf("%s: saw %+v", when, sight)
		}
		must(t, sight.OpenedBy(right))
		if keys {
			wantError(t, sight.OpenedBy(wrong), store.ErrWrongKey)
		}
		if after := namesIn(t, filepath.Dir(path)); !slices.Equal(before, after) {
			t.Errorf("%s: before %q, after %q", when, before, after)
		}
	}
	look("new", false)
	_, err = store.OpenKeys(t.Context(), s, right)
	must(t, err)
	look("open, with keys in its log only", true)
	must(t, s.Update(t.Context(), func(tx *store.Tx) error {
		look("while somebody writes", true)
		return nil
	}))
	must(t, s.Close())
	look("closed", true)
	look("closed, and looked at before", true)
}

func TestLookMakesNoStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "iamsmart.db")
	_, err := store.LookSQLite(t.Context(), path)
	wantError(t, err, fs.ErrNotExist)
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it has made the folder")
	}
}

func TestLookRefusesWhatOpenRefuses(t *testing.T) {
	file := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	made := func(t *testing.T, query string) string {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		s, err := store.OpenSQLite(t.Context(), path)
		must(t, err)
		must(t, s.Close())
		db := behind(t, path)
		execute(t, db, query)
		must(t, db.Close())
		return path
	}
	for _, c := range []struct {
		name string
		path func(*testing.T) string
		want error
		says string
	}{
		{"no database", func(t *testing.T) string { return file(t, strings.Repeat("hello ", 1000)) }, store.ErrDamaged, "is damaged"},
		{"a newer one", func(t *testing.T) string {
			return made(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
		}, store.ErrNewer, "version 999"},
		{"another program's", func(t *testing.T) string { return made(t, `PRAGMA application_id = 7`) }, nil, "another program"},
		{"a folder", func(t *testing.T) string { return t.TempDir() }, nil, "no file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := store.LookSQLite(t.Context(), c.path(t))
			if err == nil || !strings.Contains(err.Error(), c.says) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("an empty file is a new store", func(t *testing.T) {
		sight, err := store.LookSQLite(t.Context(), file(t, ""))
		must(t, err)
		wantEqual(t, sight.Version, int64(0))
	})
}
