package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linkedGate is a gate at which mei has linked, still running; prepare changes it
// before its first start.
func linkedGate(t *testing.T, prepare ...func(*gate)) *gate {
	t.Helper()
	port := freePort(t)
	g := newGate(t, newOutside(t, port, "mei"), port)
	for _, f := range prepare {
		f(g)
	}
	g.start()
	p, err := newBrowser(g, newTraffic()).linkUp("mei", "staff-mei")
	if err != nil || !p.linked() {
		t.Fatalf("linking: %v, %v\n%s", p, err, g.said)
	}
	return g
}

// knowsMei tells whether mei logs in as the account, or is new here.
func (g *gate) knowsMei() bool {
	g.t.Helper()
	b := newBrowser(g, newTraffic())
	p, err := b.arrive("mei")
	if err != nil || p.status != http.StatusSeeOther {
		g.t.Fatalf("mei arrives: %v, %v\n%s", p, err, g.said)
	}
	return p.session != ""
}

// refusesToStart wants the program to end by itself, and to say why.
func (g *gate) refusesToStart(says ...string) {
	g.t.Helper()
	g.run()
	g.await(startWithin)
	if g.command.ProcessState.Success() {
		g.t.Error("it ends as if all were well")
	}
	g.says(says...)
}

func (g *gate) says(words ...string) {
	g.t.Helper()
	for _, want := range words {
		g.said.wait(want)
		if !strings.Contains(g.said.String(), want) {
			g.t.Errorf("it does not say %q:\n%s", want, g.said)
		}
	}
}

// Given a store in use, when a part of it is lost while the gate is down, then
// the gate does not go on as if nothing had been: it does not start, or where it
// cannot know, it says so.
func TestT33WhatIsLostIsNotReplacedWithoutAWord(t *testing.T) {
	for name, c := range map[string]struct {
		crash bool
		lose  func(g *gate) error
		says  []string
		warns bool // it starts, and warns
	}{
		"the log, after a crash": {true, func(g *gate) error { return os.Remove(g.file("iamsmart.db-wal")) },
			[]string{"/data/iamsmart.db-wal is gone", "put the log back"}, false},
		"the file, after a crash": {true, func(g *gate) error { return os.Remove(g.file("iamsmart.db")) },
			[]string{"/data/iamsmart.db-wal is there", "put the file back"}, false},
		"the root key": {false, func(g *gate) error { return os.Remove(g.file("iamsmart.key")) },
			[]string{"/data/iamsmart.key is missing", "from its backup"}, false},
		"the file": {false, func(g *gate) error { return os.Remove(g.file("iamsmart.db")) },
			[]string{"the store is new, but its root key is not", "/data/iamsmart.db", "restore it from its backup"}, true},
		"the file's content": {false, func(g *gate) error { return os.Truncate(g.file("iamsmart.db"), 0) },
			[]string{"the store is new, but its root key is not", "restore it from its backup"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := linkedGate(t)
			if c.crash {
				g.kill()
			} else {
				g.stop()
			}
			backup := t.TempDir()
			must(t, os.CopyFS(backup, os.DirFS(g.Data)))
			must(t, c.lose(g))
			if c.warns {
				g.start()
				g.says(c.says...)
				if g.knowsMei() {
					t.Error("mei is known to a store that is new")
				}
				g.stop()
			} else {
				g.refusesToStart(c.says...)
			}
			must(t, os.RemoveAll(g.Data)) // as it was told
			must(t, os.CopyFS(g.Data, os.DirFS(backup)))
			must(t, private(g.Data))
			g.start()
			if !g.knowsMei() {
				t.Error("mei is not known after the backup was restored")
			}
		})
	}
}

func private(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
}
