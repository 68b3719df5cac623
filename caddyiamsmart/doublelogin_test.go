package caddyiamsmart_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"caddyiamsmart.example/caddyiamsmart"
)

// Given an application that does not read the header, when people who are logged in are
// sent to its own login page, then that is counted, told once in the log, and by
// `check`; and what only looks like it is not.
func TestADoubleLoginIsSeen(t *testing.T) {
	w := newWorld(t, site{Gate: english + "app_logout /logout"})
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	to, status := "/login", http.StatusFound
	w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Location", to)
		rw.WriteHeader(status)
	}
	open := func(path string, mend func(*http.Request)) { b.ask(http.MethodGet, w.Gate+path, nil, mend) }
	open("/records", with(map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})) // a script
	open("/users/logout", nil)
	open("/login", nil) // by hand
	for _, elsewhere := range []string{"/login/help", "https://other.example/login", "//other.example/login", "/"} {
		to = elsewhere
		open("/records", nil)
	}
	to, status = "/login", http.StatusOK
	open("/records", nil)
	if strings.Contains(w.log(), "own login page") {
		t.Error("what is no second login counts as one")
	}
	status = http.StatusFound
	for i, address := range []string{"/login", "login?next=%2F", w.Gate + "/login"} {
		to = address
		open("/records", nil)
		if n := strings.Count(w.log(), "own login page"); n != 1 {
			t.Errorf("after %d times it was told %d times", i+1, n)
		}
	}
	for range 8 {
		open("/records", nil)
	}
	rows := w.trail("double_login")
	if len(rows) != 2 || rows[0].Detail != "1 since the start" || rows[1].Detail != "10 since the start" {
		t.Errorf("the trail: %+v", rows)
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(w.caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	if _, err := caddyiamsmart.Check(t.Context(), "Caddyfile", config, "en", nil, &report); err != nil || !strings.Contains(report.String(), "were sent to the application's own login page") {
		t.Errorf("check does not tell: %v\n%s", err, report.String())
	}
}
