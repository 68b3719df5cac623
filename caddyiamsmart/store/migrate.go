package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// migrationTries: two processes that open a fresh store at the same time both
// set out to make the tables; the slower one's transaction fails and it looks
// again.
const migrationTries = 5

// migrate brings the tables to the version of this program; ErrNewer when they
// are beyond it.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	// Other modules in the same program may have registered migrations of
	// their own with goose; they are none of ours.
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	for range migrationTries {
		var version, known int64
		version, known, err = p.GetVersions(ctx)
		if err != nil {
			continue
		}
		if version > known {
			return fmt.Errorf("%w (its tables have version %d, this program knows %d): run the newer program, or restore the backup made before the update",
				ErrNewer, version, known)
		}
		if version == known { // the rule; Up would read every migration first
			return nil
		}
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
	}
	return failed("migrating tables", err)
}
