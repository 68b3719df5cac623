package linkup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/linkup"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// home is a linker over a real store, with a clock that the test turns.
type home struct {
	*linkup.Linker
	t     testing.TB
	clock *time.Time
	file  string
	names *atomic.Int64 // that were tried
}

func open(t testing.TB) *home {
	t.Helper()
	// A rule that never comes to an end is a failure of this test, soon and by its name.
	hangs := time.AfterFunc(4*time.Minute, func() { panic(t.Name() + " hangs") })
	t.Cleanup(func() { hangs.Stop() })
	now := time.Now().UTC().Truncate(time.Millisecond)
	h := &home{t: t, clock: &now, file: filepath.Join(folder(t), "l.db"), names: new(atomic.Int64), Linker: &linkup.Linker{
		ClientID: "client", App: "app", Host: "records.example", Tries: linkup.DefaultTries, Now: func() time.Time { return now },
	}}
	if err := os.WriteFile(h.file, fresh(), 0o600); err != nil {
		t.Fatal(err)
	}
	h.start()
	return h
}

// folder is where a test's store lies: in memory where there is such a folder, since
// what is tested here are rules, and to wait for a disk would take most of the time.
func folder(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "linkup")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// fresh is the file of a store that was opened once and has its keys: to make the
// tables takes far longer than to read them.
var fresh = sync.OnceValue(func() []byte {
	folder, err := os.MkdirTemp("", "linkup")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "fresh.db")
	rows, err := store.OpenSQLite(context.Background(), file)
	if err != nil {
		panic(err)
	}
	root, err := store.ParseRootKey(rootText)
	if err == nil {
		_, err = store.OpenKeys(context.Background(), rows, root)
	}
	if err = errors.Join(err, rows.Close()); err != nil {
		panic(err)
	}
	made, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return made
})

const rootText = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// start opens the store, as a start of the program does.
func (h *home) start() {
	h.t.Helper()
	rows, err := store.OpenSQLite(context.Background(), h.file)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { rows.Close() })
	root, err := store.ParseRootKey(rootText)
	if err != nil {
		h.t.Fatal(err)
	}
	keys, err := store.OpenKeys(context.Background(), rows, root)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Rows, h.Keys = rows, keys
	h.Trail = store.Trail{Keys: keys, ClientID: h.ClientID, App: h.App, Keep: time.Hour, Now: h.Now}
}
