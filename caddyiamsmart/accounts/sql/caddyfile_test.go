package sql_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap/zapcore"

	"caddyiamsmart.example/caddyiamsmart/accounts/sql"
)

// Given a block with everything in it, when Caddy reads it, then the JSON that
// it becomes says the same.
func TestCaddyfileBecomesJSON(t *testing.T) {
	const block = `sql mysql {env.DSN} {
		by_name "SELECT login AS name FROM staff WHERE login = {username}"
		by_key "SELECT login AS name FROM staff WHERE id = {key}"
		by_hkic "SELECT login AS name FROM staff WHERE card = {hkic}"
		hash bcrypt md5(salt+password)
	}`
	const want = `{"driver":"mysql","dsn":"{env.DSN}","by_name":"SELECT login AS name FROM staff WHERE login = {username}",` +
		`"by_key":"SELECT login AS name FROM staff WHERE id = {key}","by_hkic":"SELECT login AS name FROM staff WHERE card = {hkic}",` +
		`"hash":["bcrypt","md5(salt+password)"]}`
	var s sql.SQL
	if err := s.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(&s); err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v\nwant   %s", got, err, want)
	}
}

// Given a block with a mistake, when it is loaded, then the error says what was
// found and what was expected, the file and line where the text shows it, and
// nothing of the dsn.
func TestMistakesInTheCaddyfile(t *testing.T) {
	const head = "sql postgres postgres://gate:hidden@db/records"
	statement := func(text string) string { return head + " {\n\tby_name `" + text + "`\n}" }
	const name = "\n\tby_name \"SELECT a AS name FROM b WHERE c = {username}\""
	for _, tt := range []struct {
		name, block string
		want        []string
	}{
		{"nothing", "sql", []string{"expected the driver", "postgres, mysql, sqlserver, sqlite", ":1"}},
		{"an unknown driver", "sql postgre x {" + name + "\n}", []string{"unknown driver 'postgre'", "did you mean 'postgres'?", ":1"}},
		{"no dsn", "sql mysql {" + name + "\n}", []string{"expected the dsn", ":1"}},
		{"too much", head + " more {" + name + "\n}", []string{"expected nothing more", ":1"}},
		{"no block", head, []string{"by_name <select>"}},
		{"no by_name", head + " {\n\thash bcrypt\n}", []string{"by_name <select>"}},
		{"an unknown option", head + " {" + name + "\n\tby_hkid x\n}", []string{"unknown option 'by_hkid'", "did you mean 'by_hkic'?", ":3"}},
		{"by_name twice", head + " {" + name + name + "\n}", []string{"second 'by_name'", ":3"}},
		{"without quotes", head + " {\n\tby_name SELECT a FROM b\n}", []string{"found 4 words", "in quotes", ":2"}},
		{"no statement", head + " {\n\tby_name\n}", []string{"too little", ":2"}},
		{"an empty statement", head + " {\n\tby_name \"\"\n}", []string{"too little", ":2"}},
		{"hash without a format", head + " {" + name + "\n\thash\n}", []string{"hash <format...>", ":3"}},

		{"an unknown format", head + " {" + name + "\n\thash bcrpyt\n}", []string{"hash: ", "did you mean 'bcrypt'?"}},
		{"no SELECT", statement("UPDATE staff SET a = {username}"), []string{"by_name: ", "begins with SELECT"}},
		{"no placeholder", statement("SELECT a FROM b"), []string{"{username} is missing"}},
		{"the wrong placeholder", statement("SELECT a FROM b WHERE c = {hkic}"), []string{"braces", "{username}"}},
		{"in quotes", statement("SELECT a FROM b WHERE c = '{username}'"), []string{"stands in quotes"}},
		{"in quotes of a name", statement(`SELECT a FROM b WHERE c = "{username}"`), []string{"stands in quotes"}},
		{"half in quotes", statement("SELECT a FROM b WHERE c LIKE '%{username}%'"), []string{"stands in quotes"}},
		{"quotes that do not end", statement("SELECT a FROM b WHERE c = {username} AND d = 'x"), []string{"a ' is missing"}},
		{"two statements", statement("SELECT a FROM b WHERE c = {username}; DELETE FROM b"), []string{"; is not needed"}},
		{"a comment", statement("SELECT a FROM b -- '\nWHERE c = {username}"), []string{"comments"}},
		{"another comment", statement("SELECT a FROM b /* ' */ WHERE c = {username}"), []string{"comments"}},
		{"a backslash", statement(`SELECT a FROM b WHERE c = {username} AND d = '\'`), []string{"backslashes"}},
		{"a parameter", statement("SELECT a FROM b WHERE c = $1 AND d = {username}"), []string{"'$' is not accepted"}},
		{"dollar quotes", statement("SELECT a FROM b WHERE c = $$ {username} $$"), []string{"'$' is not accepted"}},
		{"SELECT INTO", statement("SELECT a INTO x FROM b WHERE c = {username}"), []string{"found 'into'", "only reads"}},
		{"a change within", statement("WITH x AS (DELETE FROM b RETURNING *) SELECT a FROM x WHERE c = {username}"), []string{"found 'delete'"}},
		{"by_key without key", head + " {" + name + "\n\tby_key \"SELECT a FROM b\"\n}", []string{"by_key: ", "{key} is missing"}},
		{"by_hkic without hkic", head + " {" + name + "\n\tby_hkic \"SELECT a FROM b\"\n}", []string{"by_hkic: ", "{hkic} is missing"}},
		{"no address", "sql postgres \"postgres://gate:hidden@%zz/\" {" + name + "\n}", []string{"dsn: PostgreSQL", "sslmode=verify-full"}},
		{"no address of MySQL", "sql mysql \"mysql://gate:hidden@db/records\" {" + name + "\n}", []string{"dsn: MySQL", "tcp(host:3306)"}},
		{"no address of SQL Server", "sql sqlserver \"server=db;password=hidden\" {" + name + "\n}", []string{"dsn: SQL Server", "sqlserver://"}},
		{"a relative file", "sql sqlite records.db {" + name + "\n}", []string{"dsn: SQLite", "/var/lib"}},
		{"a variable that is not set", "sql postgres {env.IAMSMART_NOT_SET} {" + name + "\n}", []string{"dsn: {env.IAMSMART_NOT_SET} is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryLoad(tt.block)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not hold %q", err, want)
				}
			}
			tells(t, err, "hidden")
		})
	}
}

// Given statements of all four kinds, when they are read, then what is bound is
// the driver's parameter and the rest is as it was written.
func TestStatements(t *testing.T) {
	const text = `SELECT a AS name, 'it''s {' AS x FROM b WHERE c = {username} OR d = {username}`
	for driver, want := range map[string]struct {
		text  string
		times int
	}{
		"postgres":  {`WHERE c = $1 OR d = $1`, 1},
		"mysql":     {`WHERE c = ? OR d = ?`, 2},
		"sqlserver": {`WHERE c = @p1 OR d = @p1`, 1},
		"sqlite":    {`WHERE c = ?1 OR d = ?1`, 1},
	} {
		got, _, times, err := sql.ParseStatement(driver, strings.Replace(text, " {'", "'", 1), "username")
		if err != nil || times != want.times || !strings.HasSuffix(got, want.text) || !strings.Contains(got, "'it''s'") {
			t.Errorf("%s: %q, %d, %v", driver, got, times, err)
		}
		if _, _, _, err := sql.ParseStatement(driver, text, "username"); err == nil {
			t.Errorf("%s: a brace in quotes was accepted", driver)
		}
	}
	for _, accepted := range []string{
		"select a as name\n\tfrom b where c={username}", "WITH x AS (SELECT 1) SELECT a FROM x WHERE c = {username}",
		"SELECT \"update\", `set`, 'x; -- ? @ $ #' FROM b WHERE lower(c) = lower({username})", "SELECT updated, call_sign FROM b WHERE c = {username}",
	} {
		for _, driver := range []string{"postgres", "mysql", "sqlserver", "sqlite"} {
			if _, _, _, err := sql.ParseStatement(driver, accepted, "username"); err != nil {
				t.Errorf("%s: %s: %v", driver, accepted, err)
			}
		}
	}
	for driver, accepted := range map[string]string{
		"postgres": "SELECT a[1]::text FROM b WHERE c = {username}", "sqlserver": "SELECT id AS [key] FROM [my table] WHERE c = {username}",
	} {
		if _, _, _, err := sql.ParseStatement(driver, accepted, "username"); err != nil {
			t.Errorf("%s: %s: %v", driver, accepted, err)
		}
	}
}

// Given a dsn in a file, when the module is loaded and logged, then the dsn is
// used and nothing of it is in the log.
func TestTheDSNStaysHidden(t *testing.T) {
	d := sqliteRecords(t)
	t.Setenv("IAMSMART_TEST_DSN", d.dsn+"\n")
	path := d.dsn
	d.dsn = "{env.IAMSMART_TEST_DSN}"
	s := load(t, d.block(byName))
	if _, err := s.CheckPassword(t.Context(), "chan.tm", right); err != nil {
		t.Error(err)
	}
	enc := zapcore.NewMapObjectEncoder()
	if err := s.MarshalLogObject(enc); err != nil {
		t.Fatal(err)
	}
	for _, value := range enc.Fields {
		if text, ok := value.(string); ok && strings.Contains(text, filepath.Base(path)) {
			t.Errorf("the log holds %q", text)
		}
	}
}

// Given values as the drivers bring them, when they are read, then they are
// written as the app's own pages would, and what is no text is refused.
func TestValuesOfColumns(t *testing.T) {
	for _, tt := range []struct {
		value any
		kind  string
		want  string
	}{
		{nil, "", ""}, {"Chan  ", "CHAR", "Chan"}, {[]byte("陳"), "VARCHAR", "陳"}, {int64(-7), "", "-7"}, {2.5, "", "2.5"}, {true, "BIT", "true"},
		{[]byte{1}, "BIT", "1"}, {time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "", "2026-01-02T03:04:05Z"},
		{[]byte{0x67, 0x45, 0x23, 0x01, 0xAB, 0x89, 0xEF, 0xCD, 1, 2, 3, 4, 5, 6, 7, 8}, "UNIQUEIDENTIFIER", "01234567-89AB-CDEF-0102-030405060708"},
	} {
		if got, err := sql.Text(tt.value, tt.kind); err != nil || got != tt.want {
			t.Errorf("%v of %q: %q, %v, want %q", tt.value, tt.kind, got, err, tt.want)
		}
	}
	for _, value := range []any{"\xff", []byte{0xb3, 0xaf}, strings.Repeat("x", 10_000), struct{}{}} {
		if got, err := sql.Text(value, "VARCHAR"); err == nil || got != "" {
			t.Errorf("%.20v: %q was accepted", value, got)
		}
	}
}
