package caddyiamsmart_test

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal with a command at it.
type terminal struct {
	t       *testing.T
	keys    *os.File // the operator's side
	device  *os.File
	mu      sync.Mutex
	shown   bytes.Buffer
	command *exec.Cmd
	out     bytes.Buffer // standard output, which goes to a file
	ended   chan error
}

// atTerminal starts a command as a shell does whose output is redirected.
func atTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	device, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { device.Close() })
	term := &terminal{t: t, keys: keys, device: device, command: cmd, ended: make(chan error, 1)}
	cmd.Stdin, cmd.Stderr, cmd.Stdout = device, device, &term.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go term.read()
	go func() { term.ended <- cmd.Wait() }()
	return term
}

func (term *terminal) read() {
	for block := make([]byte, 4096); ; {
		n, err := term.keys.Read(block)
		term.mu.Lock()
		term.shown.Write(block[:n])
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (term *terminal) screen() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// until waits for a text on the screen.
func (term *terminal) until(text string) {
	term.t.Helper()
	for began := time.Now(); !strings.Contains(term.screen(), text); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			term.t.Fatalf("%q does not come up:\n%s", text, term.screen())
		}
	}
}

// hidden waits until what is typed is not shown.
func (term *terminal) hidden() {
	term.t.Helper()
	for began := time.Now(); term.echoes(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			term.t.Fatal("the terminal still shows what is typed")
		}
	}
}

func (term *terminal) echoes() bool {
	term.t.Helper()
	mode, err := unix.IoctlGetTermios(int(term.device.Fd()), unix.TCGETS)
	if err != nil {
		term.t.Fatal(err)
	}
	return mode.Lflag&unix.ECHO != 0
}

func (term *terminal) press(keys string) {
	term.t.Helper()
	if _, err := term.keys.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) end() int {
	term.t.Helper()
	select {
	case <-term.ended:
	case <-time.After(2 * time.Minute):
		term.t.Fatalf("the command does not end:\n%s", term.screen())
	}
	return term.command.ProcessState.ExitCode()
}

// Given an operator at a terminal, when the page has several login forms, then
// they are asked which one, see the name that they type and not the password,
// and find the block alone in their file.
func TestProbeAtATerminal(t *testing.T) {
	app := twoForms(t)
	term := atTerminal(t, caddyCommand(t, "iamsmart", "accounts", "probe", app))
	term.until("Which number? ")
	term.press("2\n")
	term.until("User name: ")
	term.press("chan.sm\n")
	term.until("Password (not shown): ")
	term.hidden()
	term.press("night-shift-7\n")
	if code := term.end(); code != 0 {
		t.Errorf("exit %d", code)
	}
	term.until("account 'chan.sm'")
	if screen := term.screen(); !strings.Contains(screen, "User name: chan.sm\r\n") || strings.Contains(screen, "night-shift-7") {
		t.Errorf("the screen shows\n%s", screen)
	}
	if want := "accounts form " + app + " {\n\tfields staff word\n\tlogout /out?logout\n}\n"; term.out.String() != want {
		t.Errorf("the file holds %q, want %q", term.out.String(), want)
	}
	if !term.echoes() {
		t.Error("the terminal is left without echo")
	}
}

// Given an operator who changes their mind at the password, when they press
// Ctrl-C, then the command ends and leaves the terminal as it was.
func TestProbeAtATerminalCanBeStopped(t *testing.T) {
	term := atTerminal(t, caddyCommand(t, "iamsmart", "accounts", "probe", "--form", "2", "--lang", "zh-HK", twoForms(t)))
	term.until("用戶名稱：")
	term.press("chan.sm\n")
	term.until("密碼（不會顯示）：")
	term.hidden()
	term.press("\x03")
	if code := term.end(); code != 1 || term.out.Len() > 0 {
		t.Errorf("exit %d, output %q", code, term.out.String())
	}
	term.until("已停止。")
	if !term.echoes() {
		t.Error("the terminal is left without echo")
	}
}
