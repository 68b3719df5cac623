package caddyiamsmart

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// SeverStores closes every open store, so that whatever still asks one fails.
func SeverStores() error {
	var failed error
	n := 0
	engines.Range(func(_, v any) bool {
		n++
		failed = v.(*engine).rows.Close()
		return failed == nil
	})
	if n == 0 {
		return fmt.Errorf("no store is open")
	}
	return failed
}

// Check writes the report of a configuration in its JSON form, on a machine with
// these addresses, and returns the exit code. Its DNS knows app.internal, which
// is this machine, and two public names that share an address.
func Check(ctx context.Context, file string, text []byte, lang string, own []netip.Addr, out io.Writer) (int, error) {
	l, err := languageOf(lang)
	if err != nil {
		return exitNoLoad, err
	}
	c, err := provisionChecked(file, text)
	if err != nil {
		return exitNoLoad, err
	}
	m := machine{own: own, lookup: func(name string) []netip.Addr {
		switch name {
		case "app.internal":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		case "one.example.com", "two.example.com":
			return []netip.Addr{netip.MustParseAddr("203.0.113.9")}
		}
		return nil
	}}
	return c.report(ctx, newReport(l, out), m)
}

// ParseEnvfile reads the text of an environment file.
var ParseEnvfile = parseEnvfile

// SpeaksChinese tells in which language a report is when this one is asked for.
func SpeaksChinese(asked string) (bool, error) {
	l, err := languageOf(asked)
	return l == chinese, err
}

// Broken breaks a text into lines.
var Broken = broken

// Exit codes of the command.
const (
	ExitWarnings = exitWarnings
	ExitFaults   = exitFaults
)

// OwnerFindings and DiskFindings are what is told of a file and a disk.
func OwnerFindings(path string, self int) []string { return inEnglish(ownerFindings(path, self)) }

func DiskFindings(dir string, left uint64, network bool) []string {
	return inEnglish(diskFindings(dir, left, network))
}

func inEnglish(found []finding) (texts []string) {
	for _, f := range found {
		texts = append(texts, english.say(f.line, f.values))
	}
	return texts
}

// Trying is what a test wants of failed tries; zero fields leave the default.
type Trying struct {
	Pace   time.Duration // between the times at which they are answered
	Places int           // for those that wait
	Most   int           // the highest link_tries
}

// Set makes it so for gates that are provisioned later, until undo.
func (t Trying) Set() (undo func()) {
	pace, places, most := tryPace, maxPaced, maxLinkTries
	if t.Pace > 0 {
		tryPace = t.Pace
	}
	if t.Places > 0 {
		maxPaced = t.Places
	}
	if t.Most > 0 {
		maxLinkTries = t.Most
	}
	return func() { tryPace, maxPaced, maxLinkTries = pace, places, most }
}
