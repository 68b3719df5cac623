package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"
)

const (
	// sqliteReaders is small: a read takes microseconds, and each connection
	// has its own page cache.
	sqliteReaders = 4
	// applicationID stands in the file's header and tells our databases from
	// those of other programs ("iAMS").
	applicationID = 0x69414d53
	// checkLimit bounds the look for broken pages, and for indexes that do not
	// fit their tables, at open. A store too large to be read in that time is
	// taken as it is; each broken page, and each row that is another than the
	// one that was looked for, is still reported when it is met.
	checkLimit = 5 * time.Second
)

// OpenSQLite opens the store in the SQLite file at path and brings its tables
// up to date. A file that is absent is made with mode 0600, its folders with
// 0700; SQLite keeps path-wal and path-shm beside it. One process or several
// on the same machine may have it open; the file must not lie on a network
// drive.
//
// Errors name the path and what to do. With ErrNewer and ErrDamaged what the
// file holds is left as it was. The look for broken pages ends after five
// seconds, a lock of another process is waited for as long; a migration is
// bounded by ctx alone.
func OpenSQLite(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	if err := checkFiles(path); err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("opening store %s: %w: its folder must exist or be creatable, and be writable, for the user that runs Caddy", path, err)
	}
	writer, err := sqliteDB(path, 1, "_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	reader, err := sqliteDB(path, sqliteReaders, "_query_only=1")
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	s := &Store{writer: writer, reader: reader}
	if err = s.prepare(ctx); err == nil {
		s.inPlace, err = watchFile(path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening store %s: %w", path, err), s.Close())
	}
	return s, nil
}

// prepare refuses what is not ours or not sound, then migrates.
func (s *Store) prepare(ctx context.Context) error {
	for _, step := range []func(context.Context, *sql.DB) error{checkPages, adopt, migrate} {
		if err := step(ctx, s.writer); err != nil {
			return withRemedy(err)
		}
	}
	return nil
}

// sqliteDB opens no connection yet. Every connection of the pool gets the same
// settings: synchronous FULL makes a commit durable in WAL mode, secure_delete
// overwrites what is deleted, so that a token is gone when its row is.
func sqliteDB(path string, connections int, more string) (*sql.DB, error) {
	location := filepath.ToSlash(path)
	if !strings.HasPrefix(location, "/") { // a Windows drive
		location = "/" + location
	}
	dsn := url.URL{Scheme: "file", Path: location, RawQuery: "mode=rw" +
		"&_busy_timeout=5000&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_pragma=secure_delete(1)" +
		"&_defensive=1&_dqs=0&_error_rc=1&" + more}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func checkPages(ctx context.Context, db *sql.DB) error {
	limited, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	var finding string
	err := db.QueryRowContext(limited, `PRAGMA integrity_check(1)`).Scan(&finding)
	switch {
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return nil
	case err != nil:
		return failed("checking pages", err)
	case finding != "ok":
		return fmt.Errorf("checking pages: %w: %s", ErrDamaged, finding)
	}
	return nil
}

var errForeign = errors.New("this is the database of another program: give the store a file of its own")

// adopt marks an empty database as ours and refuses another program's. It
// writes the mark each time, because only a write shows whether the file can be
// written: SQLite turns BEGIN IMMEDIATE on a read-only file into a mere read.
func adopt(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return failed("locking for writing", err)
	}
	defer tx.Rollback()
	var id, tables int64
	if err := tx.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return failed("reading application id", err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return failed("reading schema", err)
	}
	if id != applicationID && (id != 0 || tables != 0) {
		return errForeign
	}
	if _, err := tx.ExecContext(ctx, writeMark); err != nil {
		return failed("writing application id", err)
	}
	if err := tx.Commit(); err != nil {
		return failed("writing application id", err)
	}
	return nil
}

// writeMark is the least that can be written: it changes nothing.
var writeMark = fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)

// ofDisk tells whether an error means that nothing can be written for now, whoever
// tries: the disk is full, sick or read-only.
func ofDisk(err error) bool {
	switch sqliteCode(err) {
	case sqlitecode.SQLITE_FULL, sqlitecode.SQLITE_IOERR, sqlitecode.SQLITE_READONLY, sqlitecode.SQLITE_CANTOPEN:
		return true
	}
	return errors.Is(err, ErrGone)
}

// sqliteKind gives the sentinel for SQLite's result code, or nil.
func sqliteKind(err error) error {
	switch sqliteCode(err) {
	case sqlitecode.SQLITE_BUSY, sqlitecode.SQLITE_LOCKED:
		return ErrBusy
	case sqlitecode.SQLITE_CORRUPT, sqlitecode.SQLITE_NOTADB:
		return ErrDamaged
	default:
		return nil
	}
}

// sqliteCode is the primary result code in err, 0 where there is none.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// withRemedy tells the operator what to do about an error at open.
func withRemedy(err error) error {
	switch code := sqliteCode(err); {
	case code == sqlitecode.SQLITE_READONLY, code == sqlitecode.SQLITE_CANTOPEN, code == sqlitecode.SQLITE_PERM:
		return fmt.Errorf("%w: make the file, those ending in -wal and -shm beside it, and its folder readable and writable for the user that runs Caddy", err)
	case code == sqlitecode.SQLITE_FULL:
		return fmt.Errorf("%w: make room on the disk that holds it", err)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("%w: restore the file from a backup, and move those ending in -wal and -shm away before, for they do not fit it; or move all three away to begin anew, and all persons link again", err)
	case errors.Is(err, ErrBusy):
		return fmt.Errorf("%w: another process holds it (a backup, an open sqlite3 shell?): end that process", err)
	default:
		return err
	}
}
