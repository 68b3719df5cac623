package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Listening runs a program of its own folder until the test ends, and returns its base
// URL, without a slash at the end. The program listens on the loopback interface at the
// port in the variable PORT, which is also put in the place of {port} in args;
// environment has further variables, of the form "NAME=value".
func Listening(t testing.TB, folder string, environment []string, program string, args ...string) (baseURL string) {
	t.Helper()
	port := FreePort(t)
	temp := t.TempDir()
	log, err := os.Create(filepath.Join(temp, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{port}", fmt.Sprint(port))
	}
	server := exec.Command(find(t, program), args...)
	server.Dir, server.Stdout, server.Stderr = folder, log, log
	server.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + temp, "TMPDIR=" + temp, "LC_ALL=C.UTF-8", fmt.Sprintf("PORT=%d", port)}, environment...)
	Run(t, server)
	t.Cleanup(func() {
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("output of %s:\n%s", program, text)
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	awaitListener(t, address)
	return "http://" + address
}

// Build runs a compiler to its end.
func Build(t testing.TB, folder, compiler string, args ...string) {
	t.Helper()
	run := exec.Command(find(t, compiler), args...)
	run.Dir = folder
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", compiler, err, out)
	}
}
