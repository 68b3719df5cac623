package store_test

import (
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/store"
)

// trail makes a store whose audit trail has rows that must be kept: 1 to n.
func trail(t *testing.T, n int) (s *store.Store, k *store.Keys, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "iamsmart.db")
	s = openFile(t, path)
	k = openKeys(t, s)
	for i := range n {
		audit(t, s, k, auditOf("login", fmt.Sprint(i+1)))
	}
	return s, k, path
}

const auditLike = `at, client_id, app, event, person, account, source, way, actor, detail, ref, keep_until, older_until, before, seal
	FROM audit WHERE number = 2`

// What an administrator's shell may not do to the trail.
var auditRefused = map[string]string{
	"changes a row":             `UPDATE audit SET account = 'boss' WHERE number = 2`,
	"changes the time to keep":  `UPDATE audit SET keep_until = 0`,
	"changes a number":          `UPDATE audit SET number = 99 WHERE number = 2`,
	"changes or replaces":       `UPDATE OR REPLACE audit SET number = 1 WHERE number = 2`,
	"deletes a row":             `DELETE FROM audit WHERE number = 2`,
	"deletes everything":        `DELETE FROM audit`,
	"replaces a row":            `INSERT OR REPLACE INTO audit SELECT number, ` + auditLike,
	"replaces, another way":     `REPLACE INTO audit SELECT 1, ` + auditLike,
	"puts over it":              `INSERT INTO audit SELECT number, at, client_id, app, event, person, 'boss', source, way, actor, detail, ref, keep_until, older_until, before, seal FROM audit WHERE number = 2 ON CONFLICT DO UPDATE SET account = 'boss'`,
	"puts one before the first": `INSERT INTO audit SELECT 0, ` + auditLike,
	"leaves a gap":              `INSERT INTO audit SELECT 9, ` + auditLike,
}

func TestAuditRefusesChangesOnARawConnection(t *testing.T) {
	s, k, path := trail(t, 3)
	db := behind(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, `PRAGMA foreign_keys = OFF`)
	for name, query := range auditRefused {
		if _, err := db.Exec(query); err == nil || !strings.Contains(err.Error(), "audit trail") {
			t.Errorf("somebody %s: %v", name, err)
		}
	}
	wantVerified(t, s, k, 3, 0)

	// What must be kept no longer may be deleted.
	old := auditOf("login", "old")
	old.KeepUntil = time.Now().Add(-2 * time.Second)
	audit(t, s, k, old)
	execute(t, db, `DELETE FROM audit WHERE number = 4`)
}

// The shell of the machine is older than the library in the program.
func TestAuditRefusesChangesInTheSQLiteShell(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("no sqlite3 on this machine")
	}
	s, k, path := trail(t, 3)
	for name, query := range auditRefused {
		out, err := exec.CommandContext(t.Context(), shell, "-batch", path, query).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "audit trail") {
			t.Errorf("somebody %s: %v, %s", name, err, out)
		}
	}
	wantVerified(t, s, k, 3, 0)
}

// Somebody takes the triggers away first, and does what he likes; then the program
// goes on and adds a row.
func TestAuditTamperingIsFound(t *testing.T) {
	unlock := func(t *testing.T, db *sql.DB) {
		execute(t, db, `DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept; DROP TRIGGER audit_added`)
	}
	columns := []string{"number", "at", "client_id", "app", "event", "person", "account", "source", "way", "actor", "detail", "ref",
		"keep_until", "older_until"}
	tampered := map[string]struct {
		query string
		bad   int64
	}{
		"a seal":                   {`UPDATE audit SET seal = zeroblob(32) WHERE number = 3`, 3},
		"what stands before":       {`UPDATE audit SET before = zeroblob(32) WHERE number = 3`, 3},
		"a row of the middle":      {`DELETE FROM audit WHERE number = 3`, 4},
		"rows of the middle":       {`DELETE FROM audit WHERE number IN (2, 3, 4)`, 5},
		"gone and closed up":       {`DELETE FROM audit WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4`, 3},
		"the oldest":               {`DELETE FROM audit WHERE number = 1`, 2},
		"the newest":               {`DELETE FROM audit WHERE number = 6`, 7},
		"everything":               {`DELETE FROM audit`, 7},
		"everything but the first": {`DELETE FROM audit WHERE number > 1`, 7},
		"two exchanged":            {`UPDATE audit SET number = 99 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 99`, 3},
		"a copy":                   {`INSERT INTO audit SELECT 7, ` + auditLike, 7},
		"a row of an older time":   {`INSERT OR REPLACE INTO audit SELECT 4, ` + auditLike, 4},
	}
	for _, column := range columns {
		change := column + ` || 'x'`
		if column == "number" || column == "at" || strings.HasSuffix(column, "_until") {
			change = column + ` + 100`
		}
		tampered["column "+column] = struct {
			query string
			bad   int64
		}{`UPDATE audit SET ` + column + ` = ` + change + ` WHERE number = 3`, 3}
	}
	// The changed number leaves a hole where it was.
	number := tampered["column number"]
	number.bad = 4
	tampered["column number"] = number

	for name, c := range tampered {
		t.Run(name, func(t *testing.T) {
			s, k, path := trail(t, 6)
			db := behind(t, path)
			unlock(t, db)
			execute(t, db, c.query)
			audit(t, s, k, auditOf("login", "later"))
			_, bad, err := s.VerifyAudit(t.Context(), k)
			must(t, err)
			wantEqual(t, bad, c.bad)
		})
	}
}

// Columns whose checks somebody has gone round are refused when they are read.
func TestAdminRowsOfAStrangeSizeAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "iamsmart.db")
	s := openFile(t, path)
	k := openKeys(t, s)
	code, expected := linkCodeOf(k, "code", "chan"), expectedOf(k, "A1", "chan")
	reads := map[string]func(*store.Tx) error{
		"audit":         func(*store.Tx) error { _, err := s.AuditTrail(t.Context(), store.AuditQuery{}); return err },
		"link_codes":    func(tx *store.Tx) error { _, err := tx.LinkCode(code.ID, noon); return err },
		"registrations": func(tx *store.Tx) error { _, err := tx.Registration(1); return err },
		"expected_links": func(tx *store.Tx) error {
			_, err := tx.ExpectedLink("home", "records", expected.HKICHash, noon)
			return err
		},
	}
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.PutLinkCode(code))
		_, err := tx.PutExpectedLink(expected)
		must(t, err)
		_, err = tx.PutRegistration(k, registrationOf("mei"))
		must(t, err)
		_, err = tx.Audit(k, auditOf("login", "chan"))
		return err
	})
	db := behind(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, `PRAGMA ignore_check_constraints = ON; DROP TRIGGER audit_unchanged`)
	for table, columns := range map[string]string{
		"audit":          "event person account source way actor detail ref before seal",
		"link_codes":     "account_name account_key source display_name actor seal",
		"registrations":  "person user_type state form actor note account_name seal",
		"expected_links": "account_name account_key source display_name actor seal",
	} {
		read := func() error { return s.Update(t.Context(), reads[table]) }
		must(t, read())
		for _, column := range strings.Fields(columns) {
			long := `hex(zeroblob(20000))`
			if strings.Contains(" before seal person form ", " "+column+" ") && !(table == "audit" && column == "person") {
				long = `zeroblob(40000)`
			}
			execute(t, db, `CREATE TABLE aside AS SELECT `+column+` AS was FROM `+table)
			execute(t, db, `UPDATE `+table+` SET `+column+` = `+long)
			if err := read(); err == nil {
				t.Errorf("%s.%s: a long one is read", table, column)
			} else if len(err.Error()) > 300 {
				t.Errorf("%s.%s: the error tells the value", table, column)
			}
			execute(t, db, `UPDATE `+table+` SET `+column+` = (SELECT was FROM aside); DROP TABLE aside`)
		}
		must(t, read())
	}
}

// A store from before all this has it after the start.
func TestAnOlderStoreGetsTheAuditTrail(t *testing.T) {
	s := openFile(t, oldStore(t))
	k := openKeys(t, s)
	wantVerified(t, s, k, 0, 0)
	audit(t, s, k, auditOf("login", "chan"))
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.PutLinkCode(linkCodeOf(k, "code", "chan")))
		_, err := tx.PutExpectedLink(expectedOf(k, "A1", "chan"))
		must(t, err)
		_, err = tx.PutRegistration(k, registrationOf("mei"))
		return err
	})
	wantVerified(t, s, k, 1, 0)
}

// Somebody keeps a row, has the program write another one under its number, and
// puts the one that he kept in its place: each has a seal that fits.
func TestAuditRowOfAnotherHistoryIsFound(t *testing.T) {
	s, k, path := trail(t, 0)
	until := time.Now().Add(time.Hour)
	add := func(account string) {
		t.Helper()
		a := auditOf("login", account)
		a.KeepUntil = until
		audit(t, s, k, a)
	}
	add("first")
	add("kept")
	db := behind(t, path)
	execute(t, db, `DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept; DROP TRIGGER audit_added;
		CREATE TABLE kept AS SELECT * FROM audit WHERE number = 2;
		DELETE FROM audit WHERE number = 2; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'audit'`)
	add("second")
	add("third")
	wantVerified(t, s, k, 3, 0)
	execute(t, db, `INSERT OR REPLACE INTO audit SELECT * FROM kept`)
	wantVerified(t, s, k, 3, 3)
}
