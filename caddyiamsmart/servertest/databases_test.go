package servertest_test

import (
	"fmt"
	"net"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given installed database servers, when each is started, then something listens
// at its port, and after the test nothing does.
func TestDatabasesListenWhileTheirTestRuns(t *testing.T) {
	for name, start := range map[string]func(testing.TB) servertest.Database{
		"PostgreSQL": servertest.Postgres, "MariaDB": servertest.MariaDB,
	} {
		port := 0
		t.Run(name, func(t *testing.T) {
			d := start(t)
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.Port))
			if err != nil || d.User == "" || d.Password == "" {
				t.Fatalf("user %q: %v", d.User, err)
			}
			c.Close()
			port = d.Port
		})
		if port == 0 {
			continue // skipped inside, with the reason
		}
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			t.Errorf("%s still listens after its test", name)
		}
	}
}
