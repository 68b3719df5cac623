//go:build linux

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// limitFiles lets the running program write no file beyond so many bytes, as a
// full disk would; the kernel says so to root too.
func (g *gate) limitFiles(bytes uint64) {
	g.t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(g.command.Process.Pid), syscall.RLIMIT_FSIZE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		g.t.Fatalf("limiting files: %v", errno)
	}
}

// Given people who are in, people on their way, and people who come, when the
// store cannot be written any more, then who is in goes on, nobody else is let in,
// everybody is told and the log says why; and when it can be written again, all
// goes on without a restart, and nothing that was answered is lost.
func TestT33TheStoreCannotBeWrittenForAWhile(t *testing.T) {
	for name, c := range map[string]struct {
		strike, mend func(*gate)
		logged       string
		little       bool // a page or two can still be written
	}{
		"the disk is full": {
			func(g *gate) { g.limitFiles(0) },
			func(g *gate) { g.limitFiles(^uint64(0)) },
			"disk I/O error", false,
		},
		"the disk is full, but for a little": { // so that a transaction fails in its middle
			func(g *gate) { g.limitFiles(uint64(g.size("iamsmart.db-wal")) + 6000) },
			func(g *gate) { g.limitFiles(^uint64(0)) },
			"full", true, // as SQLite calls a write that was cut short
		},
		"the file was moved away": {
			func(g *gate) { must(g.t, os.Rename(g.file("iamsmart.db"), g.file("kept.db"))) },
			func(g *gate) { must(g.t, os.Rename(g.file("kept.db"), g.file("iamsmart.db"))) },
			"put it back", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			g := newGate(t, newOutside(t, port, "mei", "ming", "wai", "lok", "new"), port)
			g.start()
			s := &troubled{t: t, gate: g}
			s.before()
			c.strike(g)
			s.fill()
			s.during(c.logged, c.little)
			c.mend(g)
			s.after()
		})
	}
}

// troubled are the people of that story.
type troubled struct {
	t    testing.TB
	gate *gate

	known, unknown *browser // both are in; one of them this process has not seen yet
	coming         *browser // has approved, and is on the way back
	callback       string
	typing         *browser   // is about to give the password
	agreeing       *browser   // is about to say yes
	yes            url.Values // the form for it
}

func (s *troubled) browser() *browser { return newBrowser(s.gate, newTraffic()) }

// got fails the test unless a request was answered with the status.
func (s *troubled) got(what string, p *page, err error, status int) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", what, err, s.gate.said)
	}
	if p.status != status {
		s.t.Fatalf("%s: want %d, got %s\n%s", what, status, p, s.gate.said)
	}
}

func (s *troubled) isIn(what string, b *browser, account string) {
	s.t.Helper()
	p, err := b.home()
	s.got(what, p, err, http.StatusOK)
	if p.user() != account {
		s.t.Fatalf("%s: greeted as %q, not %q", what, p.user(), account)
	}
}

func (s *troubled) before() {
	t := s.t
	s.known, s.unknown = s.browser(), s.browser()
	for person, b := range map[string]*browser{"mei": s.known, "ming": s.unknown} {
		p, err := b.linkUp(person, "staff-"+person)
		s.got("linking "+person, p, err, http.StatusSeeOther)
	}
	s.gate.stop()
	s.gate.start()
	s.isIn("mei after a restart", s.known, "staff-mei")

	s.coming, s.typing, s.agreeing = s.browser(), s.browser(), s.browser()
	var err error
	s.callback, err = s.coming.approve("mei")
	must(t, err)
	p, err := s.typing.arrive("wai")
	s.got("wai arrives", p, err, http.StatusSeeOther)
	p, err = s.agreeing.arrive("lok")
	s.got("lok arrives", p, err, http.StatusSeeOther)
	p, err = s.agreeing.prove("staff-lok")
	s.got("lok proves", p, err, http.StatusSeeOther)
	s.yes, err = s.agreeing.confirmation()
	must(t, err)
}

// fill lets strangers come until the first is refused, and the last byte is
// written.
func (s *troubled) fill() {
	s.t.Helper()
	for range 50 {
		p, err := s.browser().arrive("new")
		if err == nil && p.status == http.StatusServiceUnavailable {
			return
		}
		s.got("a stranger arrives", p, err, http.StatusSeeOther)
	}
	s.t.Fatal("the store can still be written")
}

func (s *troubled) during(cause string, little bool) {
	t := s.t
	s.isIn("mei goes on", s.known, "staff-mei")
	s.isIn("ming, whom this process has not seen, goes on", s.unknown, "staff-ming")

	p, err := s.coming.comeBack(s.callback)
	s.refused("mei logs in elsewhere", p, err, cause)
	p, err = s.browser().arrive("new")
	s.refused("a stranger comes", p, err, cause)
	asked := s.gate.app.asked()
	p, err = s.typing.prove("staff-wai")
	s.refused("wai gives a password", p, err, cause)
	if s.gate.app.asked() != asked && !little {
		t.Error("the application was asked about a try that was not counted")
	}
	p, err = s.agreeing.ask("confirm", "/iamsmart/link", s.yes)
	s.refused("lok says yes", p, err, cause)
	p, err = s.unknown.logout()
	s.refused("ming logs out", p, err, cause)
	for what, b := range map[string]*browser{"mei elsewhere": s.coming, "wai": s.typing, "lok": s.agreeing, "ming": s.unknown} {
		p, err := b.home()
		s.got(what+" opens the application", p, err, http.StatusUnauthorized)
	}
	s.isIn("mei still goes on", s.known, "staff-mei")
	if s.gate.healthy() && !little { // what health writes may be the last that fits
		t.Error("health says that all is well")
	}
}

var reference = regexp.MustCompile(`Ref\W+(?:<[^>]*>)?\s*([A-Z2-9]{6})`)

// refused wants a page with a reference that nobody is let in by, and the cause in
// the log beside it.
func (s *troubled) refused(what string, p *page, err error, cause string) {
	s.t.Helper()
	s.got(what, p, err, http.StatusServiceUnavailable)
	ref := reference.FindStringSubmatch(p.body)
	if ref == nil || p.session != "" {
		s.t.Fatalf("%s: no reference, or a session: %s", what, p.body)
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(s.gate.said.String()) {
			var entry struct{ Ref, Error, Level string }
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Ref == ref[1] {
				if entry.Level != "error" || !strings.Contains(entry.Error, cause) && !strings.Contains(entry.Error, "disk I/O error") {
					s.t.Errorf("%s: the log says: %s", what, line)
				}
				return
			}
		}
	}
	s.t.Errorf("%s: %s is not in the log\n%s", what, ref[1], s.gate.said)
}

func (s *troubled) after() {
	t := s.t
	if !s.gate.healthy() {
		t.Fatalf("health does not see that the store can be written again\n%s", s.gate.said)
	}
	s.isIn("mei goes on", s.known, "staff-mei")
	p, err := s.coming.comeBack(s.callback)
	s.got("mei's way back, once more", p, err, http.StatusSeeOther)
	s.isIn("mei elsewhere", s.coming, "staff-mei")
	p, err = s.agreeing.ask("confirm", "/iamsmart/link", s.yes)
	s.got("lok says yes once more", p, err, http.StatusSeeOther)
	p, err = s.typing.prove("staff-wai")
	s.got("wai gives the password once more", p, err, http.StatusSeeOther)
	fields, err := s.typing.confirmation()
	must(t, err)
	p, err = s.typing.ask("confirm", "/iamsmart/link", fields)
	s.got("wai says yes", p, err, http.StatusSeeOther)
	_, session := s.unknown.session()
	p, err = s.unknown.ask("page", "/iamsmart/logout", nil)
	s.got("ming's logout page", p, err, http.StatusOK)
	p, err = s.unknown.ask("logout", "/iamsmart/logout", url.Values{"token": {""}})
	s.got("ming logs out once more", p, err, http.StatusOK)

	// And the power fails.
	s.gate.kill()
	if said := s.gate.said.String(); strings.Contains(said, "panic") {
		t.Errorf("something panicked:\n%s", said)
	}
	s.gate.start()
	s.isIn("mei after the crash", s.known, "staff-mei")
	s.isIn("mei elsewhere after the crash", s.coming, "staff-mei")
	s.isIn("lok after the crash", s.agreeing, "staff-lok")
	s.isIn("wai after the crash", s.typing, "staff-wai")
	name, _ := s.known.session()
	s.unknown.cookies[name] = session
	p, err = s.unknown.home()
	s.got("ming's session after the crash", p, err, http.StatusUnauthorized)
	again := s.browser()
	p, err = again.arrive("lok")
	s.got("lok logs in", p, err, http.StatusSeeOther)
	s.isIn("lok in another browser", again, "staff-lok")
}
