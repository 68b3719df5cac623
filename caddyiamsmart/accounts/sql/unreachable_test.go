package sql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given a server that is away, when a password is checked, then it cannot be
// checked now, soon, and the error repeats nothing of the dsn.
func TestAServerThatIsAway(t *testing.T) {
	port := servertest.FreePort(t)
	for driver, dsn := range map[string]string{
		"postgres":  fmt.Sprintf("postgres://gate:hidden@127.0.0.1:%d/records?sslmode=disable", port),
		"mysql":     fmt.Sprintf("gate:hidden@tcp(127.0.0.1:%d)/records", port),
		"sqlserver": fmt.Sprintf("sqlserver://gate:hidden@127.0.0.1:%d?database=records", port),
	} {
		d := database{driver: driver, dsn: dsn, alias: map[string]string{"sqlserver": "[key]", "mysql": "`key`"}[driver]}
		if d.alias == "" {
			d.alias = "key"
		}
		s := load(t, d.block(byName))
		began := time.Now()
		_, err := s.CheckPassword(t.Context(), "Chan.TM", right)
		if outcome(err) != "cannot" || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("%s: %v", driver, err)
		}
		if took := time.Since(began); took > 12*time.Second {
			t.Errorf("%s: it took %s", driver, took)
		}
		tells(t, err, "hidden", "gate", "127.0.0.1", fmt.Sprint(port))
	}
}

// Given a name that nobody has, when it is tried, then it takes about as long as
// a wrong password.
func TestAnUnknownNameTakesAsLong(t *testing.T) {
	d := sqliteRecords(t)
	if _, err := d.admin.ExecContext(t.Context(), "UPDATE staff SET pw = ? WHERE id = 1", strings.Replace(bcrypt, "$05$", "$09$", 1)); err != nil {
		t.Fatal(err)
	}
	s := load(t, d.block(byName))
	best := func(username, want string) time.Duration {
		least := time.Hour
		for range 4 {
			began := time.Now()
			if _, err := s.CheckPassword(t.Context(), username, "wrong"); outcome(err) != want {
				t.Fatal(err)
			}
			least = min(least, time.Since(began))
		}
		return least
	}
	known, unknown := best("Chan.TM", "wrong"), best("nobody", "unknown")
	if unknown < known/4 || unknown > 4*known { // without the work it would be a hundredth
		t.Errorf("a wrong password takes %s, an unknown name %s", known, unknown)
	}
}
