package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/file"
)

// kept is a list that somebody keeps while the gate runs. Its file bears the
// times of the test's own clock.
type kept struct {
	t    *testing.T
	path string
	f    *file.File
	log  *observer.ObservedLogs
}

// keep runs a test with a clock of its own and a list of one account.
func keep(t *testing.T, test func(t *testing.T, k *kept)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := &kept{t: t, path: write(t, "name,state\nalice,1\n")}
		k.touch()
		k.f = load(t, `file "`+k.path+`"`)
		core, log := observer.New(zapcore.DebugLevel)
		k.f.LogTo(core)
		k.log = log
		time.Sleep(time.Hour)
		test(t, k)
	})
}

func (k *kept) touch() {
	k.t.Helper()
	if err := os.Chtimes(k.path, time.Now(), time.Now()); err != nil {
		k.t.Fatal(err)
	}
}

// edit writes over the file, as an editor does.
func (k *kept) edit(text string) {
	k.t.Helper()
	if err := os.WriteFile(k.path, []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.touch()
}

// replace writes beside the file and renames.
func (k *kept) replace(text string) {
	k.t.Helper()
	beside := k.path + ".new"
	if err := os.WriteFile(beside, []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
	if err := os.Rename(beside, k.path); err != nil {
		k.t.Fatal(err)
	}
	k.touch()
}

func (k *kept) has(what string, names ...string) {
	k.t.Helper()
	var got []string
	if err := k.f.ListAccounts(k.t.Context(), func(r accounts.Record) bool { got = append(got, r.Name); return true }); err != nil {
		k.t.Error(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		k.t.Errorf("%s: the accounts are %q, want %q", what, got, names)
	}
}

// logged are the lines since the last call.
func (k *kept) logged(level zapcore.Level) (lines []string) {
	for _, entry := range k.log.TakeAll() {
		if entry.Level == level {
			lines = append(lines, fmt.Sprint(entry.Message, entry.ContextMap()))
		}
	}
	return lines
}

// Given a list in force, when it is replaced or edited, then what it says counts
// once it was left alone for two seconds, and the log tells how many came and went.
func TestTheListIsReadAgain(t *testing.T) {
	keep(t, func(t *testing.T, k *kept) {
		k.replace("name,state\nbob,1\ncarol,1\n")
		k.has("at once", "alice")
		time.Sleep(3 * time.Second)
		k.has("after three seconds", "bob", "carol")
		if lines := k.logged(zapcore.InfoLevel); len(lines) != 1 || !strings.Contains(lines[0], "accounts:2 added:2") || !strings.Contains(lines[0], "gone:1") {
			t.Errorf("the log says %q", lines)
		}
		k.edit("name,state\nbob,0\ncarol,1\n")
		time.Sleep(time.Hour)
		if record, err := k.f.ReadAccount(t.Context(), accounts.Account{Name: "bob"}); err != nil || record.State != accounts.Closed {
			t.Errorf("an account that was closed an hour ago: %+v, %v", record, err)
		}
		k.logged(zapcore.InfoLevel)
		time.Sleep(time.Hour)
		k.has("an hour later", "bob", "carol")
		if lines := k.logged(zapcore.InfoLevel); len(lines) != 0 {
			t.Errorf("a list that did not change was read again: %q", lines)
		}
	})
}

// Given a list that is written bit by bit, when it is asked for meanwhile, then
// nobody is gone until the whole of it is there.
func TestHalfAListDeletesNobody(t *testing.T) {
	keep(t, func(t *testing.T, k *kept) {
		whole := "name,state\nbob,1\nalice,1\ncarol,1\n"
		for end := range len(whole) { // also where a part is a list by itself
			k.edit(whole[:end])
			time.Sleep(1500 * time.Millisecond)
			k.has("half way", "alice")
		}
		k.edit(whole)
		time.Sleep(3 * time.Second)
		k.has("when it is whole", "bob", "alice", "carol")

		// A writer that stops in the midst of it, for good.
		for _, part := range []string{"", "name,st", "name,state\n", "name,state\nbob,1\nali"} {
			k.edit(part)
			time.Sleep(time.Minute)
			k.has("after a cut", "bob", "alice", "carol")
		}
	})
}

// Given a file with a time that lies ahead, when it changes, then it is still read
// once it is left alone.
func TestATimeThatLiesAhead(t *testing.T) {
	keep(t, func(t *testing.T, k *kept) {
		k.edit("name\nbob\n")
		if err := os.Chtimes(k.path, time.Time{}, time.Now().Add(48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		k.has("at once", "alice")
		time.Sleep(2500 * time.Millisecond)
		k.has("later", "bob")
	})
}

// Given a list in force, when the file is spoiled, taken away or closed, then the
// accounts from before go on, the log says why once for each change, the self check
// says it too, and a file that is mended counts again.
func TestASpoiledFileLeavesTheListInForce(t *testing.T) {
	keep(t, func(t *testing.T, k *kept) {
		spoilt := func(what, want string) {
			t.Helper()
			for range 3 {
				time.Sleep(5 * time.Second)
				k.has(what, "alice")
			}
			err := k.f.CheckSelf(t.Context())
			if outcome(err) != "cannot" || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the self check says %v, want %q", what, err, want)
			}
			if lines := k.logged(zapcore.ErrorLevel); len(lines) != 1 || !strings.Contains(lines[0], want) || !strings.Contains(lines[0], "stay in force") {
				t.Errorf("%s: the log says %q, want %q once", what, lines, want)
			}
			tells(t, err, "hidden")
		}
		k.edit("name,state\nalice,1\nhidden,1\nHidden,1\n")
		spoilt("a name twice", "line 4, column 'name'")
		k.edit("name,state\nalice,1\nhidden,1\nHidden,1\n")
		spoilt("the same again", "line 4, column 'name'")
		if err := os.Remove(k.path); err != nil {
			t.Fatal(err)
		}
		spoilt("gone", "put it back")
		if err := os.Mkdir(k.path, 0o700); err != nil {
			t.Fatal(err)
		}
		k.touch()
		spoilt("a folder", "this is no file")
		if err := os.Remove(k.path); err != nil {
			t.Fatal(err)
		}
		k.edit("name,state\nbob,1\n")
		time.Sleep(time.Minute)
		if err := k.f.CheckSelf(t.Context()); err != nil {
			t.Errorf("mended, and the self check says %v", err)
		}
		k.has("mended", "bob")
		if lines := k.logged(zapcore.ErrorLevel); len(lines) != 0 {
			t.Errorf("mended, and the log says %q", lines)
		}
	})
}

// Given a list that everybody can read, or with hashes that cannot be used, when it
// is read, then the log warns of it and shows none of them.
func TestWarningsOfAList(t *testing.T) {
	keep(t, func(t *testing.T, k *kept) {
		k.edit("name,hash\nalice," + bcrypt + "\nbob,hidden\ncarol,\ndave," + md5sum + "\n")
		if err := os.Chmod(k.path, 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		k.has("now", "alice", "bob", "carol", "dave")
		lines := strings.Join(k.logged(zapcore.WarnLevel), "\n")
		want := []string{"accounts:2", "line 3, column 'hash'", "none of the formats"}
		if runtime.GOOS != "windows" {
			want = append(want, "everybody on this machine", "0644")
		}
		for _, want := range want {
			if !strings.Contains(lines, want) {
				t.Errorf("the log does not say %q:\n%s", want, lines)
			}
		}
		tells(t, fmt.Errorf("%s", lines), "hidden", md5sum, "bob")
	})
}

// Given a list that changes all the time, when many ask at once, then each sees
// one whole list.
func TestManyAskWhileTheListChanges(t *testing.T) {
	path := write(t, "name\nx0\ny0\n")
	old := time.Now().Add(-time.Hour)
	f := load(t, `file "`+path+`"`)
	f.UseHKICHasher(hasher)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var names []string
				_ = f.ListAccounts(t.Context(), func(r accounts.Record) bool { names = append(names, r.Name); return true })
				if len(names) != 2 || names[0][1:] != names[1][1:] {
					t.Errorf("half a list: %q", names)
					return
				}
				if err := f.CheckSelf(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 20 {
		beside := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(beside, fmt.Appendf(nil, "name\nx%d\ny%d\n", i, i), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(beside, old, old); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(beside, path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	close(stop)
	all.Wait()
	if err := f.CheckSelf(t.Context()); err != nil { // which looks at once
		t.Error(err)
	}
	if _, err := f.ReadAccount(t.Context(), accounts.Account{Name: "x19"}); err != nil {
		t.Errorf("the last list does not count: %v", err)
	}
}
