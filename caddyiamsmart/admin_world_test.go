package caddyiamsmart_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart"
)

// office is a world in which an administrator works, by commands through the socket.
type office struct {
	*world
	socket string
}

// in is the same office in a part of the test.
func (o *office) in(t *testing.T) *office {
	w := *o.world
	w.t = t
	return &office{&w, o.socket}
}

// did is how one command went.
type did struct {
	out, talk string
	code      int
}

// does runs one command of an administrator called mary.
func (o *office) does(args ...string) did {
	o.t.Helper()
	var out, talk bytes.Buffer
	args = append([]string{args[0], args[1], "--address=unix/" + o.socket, "--as=mary", "--lang=en"}, args[2:]...) // the last of a kind counts
	code := caddyiamsmart.RunCommand(o.t.Context(), strings.NewReader(""), &out, &talk, args...)
	return did{out.String(), talk.String(), code}
}

// want says how a command must have gone.
func (d did) want(t *testing.T, code int, words ...string) did {
	t.Helper()
	if d.code != code {
		t.Errorf("exit %d, want %d\n%s\n%s", d.code, code, d.out, d.talk)
	}
	for _, word := range words {
		if !strings.Contains(d.out+d.talk, word) {
			t.Errorf("it does not say %q:\n%s\n%s", word, d.out, d.talk)
		}
	}
	return d
}

var pseudonyms = regexp.MustCompile(`\b[A-Za-z0-9_-]{22,}`)

// golden compares what a command printed with a file. Pseudonyms differ from one store
// to the next.
func (d did) golden(t *testing.T, file string) {
	t.Helper()
	got := pseudonyms.ReplaceAllStringFunc(d.out, func(p string) string { return "P" + strings.Repeat("x", len(p)-1) })
	file = filepath.Join("testdata", "admin", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it prints\n%s\nwant, by %s\n%s", got, file, want)
	}
}
