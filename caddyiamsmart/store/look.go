package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// Sight is what a look at a store found.
type Sight struct {
	// Version is that of its tables, 0 where it has none yet; Known is the one
	// to which this program brings them.
	Version, Known int64

	// Latest says when each event was last written to the audit trail of each app, among
	// the newest rows: of a row it has At, Event, ClientID and App.
	Latest []Audit

	ring []ringRow // sealed
}

// newestSeen is how many of the newest rows of the trail a look goes through.
const newestSeen = 100_000

// LookSQLite looks at the SQLite file at path and changes nothing: it makes no
// file, migrates nothing and locks nobody out. Another process may have the
// store open. A missing file is fs.ErrNotExist; ErrNewer, ErrDamaged and others
// come as from OpenSQLite.
func LookSQLite(ctx context.Context, path string) (*Sight, error) {
	sight, err := look(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("looking at store %s: %w", path, withRemedy(err))
	}
	return sight, nil
}

func look(ctx context.Context, path string) (*Sight, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("this is no file")
	}
	db, err := lookDB(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := checkPages(ctx, db); err != nil {
		return nil, err
	}
	sight := new(Sight)
	if sight.Known, err = knownVersion(); err != nil {
		return nil, err
	}
	if sight.Version, err = versionOf(ctx, db); err != nil {
		return nil, err
	}
	if sight.Version > sight.Known {
		return nil, fmt.Errorf("%w (its tables have version %d, this program knows %d)", ErrNewer, sight.Version, sight.Known)
	}
	if sight.Version > 0 {
		if sight.ring, err = (&Store{reader: db}).ringRows(ctx); err != nil {
			return nil, err
		}
	}
	if sight.Version >= auditSince {
		sight.Latest, err = latestEvents(ctx, db)
	}
	return sight, err
}

// auditSince is the version with which the trail came.
const auditSince = 9

func latestEvents(ctx context.Context, db *sql.DB) (list []Audit, err error) {
	rows, err := db.QueryContext(ctx, `SELECT max(at), event, client_id, app FROM audit
		WHERE number > (SELECT coalesce(max(number), 0) FROM audit) - ? GROUP BY event, client_id, app`, newestSeen)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Audit
		var at int64
		if err := rows.Scan(&at, &a.Event, &a.ClientID, &a.App); err != nil {
			return nil, err
		}
		a.At = time.UnixMilli(at)
		list = append(list, a)
	}
	return list, rows.Err()
}

// HasKeys says whether a key ring lies in the store.
func (s *Sight) HasKeys() bool { return len(s.ring) > 0 }

// OpenedBy says whether root opens the key ring: nil, ErrWrongKey, or ErrDamaged
// where a key is missing. Where there is no ring yet, any key will do.
func (s *Sight) OpenedBy(root RootKey) error {
	if !s.HasKeys() {
		return nil
	}
	opened := make([]ringRow, 0, len(s.ring))
	for _, r := range s.ring {
		key, err := openRingKey(root, r)
		if err != nil {
			return err
		}
		opened = append(opened, ringRow{r.purpose, r.number, key})
	}
	_, err := newKeys(opened)
	return err
}

// lookDB opens no connection yet. A file that nobody has open is read as one
// that cannot change, since SQLite would make its two files beside it even for a
// reader, and they would belong to whoever looks.
func lookDB(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	location := filepath.ToSlash(path)
	if !strings.HasPrefix(location, "/") { // a Windows drive
		location = "/" + location
	}
	query := "mode=ro&_busy_timeout=5000&_query_only=1&_error_rc=1"
	if !exists(path+"-wal") || !exists(path+"-shm") {
		query += "&immutable=1"
	}
	connector, err := sqlite.NewConnector((&url.URL{Scheme: "file", Path: location, RawQuery: query}).String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// versionOf reads the version of the tables, and refuses another program's.
func versionOf(ctx context.Context, db *sql.DB) (int64, error) {
	var id, tables, mine int64
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return 0, failed("reading application id", err)
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*), count(CASE name WHEN 'goose_db_version' THEN 1 END) FROM sqlite_schema`).Scan(&tables, &mine); err != nil {
		return 0, failed("reading schema", err)
	}
	if id != applicationID && (id != 0 || tables != 0) {
		return 0, errForeign
	}
	if mine == 0 {
		return 0, nil
	}
	var version sql.NullInt64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1`).Scan(&version); err != nil {
		return 0, failed("reading version of the tables", err)
	}
	return version.Int64, nil
}

// knownVersion is the highest number among the migrations.
func knownVersion() (highest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		number, _, _ := strings.Cut(filepath.Base(file), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading migrations: %s: %w", file, err)
		}
		highest = max(highest, version)
	}
	return highest, nil
}
