package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// The tests of this package run the program itself, as an operator does, and
// end it as no operator would.

var program struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if program.folder != "" {
		_ = os.RemoveAll(program.folder)
	}
	os.Exit(code)
}

// caddy is the program, built once for all tests.
func caddy(t testing.TB) string {
	t.Helper()
	program.once.Do(func() {
		if program.folder, program.err = os.MkdirTemp("", "caddy-test-"); program.err != nil {
			return
		}
		program.err = os.Chmod(program.folder, 0o755) // some stories run it as another user
		out, err := exec.Command("go", "build", "-o", filepath.Join(program.folder, "caddy"), ".").CombinedOutput()
		if err != nil {
			program.err = fmt.Errorf("building: %w\n%s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return filepath.Join(program.folder, "caddy")
}

const gateCaddyfile = `{
	admin off
	persist_config off
	auto_https off
	storage file_system {{.Home}}/caddy
	iamsmart {
		store sqlite {{.Data}}/iamsmart.db
		realm {
			environment simulator {{.SimURL}}
			client_id {{.ClientID}}
			client_secret {file.{{.Home}}/secret}
			encipherment_cert {{.Home}}/encipherment.pem
		}
	}
}
{{.URL}} {
	bind 127.0.0.1
	iamsmart {
		public_url {{.URL}}
		link_tries 10
		accounts form {{.App}}/login {
			fields user pass
		}
		header_up X-Remote-User {iamsmart.account}
		pages {
			language en
		}
	}
	reverse_proxy {{.App}}
}
`

// gate is the program with its files: it can be started, killed and started
// again.
type gate struct {
	t    testing.TB
	Home string // configuration and credentials
	Data string // store and root key
	Port int
	*outside

	user    func(*exec.Cmd) // makes the program run as another user, where set
	command *exec.Cmd
	exited  <-chan struct{}
	said    *paper
}

// newGate makes the files of a gate in front of an application; nothing runs.
func newGate(t testing.TB, o *outside, port int) *gate {
	t.Helper()
	g := &gate{t: t, Home: t.TempDir(), Port: port, outside: o}
	g.Data = filepath.Join(g.Home, "data")
	must(t, o.credentials(g.Home))
	g.configure()
	return g
}

// configure writes the Caddyfile.
func (g *gate) configure() {
	g.t.Helper()
	var text bytes.Buffer
	must(g.t, template.Must(template.New("").Parse(gateCaddyfile)).Execute(&text, g))
	must(g.t, os.WriteFile(filepath.Join(g.Home, "Caddyfile"), text.Bytes(), 0o600))
}

// URL is the public address.
func (g *gate) URL() string { return fmt.Sprintf("http://localhost:%d", g.Port) }

func (g *gate) file(name string) string { return filepath.Join(g.Data, name) }

// size of a file of the store; no file has none.
func (g *gate) size(name string) int64 {
	info, err := os.Stat(g.file(name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// run starts the program and does not wait until it answers.
func (g *gate) run() {
	g.t.Helper()
	read, write, err := os.Pipe() // not a file: some stories forbid the program to write any
	must(g.t, err)
	g.command = exec.Command(caddy(g.t), "run", "--config", filepath.Join(g.Home, "Caddyfile"), "--adapter", "caddyfile")
	g.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + g.Home, "XDG_DATA_HOME=" + g.Home, "XDG_CONFIG_HOME=" + g.Home}
	g.command.Stdout, g.command.Stderr = write, write
	if g.user != nil {
		g.user(g.command)
	}
	g.exited = servertest.Run(g.t, g.command)
	must(g.t, write.Close())
	g.said = &paper{}
	go g.said.fill(read)
}

const (
	startWithin = 30 * time.Second // on a machine that has other things to do
	stopWithin  = 30 * time.Second
)

// start starts the program and waits until it answers.
func (g *gate) start() (took time.Duration) {
	g.t.Helper()
	g.run()
	began := time.Now()
	for !g.healthy() {
		select {
		case <-g.exited:
			g.t.Fatalf("the gate does not start: %s\n%s", g.command.ProcessState, g.said)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Since(began) > startWithin {
			g.t.Fatalf("the gate does not answer within %s\n%s", startWithin, g.said)
		}
	}
	return time.Since(began)
}

func (g *gate) healthy() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL()+"/iamsmart/health", nil)
	if err != nil {
		return false
	}
	answer, err := network.RoundTrip(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// kill ends the program with no time to do anything.
func (g *gate) kill() {
	g.t.Helper()
	select {
	case <-g.exited:
		g.t.Fatalf("the gate ended by itself: %s\n%s", g.command.ProcessState, g.said)
	default:
	}
	must(g.t, g.command.Process.Kill())
	<-g.exited
}

// stop ends the program as an operator does.
func (g *gate) stop() {
	g.t.Helper()
	must(g.t, g.command.Process.Signal(syscall.SIGTERM))
	g.await(stopWithin)
	if !g.command.ProcessState.Success() {
		g.t.Fatalf("stopped with %s\n%s", g.command.ProcessState, g.said)
	}
}

// await waits for the program to end by itself.
func (g *gate) await(within time.Duration) {
	g.t.Helper()
	select {
	case <-g.exited:
	case <-time.After(within):
		g.t.Fatalf("the gate still runs after %s\n%s", within, g.said)
	}
}

// network reaches the gate by its name on any machine, with a connection of its
// own for each request: what is sent twice the tests send themselves.
var network = &http.Transport{
	DisableKeepAlives:     true,
	ResponseHeaderTimeout: time.Minute,
	DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	},
}

func freePort(t testing.TB) int { return servertest.FreePort(t) }

// paper keeps what a program says.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) fill(from io.ReadCloser) {
	defer from.Close()
	_, _ = io.Copy(p, from) // until the program is gone
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// wait waits until the program has said something.
func (p *paper) wait(words string) {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(p.String(), words) {
			return
		}
	}
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
