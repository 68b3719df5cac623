package caddyiamsmart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// whatPHPReads tells all that PHP takes for request headers.
const whatPHPReads = `<?php
header('Content-Type: application/json');
echo json_encode(array_filter($_SERVER, fn($name) => str_starts_with($name, 'HTTP_'), ARRAY_FILTER_USE_KEY), JSON_INVALID_UTF8_SUBSTITUTE);
`

// TestT02WhatPHPReads: PHP makes one variable of all spellings of a header.
func TestT02WhatPHPReads(t *testing.T) {
	root := t.TempDir()
	router := filepath.Join(root, "router.php")
	if err := os.WriteFile(router, []byte(whatPHPReads), 0o600); err != nil {
		t.Fatal(err)
	}
	php := strings.TrimPrefix(servertest.PHP(t, root, router), "http://")
	w := newWorld(t, site{
		Servers: "servers {\n expected_underscore_headers x_iam* x_remote*\n expected_dot_headers x.iam* x.remote*\n}",
		Header:  "header_up X-Iam-User {iamsmart.account}",
		Gate:    "public /open/*",
		Before: "reverse_proxy /* " + php + "\n" +
			"error /open/broken 500\nhandle_errors {\n iamsmart\n reverse_proxy " + php + "\n}",
		More: "http://localhost:{{.Port2}} {\n reverse_proxy " + php + "\n}",
	})
	host, open := strings.TrimPrefix(w.Gate, "http://"), strings.TrimPrefix(w.Gate2, "http://")
	session := cookieLine(w.arrive("chan", "chan.sm", "night-shift-7"))
	const variable = "HTTP_X_IAM_USER"

	for _, lies := range [][]string{
		lie("X-Iam-User"), lie("X_Iam_User"), lie("X.Iam.User"), lie("x_iam-user"), lie("X.Iam-User"), lie("X-Iam_User"),
		lie("X-Iam-User", "X_Iam_User", "X.Iam.User"), lie("X-Remote-User", "X_Remote_User", "X.Remote.User"),
	} {
		name, _, _ := strings.Cut(strings.Join(lies, " "), ":")
		t.Run(name, func(t *testing.T) {
			in := phpRead(t, host, rawRequest{method: "GET", target: "/records", lines: append([]string{session}, lies...)})
			if in[variable] != "chan.sm" {
				t.Errorf("logged in, PHP reads %q", in[variable])
			}
			for _, target := range []string{"/open/page", "/open/broken"} {
				out := phpRead(t, host, rawRequest{method: "GET", target: target, lines: lies})
				if got, set := out[variable]; set {
					t.Errorf("logged out, at %s PHP reads %q", target, got)
				}
			}
			if p := overH1(t, host, rawRequest{method: "GET", target: "/records", lines: lies}); p.status != 401 {
				t.Errorf("logged out: status %d", p.status)
			}
		})
	}

	t.Run("without a gate", func(t *testing.T) {
		for _, spelling := range []string{"X_Iam_User", "X.Iam.User"} {
			if got := phpRead(t, open, rawRequest{method: "GET", target: "/", lines: lie(spelling)})[variable]; spelling == "X_Iam_User" && got != spoofed {
				t.Errorf("%s did not even reach PHP where there is no gate: %q", spelling, got)
			}
		}
	})
}

// phpRead is what PHP read of a request; no variable may hold what was spoofed,
// but where the site has no gate.
func phpRead(t *testing.T, host string, q rawRequest) map[string]string {
	t.Helper()
	p := overH1(t, host, q)
	read := make(map[string]string)
	if err := json.Unmarshal([]byte(p.body), &read); err != nil {
		t.Fatalf("status %d: %v\n%s", p.status, err, p.body)
	}
	if q.target != "/" && strings.Contains(p.body, spoofed) {
		t.Errorf("%s %v: PHP reads what was spoofed: %s", q.target, q.lines, p.body)
	}
	return read
}
