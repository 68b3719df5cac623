package caddyiamsmart_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mapped is a mapping with something of everything.
const mapped = `header_up X-Remote-User {iamsmart.account}
	header_up X-Ward {iamsmart.account.ward} big5
	header_up X-Name {iamsmart.account.nick|account.given} latin1
	header_up X-Text "{iamsmart.account.ward}, {iamsmart.account}" base64
	path /kiosk/* /kiosk {
		header_up X-Remote-User {iamsmart.person}
	}
	path /reports/* {
		header_up X-Report "{iamsmart.account.ward} {iamsmart.app}" percent
	}`

func listFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return `accounts file "` + file + `"`
}

// Given headers with encodings and some for paths, then Caddy's proxy hands them to the
// application byte for byte where they belong, and nowhere does anything of a client
// stand under their names.
func TestHeadersAsTheApplicationReadsThem(t *testing.T) {
	w := newWorld(t, site{Gate: english, Header: mapped, Accounts: listFile(t,
		"name,hash,ward,nick,given\nnurse,"+bcryptOfFile+",許,,José\nodd,"+bcryptOfFile+",許,,陳\n")})
	b := w.arrive("chan", "nurse", "correct horse")
	forged := with(map[string]string{"X-Report": "admin", "X_Report": "admin", "x.report": "admin", "X-Name": "admin", "X-Ward": "admin", "Connection": "X-Report, X-Ward"})
	person := ""
	for _, c := range []struct{ path, want string }{
		{"/kiosk/1", "PERSON|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|"},
		{"/", "nurse|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|"},
		{"/reports/1", "nurse|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|%E8%A8%B1%20default"},
		{"/kiosk/..%2freports/1", "|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|"}, // servers differ, so neither goes
		{"/Kiosk/1", "|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|"},
		{"/REPORTS/1", "nurse|\xb3\x5c|Jos\xe9|6KixLCBudXJzZQ==|"},
	} {
		if p := b.ask(http.MethodGet, w.Gate+c.path, nil, forged); p.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", c.path, p.StatusCode)
		}
		got := w.headers("X-Remote-User", "X-Ward", "X-Name", "X-Text", "X-Report")
		if person == "" {
			person, _, _ = strings.Cut(got, "|")
		}
		if want := strings.ReplaceAll(c.want, "PERSON", person); got != want || len(person) < 20 {
			t.Errorf("%s: the application reads %q, want %q", c.path, got, want)
		}
		r, _ := w.legacy.last()
		for name := range r.Header {
			if name != "X-Report" && strings.EqualFold(strings.NewReplacer("_", "", ".", "", "-", "").Replace(name), "xreport") {
				t.Errorf("%s: %s came through", c.path, name)
			}
		}
	}
	t.Run("T12 what cannot be encoded is refused", func(t *testing.T) {
		_, before := w.legacy.last()
		b := w.browser()
		b.login("wong", "approve")
		b.linkUp("odd", "correct horse")
		p := b.ask(http.MethodGet, w.Gate+"/", nil, nil)
		if _, n := w.legacy.last(); p.StatusCode != http.StatusBadGateway || n != before || strings.Contains(p.body, "陳") {
			t.Errorf("%d, %d requests: %s", p.StatusCode, n-before, p.body)
		}
		if log := w.log(); !strings.Contains(log, "rendering header X-Name: latin1 does not have every character") || strings.Contains(log, "陳") {
			t.Error("the log does not say why, or too much")
		}
	})
}
