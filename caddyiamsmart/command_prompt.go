package caddyiamsmart

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// prompt reads what a person types, or the lines that a script sends.
type prompt struct {
	in       io.Reader
	fd       int
	terminal bool
}

// maxLine bounds one line, in bytes.
const maxLine = 4096

var errLongLine = errors.New("a line of more than 4096 bytes")

func newPrompt(in io.Reader) *prompt {
	p := &prompt{in: in}
	if file, ok := in.(*os.File); ok {
		p.fd = int(file.Fd())
		p.terminal = term.IsTerminal(p.fd)
	}
	return p
}

// line reads one line, without its end.
func (p *prompt) line(ctx context.Context) (string, error) {
	return await(ctx, func() (string, error) {
		var line []byte
		for one := make([]byte, 1); len(line) <= maxLine; { // no further than the line: the password may come next
			n, err := p.in.Read(one)
			switch {
			case n > 0 && one[0] == '\n':
				return strings.TrimSuffix(string(line), "\r"), nil
			case n > 0:
				line = append(line, one[0])
			case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
				return strings.TrimSuffix(string(line), "\r"), nil
			case err != nil:
				return "", err
			}
		}
		return "", errLongLine
	})
}

// secret reads one line that a terminal does not show.
func (p *prompt) secret(ctx context.Context) (string, error) {
	if !p.terminal {
		return p.line(ctx)
	}
	state, err := term.GetState(p.fd)
	if err != nil {
		return "", err
	}
	typed, err := await(ctx, func() (string, error) {
		typed, err := term.ReadPassword(p.fd)
		return string(typed), err
	})
	if ctx.Err() != nil { // the reading goes on, with the terminal's echo off
		return "", errors.Join(ctx.Err(), term.Restore(p.fd, state))
	}
	return typed, err
}

// await waits for what is read or for the end of the context. Reading a terminal
// cannot be ended; the command's end does it.
func await(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
