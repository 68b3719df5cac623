package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// SQLite keeps what was committed of late in a log beside the file (-wal), and
// an index of the log (-shm). It removes both, the index first, when the last
// connection closes, and makes the log first. What it finds it takes for what it
// left: a log or a file that somebody has removed meanwhile it does not miss.

// checkFiles refuses files of which one has been lost: SQLite would go on with
// what is left, and nobody would learn that link-ups and logouts are gone.
func checkFiles(path string) error {
	log := size(path + "-wal") // before the file, which is there before its log
	if log > 0 && size(path) <= 0 {
		return fmt.Errorf("%w: the file is gone or empty, but its log %s-wal is there: put the file back that belongs to the log; or restore it from a backup "+
			"and move the log away; or move the log away to begin anew, and all persons link again", ErrDamaged, path)
	}
	for range 5 {
		if size(path) <= 0 || size(path+"-shm") < 0 || size(path+"-wal") >= 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond) // unless another process is about to close or to open it
	}
	return fmt.Errorf("%w: its log %s-wal is gone, and it was not closed before: %s-shm is there: put the log back; or restore the file from a backup and "+
		"move %[2]s-shm away; or only move that away to go on with what the file holds, without the latest link-ups and logouts", ErrDamaged, path, path)
}

// size of a file, negative where there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// makeFile makes an empty file where there is none, because SQLite would give
// it the mode of the process. It never opens a file that is there: closing it
// would drop the locks that this process holds on it (POSIX).
func makeFile(path string) error {
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return errors.New("this is no file")
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncDir(filepath.Dir(path)))
}

// watchFile returns what tells whether the file at path is still the one that is
// open. A file that was deleted or replaced can be written for as long as it is
// open, and all of it is gone at the next start.
func watchFile(path string) (inPlace func() error, err error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return func() error {
		now, err := os.Stat(path)
		if err == nil && os.SameFile(opened, now) {
			return nil
		}
		found := "there is another file in its place"
		switch {
		case errors.Is(err, fs.ErrNotExist):
			found = "it was deleted or moved"
		case err != nil:
			found = err.Error()
		}
		return fmt.Errorf("%w: %s: %s: put it back, or stop Caddy, restore it from a backup and start Caddy anew", ErrGone, path, found)
	}, nil
}
