package caddyiamsmart_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"caddyiamsmart.example/caddyiamsmart"
)

// app is the app of the configuration that runs.
func (w *world) app() *caddyiamsmart.App {
	w.t.Helper()
	ctx := caddy.ActiveContext()
	app, err := ctx.AppIfConfigured("iamsmart")
	if err != nil {
		w.t.Fatal(err)
	}
	return app.(*caddyiamsmart.App)
}

// anotherCertificate is a file with a certificate that the portal does not know.
func anotherCertificate(t *testing.T) []byte {
	t.Helper()
	other := &world{t: t, Dir: t.TempDir()}
	other.credentials()
	return []byte(other.read("encipherment.pem"))
}

// comesIn logs a person in, after iAM Smart has ended the content key.
func (w *world) comesIn() bool {
	w.t.Helper()
	w.sim.DropKey(w.ClientID)
	return w.browser().login("chan", "approve").user() == "chan.sm"
}

// Given a certificate that rolls over, when its file is replaced, then the gate
// goes on without a restart, with the one before as long as iAM Smart may wrap for
// it.
func TestACertificateIsReplacedInItsFile(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	known, coming := []byte(w.read("encipherment.pem")), anotherCertificate(t)

	// The new one is there before the portal wraps for it.
	w.write("encipherment.pem", coming)
	w.app().LookAtCertificates(time.Now())
	if !w.comesIn() {
		t.Error("the certificate from before is forgotten at once")
	}
	w.app().LookAtCertificates(time.Now().Add(26 * time.Hour))
	if w.comesIn() {
		t.Error("a certificate that was replaced is kept for ever")
	}
	// What the portal wraps for lies there now, and nobody has looked yet.
	w.write("encipherment.pem", known)
	if !w.comesIn() {
		t.Error("the file is not read again before a key is given up")
	}
	if n := strings.Count(w.log(), "the encipherment certificate was replaced"); n != 3 { // the file is that of both realms
		t.Errorf("the log tells %d times that it was replaced", n)
	}
}

// Given a file that cannot be read any more, the certificate from before stays in
// force; the log says once what to do, and once that it is over.
func TestACertificateFileThatIsSpoiled(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	w.arrive("chan", "chan.sm", "night-shift-7")
	sound := []byte(w.read("encipherment.pem"))
	for _, spoiled := range []string{"", "not a certificate", string(sound[:len(sound)/2]), strings.Repeat("x", 1<<20+1)} {
		before := strings.Count(w.log(), "could not be read again")
		w.write("encipherment.pem", []byte(spoiled))
		for i := range 5 {
			w.app().LookAtCertificates(time.Now().Add(time.Duration(i) * 30 * time.Second))
		}
		if !w.comesIn() {
			t.Error("a spoiled file locks people out")
		}
		if n := strings.Count(w.log(), "could not be read again") - before; n != 2 { // one line for each realm
			t.Errorf("%.20q: the log tells of it %d times", spoiled, n)
		}
		w.write("encipherment.pem", sound)
		w.app().LookAtCertificates(time.Now())
	}
	if log := w.log(); !strings.Contains(log, "put a PEM or PKCS#12 file there") || !strings.Contains(log, "can be read again") {
		t.Error("the log has no remedy, or no end")
	}
	if log := w.log(); strings.Contains(log, string(sound[40:80])) || strings.Contains(log, "PRIVATE KEY") {
		t.Error("the log holds what lies in the file")
	}
}

// The files are looked at while Caddy runs, without anybody's doing.
func TestCertificateFilesAreWatched(t *testing.T) {
	t.Cleanup(caddyiamsmart.LookEvery(20 * time.Millisecond))
	w := newWorld(t, site{Gate: english})
	w.write("encipherment.pem", anotherCertificate(t))
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(w.log(), "was replaced"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody looked")
		}
	}
	// The watch ends with its configuration.
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	before := w.log()
	w.write("encipherment.pem", nil)
	time.Sleep(200 * time.Millisecond)
	if after := w.log(); after != before {
		t.Errorf("it is watched after the end: %s", strings.TrimPrefix(after, before))
	}
}

// The log warns when a certificate has 30 days left, when it has seven, and when it
// has ended, once each.
func TestTheLogWarnsBeforeACertificateEnds(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	ends := time.Now().Add(90 * 24 * time.Hour)
	days := func(left float64) time.Time { return ends.Add(-time.Duration(left * 24 * float64(time.Hour))) }
	for _, step := range []struct {
		left  float64
		lines int
	}{{40, 0}, {30.5, 0}, {29.9, 1}, {20, 1}, {7.5, 1}, {6.9, 2}, {1, 2}, {-0.5, 3}, {-30, 3}} {
		w.app().LookAtCertificates(days(step.left))
		if n := strings.Count(w.log(), "ends soon or has ended"); n != 2*step.lines { // one for each realm
			t.Errorf("%v days before the end the log has warned %d times, want %d", step.left, n, 2*step.lines)
		}
	}
	if left := fmt.Sprintf(`"days_left":%d`, 6); !strings.Contains(w.log(), left) {
		t.Errorf("no line says %s", left)
	}
}

// A folder, or a device without end, in the place of a certificate is refused
// at once, and the one from before stays.
func TestACertificateThatIsNoFile(t *testing.T) {
	w := newWorld(t, site{Gate: english})
	for name, put := range map[string]func(string) error{
		"a folder": func(file string) error { return os.Mkdir(file, 0o700) },
		"a device": func(file string) error { return os.Symlink("/dev/zero", file) },
	} {
		file := filepath.Join(t.TempDir(), "encipherment.pem")
		if err := put(file); err != nil {
			t.Fatal(err)
		}
		good := w.Site.Realm
		w.Site.Realm = "encipherment_cert " + file
		loaded := make(chan error, 1)
		go func() { loaded <- w.tryLoad() }()
		select {
		case err := <-loaded:
			if err == nil || !strings.Contains(err.Error(), "is no ordinary file") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: it hangs", name)
		}
		w.Site.Realm = good
	}
}
