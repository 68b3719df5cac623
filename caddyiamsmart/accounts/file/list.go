package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

const (
	lookEvery = time.Second
	quiet     = 2 * time.Second // since the last change, before a file is read again
)

// list is the file and what was last read from it that was in order.
type list struct {
	path   string
	hashes *hash.Checker
	logger *zap.Logger
	table  atomic.Pointer[table]

	mu      sync.Mutex // of who looks at the file, and of the following
	looked  time.Time
	seen    fs.FileInfo // the file that was last read, well or not; nil if none could be
	waiting fs.FileInfo // a file that is not read yet, since it may not be whole
	since   time.Time   // when that was first seen
	trouble error       // why the file as it is now is not what is in force; nil if it is
}

var errUnderWay = errors.New("it changes while it is read; write the list beside it and rename it into its place")

func openList(path string, hashes *hash.Checker, logger *zap.Logger) (*list, error) {
	l := &list{path: path, hashes: hashes, logger: logger, looked: time.Now()}
	if err := l.read(); err != nil {
		return nil, err
	}
	return l, nil
}

// current returns the accounts as the file has them, or had them when it was last
// in order. Where somebody else is looking at the file already it does not wait.
func (l *list) current() *table {
	if l.mu.TryLock() {
		defer l.mu.Unlock()
		if now := time.Now(); now.Sub(l.looked) >= lookEvery || now.Before(l.looked) {
			l.look(now)
		}
	}
	return l.table.Load()
}

// fit looks at the file at once and tells whether what is in force is what stands
// in it.
func (l *list) fit() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look(time.Now())
	return l.trouble
}

// look reads the file if it has changed and is whole, as far as that can be told.
func (l *list) look(now time.Time) {
	l.looked = now
	info, err := os.Stat(l.path)
	switch {
	case err != nil:
		l.seen, l.waiting = nil, nil
		l.tell(outOfReach(l.path, err))
		return
	case l.seen != nil && unchanged(l.seen, info):
		l.waiting = nil
		return
	case !l.settled(now, info):
		return
	}
	l.waiting = nil
	before := l.table.Load()
	if err := l.read(); err != nil {
		l.tell(err)
		return
	}
	l.trouble = nil
	added, gone := l.table.Load().differs(before)
	l.logger.Info("the list of accounts was read again", zap.String("file", l.path),
		zap.Int("accounts", len(before.rows)+added-gone), zap.Int("added", added), zap.Int("gone", gone))
}

// settled tells whether a file was left alone for a while: by its own time or,
// where that says nothing, by ours.
func (l *list) settled(now time.Time, info fs.FileInfo) bool {
	if now.Sub(info.ModTime()) >= quiet {
		return true
	}
	if l.waiting == nil || !unchanged(l.waiting, info) {
		l.waiting, l.since = info, now
	}
	return now.Sub(l.since) >= quiet
}

// tell logs why the file is not in force, once for each change of the file or, if
// it cannot be opened, of the reason.
func (l *list) tell(err error) {
	if l.seen != nil || l.trouble == nil || l.trouble.Error() != err.Error() {
		l.logger.Error("the list of accounts cannot be used as it is now; the accounts from before stay in force", zap.Error(err))
	}
	l.trouble = err
}

// read puts the accounts of the file in force. Errors begin with the file's path.
func (l *list) read() error {
	text, info, err := readWhole(l.path)
	if err != nil {
		l.seen = nil
		return err
	}
	l.seen = info
	if info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s: everybody on this machine can change it, and so be anybody: chmod 640 or 600", l.path)
	}
	t, err := readTable(text, l.hashes)
	if err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 && runtime.GOOS != "windows" {
		l.logger.Warn("everybody on this machine can read the list of accounts, which holds hashes: chmod 640 or 600",
			zap.String("file", l.path), zap.String("mode", fmt.Sprintf("%04o", mode)))
	}
	if t.poor > 0 {
		l.logger.Warn("hashes in the list of accounts cannot be used, so these people cannot prove their password; is their format named by 'hash'?",
			zap.String("file", l.path), zap.Int("accounts", t.poor), zap.String("first", t.firstPoor.Error()))
	}
	l.table.Store(t)
	return nil
}

// readWhole reads a file that is the same before and after.
func readWhole(path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, outOfReach(path, err)
	}
	if !info.Mode().IsRegular() { // before it is opened, which might wait for ever
		return nil, nil, fmt.Errorf("%s: this is no file; name the CSV file itself", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, outOfReach(path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, nil, outOfReach(path, err)
	}
	after, err := f.Stat()
	if err != nil {
		return nil, nil, outOfReach(path, err)
	}
	if !unchanged(info, after) || int64(len(text)) != after.Size() && len(text) <= MaxBytes {
		return nil, nil, fmt.Errorf("%s: %w", path, errUnderWay)
	}
	return text, after, nil
}

func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}

func outOfReach(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w; make it, or put it back", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w; give it, and the way to it, to the user that runs Caddy", path, fs.ErrPermission)
	}
	return fmt.Errorf("%s: it cannot be read: %w", path, err)
}

// differs counts the names that came and went.
func (t *table) differs(before *table) (added, gone int) {
	for name := range t.byName {
		if _, had := before.byName[name]; !had {
			added++
		}
	}
	return added, len(before.byName) + added - len(t.byName)
}
