package sql_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/sql"
)

// oddRows are accounts that an application lets people open under names of their
// own choice, and a table whose names are numbers.
func oddRows(t *testing.T, d database) {
	exec := func(statement string) {
		t.Helper()
		if _, err := d.admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%.60s: %v", statement, err)
		}
	}
	exec("CREATE TABLE odd (code VARCHAR(20), num INTEGER, login VARCHAR(80), fixed CHAR(20), card VARCHAR(20), pw VARCHAR(200))")
	if d.driver == "postgres" {
		exec("GRANT SELECT ON odd TO gate")
	}
	for _, row := range []string{
		"'5', 7, 'admin', 'admin', 'A1234563'", "' 5', 0, ' admin', ' admin', 'B1234563'", "'6', 2, 'boss\u00a0', 'boss\u00a0', 'C1234563'",
		"'\u3000', 3, 'blank', 'blank', 'D1234563'",
	} {
		exec("INSERT INTO odd VALUES (" + row + ", '" + bcrypt + "')")
	}
}

// Attack T60: given accounts whose names or keys differ from those of others in
// blanks alone, when their owners log in, then they are not taken for the others.
func blanksCount(t *testing.T, d database) {
	const find = "SELECT code AS KEY, login AS name, pw AS hash, card AS hkic FROM odd WHERE "
	keyed := load(t, d.block(`by_name "`+find+`login = {username}"`, `by_key "`+find+`code = {key}"`, `by_hkic "`+find+`card = {hkic}"`))
	for typed, want := range map[string]string{"admin": "yes", " admin": "cannot", "boss\u00a0": "cannot", "blank": "cannot"} {
		got, err := keyed.CheckPassword(t.Context(), typed, right)
		if outcome(err) != want || err == nil && (got.Name != "admin" || got.Key != "5") {
			t.Errorf("%q: %+v, %v, want %s", typed, got, err, want)
		}
	}
	for number, want := range map[string]string{"A1234563": "yes", "B1234563": "cannot", "C1234563": "cannot", "D1234563": "cannot"} {
		if got, err := keyed.FindByHKIC(t.Context(), number); outcome(err) != want {
			t.Errorf("%s: %+v, %v, want %s", number, got, err, want)
		}
	}
	if got, err := keyed.ReadAccount(t.Context(), accounts.Account{Name: "admin", Key: "5"}); err != nil || got.Name != "admin" {
		t.Errorf("by key: %+v, %v", got, err)
	}
	if got, err := keyed.ReadAccount(t.Context(), accounts.Account{Name: "admin", Key: " 5"}); err == nil {
		t.Errorf("by the key of another: %+v", got)
	}
	byFixed := load(t, d.block(`by_name "SELECT fixed AS name, pw AS hash FROM odd WHERE fixed = {username}"`))
	if got, err := byFixed.CheckPassword(t.Context(), "admin", right); err != nil || got.Name != "admin" {
		t.Errorf("in a column of a fixed width: %+v, %v", got, err)
	}
	if got, err := byFixed.CheckPassword(t.Context(), " admin", right); outcome(err) != "cannot" {
		t.Errorf("the same with a blank before it: %+v, %v", got, err)
	}
}

// Attack T60: given names that are numbers, when one is typed in another way,
// then it is nobody's, for it would be counted apart.
func numbersAreNames(t *testing.T, d database) {
	s := load(t, d.block(`by_name "SELECT num AS name, pw AS hash FROM odd WHERE num = {username}"`))
	if got, err := s.CheckPassword(t.Context(), "7", right); err != nil || got.Name != "7" {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, typed := range []string{"007", "+7", "7.0", "7e0", "70e-1", "7abc", "7 or so", "abc", "-0", "zero", "x@y"} {
		// PostgreSQL says of most that they are no number.
		if got, err := s.CheckPassword(t.Context(), typed, right); outcome(err) != "unknown" && (outcome(err) != "cannot" || d.driver != "postgres") {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
	mail := load(t, d.block(`by_name "SELECT num AS name, pw AS hash FROM odd WHERE num = 7 AND '7@home.hk' = {username}"`))
	if got, err := mail.CheckPassword(t.Context(), "7@home.hk", right); err != nil || got.Name != "7" {
		t.Errorf("a mail address that begins with the number: %+v, %v", got, err)
	}
}

// Given a statement that finds millions of rows, when it runs, then it is given up
// in its time, and those who leave leave nothing behind.
func millionsOfRows(t *testing.T, d database) {
	many := map[string]string{
		"postgres": "SELECT 'x' AS name, 'y' AS hash FROM generate_series(1, 20000000) g WHERE '' <> {username}",
		"mysql": "SELECT 'x' AS name, 'y' AS hash FROM information_schema.collations a, information_schema.collations b, " +
			"information_schema.collations c WHERE '' <> {username}",
		"sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT 'x' AS name, 'y' AS hash FROM n " +
			"WHERE '' <> {username}",
	}[d.driver]
	began := time.Now()
	if _, err := load(t, d.block(`by_name "`+many+`"`)).CheckPassword(t.Context(), "x", right); outcome(err) != "unusable" && outcome(err) != "cannot" {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 14*time.Second {
		t.Errorf("it took %s", took)
	}

	s := load(t, d.block(byName, formats))
	var visitors sync.WaitGroup
	for i := range 100 {
		visitors.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond/10)
			defer cancel()
			_, _ = s.CheckPassword(ctx, "old", "wrong")
		})
	}
	visitors.Wait()
	if _, err := s.CheckPassword(t.Context(), "Chan.TM", right); err != nil {
		t.Errorf("after a hundred who left: %v", err)
	}
}

func TestT60T67OddRows(t *testing.T) {
	for _, records := range []func(testing.TB) database{sqliteRecords, postgresRecords, mariaDBRecords} {
		d := records(t)
		t.Run(d.driver, func(t *testing.T) {
			oddRows(t, d)
			for name, story := range map[string]func(*testing.T, database){
				"blanks count": blanksCount, "numbers are names": numbersAreNames, "millions of rows": millionsOfRows,
			} {
				t.Run(name, func(t *testing.T) { story(t, d) })
			}
		})
	}
}

// Attack T67: given a statement that compares what is typed as a pattern, when it
// is read, then it is refused, for % would stand for every name.
func TestT67NothingTypedIsAPattern(t *testing.T) {
	for where, pattern := range map[string]bool{
		"login LIKE {username}": true, "login ilike {username}": true, "login LIKE lower({username})": true, "login LIKE ({username})": true,
		"login NOT LIKE {username}": true, "login RLIKE {username}": true, "login REGEXP {username}": true, "login ~ {username}": true,
		"login ~* {username}": true, "login SIMILAR TO {username}": true, "login GLOB {username}": true, "login\nLIKE\n{username}": true,
		"login = {username} OR mail LIKE {username}": true,
		"login = {username}":                         false, "ward LIKE '2%' AND login = {username}": false, "ward LIKE '2%' AND lower(login) = lower({username})": false,
		"ward LIKE '2%' AND {username} IN (login, mail)": false, "'like' <> ward AND login = {username}": false,
		"login = {username} AND ward LIKE '2%'": false, "likes = 1 AND login IN ({username})": false,
	} {
		_, _, _, err := sql.ParseStatement("mysql", "SELECT login AS name FROM staff WHERE "+where, "username")
		if (err != nil) != pattern || err != nil && !strings.Contains(err.Error(), "pattern") {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// Given addresses of databases, when they ask for no TLS that proves the server,
// then the operator is warned, but for those on this machine.
func TestWhoeverIsOnTheNetwork(t *testing.T) {
	for _, tt := range []struct {
		driver, dsn string
		exposed     bool
	}{
		{"postgres", "postgres://u:p@db.example.com/records", true},
		{"postgres", "postgres://u:p@db.example.com/records?sslmode=disable", true},
		{"postgres", "postgres://u:p@db.example.com/records?sslmode=require", true},
		{"postgres", "postgres://u:p@db.example.com/records?sslmode=verify-full", false},
		{"postgres", "postgres://u:p@127.0.0.1,db.example.com/records?sslmode=disable", true},
		{"postgres", "postgres://u:p@127.0.0.1/records", false},
		{"postgres", "host=/run/postgresql user=u dbname=records", false},
		{"mysql", "u:p@tcp(db.example.com:3306)/records", true},
		{"mysql", "u:p@tcp(db.example.com)/records?tls=skip-verify", true},
		{"mysql", "u:p@tcp(db.example.com)/records?tls=preferred", true},
		{"mysql", "u:p@tcp(db.example.com)/records?tls=true", false},
		{"mysql", "u:p@tcp([::1]:3306)/records", false},
		{"mysql", "u:p@unix(/run/mysqld.sock)/records", false},
		{"sqlserver", "sqlserver://u:p@db.example.com?database=records", true},
		{"sqlserver", "sqlserver://u:p@db.example.com?database=records&encrypt=true&TrustServerCertificate=true", true},
		{"sqlserver", "sqlserver://u:p@db.example.com?database=records&encrypt=true", false},
		{"sqlserver", "sqlserver://u:p@localhost?database=records", false},
		{"sqlite", "/var/lib/app/app.db", false},
	} {
		if got, err := sql.Exposed(tt.driver, tt.dsn); got != tt.exposed || err != nil {
			t.Errorf("%s: %v, %v, want %v", tt.dsn, got, err, tt.exposed)
		}
	}
}
