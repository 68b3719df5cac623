package caddyiamsmart_test

import (
	"database/sql"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// start runs a Caddy with the app alone and stops it again. What it returns is
// what `caddy run` says when it does not start.
func (s *setup) start() error {
	s.t.Helper()
	err := caddy.Load(caddyconfig.JSON(s.base(map[string]any{"iamsmart": s.app}), nil), true)
	if err != nil {
		return err
	}
	return caddy.Stop()
}

// begun is a setup that has run once: it has a key, and a store sealed with it.
func begun(t *testing.T) *setup {
	t.Helper()
	s := newSetup(t)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *setup) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestConfigStartsAgainWithTheSameKey(t *testing.T) {
	s := begun(t)
	key, err := os.ReadFile(s.path("iamsmart.key"))
	s.must(err)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(s.path("iamsmart.key"))
	s.must(err)
	if string(key) != string(again) {
		t.Error("the second start made another key")
	}
}

// TestConfigStartIsRefused: with a key or a store that is not sound Caddy does
// not start, and says what to do.
func TestConfigStartIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*setup)
		want  []string
	}{
		{"key missing while the store has keys", func(s *setup) { s.must(os.Remove(s.path("iamsmart.key"))) },
			[]string{"key: ", "DIR/iamsmart.key is missing", "DIR/iamsmart.db was sealed with it", "put the key file back from its backup"}},
		{"key of another path", func(s *setup) { s.app.Key = s.path("other.key") },
			[]string{"key: ", "DIR/other.key is missing", "put the key file back"}},
		{"key empty", func(s *setup) { s.write("iamsmart.key", "") },
			[]string{"key: ", "DIR/iamsmart.key: ", "it is empty", "restore the file"}},
		{"key damaged", func(s *setup) { s.write("iamsmart.key", "hello, world") },
			[]string{"key: ", "DIR/iamsmart.key: ", "not Base64", "restore the file"}},
		{"key short", func(s *setup) { s.write("iamsmart.key", base64.StdEncoding.EncodeToString(make([]byte, 16))) },
			[]string{"key: ", "DIR/iamsmart.key: ", "16 bytes, not 32"}},
		{"another key", func(s *setup) {
			s.write("iamsmart.key", base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
		}, []string{"key: ", "does not open the key ring of this store"}},
		{"key readable by everybody", func(s *setup) { s.must(os.Chmod(s.path("iamsmart.key"), 0o644)) },
			[]string{"key: ", "DIR/iamsmart.key: ", "mode 0644", "chmod 600"}},
		{"key readable by the group", func(s *setup) { s.must(os.Chmod(s.path("iamsmart.key"), 0o640)) },
			[]string{"key: ", "mode 0640", "chmod 600"}},
		{"key is a folder", func(s *setup) { s.app.Key = s.dir },
			[]string{"key: ", "name the file that holds the key"}},
		{"store in a folder that is a file", func(s *setup) { s.app.Store.File = s.write("file", "") + "/iamsmart.db" },
			[]string{"store: ", "DIR/file/iamsmart.db", "writable", "user that runs Caddy"}},
		{"store is a folder", func(s *setup) { s.app.Store.File = s.dir },
			[]string{"store: ", "DIR", "this is no file"}},
		{"store is no database", func(s *setup) { s.write("iamsmart.db", strings.Repeat("hello, world\n", 1000)) },
			[]string{"store: ", "DIR/iamsmart.db", "store is damaged", "restore the file from a backup"}},
		{"store of another program", func(s *setup) {
			s.app.Store.File = s.path("other.db")
			s.sql("other.db", `CREATE TABLE residents (name TEXT)`)
		}, []string{"store: ", "DIR/other.db", "database of another program", "a file of its own"}},
		{"store of a newer version", func(s *setup) {
			s.sql("iamsmart.db", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, []string{"store: ", "DIR/iamsmart.db", "newer version", "run the newer program, or restore the backup"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begun(t)
			c.spoil(s)
			err := s.start()
			if err == nil {
				t.Fatal("Caddy starts")
			}
			for _, want := range c.want {
				if want = strings.ReplaceAll(want, "DIR", s.dir); !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
		})
	}
}

// TestConfigStartLeavesADamagedStoreAlone: what cannot be read is evidence, and
// perhaps still mended.
func TestConfigStartLeavesADamagedStoreAlone(t *testing.T) {
	s := begun(t)
	damaged := strings.Repeat("hello, world\n", 1000)
	s.write("iamsmart.db", damaged)
	if s.start() == nil {
		t.Fatal("Caddy starts")
	}
	if left, err := os.ReadFile(s.path("iamsmart.db")); err != nil || string(left) != damaged {
		t.Errorf("the file was changed (%v)", err)
	}
}

// TestConfigReloadThatFailsKeepsTheOldOneRunning: a slip at night takes nobody's
// gate away.
func TestConfigReloadThatFailsKeepsTheOldOneRunning(t *testing.T) {
	s := newSetup(t)
	load := func() error {
		return caddy.Load(caddyconfig.JSON(s.base(map[string]any{"iamsmart": s.app}), nil), true)
	}
	s.must(load())
	t.Cleanup(func() { s.must(caddy.Stop()) })
	s.app.Key = s.path("other.key")
	if load() == nil {
		t.Fatal("a key that is missing is accepted")
	}
	ctx := caddy.ActiveContext()
	if app, err := ctx.AppIfConfigured("iamsmart"); app == nil || err != nil {
		t.Errorf("the old configuration no longer runs: %v", err)
	}
	s.app.Key = ""
	s.must(load())
}

// sql changes a database behind the program's back.
func (s *setup) sql(name, statement string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.path(name))
	s.must(err)
	_, err = db.ExecContext(s.t.Context(), statement)
	s.must(errors.Join(err, db.Close()))
}
