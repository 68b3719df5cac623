//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const nobody = 65534

// leaveRoot lets the program run as a user whom the modes of files bind, as they
// bind everybody but root.
func (g *gate) leaveRoot() {
	g.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	must(g.t, os.Chmod(filepath.Dir(g.Home), 0o755))
	must(g.t, filepath.WalkDir(g.Home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	}))
	g.user = func(program *exec.Cmd) {
		program.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// Given a gate whose user may not read or write its files, then it does not
// start and says which and what to do; and it starts when that was done.
func TestT33WithoutRightsItDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		mode fs.FileMode
		says []string
	}{
		"a folder that cannot be written": {"", 0o500, []string{"/data/iamsmart.db", "readable and writable for the user that runs Caddy"}},
		"a folder that cannot be entered": {"", 0o600, []string{"/data/iamsmart.db", "writable, for the user that runs Caddy"}},
		"a store that cannot be written":  {"iamsmart.db", 0o400, []string{"/data/iamsmart.db", "readable and writable for the user that runs Caddy"}},
		"a store that cannot be read":     {"iamsmart.db", 0o000, []string{"/data/iamsmart.db", "readable and writable for the user that runs Caddy"}},
		"a root key that cannot be read":  {"iamsmart.key", 0o000, []string{"/data/iamsmart.key", "to the user that runs Caddy"}},
		"a root key that all can read":    {"iamsmart.key", 0o644, []string{"/data/iamsmart.key", "chmod 600"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := linkedGate(t, (*gate).leaveRoot)
			g.stop()
			path := filepath.Join(g.Data, c.path)
			was, err := os.Stat(path)
			must(t, err)
			must(t, os.Chmod(path, c.mode))
			t.Cleanup(func() { _ = os.Chmod(path, was.Mode()) }) // or the folder cannot be removed
			g.refusesToStart(c.says...)
			must(t, os.Chmod(path, was.Mode()))
			must(t, private(g.Data)) // as it was told: those beside it too
			g.start()
			if !g.knowsMei() {
				t.Error("mei is not known any more")
			}
		})
	}
}
