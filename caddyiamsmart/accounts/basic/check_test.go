package basic_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// protected is a page of an app that looks its users up, whatever their case.
const protected = `<?php
$users = ['alice' => 'alice-pass', '陳大文' => '密碼 with: more behind', 'bob' => 'bob-pass'];
$user = mb_strtolower($_SERVER['PHP_AUTH_USER'] ?? '');
if (($users[$user] ?? null) !== ($_SERVER['PHP_AUTH_PW'] ?? '')) {
	header('WWW-Authenticate: Basic realm="Home"');
	http_response_code(401);
	exit('Sorry');
}
header('Content-Type: text/html; charset=big5');
echo mb_convert_encoding("Signed in as <b>" . htmlspecialchars($user) . "</b>", 'BIG-5', 'UTF-8');
`

// Given a real PHP with a protected page, when people log in, then the page says
// yes and no, and the account is the one that it names.
func TestPHPJudges(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "ping.php"), []byte(protected), 0o600); err != nil {
		t.Fatal(err)
	}
	url := servertest.PHP(t, root, "") + "/ping.php"
	plain := load(t, "basic "+url)
	named := load(t, "basic "+url+" {\n\taccount \"Signed in as <b>([^<]+)</b>\"\n}")
	for _, tt := range []struct{ user, password, plain, named, name string }{
		{"alice", "alice-pass", "yes", "yes", "alice"},
		{"ALICE", "alice-pass", "yes", "yes", "alice"},
		{"alice", "bob-pass", "wrong", "wrong", ""},
		{"carol", "alice-pass", "wrong", "wrong", ""},
		{"陳大文", "密碼 with: more behind", "wrong", "yes", "陳大文"},
		{"陳大文", "密碼", "wrong", "wrong", ""},
		{"陳大文:密碼 with", " more behind", "wrong", "wrong", ""},
		{"alice", "", "wrong", "wrong", ""},
		{"", "alice-pass", "wrong", "wrong", ""},
		{"alice\r\nX: y", "alice-pass", "wrong", "wrong", ""},
	} {
		got, err := plain.CheckPassword(t.Context(), tt.user, tt.password)
		if outcome(err) != tt.plain || err == nil && got.Name != tt.name {
			t.Errorf("%q, %q: %q, %v, want %s", tt.user, tt.password, got.Name, err, tt.plain)
		}
		mustNotTell(t, err, tt.user, tt.password)
		got, err = named.CheckPassword(t.Context(), tt.user, tt.password)
		if outcome(err) != tt.named || err == nil && got.Name != tt.name {
			t.Errorf("with account, %q, %q: %q, %v, want %s", tt.user, tt.password, got.Name, err, tt.named)
		}
		mustNotTell(t, err, tt.user, tt.password)
	}
	if err := plain.CheckSelf(t.Context()); err != nil {
		t.Errorf("trying itself: %v", err)
	}
}

// Given an app that answers a right name in ways that are neither 200 nor 401,
// when it is asked, then that is neither a yes nor a no, and the log hears what
// it was.
func TestAnswersThatAreNeitherYesNorNo(t *testing.T) {
	a := newApp(t)
	elsewhere := newApp(t)
	challenge := func(lines ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Www-Authenticate"] = lines
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	status := func(n int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(n)
		}
	}
	b := load(t, "basic "+a.URL+"/ping?key=hidden-key {\n\taccount \"<b>(.*)</b>\"\n}")
	for _, tt := range []struct {
		what string
		odd  func(http.ResponseWriter, *http.Request)
		want string
		says string
	}{
		{"as usual", nil, "yes", ""},
		{"no", challenge(`Basic realm="x"`), "wrong", ""},
		{"no, in small letters, beside another scheme", challenge(`Digest realm="x", nonce="y", basic`), "wrong", ""},
		{"no, in a second line", challenge("Negotiate", "BASIC"), "wrong", ""},
		{"Digest alone", challenge(`Digest realm="x, Basic y", nonce="z"`), "cannot check", "by Digest and not by Basic"},
		{"a scheme that begins alike", challenge("BasicX realm=y"), "cannot check", "by BasicX"},
		{"NTLM", challenge("NTLM"), "cannot check", "by NTLM"},
		{"nonsense", challenge("<script>alice"), "cannot check", "another scheme"},
		{"no challenge", challenge(), "cannot check", "without asking"},
		{"a redirect", status(302), "cannot check", "status 302"},
		{"a redirect that keeps the method", status(307), "cannot check", "status 307"},
		{"forbidden", status(403), "cannot check", "status 403"},
		{"no such page", status(404), "cannot check", "status 404"},
		{"too many", status(429), "cannot check", "status 429"},
		{"in trouble", status(503), "cannot check", "status 503"},
		{"nothing in it", status(204), "cannot check", "status 204"},
		{"created", status(201), "cannot check", "status 201"},
		{"a page without the name", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "Hello alice") }, "cannot check", "does not match"},
		{"three megabytes", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("a", 3<<20)) }, "cannot check", "2 MiB"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			fmt.Fprint(w, "x")
		}, "cannot check", "ended early"},
		{"broken", func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(c, "alice secret\r\n\r\n")
			c.Close()
		}, "cannot check", "not readable as HTTP"},
	} {
		a.odd = tt.odd
		_, err := b.CheckPassword(t.Context(), "alice", "secret")
		if outcome(err) != tt.want || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %s and %q", tt.what, err, tt.want, tt.says)
		}
		mustNotTell(t, err, "alice", "secret", "hidden-key", "script")
	}
	if n := elsewhere.asked.Load(); n != 0 {
		t.Errorf("the password was carried elsewhere %d times", n)
	}
}

// Given addresses that do not tell right from wrong, when the source is used or
// tries itself, then nobody's password is sent there.
func TestAddressesThatProveNothing(t *testing.T) {
	for what, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
		says   string
	}{
		"open to anyone": {func(w http.ResponseWriter, _ *http.Request) {}, "unusable", "without a password"},
		"open to any name": {func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
			}
		}, "unusable", "random name"},
		"Digest": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Digest realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, "cannot check", "by Digest and not by Basic"},
		"a login form":        {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, "cannot check", "redirects"},
		"not there":           {http.NotFound, "cannot check", "status 404"},
		"in trouble":          {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "cannot check", "status 502"},
		"401 and no question": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "cannot check", "without asking"},
	} {
		asked := false
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, _, _ := r.BasicAuth()
			asked = asked || user == "alice"
			tt.answer(w, r)
		}))
		b := load(t, "basic "+server.URL)
		if err := b.CheckSelf(t.Context()); outcome(err) != tt.want || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: trying itself: %v, want %s and %q", what, err, tt.want, tt.says)
		}
		if _, err := b.CheckPassword(t.Context(), "alice", "secret"); outcome(err) != tt.want+", not asked" {
			t.Errorf("%s: %v, want %s", what, err, tt.want)
		}
		server.Close()
		if asked {
			t.Errorf("%s: the password was sent", what)
		}
	}
}

// Given an app that is away, slow, or behind a certificate that nobody vouches
// for, when it is asked, then the answer comes in time and the try need not
// count where nothing was sent.
func TestAppOutOfReach(t *testing.T) {
	a := newApp(t)
	b := load(t, "basic "+a.URL)
	if _, err := b.CheckPassword(t.Context(), "alice", "secret"); err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	a.odd = func(http.ResponseWriter, *http.Request) { <-release }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := b.CheckPassword(ctx, "alice", "secret"); outcome(err) != "cannot check" {
		t.Errorf("slow: %v", err)
	}
	close(release)
	a.Close()
	if _, err := b.CheckPassword(t.Context(), "alice", "secret"); outcome(err) != "cannot check, not asked" {
		t.Errorf("away: %v", err)
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	if _, err := load(t, "basic "+secure.URL).CheckPassword(t.Context(), "alice", "secret"); outcome(err) != "cannot check, not asked" || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of nobody: %v", err)
	}
}
