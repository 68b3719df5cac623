package sql_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// Each database is started once, and every story is told on each.
func TestSQLite(t *testing.T)   { stories(t, sqliteRecords(t)) }
func TestPostgres(t *testing.T) { stories(t, postgresRecords(t)) }
func TestMariaDB(t *testing.T)  { stories(t, mariaDBRecords(t)) }

func stories(t *testing.T, d database) {
	for name, story := range map[string]func(*testing.T, database){
		"passwords": passwords, "T67 what is typed is never a statement": typedStatements, "T67 a statement that changes": changingStatement,
		"a statement that takes too long": slowStatement, "columns": missingColumns, "a self check": selfCheck,
		"an account is read": readAccounts, "an identity card finds its account": identityCards, "trouble": trouble,
	} {
		t.Run(name, func(t *testing.T) { story(t, d) })
	}
}

// Given the records of a home, when people type names and passwords, then who is
// right is told by the spelling of the record, and doubt is no yes.
func passwords(t *testing.T, d database) {
	s := load(t, d.block(byName, formats))
	for _, tt := range []struct{ username, password, want string }{
		{"Chan.TM", right, "yes"},
		{"CHAN.tm", right, "yes"},
		{"Chan.TM", "wrong", "wrong"},
		{"Chan.TM", "Correct horse", "wrong"},
		{"nobody", right, "unknown"},
		{"", right, "wrong"},
		{"Chan.TM", "", "wrong"},
		{"Chan.TM", strings.Repeat("x", 2000), "wrong"},
		{strings.Repeat("x", 300), right, "wrong"},
		{"Chan.TM\x00", right, "wrong"},
		{"left", right, "state"},
		{"left", "wrong", "wrong"},
		{"nostate", right, "state"},
		{"nohash", right, "cannot"},
		{"nohash", "", "wrong"},
		{"plain", right, "cannot"},
		{"bomb", right, "cannot"},
		{"old", right, "yes"},
		{"old", "wrong", "wrong"},
		{"twin", right, "unusable"},
	} {
		got, err := s.CheckPassword(t.Context(), tt.username, tt.password)
		if outcome(err) != tt.want {
			t.Errorf("%.20q with %.20q: %v, want %s", tt.username, tt.password, err, tt.want)
		}
		if (got != accounts.Account{}) != (tt.want == "yes") {
			t.Errorf("%.20q with %.20q: account %+v beside %v", tt.username, tt.password, got, err)
		}
		if err != nil {
			tells(t, err, right, bcrypt, "gate-hidden", "Chan", "陳")
		}
		if strings.EqualFold(tt.username, "chan.tm") && err == nil && got != (accounts.Account{Name: "Chan.TM", Key: "1", DisplayName: "陳大文"}) {
			t.Errorf("account %+v", got)
		}
	}
}

// tells fails if an error repeats what is nobody's business.
func tells(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %q repeats %q", err, secret)
		}
	}
}

// Given names and keys that would be a part of a statement if they were pasted
// into it, and a dsn that asks for just that, when they are looked up, then they
// are names that nobody has.
func typedStatements(t *testing.T, d database) {
	for _, dsn := range []string{d.dsn, d.hostile} {
		db := d
		db.dsn = dsn
		s := load(t, db.block(byName, formats))
		if _, err := s.CheckPassword(t.Context(), "old", right); err != nil { // what is pretended then costs as little
			t.Fatal(err)
		}
		for _, username := range []string{
			`' OR '1'='1`, `' OR 1=1 -- `, `\' OR 1=1 -- `, `\`, `'`, `''`, `"`, "`", `{username}`, `$1`, `?`, `?1`, `@p1`, `:username`,
			`x'; DELETE FROM staff; -- `, `$$; DELETE FROM staff; $$`, `%`, `_`, `Chan%`, "縗' OR 1=1 -- ", "\u00bf' OR 1=1 -- ", `) UNION SELECT 1,'a','b',1 -- `,
			`Chan.TM'/*`, `0x4368616e2e544d`, `E'\x27'`,
		} {
			if _, err := s.CheckPassword(t.Context(), username, right); outcome(err) != "unknown" {
				t.Errorf("%q: %v, want that nobody has the name", username, err)
			}
			if _, err := s.ReadAccount(t.Context(), accounts.Account{Name: username}); outcome(err) != "unknown" {
				t.Errorf("reading %q: %v", username, err)
			}
		}
		boundApart(t, db)
		if _, err := s.CheckPassword(t.Context(), "\xbf' OR 1=1 -- ", right); outcome(err) != "wrong" {
			t.Errorf("bytes that are no UTF-8: %v", err)
		}
		if _, err := s.CheckPassword(t.Context(), "chan.tm", right); err != nil {
			t.Errorf("after all that: %v", err)
		}
	}
}

// boundApart asks the server itself whether the value came apart from the
// statement.
func boundApart(t *testing.T, d database) {
	t.Helper()
	asked := map[string]string{
		"postgres": "CASE WHEN current_query() LIKE '%Chan' || '.TM%' THEN 'pasted' ELSE 'bound' END",
		"mysql": "(SELECT CASE WHEN VARIABLE_VALUE > 0 THEN 'bound' ELSE 'pasted' END FROM information_schema.SESSION_STATUS " +
			"WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE')",
		"sqlite": "'bound'", // there is no other way
	}[d.driver]
	s := load(t, d.block(`by_name "SELECT login AS name, pw AS hash, `+asked+` AS told FROM staff WHERE login = {username}"`))
	if got, err := s.ReadAccount(t.Context(), accounts.Account{Name: "Chan.TM"}); err != nil || !slices.Equal(got.Attributes["told"], []string{"bound"}) {
		t.Errorf("the value is %q in the statement, %v", got.Attributes["told"], err)
	}
}

// Given a statement that calls what changes a table, when it runs, then nothing
// is changed and nobody is let in.
func changingStatement(t *testing.T, d database) {
	if d.driver == "sqlite" {
		t.Log("SQLite has no functions that change anything; the file is opened for reading")
		return
	}
	s := load(t, d.block(`by_name "SELECT login AS name, pw AS hash, sneak() AS x FROM staff WHERE login = {username}"`))
	_, err := s.CheckPassword(t.Context(), "Chan.TM", right)
	if outcome(err) != "cannot" || !strings.Contains(err.Error(), "tries to change something") {
		t.Errorf("%v", err)
	}
	var rows int
	if err := d.admin.QueryRowContext(t.Context(), "SELECT count(*) FROM staff WHERE id = 1").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// Given a statement that takes long, when the time of the caller is over, then
// it is given up, and the next check works.
func slowStatement(t *testing.T, d database) {
	sleep := map[string]string{
		"postgres": "pg_sleep(20) IS NOT NULL", "mysql": "sleep(20) = 0",
		"sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT count(*) FROM n) > 0",
	}[d.driver]
	s := load(t, d.block(`by_name "SELECT login AS name, pw AS hash FROM staff WHERE login = {username} AND (login <> 'plain' OR `+sleep+`)"`))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.CheckPassword(ctx, "plain", right)
	if outcome(err) != "cannot" || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
	if _, err := s.CheckPassword(t.Context(), "Chan.TM", right); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// Given statements without the columns that it takes, when they are used, then
// an operator is told which.
func missingColumns(t *testing.T, d database) {
	for statement, want := range map[string]string{
		`SELECT login, pw AS hash FROM staff WHERE login = {username}`:                                 "no column 'name'",
		`SELECT login AS name FROM staff WHERE login = {username}`:                                     "no column 'hash'",
		`SELECT login AS name, pw AS hash, ward AS Hash FROM staff WHERE login = {username}`:           "two columns 'hash'",
		`SELECT nowhere AS name, pw AS hash FROM staff WHERE login = {username}`:                       "not there",
		`SELECT login AS name, pw AS hash FROM nowhere WHERE login = {username}`:                       "not there",
		`SELECT login AS name, pw AS hash FROM staff WHERE WHERE login = {username}`:                   "not understood",
		`SELECT '' AS name, pw AS hash FROM staff WHERE login = {username}`:                            "column 'name'",
		`SELECT login AS name, pw AS hash, NULL AS KEY FROM staff WHERE login = {username}`:            "column 'key'",
		`SELECT ward AS name, pw AS hash FROM staff WHERE lower(login) = 'nostate' OR '' = {username}`: "column 'name'",
	} {
		s := load(t, d.block(`by_name "`+statement+`"`))
		_, err := s.CheckPassword(t.Context(), "Chan.TM", right)
		if got := outcome(err); got != "cannot" && got != "unusable" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
	}
}

// Given statements that are fit and others that find anybody, when the source
// checks itself, then only the former pass.
func selfCheck(t *testing.T, d database) {
	if err := load(t, d.block(byName, byKey, byHKIC, formats)).CheckSelf(t.Context()); err != nil {
		t.Errorf("what is fit: %v", err)
	}
	for _, lines := range [][]string{
		{`by_name "SELECT login AS name, pw AS hash FROM staff WHERE id = 1 OR login = {username}"`},
		{`by_name "SELECT login AS name, pw AS hash FROM staff WHERE login <> {username}"`},
		{`by_name "SELECT login AS name FROM staff WHERE login = {username}"`},
		{byName, `by_hkic "SELECT login AS name, card AS hkic FROM staff WHERE card <> {hkic}"`},
		{byName, `by_hkic "SELECT login AS name FROM staff WHERE card = {hkic}"`},
	} {
		if err := load(t, d.block(append(lines, formats)...)).CheckSelf(t.Context()); outcome(err) != "unusable" {
			t.Errorf("%s: %v", lines[len(lines)-1], err)
		}
	}
}

// Given accounts that were renamed, closed and removed, and a name that went to
// somebody else, when an account is read, then it is the same account or none.
func readAccounts(t *testing.T, d database) {
	exec := func(statement string) {
		t.Helper()
		if _, err := d.admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	keyed, named := load(t, d.block(byName, byKey, formats)), load(t, d.block(byName, formats))
	bare := load(t, d.block(`by_name "SELECT login AS name, pw AS hash FROM staff WHERE lower(login) = lower({username})"`))
	account := accounts.Account{Name: "Chan.TM", Key: "1"}
	before, err := keyed.ReadAccount(t.Context(), account)
	if err != nil || before.State != accounts.Active || !slices.Equal(before.Attributes["ward"], []string{"2A"}) || len(before.Attributes) != 1 || before.Stamp == "" {
		t.Fatalf("%+v, %v", before, err)
	}
	if got, err := bare.ReadAccount(t.Context(), accounts.Account{Name: "Chan.TM"}); err != nil || got.State != accounts.Unknown || got.Key != "" {
		t.Errorf("without state and key: %+v, %v", got, err)
	}
	if got, err := keyed.ReadAccount(t.Context(), accounts.Account{Name: "left", Key: "2"}); err != nil || got.State != accounts.Closed {
		t.Errorf("closed: %+v, %v", got, err)
	}

	exec("UPDATE staff SET login = 'Chan.Siu', pw = '" + strings.Replace(bcrypt, "$05$", "$04$", 1) + "' WHERE id = 1")
	exec("INSERT INTO staff VALUES (20, 'Chan.TM', '" + bcrypt + "', NULL, 1, NULL, NULL, NULL)")
	defer exec("UPDATE staff SET login = 'Chan.TM', pw = '" + bcrypt + "' WHERE id = 1")
	defer exec("DELETE FROM staff WHERE id = 20")
	after, err := keyed.ReadAccount(t.Context(), account)
	if err != nil || after.Name != "Chan.Siu" || after.Stamp == before.Stamp {
		t.Errorf("renamed, by key: %+v, %v", after, err)
	}
	if _, err := named.ReadAccount(t.Context(), account); outcome(err) != "unknown" {
		t.Errorf("the name went to somebody else: %v", err)
	}
	if _, err := keyed.ReadAccount(t.Context(), accounts.Account{Name: "Chan.TM", Key: "999"}); outcome(err) != "unknown" {
		t.Errorf("removed: %v", err)
	}
	if _, err := keyed.ReadAccount(t.Context(), accounts.Account{}); outcome(err) != "unknown" {
		t.Errorf("nobody: %v", err)
	}
}

// Given numbers of identity cards as people write them, when an account is
// looked for by one, then it is the one account whose number is the same.
func identityCards(t *testing.T, d database) {
	s := load(t, d.block(byName, byHKIC, formats))
	loose := load(t, d.block(byName, `by_hkic "SELECT login AS name, card AS hkic FROM staff WHERE id = 1 AND '' <> {hkic}"`))
	for number, want := range map[string]string{
		"A1234563": "Chan.TM", "A123456(3)": "Chan.TM", "a123456(3)": "Chan.TM", "Ａ123456（3）": "Chan.TM", "B7654321": "left",
		"A1234564": "unknown", "A123456": "unknown", "": "unknown", "' OR 1=1 -- ": "unknown", "C1111111": "several",
	} {
		got, err := s.FindByHKIC(t.Context(), number)
		if name := got.Name; err == nil && name != want || err != nil && outcome(err) != want {
			t.Errorf("%q: %q, %v, want %s", number, name, err, want)
		}
		if err != nil && len(number) > 4 {
			tells(t, err, number)
		}
	}
	if _, err := loose.FindByHKIC(t.Context(), "Z9999999"); outcome(err) != "unknown" || !strings.Contains(err.Error(), "another number") {
		t.Errorf("a row with another number: %v", err)
	}
	if got, err := loose.FindByHKIC(t.Context(), "A1234563"); err != nil || got.Name != "Chan.TM" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := load(t, d.block(byName)).FindByHKIC(t.Context(), "A1234563"); outcome(err) != "unusable" {
		t.Errorf("without by_hkic: %v", err)
	}
}

// Given a database that cannot be reached or refuses the gate, when a password
// is checked, then there is neither yes nor no, and the error says why without
// what is in the dsn.
func trouble(t *testing.T, d database) {
	bad := map[string][2]string{
		"postgres": {strings.Replace(d.dsn, "gate-hidden", "other-hidden", 1), "refused (SQLSTATE 28P01)"},
		"mysql":    {strings.Replace(d.dsn, "gate-hidden", "other-hidden", 1), "refused (error 1045)"},
		"sqlite":   {d.dsn + ".gone", "cannot be opened"},
	}[d.driver]
	wrong := d
	wrong.dsn = bad[0]
	_, err := load(t, wrong.block(byName)).CheckPassword(t.Context(), "Chan.TM", right)
	if outcome(err) != "cannot" || !strings.Contains(err.Error(), bad[1]) {
		t.Errorf("%v, want %q", err, bad[1])
	}
	tells(t, err, "hidden", "Chan", "127.0.0.1")

	s := load(t, d.block(byName))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.CheckPassword(ctx, "Chan.TM", right); outcome(err) != "cannot" || errors.Is(err, context.Canceled) && err.Error() == "" {
		t.Errorf("a visitor who left: %v", err)
	}
}
