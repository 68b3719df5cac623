package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// crashed makes the files of a store that nobody closed: file, log and index,
// with ten links of which the last five lie in the log alone.
func crashed(t *testing.T) (path string) {
	t.Helper()
	whole := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, whole)
	for n := range 5 {
		must(t, linkAndEnter(s, n, "sealed"))
	}
	execute(t, behind(t, whole), `PRAGMA wal_checkpoint(TRUNCATE)`)
	for n := 5; n < 10; n++ {
		must(t, linkAndEnter(s, n, "sealed"))
	}
	path = filepath.Join(t.TempDir(), "iamsmart.db")
	for _, part := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(whole + part)
		must(t, err)
		must(t, os.WriteFile(path+part, content, 0o600))
	}
	return path
}

func TestSQLitePartsLostAfterACrash(t *testing.T) {
	tests := map[string]struct {
		lose func(path string) error
		want []string // of the error; nil where the store opens
		kept int      // link-ups that are there then
	}{
		"nothing": {func(string) error { return nil }, nil, 10},
		"the index, which is made anew": {func(path string) error {
			return os.Remove(path + "-shm")
		}, nil, 10},
		"the log": {func(path string) error {
			return os.Remove(path + "-wal")
		}, []string{"-wal is gone", "put the log back", "only move that away to go on"}, 0},
		"the log, and the operator goes on without": {func(path string) error {
			return errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm"))
		}, nil, 5},
		"the file": {os.Remove, []string{"the file is gone or empty", "-wal is there", "put the file back"}, 0},
		"the file's content": {func(path string) error {
			return os.Truncate(path, 0)
		}, []string{"the file is gone or empty", "-wal is there"}, 0},
		"half of the file": {func(path string) error {
			return os.Truncate(path, size(path)/2/4096*4096)
		}, nil, 10}, // its log holds the other half: see below
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			path := crashed(t)
			must(t, c.lose(path))
			before := contents(t, path)
			s, err := store.OpenSQLite(t.Context(), path)
			if c.want != nil {
				if !errors.Is(err, store.ErrDamaged) {
					t.Fatalf("error is %v", err)
				}
				for _, want := range c.want {
					wantRemedy(t, name, err, path, want)
				}
				wantEqual(t, contents(t, path), before)
				return
			}
			if err != nil && name == "half of the file" {
				wantError(t, err, store.ErrDamaged)
				return // or damaged, where the log does not hold enough
			}
			must(t, err)
			defer s.Close()
			for n := range 10 {
				there, err := linkedWhole(t.Context(), s, n)
				must(t, err)
				if there != (n < c.kept) {
					t.Errorf("link-up %d of %d: there %t", n, c.kept, there)
				}
			}
		})
	}
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// contents are the bytes of what lies beside the path.
func contents(t *testing.T, path string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	must(t, err)
	all := make(map[string]string)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, err)
		all[strings.TrimPrefix(f, path)] = string(b)
	}
	return all
}

// Somebody deletes or replaces the file while it is in use: what would be
// written then is gone at the next start, so nothing is answered.
func TestSQLiteFileTakenAwayWhileInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	must(t, linkAndEnter(s, 1, "sealed"))
	must(t, s.Ready(t.Context()))
	refused := func(why, says string) {
		t.Helper()
		for what, err := range map[string]error{
			"link-up": linkAndEnter(s, 2, "sealed"),
			"claim":   s.Claim(t.Context(), id("flow"), noon),
			"logout":  s.EndSession(t.Context(), id("session 1")),
			"health":  s.Ready(t.Context()),
		} {
			if !errors.Is(err, store.ErrGone) {
				t.Errorf("%s: %s: error is %v", why, what, err)
				continue
			}
			wantRemedy(t, why+": "+what, err, path, says)
		}
		_, err := s.Session(t.Context(), id("session 1")) // who is in, stays in
		must(t, err)
	}
	must(t, os.Rename(path, path+".away"))
	refused("moved away", "deleted or moved")
	must(t, os.WriteFile(path, nil, 0o600))
	refused("another in its place", "another file")

	must(t, os.Remove(path))
	must(t, os.Rename(path+".away", path))
	must(t, s.Ready(t.Context()))
	must(t, linkAndEnter(s, 2, "sealed"))
	must(t, s.Close())
	again := openFile(t, path)
	for n := 1; n <= 2; n++ {
		if there, err := linkedWhole(t.Context(), again, n); err != nil || !there {
			t.Errorf("link-up %d: there %t, %v", n, there, err)
		}
	}
}

// The disk is full, as SQLite itself says it (SQLITE_FULL).
func TestSQLiteFull(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "iamsmart.db"))
	bulk := strings.Repeat("sealed", 4096)
	must(t, linkAndEnter(s, 0, bulk))
	_, err := store.LimitPages(t.Context(), s, 1) // no more than there are
	must(t, err)
	err = linkAndEnter(s, 1, bulk)
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("error is %v", err)
	}
	if there, err := linkedWhole(t.Context(), s, 1); err != nil || there {
		t.Fatalf("what did not fit: there %t, %v", there, err)
	}
	if there, err := linkedWhole(t.Context(), s, 0); err != nil || !there {
		t.Fatalf("what was there: there %t, %v", there, err)
	}
	_, err = store.LimitPages(t.Context(), s, 1<<20)
	must(t, err)
	must(t, linkAndEnter(s, 1, bulk))
	must(t, s.Ready(t.Context()))
}

// A disk goes bad: single bits, whole pages, the end of the file. Whatever comes
// of it, no person gets the link of another, and nothing panics.
func TestSQLiteBitsThatTurned(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.db")
	s := openFile(t, whole)
	const people = 60
	for n := range people {
		must(t, linkAndEnter(s, n, "sealed"))
	}
	must(t, s.Close())
	good, err := os.ReadFile(whole)
	must(t, err)

	damage := map[string]func(r *rand.Rand, b []byte) []byte{
		"one bit": func(r *rand.Rand, b []byte) []byte {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			return b
		},
		"a byte in every page": func(r *rand.Rand, b []byte) []byte {
			for at := 0; at < len(b); at += 4096 {
				b[at+r.IntN(4096)] ^= byte(1 + r.IntN(255))
			}
			return b
		},
		"a page of zeros": func(r *rand.Rand, b []byte) []byte {
			clear(b[r.IntN(len(b)/4096)*4096:][:4096])
			return b
		},
		"two pages exchanged": func(r *rand.Rand, b []byte) []byte {
			x, y := b[r.IntN(len(b)/4096)*4096:][:4096], b[r.IntN(len(b)/4096)*4096:][:4096]
			kept := bytes.Clone(x)
			copy(x, y)
			copy(y, kept)
			return b
		},
		"cut anywhere": func(r *rand.Rand, b []byte) []byte { return b[:1+r.IntN(len(b)-1)] },
		"a header of zeros": func(r *rand.Rand, b []byte) []byte {
			clear(b[:100])
			return b
		},
	}
	for name, spoil := range damage {
		t.Run(name, func(t *testing.T) {
			const rounds = 25
			r := rand.New(rand.NewPCG(1, 2))
			refused, folder := 0, t.TempDir()
			for round := range rounds {
				path := filepath.Join(folder, fmt.Sprint(round, ".db"))
				must(t, os.WriteFile(path, spoil(r, bytes.Clone(good)), 0o600))
				s, err := store.OpenSQLite(t.Context(), path)
				if err != nil {
					wantRemedy(t, name, err, path, "")
					refused++
					continue
				}
				lookEverybodyUp(t, s, people)
				_ = linkAndEnter(s, people, "sealed") // may fail, may not panic
				_ = s.Close()
			}
			if refused == 0 && name != "one bit" {
				t.Errorf("none of %d was seen at start", rounds)
			}
			t.Logf("%d of %d were refused at start", refused, rounds)
		})
	}
}

// lookEverybodyUp looks for links of the wrong person. Name and key lie apart in
// the row: whoever uses it sees that they do not fit each other any more.
func lookEverybodyUp(t *testing.T, s *store.Store, people int) {
	t.Helper()
	for n := range people {
		person, account := fmt.Sprint("person ", n), fmt.Sprint(n)
		l, err := findLink(s, personOf(linkOf(person, "")), "records")
		if err == nil && l.AccountKey != "key-"+account && l.AccountName != account {
			t.Errorf("%s is given the account %q (%q)", person, l.AccountName, l.AccountKey)
		}
		one, err := s.Session(t.Context(), id("session "+account))
		if err == nil && one.AccountKey != "key-"+account && one.Account != account {
			t.Errorf("%s is given the session of %q (%q)", person, one.Account, one.AccountKey)
		}
	}
}

// A byte turns in an index while the store is in use: it leads to the row of
// somebody else, which SQLite believes.
func TestSQLiteIndexThatLeadsToSomebodyElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	for n := range 3 {
		insertLink(t, s, linkOf(fmt.Sprint("person ", n), fmt.Sprint("chan", n)))
	}
	must(t, s.Close())
	s = openFile(t, path)
	content, err := os.ReadFile(path)
	must(t, err)
	person := id("person 1")
	entry, turned := append(person[:], 2), append(person[:], 3) // as it ends, with the number of the row
	if !bytes.Contains(content, entry) {
		t.Fatal("there is no such entry in an index")
	}
	content = bytes.ReplaceAll(content, entry, turned)
	must(t, os.WriteFile(path, content, 0o600)) // the same file: the store goes on with it

	_, err = findLink(s, personOf(linkOf("person 1", "")), "records")
	wantError(t, err, store.ErrDamaged)
	_, err = findLink(s, personOf(linkOf("person 0", "")), "records")
	must(t, err)
}
