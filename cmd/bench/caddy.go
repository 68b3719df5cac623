package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

const (
	childVariable = "IAMSMART_BENCH_CADDY"
	startWithin   = time.Minute
	// ticksPerSecond is the unit of /proc/PID/stat on every Linux that Go runs on.
	ticksPerSecond = 100
)

// serve is the process that is measured: a Caddy with the configuration that comes on
// standard input. It ends with its parent, which holds the other end.
func serve() error {
	text, err := bufio.NewReader(os.Stdin).ReadString(0)
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(strings.TrimSuffix(text, "\x00")), map[string]any{"filename": "bench"})
	if err != nil {
		return err
	}
	if err := caddy.Load(config, true); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return caddy.Stop()
}

// child is that process as its parent sees it.
type child struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	exited  chan error
}

func startChild(ctx context.Context, config string, ports []int) (*child, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return nil, errors.New("the processor time of another process is read from /proc, which only Linux has; run it there, or in a container")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{command: exec.Command(self), exited: make(chan error, 1)}
	c.command.Env = append(os.Environ(), childVariable+"=1")
	c.command.Stderr = os.Stderr
	if c.stdin, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() { c.exited <- c.command.Wait() }()
	if _, err := io.WriteString(c.stdin, config+"\x00"); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for _, port := range ports {
		for {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				conn.Close()
				break
			}
			select {
			case err := <-c.exited:
				return nil, fmt.Errorf("the process of Caddy ended before it listened: %w", err)
			case <-ctx.Done():
				return nil, errors.Join(fmt.Errorf("no Caddy listens at port %d: %w", port, ctx.Err()), c.stop())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return c, nil
}

func (c *child) stop() error {
	_ = c.stdin.Close()
	select {
	case err := <-c.exited:
		return err
	case <-time.After(10 * time.Second):
		return c.command.Process.Kill()
	}
}

// processorTime is what the process has used so far.
func (c *child) processorTime() (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.command.Process.Pid), "stat"))
	if err != nil {
		return 0, err
	}
	return readProcessorTime(string(text))
}

// readProcessorTime reads the fields utime and stime (proc_pid_stat(5)); the name before
// them, in brackets, may hold anything.
func readProcessorTime(stat string) (time.Duration, error) {
	_, rest, ok := strings.Cut(stat[strings.LastIndexByte(stat, ')')+1:], " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, errors.New("reading /proc: it has another form than expected")
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading /proc: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
