package caddyiamsmart_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// staffList is a file of accounts that a test changes.
type staffList struct {
	t    *testing.T
	path string
}

func newStaffList(t *testing.T, text string) staffList {
	l := staffList{t, filepath.Join(t.TempDir(), "staff.csv")}
	l.write(text)
	return l
}

// write replaces the list by one that was left alone for a while, so that it is read
// at once.
func (l staffList) write(text string) {
	l.t.Helper()
	if err := os.WriteFile(l.path+".new", []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(l.path+".new", old, old); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Rename(l.path+".new", l.path); err != nil {
		l.t.Fatal(err)
	}
}
