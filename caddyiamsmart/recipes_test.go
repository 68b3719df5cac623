package caddyiamsmart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// recipe is the first block of code below a heading of the README.
func recipe(t *testing.T, heading string) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(readme), "\n#### "+heading+"\n")
	_, block, begun := strings.Cut(below, "```"+strings.ToLower(heading)+"\n")
	code, _, ended := strings.Cut(block, "```\n")
	if !found || !begun || !ended {
		t.Fatalf("the README has no recipe for %s", heading)
	}
	return code
}

// Given the README's recipe in PHP, then it knows who is there and their name, keeps its
// session while they stay, and begins another for the next.
func TestRecipeForPHP(t *testing.T) {
	root := t.TempDir()
	page := recipe(t, "PHP") + `
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
echo "<p id=user>", htmlspecialchars($user), "</p><p id=name>", htmlspecialchars($name), "</p><p id=visits>", $_SESSION['visits'], "</p>";
echo "<p id=big5>", iconv('BIG5-HKSCS', 'UTF-8', $_SERVER['HTTP_X_BIG']), "</p><p id=percent>", rawurldecode($_SERVER['HTTP_X_PERCENT']), "</p>";
`
	if err := os.Mkdir(filepath.Join(root, "php"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "php", "index.php"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	php := servertest.PHP(t, root, "")
	w := newWorld(t, site{Gate: english + `app_session off
		header_up X-Name "許{iamsmart.account}" base64
		header_up X-Big "許功蓋峯喆埗邨堃{iamsmart.app}" big5
		header_up X-Percent "100%, {iamsmart.account}; 峯" percent
		`, After: "reverse_proxy /php/* " + strings.TrimPrefix(php, "http://")})
	shared := w.browser() // one PHP session for whoever sits there: app_session is off
	for _, c := range []struct{ person, user, password, visits string }{
		{"chan", "chan.sm", "night-shift-7", "1"}, {"", "chan.sm", "", "2"}, {"wong", "wong.ml", "ward-two-4", "1"},
	} {
		if c.person == "wong" {
			shared.submit(shared.visit("/iamsmart/logout"), "/iamsmart/logout", nil)
		}
		if c.person != "" {
			shared.login(c.person, "approve")
			shared.linkUp(c.user, c.password)
		}
		p := shared.ask("GET", w.Gate+"/php/index.php", nil, with(map[string]string{"X_Remote_User": "admin", "X.Name": "YWRtaW4="}))
		for id, want := range map[string]string{"user": c.user, "name": "許" + c.user, "visits": c.visits,
			"big5": "許功蓋峯喆埗邨堃default", "percent": "100%, " + c.user + "; 峯"} {
			if got := p.text(id); got != want {
				t.Errorf("%s: %s is %q, want %q\n%s", c.user, id, got, want, p.body)
			}
		}
	}
}

// Given the README's recipe for Apache, then a program behind it finds in REMOTE_USER who
// is there, and nobody comes to it who is nobody.
func TestRecipeForApache(t *testing.T) {
	conf := strings.Replace(recipe(t, "Apache"), "127.0.0.1:8080", "LISTEN", 1)
	apache := servertest.Apache(t, conf, "#!/bin/sh\nprintf 'Content-Type: text/html\\r\\n\\r\\n'\necho \"<p id=user>$REMOTE_USER</p>\"\n")
	w := newWorld(t, site{Gate: english + "public /cgi/*\n", After: "reverse_proxy /cgi/* " + apache})
	forged := with(map[string]string{"X_Remote_User": "admin", "X-Remote-User": "admin", "Remote-User": "admin", "Connection": "X-Remote-User"})
	if p := w.browser().ask("GET", w.Gate+"/cgi/script", nil, forged); p.StatusCode != 403 || p.user() != "" {
		t.Errorf("nobody is served: %d\n%s", p.StatusCode, p.body)
	}
	b := w.arrive("chan", "chan.sm", "night-shift-7")
	if p := b.ask("GET", w.Gate+"/cgi/script", nil, forged); p.user() != "chan.sm" {
		t.Errorf("%d\n%s", p.StatusCode, p.body)
	}
}
