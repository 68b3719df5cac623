package caddyiamsmart_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
	"caddyiamsmart.example/caddyiamsmart/store/storetest"
)

func (b *bench) path(name string) string { return filepath.Join(b.Dir, name) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// store makes a store with its root key, as a Caddy that ran here has left them.
func (b *bench) store() {
	b.t.Helper()
	storetest.Make(b.t, b.path("iamsmart.db"))
	s, err := store.OpenSQLite(b.t.Context(), b.path("iamsmart.db"))
	b.must(err)
	root, err := store.LoadRootKey(b.path("iamsmart.key"), true)
	b.must(err)
	_, err = store.OpenKeys(b.t.Context(), s, root)
	b.must(err)
	b.must(s.Close())
}

// certificate puts a certificate with these dates in the place of the good one,
// with the same key.
func (b *bench) certificate(name string, from, to time.Time) {
	b.t.Helper()
	s := &setup{t: b.t, dir: b.Dir}
	block, _ := pem.Decode([]byte(s.part("PRIVATE KEY")))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	b.must(err)
	plan := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, key.(*rsa.PrivateKey).Public(), key)
	b.must(err)
	b.must(os.WriteFile(b.path(name), append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(block)...), 0o600))
}

const twoCertificates = `{{define "secret"}}{file.{{.Dir}}/secret}
			encipherment_cert {{.Dir}}/old.pem{{end}}`

func TestCheckLooksAtFiles(t *testing.T) {
	day := 24 * time.Hour
	now := time.Now()
	for _, p := range []planted{
		{name: "a certificate that ends soon", prepare: func(b *bench) { b.certificate("encipherment.pem", now.Add(-day), now.Add(10*day+time.Hour)) },
			want: []string{"warning encipherment certificate DIR/encipherment.pem ends on " + now.Add(10*day+time.Hour).Format(time.DateOnly) + ", in 10 days"}, remedy: "apply for its successor"},
		{name: "a certificate that has ended", prepare: func(b *bench) { b.certificate("encipherment.pem", now.Add(-9*day), now.Add(-day)) },
			want: []string{"fault encipherment certificate DIR/encipherment.pem ended on"}, remedy: "put its successor into the file"},
		{name: "a certificate of tomorrow", prepare: func(b *bench) { b.certificate("encipherment.pem", now.Add(day), now.Add(90*day)) },
			want: []string{"fault encipherment certificate DIR/encipherment.pem is valid from " + now.Add(day).Format(time.DateOnly)}, remedy: "clock"},
		{name: "an old certificate beside a good one", caddyfile: twoCertificates, prepare: func(b *bench) { b.certificate("old.pem", now.Add(-9*day), now.Add(-day)) },
			want: []string{"warning encipherment certificate DIR/old.pem ended on"}, remedy: "take its line out"},
		{name: "secrets that everybody reads", prepare: func(b *bench) {
			b.must(os.Chmod(b.path("secret"), 0o644))
			b.must(os.Chmod(b.path("encipherment.pem"), 0o604))
		}, want: []string{"warning DIR/secret: everybody on this machine can read it (mode 0644)", "warning DIR/encipherment.pem: everybody on this machine can read it (mode 0604)"}, remedy: "chmod o="},

		{name: "a store in good order", prepare: (*bench).store},
		{name: "a damaged store", prepare: func(b *bench) {
			b.must(os.WriteFile(b.path("iamsmart.db"), []byte(strings.Repeat("hello ", 1000)), 0o600))
			b.must(os.WriteFile(b.path("iamsmart.key"), []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))), 0o600))
		}, want: []string{"fault store DIR/iamsmart.db is damaged"}, remedy: "restore the backup"},
		{name: "a store that everybody reads", prepare: func(b *bench) { b.store(); b.must(os.Chmod(b.path("iamsmart.db"), 0o644)) },
			want: []string{"warning store DIR/iamsmart.db: everybody on this machine can read it (mode 0644)"}, remedy: "chmod 600"},
		{name: "a lost root key", prepare: func(b *bench) { b.store(); b.must(os.Remove(b.path("iamsmart.key"))) },
			want: []string{"fault root key DIR/iamsmart.key is missing, and store DIR/iamsmart.db was sealed with it"}, remedy: "from its backup"},
		{name: "another root key", prepare: func(b *bench) {
			b.store()
			b.must(os.WriteFile(b.path("iamsmart.key"), []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))), 0o600))
		}, want: []string{"fault root key DIR/iamsmart.key does not open store DIR/iamsmart.db"}, remedy: "same backup"},
		{name: "a root key that others read", prepare: func(b *bench) { b.store(); b.must(os.Chmod(b.path("iamsmart.key"), 0o640)) },
			want: []string{"fault root key DIR/iamsmart.key: others can read or change it (mode 0640)"}, remedy: "chmod 600"},
		{name: "a root key that is none", prepare: func(b *bench) { b.must(os.WriteFile(b.path("iamsmart.key"), []byte("s3cret"), 0o600)) },
			want: []string{"fault root key DIR/iamsmart.key cannot be used"}, remedy: "restore the file"},
		{name: "a folder that cannot be made", caddyfile: `{{define "store"}}store sqlite {{.Dir}}/secret/iamsmart.db{{end}}`,
			want: []string{"fault store DIR/secret/iamsmart.db cannot be read", "fault folder DIR/secret cannot be written to", "fault root key DIR/secret/iamsmart.key cannot be used"}, remedy: "a file of its own"},
	} {
		t.Run(p.name, func(t *testing.T) {
			p.caddyfile += benchSite
			if len(p.want) == 0 {
				b := newBench(t)
				p.prepare(b)
				if report, code := b.check("en", p.caddyfile); code != 0 || !strings.Contains(strings.Join(findings(report), "\n"), "and it opens the store") {
					t.Errorf("exit code %d:\n%s", code, report)
				}
				return
			}
			p.run(t)
		})
	}
}

// What this user may read, and what a disk has left, is told where the system
// tells it.
func TestCheckLooksAtUsersAndDisks(t *testing.T) {
	b := newBench(t)
	file := b.path("secret")
	if got := caddyiamsmart.OwnerFindings(file, os.Geteuid()); len(got) > 0 {
		t.Errorf("of its owner: %q", got)
	}
	got := caddyiamsmart.OwnerFindings(file, os.Geteuid()+1)
	if runtime.GOOS == "linux" && (len(got) != 1 || !strings.Contains(got[0], file+" belongs to user ")) {
		t.Errorf("of another: %q", got)
	}
	for _, c := range []struct {
		left    uint64
		network bool
		want    string
	}{
		{1 << 40, false, ""},
		{1 << 40, true, "folder /x lies on a network drive; SQLite's locks do not hold there"},
		{200 << 20, false, "folder /x has 200 MB left"},
	} {
		if got := strings.Join(caddyiamsmart.DiskFindings("/x", c.left, c.network), "\n"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestCheckComparesTheClock(t *testing.T) {
	at := func(off time.Duration) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		}
	}
	for _, p := range []planted{
		{name: "slow", prepare: func(b *bench) { b.date = at(2 * time.Minute) }, want: []string{"warning clock: it differs from that of iAM Smart by 1"}, remedy: "timedatectl"},
		{name: "wrong", prepare: func(b *bench) { b.date = at(-time.Hour) }, want: []string{"fault clock: it differs from that of iAM Smart by 3"}, remedy: "timedatectl"},
		{name: "not told", prepare: func(b *bench) { b.date = func(w http.ResponseWriter) { w.Header()["Date"] = nil } },
			want: []string{"warning clock: nothing to compare it with"}, remedy: "timedatectl"},
		{name: "out of reach", prepare: func(b *bench) { b.Sim = "http://127.0.0.1:1" },
			want: []string{"warning api_base does not answer at http://127.0.0.1:1: the connection is refused", "warning clock: nothing to compare it with"}, remedy: "allow-list"},
		{name: "no HTTP", prepare: func(b *bench) { b.Sim = strings.Replace(b.Sim, "http:", "https:", 1) },
			want: []string{"warning api_base does not answer at https://", "warning clock: nothing to compare it with"}, remedy: "allow-list"},
	} {
		p.caddyfile = benchSite
		t.Run(p.name, p.run)
	}
}
