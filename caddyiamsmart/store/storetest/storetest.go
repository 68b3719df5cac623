// Package storetest gives tests a store at once: to make the tables takes far longer
// than to find them made.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Make writes the file of a store that was opened once and holds nothing yet, not
// even keys.
func Make(t testing.TB, path string) {
	t.Helper()
	text, err := fresh()
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var fresh = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "fresh.db")
	rows, err := store.OpenSQLite(context.Background(), file)
	if err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if _, left := os.Stat(file + "-wal"); left == nil {
		err = errors.Join(err, errors.New("the fresh store is not whole without its log"))
	}
	return text, err
})
