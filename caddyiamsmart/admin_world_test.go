package caddyiamsmart_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart"
	"caddyiamsmart.example/caddyiamsmart/store"
)

// office is a world in which an administrator works, by commands through the socket.
type office struct {
	*world
	socket string
}

// homes are a gate that can look its accounts up and, where its list does not know one,
// asks the application's form; and one with a list alone, of another realm.
const wards = `
http://localhost:{{.Port2}} {
	iamsmart {
		realm second
		app wards
		public_url {{.Gate2}}
		accounts file "LIST"
		link_tries 3
		header_up X-Remote-User {iamsmart.account}
	}
	reverse_proxy {{.App2Host}}
}`

func newOffice(t *testing.T, gate string) *office {
	t.Helper()
	list := newStaffList(t, "name,key,hash,state,display_name\n"+
		"chan.sm,17,,1,陳小明\nKWong,18,,1,Wong May Ling\nclosed.one,19,,0,\nward,20,,1,Ward 2\n")
	dir, err := os.MkdirTemp("", "iamsmart") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin.sock")
	w := newWorld(t, site{
		Admin: "admin unix/" + socket, Gate: english + gate, Accounts: `accounts file "` + list.path + `"`, Scopes: profileScopes,
		More: strings.ReplaceAll(wards, "LIST", list.path),
	})
	return &office{w, socket}
}

const (
	staffGate = "link password code register\nregister request name_en name_zh mobile\npersons_per_account ward 0\n"
	first     = "--realm=default"
)

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
	own := []string{args[0], args[1], "--address=unix/" + o.socket, "--as=mary", "--lang=en"}
	return runCommand(o.t, append(own, args[2:]...)...) // the last of a kind counts
}

func runCommand(t testing.TB, args ...string) did {
	t.Helper()
	var out, talk bytes.Buffer
	code := caddyiamsmart.RunCommand(t.Context(), strings.NewReader(""), &out, &talk, args...)
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

// sends writes a request to the admin endpoint byte for byte.
func (o *office) sends(method, target, body string, headers ...string) (status int, answer string) {
	o.t.Helper()
	conn, err := net.Dial("unix", o.socket)
	if err != nil {
		o.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %d\r\n", method, target, len(body))
	for _, h := range headers {
		head += h + "\r\n"
	}
	go func() { _, _ = io.WriteString(conn, head+"\r\n"+body) }() // the answer may come before all is read
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// holds puts links and requests into the store, as if made before.
func (o *office) holds(links []store.Link, requests ...store.Registration) {
	o.t.Helper()
	l := o.asker().Linker()
	err := l.Rows.Update(o.t.Context(), func(tx *store.Tx) error {
		for _, link := range links {
			var err error
			link.ClientID, link.App = l.ClientID, l.App
			if link.ID, err = tx.InsertLink(link); err != nil {
				return err
			}
			if err := tx.SealLink(link.ID, l.Keys.SealOfLink(link)); err != nil {
				return err
			}
		}
		for _, r := range requests {
			r.ClientID, r.App = l.ClientID, l.App
			if _, err := tx.PutRegistration(l.Keys, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// persona is somebody who exists in the store only.
func persona(n byte) [32]byte { return [32]byte{n, 1} }

// link is a link as it stands after some days.
func link(n byte, account, key, name, source, way string) store.Link {
	at := time.Date(2026, 11, int(n), 2, 30, 0, 0, time.UTC)
	return store.Link{Person: persona(n), AccountName: account, AccountKey: key, DisplayName: name, Source: source, Way: way,
		UserType: "default", LinkedAt: at, ProvedAt: at.Add(36 * time.Hour), LastModified: at}
}

// request is a request that waits.
func (o *office) request(n byte, form map[string]string) store.Registration {
	o.t.Helper()
	sealed, err := o.asker().FillIn(persona(n), form)
	if err != nil {
		o.t.Fatal(err)
	}
	at := time.Date(2026, 11, int(n), 3, 0, 0, 0, time.UTC)
	return store.Registration{Person: persona(n), UserType: "default", LastModified: at, Form: sealed, CreatedAt: at,
		Expires: time.Date(2099, 1, int(n), 0, 0, 0, 0, time.UTC)}
}

// Tables tell the time of this machine, which is in Hong Kong for the tests; set before
// anybody else asks for it.
func init() { time.Local = time.FixedZone("HKT", 8*3600) }

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

// keepsQuiet looks for what stands in no log.
func (o *office) keepsQuiet(secrets ...string) {
	o.t.Helper()
	log := o.log()
	for _, person := range []string{"chan", "wong", "testa"} {
		secrets = append(secrets, o.sim.OpenID(o.ClientID, person))
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			o.t.Errorf("the log holds %q", secret)
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"admin.api"`) && (strings.Contains(line, "chan.sm") || strings.Contains(line, "KWong")) {
			o.t.Errorf("Caddy logs an account's name:\n%s", line)
		}
	}
}
