package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

func TestRootKeyIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "iamsmart.key")
	errs := make([]error, 20)
	keys := make([]store.RootKey, 20)
	race(func(i int) error {
		keys[i], errs[i] = store.LoadRootKey(path, true)
		return nil
	})
	for i := range keys {
		must(t, errs[i])
		if keys[i] != keys[0] {
			t.Fatal("two starts at once made two keys")
		}
	}
	again, err := store.LoadRootKey(path, false)
	must(t, err)
	if again != keys[0] {
		t.Error("the file holds another key")
	}
	info, err := os.Stat(path)
	must(t, err)
	wantEqual(t, info.Mode(), fs.FileMode(0o600))
	folder, err := os.Stat(filepath.Dir(path))
	must(t, err)
	wantEqual(t, folder.Mode(), fs.ModeDir|0o700)
	text, err := os.ReadFile(path)
	must(t, err)
	if !strings.HasPrefix(string(text), "# ") {
		t.Errorf("the file does not say what it is: %d bytes", len(text))
	}
	left, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	wantEqual(t, len(left), 1)
}

// T33: a key file that is not as it must be stops the start, also where one
// could be made.
func TestRootKeyRefused(t *testing.T) {
	tests := map[string]struct {
		text string
		mode fs.FileMode
		want string
	}{
		"readable by the world": {rootText, 0o604, "chmod 600"},
		"readable by the group": {rootText, 0o640, "chmod 600"},
		"writable by the group": {rootText, 0o620, "chmod 600"},
		"empty":                 {"", 0o600, "restore the file"},
		"wrong length":          {rootText[:40], 0o600, "restore the file"},
		"not Base64":            {"correct horse battery staple\n", 0o600, "restore the file"},
		"far too long":          {strings.Repeat("# \n", 2000) + rootText, 0o600, "restore the file"},
	}
	for name, c := range tests {
		path := filepath.Join(t.TempDir(), "iamsmart.key")
		must(t, os.WriteFile(path, []byte(c.text), 0o600))
		must(t, os.Chmod(path, c.mode))
		_, err := store.LoadRootKey(path, true)
		wantRemedy(t, name, err, path, c.want)
		after, err := os.ReadFile(path)
		must(t, err)
		wantEqual(t, string(after), c.text)
	}
	folder := t.TempDir()
	_, err := store.LoadRootKey(folder, true)
	wantRemedy(t, "a folder", err, folder, "name the file")
}

// A start was cut off while it made the key: what it left beside goes, and
// nothing else does.
func TestRootKeyHalfMade(t *testing.T) {
	for name, linked := range map[string]bool{"before it had its name": false, "after it had its name": true} {
		path := filepath.Join(t.TempDir(), "iamsmart.key")
		half, kept := path+".new-"+strings.Repeat("A", 26), path+".new-from-backup"
		must(t, os.WriteFile(half, []byte(rootText), 0o600))
		must(t, os.WriteFile(kept, nil, 0o600))
		if linked {
			must(t, os.Link(half, path))
		}
		k, err := store.LoadRootKey(path, true)
		must(t, err)
		if (k == root(t, rootText)) != linked {
			t.Errorf("%s: the key is not the one in the file", name)
		}
		left, err := filepath.Glob(path + "*")
		must(t, err)
		wantEqual(t, left, []string{path, kept})
	}
}

func TestRootKeyCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	path := filepath.Join(file, "iamsmart.key")
	_, err := store.LoadRootKey(path, true)
	wantRemedy(t, "folder is a file", err, path, "")
}

// T33: the key of a store that is in use was lost. It is not replaced.
func TestRootKeyLostFromStoreInUse(t *testing.T) {
	folder := t.TempDir()
	keyPath := filepath.Join(folder, "iamsmart.key")
	s := openFile(t, filepath.Join(folder, "iamsmart.db"))
	start := func() error {
		has, err := s.HasKeys(t.Context())
		must(t, err)
		rootKey, err := store.LoadRootKey(keyPath, !has)
		if err != nil {
			return err
		}
		_, err = store.OpenKeys(t.Context(), s, rootKey)
		return err
	}
	must(t, start())
	must(t, start())

	must(t, os.Rename(keyPath, keyPath+".lost"))
	err := start()
	wantError(t, err, fs.ErrNotExist)
	wantRemedy(t, "lost key", err, keyPath, "restore it")
	if _, err := os.Stat(keyPath); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a new key was made")
	}
	must(t, os.Rename(keyPath+".lost", keyPath))
	must(t, start())
}

func wantRemedy(t *testing.T, name string, err error, path, remedy string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), remedy) {
		t.Errorf("%s: error %q does not name the path or does not say %q", name, err, remedy)
	}
}
