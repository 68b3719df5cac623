package sql_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts/sql"
)

// FuzzStatement: a statement that is accepted is what was written, but for the
// driver's parameter in each place of the bound value; it is one, and it reads.
func FuzzStatement(f *testing.F) {
	for _, text := range []string{
		"SELECT a AS name FROM b WHERE c = {username}", "SELECT '{username}'", "SELECT 'x' || {username} -- '", `SELECT "a`, "SELECT [a]] FROM b WHERE {username}",
		"SELECT a FROM b WHERE c = {username}; DROP TABLE b", "WITH", "SELECT {username}{username}", "SELECT $${username}$$", "select\u00a0{username}", "{username}", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, driver := range []string{"postgres", "mysql", "sqlserver", "sqlite"} {
			got, parameter, times, err := sql.ParseStatement(driver, text, "username")
			if err != nil {
				if got != "" || times != 0 {
					t.Errorf("%s: %q beside %v", driver, got, err)
				}
				continue
			}
			text := strings.TrimSpace(text)
			if want := strings.ReplaceAll(text, "{username}", parameter); got != want || times < 1 {
				t.Errorf("%s: %q became %q, %d times", driver, text, got, times)
			}
			bare := strings.Count(text, "'")+strings.Count(text, `"`)+strings.Count(text, "`")+strings.Count(text, "[") == 0
			if bare && strings.ContainsAny(text, `;#\?$@`) || strings.Contains(text, "\\") || strings.ContainsAny(got, "{}") {
				t.Errorf("%s: %q was accepted", driver, text)
			}
		}
	})
}
