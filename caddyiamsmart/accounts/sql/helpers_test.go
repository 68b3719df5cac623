package sql_test

import (
	"context"
	dbsql "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/sql"
	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// load reads a block as the gate's Caddyfile does, from the word "sql" on, and
// brings the module to life as Caddy does: by way of its JSON.
func load(t testing.TB, block string) *sql.SQL {
	t.Helper()
	s, err := tryLoad(block)
	if err != nil {
		t.Fatalf("loading %q: %v", block, err)
	}
	t.Cleanup(func() {
		if err := s.Cleanup(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func tryLoad(block string) (*sql.SQL, error) {
	var written sql.SQL
	if err := written.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		return nil, err
	}
	config, err := json.Marshal(&written)
	if err != nil {
		return nil, err
	}
	s := written.CaddyModule().New().(*sql.SQL)
	if err := caddy.StrictUnmarshalJSON(config, s); err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	return s, s.Provision(ctx)
}

// outcome names what was said, in one word.
func outcome(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, accounts.ErrUnknown):
		return "unknown"
	case errors.Is(err, accounts.ErrWrong):
		return "wrong"
	case errors.Is(err, accounts.ErrState):
		return "state"
	case errors.Is(err, accounts.ErrUnusable):
		return "unusable"
	case errors.Is(err, accounts.ErrSeveral):
		return "several"
	case errors.Is(err, accounts.ErrCannotCheck):
		return "cannot"
	}
	return "?"
}

// database is one that holds the records of a home.
type database struct {
	driver, dsn string // of the gate's own user, who may only read
	hostile     string // a dsn that asks for what the gate must not do
	admin       *dbsql.DB
	alias       string // how "key" is written as a column's name
}

// Hashes of the password "correct horse".
const (
	right  = "correct horse"
	bcrypt = "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"
	md5sum = "478785be8f6b9687687b17074e89ed16" // with the salt x7K9 before it
)

// records is what an app might keep.
const records = `
CREATE TABLE staff (id INTEGER PRIMARY KEY, login VARCHAR(80), pw VARCHAR(200), salt CHAR(8), active INTEGER, card VARCHAR(40), full_name VARCHAR(80), ward VARCHAR(40));
INSERT INTO staff VALUES (1, 'Chan.TM', '` + bcrypt + `', NULL, 1, 'A123456(3)', '陳大文', '2A');
INSERT INTO staff VALUES (2, 'left', '` + bcrypt + `', NULL, 0, 'b 765432(1)', 'Left Long Ago', NULL);
INSERT INTO staff VALUES (3, 'nohash', NULL, NULL, 1, NULL, NULL, NULL);
INSERT INTO staff VALUES (4, 'plain', '` + right + `', NULL, 1, NULL, NULL, NULL);
INSERT INTO staff VALUES (5, 'twin', '` + bcrypt + `', NULL, 1, 'C111111(1)', NULL, NULL);
INSERT INTO staff VALUES (6, 'twin', '` + bcrypt + `', NULL, 1, 'C1111111', NULL, NULL);
INSERT INTO staff VALUES (7, 'old', '` + md5sum + `', 'x7K9', 1, NULL, NULL, NULL);
INSERT INTO staff VALUES (8, 'bomb', '$argon2id$v=19$m=4194304,t=9,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', NULL, 1, NULL, NULL, NULL);
INSERT INTO staff VALUES (9, 'nostate', '` + bcrypt + `', NULL, NULL, NULL, NULL, NULL);
INSERT INTO staff VALUES (10, 'two` + "\t" + `parts', '` + bcrypt + `', NULL, 1, NULL, NULL, NULL)`

func fill(t testing.TB, admin *dbsql.DB, more ...string) {
	t.Helper()
	for _, statement := range append(strings.Split(records, ";\n"), more...) {
		if _, err := admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%.60s: %v", statement, err)
		}
	}
}

func open(t testing.TB, driver, dsn string) *dbsql.DB {
	t.Helper()
	db, err := dbsql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func sqliteRecords(t testing.TB) database {
	t.Helper()
	file := filepath.Join(t.TempDir(), "records #1?.db") // what a URL would misread
	admin := open(t, "sqlite", "file:"+strings.NewReplacer("#", "%23", "?", "%3f", " ", "%20").Replace(file))
	fill(t, admin)
	return database{driver: "sqlite", dsn: file, hostile: file, admin: admin, alias: "key"}
}

func postgresRecords(t testing.TB) database {
	t.Helper()
	d := servertest.Postgres(t)
	admin := open(t, "pgx", fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/records", d.User, d.Password, d.Port))
	fill(t, admin, "CREATE ROLE gate LOGIN PASSWORD 'gate-hidden'", "GRANT SELECT ON staff TO gate",
		"CREATE FUNCTION sneak() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM staff WHERE id = 1 RETURNING 1'")
	dsn := fmt.Sprintf("postgres://gate:gate-hidden@127.0.0.1:%d/records?sslmode=disable", d.Port)
	return database{driver: "postgres", dsn: dsn, hostile: dsn + "&default_query_exec_mode=simple_protocol", admin: admin, alias: "key"}
}

func mariaDBRecords(t testing.TB) database {
	t.Helper()
	d := servertest.MariaDB(t)
	admin := open(t, "mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/records", d.User, d.Password, d.Port))
	fill(t, admin, "CREATE USER gate IDENTIFIED BY 'gate-hidden'", "GRANT SELECT, EXECUTE ON records.* TO gate",
		"CREATE FUNCTION sneak() RETURNS integer MODIFIES SQL DATA BEGIN DELETE FROM staff WHERE id = 1; RETURN 1; END")
	dsn := fmt.Sprintf("gate:gate-hidden@tcp(127.0.0.1:%d)/records", d.Port)
	return database{driver: "mysql", dsn: dsn, hostile: dsn + "?interpolateParams=true&multiStatements=true&charset=gbk&sql_mode=%27NO_BACKSLASH_ESCAPES%27",
		admin: admin, alias: "`key`"}
}

// block writes the gate's block for the database.
func (d database) block(lines ...string) string {
	text := "sql " + d.driver + " \"" + d.dsn + "\" {\n"
	for _, line := range lines {
		text += "\t" + strings.ReplaceAll(line, "KEY", d.alias) + "\n"
	}
	return text + "}"
}

// The statements of a home that states everything.
const (
	columns = "id AS KEY, login AS name, pw AS hash, salt, active AS state, card AS hkic, full_name AS display_name, ward"
	byName  = `by_name "SELECT ` + columns + ` FROM staff WHERE lower(login) = lower({username})"`
	byKey   = `by_key "SELECT ` + columns + ` FROM staff WHERE id = {key}"`
	byHKIC  = `by_hkic "SELECT ` + columns + ` FROM staff WHERE replace(replace(replace(upper(card), '(', ''), ')', ''), ' ', '') = {hkic}"`
	formats = `hash bcrypt argon2 md5(salt+password)`
)
