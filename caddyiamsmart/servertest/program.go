package servertest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	startTime = 30 * time.Second // for a server to listen, on a busy machine
	keptLines = 40               // of a server's output, shown when a test fails
)

// find returns the path of an installed program.
func find(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, "the program "+program+" is not installed")
	}
	return path
}

// missing ends a test that cannot run on this machine.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("IAMSMART_TEST_SERVERS") == "required" {
		t.Fatal(reason + ", and IAMSMART_TEST_SERVERS is required")
	}
	t.Skip(reason)
}

// start runs the server until the test ends, and returns what the first group
// of ready matches in its standard error: the address that it chose itself.
func start(t testing.TB, server *exec.Cmd, ready *regexp.Regexp) string {
	t.Helper()
	output, err := server.StderrPipe()
	if err != nil {
		t.Fatalf("starting %s: %v", server.Path, err)
	}
	exited := Run(t, server)

	lines := &tail{}
	found := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		lines.read(output, ready, found)
	}()
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may have exited by itself
		<-drained
		<-exited
		_ = output.Close()
		if t.Failed() {
			t.Logf("last output of %s:\n%s", server.Path, lines)
		}
	})
	select {
	case address := <-found:
		return address
	case <-drained:
		t.Fatalf("%s ended before it listened", server.Path)
	case <-time.After(startTime):
		t.Fatalf("%s did not listen within %s", server.Path, startTime)
	}
	return ""
}

// Run starts a program, which ends with the test at the latest, also where the
// test's own process is killed. When exited is closed the program is gone and
// its ProcessState is set; its output must go to files or pipes of the caller.
func Run(t testing.TB, program *exec.Cmd) (exited <-chan struct{}) {
	t.Helper()
	endWithUs(program)
	started := make(chan error, 1)
	done := make(chan struct{})
	go func() { // on a thread that lives as long: see endWithUs
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := program.Start()
		started <- err
		if err == nil {
			program.ProcessState, _ = program.Process.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("starting %s: %v", program.Path, err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill() // it may have exited by itself
		<-done
	})
	return done
}

// tail keeps the last lines of a server's output.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) read(output io.Reader, ready *regexp.Regexp, found chan<- string) {
	for s := bufio.NewScanner(output); s.Scan(); {
		if m := ready.FindStringSubmatch(s.Text()); m != nil {
			select {
			case found <- m[1]:
			default: // found before
			}
		}
		l.mu.Lock()
		l.lines = append(l.lines, s.Text())
		l.lines = l.lines[max(0, len(l.lines)-keptLines):]
		l.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, output) // after a line too long to scan, so that the server never blocks
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
