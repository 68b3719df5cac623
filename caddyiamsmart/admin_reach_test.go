package caddyiamsmart_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Given no Caddy that answers, or one that has no gate, when a command is run, then it
// says which of them it is, in both languages, and what to do, and exits as documented.
func TestCommandsWithoutAGate(t *testing.T) {
	dir, err := os.MkdirTemp("", "iamsmart")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	off := file("off.caddyfile", "{\n\tadmin off\n}\n")
	unix := file("unix.caddyfile", "{\n\tadmin unix/"+dir+"/none.sock\n}\n")
	plain := filepath.Join(dir, "plain.sock")
	other := serve(t, http.NotFoundHandler()) // a Caddy without the module answers like this
	talks := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
	config := fmt.Sprintf(`{"admin": {"listen": "unix/%s", "config": {"persist": false}}}`, plain)
	if err := caddy.Load([]byte(config), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caddy.Stop() })
	gone := fmt.Sprintf("localhost:%d", freePort(t))

	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"admin off", []string{"--config", off}, 2, "The configuration says 'admin off'"},
		{"admin off, in Chinese", []string{"--config", off, "--lang", "zh-HK"}, 2, "設定中寫有「admin off」"},
		{"a socket that is not there", []string{"--config", unix}, 2, "no such file or directory"},
		{"nobody at a port", []string{"--address", gone}, 2, "connection refused"},
		{"nobody, in Chinese", []string{"--address", gone, "--lang", "zh-HK"}, 2, "的 Caddy 沒有回應"},
		{"something else at the port", []string{"--address", strings.TrimPrefix(talks, "http://")}, 2, "No Caddy answers"},
		{"a Caddy without the module", []string{"--address", strings.TrimPrefix(other, "http://")}, 1, "is the iamsmart module in the Caddy that runs?"},
		{"a Caddy without the app", []string{"--address", "unix/" + plain}, 1, "the Caddy that runs has no iamsmart configured"},
		{"no such configuration", []string{"--config", dir + "/none"}, 1, "none"},
		{"several addresses", []string{"--address", "localhost:1-9"}, 2, "several addresses"},
		{"another language", []string{"--lang", "fr"}, 1, "unknown language 'fr'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runCommand(t, append([]string{"links", "list", "--lang=en"}, tt.args...)...).want(t, tt.code, tt.says)
		})
	}
}

// arriveByCode links somebody who has no password, and has them in.
func (o *office) arriveByCode(person, account string) *browser {
	o.t.Helper()
	code := strings.TrimSpace(o.does("links", "code", account, first).out)
	b := o.firstTime(person)
	b.press(b.types(code), "/iamsmart/link", map[string][]string{"answer": {"yes"}})
	return b
}

// Given Caddy's admin endpoint at each place where it can listen, when the configuration
// is loaded, then the log warns of the one that every program of the machine can reach,
// and a command that is given the configuration finds it.
func TestAdminEndpointsThatAreWarnedOf(t *testing.T) {
	dir, err := os.MkdirTemp("", "iamsmart")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	was := caddy.DefaultAdminListen
	caddy.DefaultAdminListen = fmt.Sprintf("localhost:%d", freePort(t))
	t.Cleanup(func() { caddy.DefaultAdminListen = was })
	w := newWorld(t, site{Gate: english})
	const warning = "Caddy's admin endpoint is on TCP"
	warned := strings.Count(w.log(), warning)
	if warned != 0 {
		t.Error("'admin off' is warned of")
	}
	tcp := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	for _, tt := range []struct {
		admin string
		warns int
		says  string
	}{
		{"admin unix/" + dir + "/a.sock", 0, ""},
		{"admin " + tcp, 1, tcp},
		{"admin " + tcp + " {\n\t\tenforce_origin\n\t}", 1, tcp},
		{"# not said", 1, caddy.DefaultAdminListen},
		{"admin off", 0, ""},
		{"admin unix/" + dir + "/b.sock|0600", 0, ""},
	} {
		w.Site.Admin = tt.admin
		w.load()
		log := w.log()
		if n := strings.Count(log, warning); n != warned+tt.warns || !strings.Contains(log, tt.says) {
			t.Errorf("%s: %d warnings, want %d", tt.admin, n-warned, tt.warns)
		}
		warned += tt.warns
		code, words := 0, []string{"NUMBER"}
		if tt.admin == "admin off" {
			code, words = 2, []string{"says 'admin off'"}
		}
		w.write("Caddyfile", []byte(w.caddyfile))
		runCommand(t, "links", "list", "--lang=en", "--config", w.Dir+"/Caddyfile").want(t, code, words...)
	}
}
