package iamsmart_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// need asks for installed programs.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			cannot(t, "%s is not installed", program)
		}
	}
}

// cannot ends a test that this machine cannot run: skipped with the reason, or failed where that is not allowed.
func cannot(t testing.TB, reason string, arguments ...any) {
	t.Helper()
	if os.Getenv("IAMSMART_TEST_SERVERS") == "required" {
		t.Fatalf(reason, arguments...)
	}
	t.Skipf(reason, arguments...)
}

// run runs a program with input and gives its output; the program must succeed.
func run(t testing.TB, input []byte, name string, arguments ...string) []byte {
	t.Helper()
	output, err := try(input, name, arguments...)
	if err != nil {
		t.Fatalf("%s %v: %v", name, arguments, err)
	}
	return output
}

func try(input []byte, name string, arguments ...string) ([]byte, error) {
	command := exec.Command(name, arguments...)
	command.Stdin = bytes.NewReader(input)
	return command.Output()
}

func script(name string) string { return filepath.Join("testdata", name) }

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// save writes a file into a folder of this test.
func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
