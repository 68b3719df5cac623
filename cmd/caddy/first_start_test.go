package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const firstStarts = 20

// Given a machine on which the gate starts for the first time, when it is killed
// in the middle of that, with its store or its root key half made, then the next
// start succeeds at once, and the gate works.
func TestKilledDuringItsFirstStartItStartsAgain(t *testing.T) {
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 0))
	port := freePort(t)
	o := newOutside(t, port, "mei")

	whole := newGate(t, o, port)
	took := whole.start() // undisturbed, to know how long there is
	whole.kill()

	left := make(map[string]int) // what lay there after a kill → how often
	for n := range firstStarts {
		g := newGate(t, o, port)
		g.run()
		if n%2 == 0 {
			g.sleepUntil(time.Duration(random.Int64N(int64(took))))
		} else { // the files are made within a few milliseconds
			name := []string{"iamsmart.db", "iamsmart.db-wal", "iamsmart.db-shm", "iamsmart.key.new-*", "iamsmart.key"}[n/2%5]
			g.sleepUntilThere(name)
			time.Sleep(time.Duration(random.Int64N(2000)) * time.Microsecond)
		}
		g.kill()
		left[g.files()]++
		g.start()
		if t.Failed() {
			return
		}
		if extra, _ := filepath.Glob(g.file("iamsmart.key.*")); len(extra) > 0 {
			t.Errorf("copies of the root key are left: %v", extra)
		}
		if p, err := newBrowser(g, newTraffic()).linkUp("mei", "staff-chan"); err != nil || !p.linked() {
			t.Fatalf("linking after the second start: %v, %v\n%s", p, err, g.said)
		}
		g.kill()
	}
	t.Logf("a start takes %s; after the kills there lay: %v", took.Round(time.Millisecond), left)
}

func (g *gate) sleepUntil(after time.Duration) {
	g.t.Helper()
	select {
	case <-g.exited:
		g.t.Fatalf("the gate does not start: %s\n%s", g.command.ProcessState, g.said)
	case <-time.After(after):
	}
}

// sleepUntilThere waits until the program has made a file, or has started.
func (g *gate) sleepUntilThere(pattern string) {
	g.t.Helper()
	for deadline := time.Now().Add(startWithin); time.Now().Before(deadline); {
		found, err := filepath.Glob(g.file(pattern))
		must(g.t, err)
		if len(found) > 0 || strings.Contains(g.said.String(), "serving initial configuration") {
			return
		}
		g.sleepUntil(100 * time.Microsecond)
	}
}

// files lists what lies in the data folder, with sizes.
func (g *gate) files() string {
	entries, _ := os.ReadDir(g.Data)
	var all []string
	for _, e := range entries {
		name, _, isNew := strings.Cut(e.Name(), ".new-")
		if isNew {
			name += ".new"
		}
		info, err := e.Info()
		must(g.t, err)
		all = append(all, fmt.Sprintf("%s:%d", strings.TrimPrefix(name, "iamsmart."), info.Size()))
	}
	return strings.Join(all, " ")
}
