package servertest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Where Debian's packages put PostgreSQL, off PATH, one folder per version.
const postgresPrograms = "/usr/lib/postgresql/*/bin"

const stopTime = 5 * time.Second // for a database to close its files

var (
	postgresReady = regexp.MustCompile(`(database system is ready to accept connections)`)
	mariaDBReady  = regexp.MustCompile(`(ready for connections)`)
)

// Database is a running server with an empty database "records".
type Database struct {
	// Port at 127.0.0.1, and a user who may do anything.
	Port           int
	User, Password string
}

// Postgres starts PostgreSQL.
func Postgres(t testing.TB) Database {
	t.Helper()
	initdb := findPostgres(t, "initdb")
	folder := databaseFolder(t)
	as := unprivileged(t, folder, "postgres")
	d := Database{Port: FreePort(t), User: "postgres", Password: rand.Text()}
	data, password := filepath.Join(folder, "data"), filepath.Join(folder, "password")
	writeFile(t, password, d.Password)
	if err := os.Chmod(password, 0o644); err != nil { // the folder above is closed
		t.Fatal(err)
	}
	runAs(t, as, folder, initdb, "--pgdata="+data, "--username="+d.User, "--pwfile="+password, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	server := exec.Command(findPostgres(t, "postgres"), "-D", data, "-p", strconv.Itoa(d.Port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "dynamic_shared_memory_type=mmap")
	server.Dir, server.Env = folder, databaseEnv(folder)
	as(server)
	start(t, server, postgresReady)
	t.Cleanup(func() { // of itself, else shared memory stays behind in the kernel
		for until := time.Now().Add(stopTime); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
			if errors.Is(server.Process.Signal(os.Interrupt), os.ErrProcessDone) {
				return
			}
		}
	})
	psql := exec.Command(findPostgres(t, "psql"), "--no-psqlrc", "-h", "127.0.0.1", "-p", strconv.Itoa(d.Port), "-U", d.User,
		"-c", "CREATE DATABASE records")
	psql.Dir, psql.Env = folder, append(databaseEnv(folder), "PGPASSWORD="+d.Password)
	if output, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("psql: %v\n%s", err, output)
	}
	return d
}

// MariaDB starts MariaDB.
func MariaDB(t testing.TB) Database {
	t.Helper()
	server, install := findSystem(t, "mariadbd"), find(t, "mariadb-install-db")
	folder := databaseFolder(t)
	as := unprivileged(t, folder, "mysql")
	d := Database{Port: FreePort(t), User: "admin", Password: rand.Text()}
	data, script := filepath.Join(folder, "data"), filepath.Join(folder, "first.sql")
	writeFile(t, script, fmt.Sprintf("CREATE DATABASE records CHARACTER SET utf8mb4;\nCREATE USER '%s'@'%%' IDENTIFIED BY '%s';\n"+
		"GRANT ALL ON *.* TO '%[1]s'@'%%' WITH GRANT OPTION;\n", d.User, d.Password))
	if err := os.Chmod(script, 0o644); err != nil {
		t.Fatal(err)
	}
	runAs(t, as, folder, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db",
		"--skip-name-resolve")
	run := exec.Command(server, "--no-defaults", "--datadir="+data, "--port="+strconv.Itoa(d.Port), "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(folder, "socket"), "--pid-file="+filepath.Join(folder, "pid"), "--tmpdir="+folder, "--skip-name-resolve",
		"--init-file="+script, "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", "--performance-schema=off")
	run.Dir, run.Env = folder, databaseEnv(folder)
	as(run)
	start(t, run, mariaDBReady)
	return d
}

// databaseFolder is a temporary folder whose path another user can walk, which
// that of t.TempDir is not.
func databaseFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "servertest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("removing a database: %v", err)
		}
	})
	return folder
}

func databaseEnv(folder string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + folder, "HOME=" + folder, "LC_ALL=C.UTF-8"}
}

func runAs(t testing.TB, as func(*exec.Cmd), folder, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Env = folder, databaseEnv(folder)
	as(c)
	if output, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, output)
	}
}

// findPostgres returns the path of a program of the newest PostgreSQL.
func findPostgres(t testing.TB, program string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(postgresPrograms, program))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b string) int { return postgresVersion(b) - postgresVersion(a) })
	if len(found) > 0 {
		return found[0]
	}
	return find(t, program)
}

func postgresVersion(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}
