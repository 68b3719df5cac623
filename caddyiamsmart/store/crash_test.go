//go:build linux

package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// Some stories need a process of their own: one that is killed, one without
// rights, one whose disk is full. For these the test program starts itself
// with this variable set to "story path".
const helperVariable = "IAMSMART_STORE_TEST_HELPER"

func TestMain(m *testing.M) {
	story, path, helper := strings.Cut(os.Getenv(helperVariable), " ")
	if !helper {
		os.Exit(m.Run())
	}
	stories := map[string]func(string) error{
		"write for ever": writeForEver,
		"open as nobody": openAsNobody,
		"fill the disk":  fillDisk,
		"log in audited": logInAudited,
	}
	if err := stories[strings.ReplaceAll(story, "-", " ")](path); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func helper(t *testing.T, story, path string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"="+strings.ReplaceAll(story, " ", "-")+" "+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// linkAndEnter is one link-up: the pending one ends, link and session begin.
func linkAndEnter(s *store.Store, n int, formSecret string) error {
	name := fmt.Sprint(n)
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		return tx.PutPending(pendingOf("person "+name, name))
	})
	if err != nil {
		return err
	}
	return s.Update(context.Background(), func(tx *store.Tx) error {
		l := linkOf("person "+name, name)
		var err error
		if l.ID, err = tx.InsertLink(l); err != nil {
			return err
		}
		session := sessionOf(l, "session "+name)
		session.FormSecret = []byte(formSecret)
		if err := tx.CreateSession(session); err != nil {
			return err
		}
		return tx.DeletePending(id(name))
	})
}

// linkedWhole says whether link-up n is there; one that is there in part is a
// failure.
func linkedWhole(ctx context.Context, s *store.Store, n int) (bool, error) {
	name := fmt.Sprint(n)
	l, errLink := findLink(s, personOf(linkOf("person "+name, name)), "records")
	session, errSession := s.Session(ctx, id("session "+name))
	_, errPending := s.Pending(ctx, id(name), noon)
	gone := errors.Is(errLink, store.ErrNotFound)
	switch {
	case errLink == nil && errSession == nil && session.LinkID == l.ID && errors.Is(errPending, store.ErrNotFound):
		return true, nil
	case gone && errors.Is(errSession, store.ErrNotFound) && (errPending == nil || errors.Is(errPending, store.ErrNotFound)):
		return false, nil
	}
	return false, fmt.Errorf("link-up %d is there in part: link %v, session %v, pending %v", n, errLink, errSession, errPending)
}

func writeForEver(path string) error {
	s, err := store.OpenSQLite(context.Background(), path)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if err := linkAndEnter(s, n, "sealed"); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// The power of the process is cut in the middle of many link-ups, three times.
func TestSQLiteKilledWhileWriting(t *testing.T) {
	for round := range 3 {
		path := filepath.Join(t.TempDir(), "iamsmart.db")
		cmd := helper(t, "write for ever", path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		acknowledged := 0
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() != fmt.Sprint(acknowledged) {
				t.Fatalf("helper said %q", lines.Text())
			}
			acknowledged++
			if acknowledged == 50+round*40 {
				time.Sleep(time.Duration(round) * 300 * time.Microsecond) // not always right after a commit
				must(t, cmd.Process.Kill())
			}
		}
		if err := cmd.Wait(); err == nil || acknowledged < 50 {
			t.Fatalf("helper ended by itself after %d: %v", acknowledged, err)
		}

		s := openFile(t, path)
		for n := range acknowledged {
			there, err := linkedWhole(t.Context(), s, n)
			must(t, err)
			if !there {
				t.Fatalf("link-up %d of %d was acknowledged and is lost", n, acknowledged)
			}
		}
		there, err := linkedWhole(t.Context(), s, acknowledged) // the one under way: whole or not at all
		must(t, err)
		want := acknowledged
		if there {
			want++
		}
		var links, sessions int
		must(t, behind(t, path).QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM links), (SELECT count(*) FROM sessions)`).Scan(&links, &sessions))
		if links != want || sessions != want {
			t.Fatalf("%d links and %d sessions, want %d of each", links, sessions, want)
		}
		must(t, linkAndEnter(s, acknowledged+1, "sealed")) // and life goes on
		must(t, s.Close())
	}
}

func openAsNobody(path string) error {
	if os.Getuid() == 0 { // root may write everywhere
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
	}
	s, err := store.OpenSQLite(context.Background(), path)
	if err == nil {
		return errors.Join(errors.New("it opened"), s.Close())
	}
	fmt.Println(err)
	return nil
}

func TestSQLiteWithoutRights(t *testing.T) {
	made := func(t *testing.T, folder string) {
		must(t, openFile(t, filepath.Join(folder, "iamsmart.db")).Close())
		must(t, os.Chmod(filepath.Join(folder, "iamsmart.db"), 0o666))
	}
	tests := map[string]struct {
		given        func(t *testing.T, folder string)
		file, folder fs.FileMode
	}{
		"folder read-only, no file":       {nil, 0, 0o555},
		"folder read-only, file writable": {made, 0o666, 0o555},
		"file read-only":                  {made, 0o444, 0o777},
		"file unreadable":                 {made, 0o000, 0o777},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			must(t, os.Chmod(filepath.Dir(top), 0o755))
			must(t, os.Chmod(top, 0o755))
			folder := filepath.Join(top, "data")
			must(t, os.Mkdir(folder, 0o755))
			path := filepath.Join(folder, "iamsmart.db")
			if c.given != nil {
				c.given(t, folder)
				must(t, os.Chmod(path, c.file))
			}
			must(t, os.Chmod(folder, c.folder))
			t.Cleanup(func() { os.Chmod(folder, 0o755) })

			out, err := helper(t, "open as nobody", path).Output()
			said := string(out)
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if !strings.Contains(said, path) || !strings.Contains(said, "writable") || !strings.Contains(said, "for the user that runs Caddy") {
				t.Errorf("error does not name the path and the remedy: %s", said)
			}
		})
	}
}

// fillDisk writes until files may not grow any more, then looks whether all is
// well, gets more room, and goes on.
func fillDisk(path string) error {
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 6 << 20, Max: room.Max}); err != nil {
		return err
	}
	bulk := strings.Repeat("sealed", 4096) // so that log and file come to the limit soon
	var full error
	stored := 0
	for ; full == nil && stored < 100_000; stored++ {
		full = linkAndEnter(s, stored, bulk)
	}
	stored-- // the last one failed
	if full == nil {
		return errors.New("the disk never filled up")
	}
	for n := range stored {
		if there, err := linkedWhole(ctx, s, n); err != nil || !there {
			return fmt.Errorf("link-up %d of %d with a full disk: there %t, %w", n, stored, there, err)
		}
	}
	if there, err := linkedWhole(ctx, s, stored); err != nil || there {
		return fmt.Errorf("the link-up that failed (%w): there %t, %w", full, there, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	if err := linkAndEnter(s, stored, bulk); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Printf("full after %d link-ups: %v\n", stored, full)
	return nil
}

func TestSQLiteDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	out, err := helper(t, "fill the disk", path).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
	must(t, openFile(t, path).Close()) // its pages are sound
}
