package caddyiamsmart_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestCommandsAtATerminal: a link is not ended by a mistake of the fingers.
func TestCommandsAtATerminal(t *testing.T) {
	o := newOffice(t, staffGate)
	b := o.arriveByCode("chan", "chan.sm")
	for _, tt := range []struct {
		types string
		code  int
		says  string
	}{
		{"y", 1, "Nothing was changed."},
		{"yes", 0, "has ended"},
	} {
		b.visit("/").want(t, 200)
		term := atTerminal(t, caddyCommand(t, "iamsmart", "links", "unlink", "1", "--lang=en", first, "--address=unix/"+o.socket))
		term.until("Link 1 of account 'chan.sm'")
		term.until("Type yes to do it: ")
		term.press(tt.types + "\n")
		if code := term.end(); code != tt.code {
			t.Errorf("%q: exit %d, want %d", tt.types, code, tt.code)
		}
		term.until(tt.says)
	}
	b.visit("/").want(t, 401)
}

// Given a socket that belongs to another user, when a command is run, then it says that
// it may not open it, and that another user may.
func TestCommandsOfAnotherUser(t *testing.T) {
	o := newOffice(t, staffGate)
	cmd := caddyCommand(t, "iamsmart", "links", "list", "--lang=en", first, "--address=unix/"+o.socket)
	if os.Getuid() == 0 {
		dir, err := os.MkdirTemp("", "iamsmart") // which the other user can enter, unlike that of the test program
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		program, err := os.ReadFile(os.Args[0])
		if err := errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(dir+"/caddy", program, 0o755)); err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Dir = dir+"/caddy", dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Env = append(cmd.Env, "HOME="+dir)
	} else if err := os.Chmod(o.socket, 0); err != nil {
		t.Fatal(err)
	}
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(text), "This user may not speak to Caddy") || !strings.Contains(string(text), "sudo -u caddy") {
		t.Errorf("%v\n%s", err, text)
	}
}
