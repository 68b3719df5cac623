package servertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// phpReady is what PHP prints when it listens, with the port that it was given
// for port 0.
var phpReady = regexp.MustCompile(`Development Server \((http://127\.0\.0\.1:[1-9][0-9]*)\) started`)

// PHP serves the folder root with PHP's built-in server and returns its base
// URL, without a slash at the end. The router script answers every request; it
// is left out when "". PHP's sessions and uploads go to a temporary folder. One
// request is served at a time.
func PHP(t testing.TB, root, router string) (baseURL string) {
	t.Helper()
	return servePHP(t, root, router, nil, nil)
}

// PHPWith is PHP with variables of the environment, of the form "NAME=value".
func PHPWith(t testing.TB, root, router string, environment ...string) (baseURL string) {
	t.Helper()
	return servePHP(t, root, router, nil, environment)
}

// servePHP is PHPWith, with further settings of the form "name=value".
func servePHP(t testing.TB, root, router string, settings, environment []string) string {
	t.Helper()
	php := find(t, "php")
	temp := t.TempDir()
	root = absolute(t, root)
	if router != "" {
		router = absolute(t, router)
	}
	settings = append([]string{
		"session.save_handler=files",
		"session.save_path=" + temp,
		"session.gc_probability=0",
		"sys_temp_dir=" + temp,
		"upload_tmp_dir=" + temp,
		"display_errors=0",
		"log_errors=1",
		"error_log=",
		"date.timezone=Asia/Hong_Kong",
		"max_execution_time=20",
		"memory_limit=256M",
		"sendmail_path=/bin/false",
	}, settings...)

	var args []string
	for _, s := range settings {
		args = append(args, "-d", s)
	}
	args = append(args, "-S", "127.0.0.1:0", "-t", root)
	if router != "" {
		args = append(args, router)
	}
	server := exec.Command(php, args...)
	server.Dir = root
	server.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + temp, "LC_ALL=C.UTF-8"}
	server.Env = append(server.Env, environment...)
	return start(t, server, phpReady)
}

func absolute(t testing.TB, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatalf("serving %s: %v", path, err)
	}
	return full
}
