package form_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// documented returns the block for DokuWiki that the package's documentation
// shows, for a DokuWiki at another address.
func documented(t *testing.T, base string) string {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(doc), "//\taccounts ")
	text, _, ended := strings.Cut(rest, "\n//\t}\n")
	if !found || !ended {
		t.Fatal("doc.go shows no block")
	}
	return strings.NewReplacer("\n//\t", "\n", "http://127.0.0.1:8080", base).Replace(text + "\n}")
}

// loggedIn tells whether DokuWiki takes the cookies for a login.
func loggedIn(t *testing.T, base, cookies string) bool {
	t.Helper()
	return strings.Contains(get(t, base+"/doku.php?id=start", cookies), "Logged in as:")
}

// Given the real DokuWiki and the block of the documentation, or the shortest
// one, when its users type their passwords, then only the right ones count, the
// name is the one that DokuWiki knows, and no session is left behind.
func TestCheckOfDokuWiki(t *testing.T) {
	base, users := servertest.DokuWiki(t)
	proxy := record(t, base)
	long := load(t, documented(t, proxy.URL))
	short := load(t, "form "+proxy.URL+"/doku.php?do=login {\n\tfields u p\n}")

	for user, password := range users {
		got, err := long.CheckPassword(t.Context(), strings.ToUpper(user), password)
		if err != nil || got.Name != user {
			t.Errorf("%s with the right password: account %q, %v", user, got.Name, err)
		}
		got, err = short.CheckPassword(t.Context(), user, password)
		if err != nil || got.Name != user {
			t.Errorf("%s by the default rules: account %q, %v", user, got.Name, err)
		}
	}
	for _, tt := range []struct{ user, password string }{
		{"alice", users["bob"]}, {"alice", users["alice"] + "x"}, {"carol", users["alice"]}, {"alice", "' or ''='"},
	} {
		if err := (checker{long}).check(t, tt.user, tt.password); outcome(err) != "wrong" {
			t.Errorf("%s with a wrong password: %v, want wrong", tt.user, err)
		}
		if err := (checker{short}).check(t, tt.user, tt.password); outcome(err) != "wrong" {
			t.Errorf("%s with a wrong password by the default rules: %v, want wrong", tt.user, err)
		}
	}
}

// Given the real DokuWiki, when a right password was checked, then the visit was
// logged out by DokuWiki's own link with its token, and the cookies that it was
// left with are no login; without logout they are.
//
// (DokuWiki keeps the login in a cookie and takes it back at logout. Cookies
// from before the logout are therefore no measure here; see
// TestSessionIsGoneAfterLogout for an app that keeps its logins itself.)
func TestDokuWikiIsLoggedOut(t *testing.T) {
	base, users := servertest.DokuWiki(t)
	proxy := record(t, base)
	const way = "GET /doku.php?id=start&do=logout&sectok="
	for _, tt := range []struct {
		name, block string
		stays       bool
	}{
		{"without logout", "form " + proxy.URL + "/doku.php?do=login {\n\tfields u p\n\tconfirm /doku.php?id=start&do=profile \"Update Profile\"\n}", true},
		{"with logout", documented(t, proxy.URL), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := load(t, tt.block)
			if err := (checker{f}).check(t, "bob", "sesame"); outcome(err) != "wrong" {
				t.Fatalf("wrong password: %v", err)
			}
			proxy.forget() // the canary's visit and this one
			if _, err := f.CheckPassword(t.Context(), "alice", users["alice"]); err != nil {
				t.Fatalf("right password: %v", err)
			}
			if got := loggedIn(t, base, proxy.left(t)); got != tt.stays {
				t.Errorf("logged in after the check = %t, want %t", got, tt.stays)
			}
			used := slices.ContainsFunc(proxy.requests(), func(r string) bool {
				return strings.HasPrefix(r, way) && len(r) >= len(way)+32
			})
			if used == tt.stays {
				t.Errorf("used DokuWiki's logout link = %t: %q", used, proxy.requests())
			}
		})
	}
}

// Given an app that keeps its logins on the server, when a check is over, then
// every cookie that it ever sent is worth nothing.
func TestSessionIsGoneAfterLogout(t *testing.T) {
	base := servertest.PHP(t, "testdata", "")
	proxy := record(t, base)
	for _, tt := range []struct {
		name  string
		rules []string
		want  string // of the home page, with the cookies of the check
	}{
		{"without logout", []string{"confirm /token.php?do=home Hello"}, "Hello <b"},
		{"with logout", []string{"logout /token.php?do=logout"}, "<form method=post"},
		{"with logout, where confirm says no", []string{"logout /token.php?do=logout", "confirm /token.php?do=home Goodbye"}, "<form method=post"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := load(t, block(proxy.URL+"/token.php", tt.rules...))
			if err := (checker{f}).check(t, "alice", "sesame"); outcome(err) != "wrong" {
				t.Fatalf("wrong password: %v", err)
			}
			proxy.forget()
			_, err := f.CheckPassword(t.Context(), "alice", "correct & horse+battery")
			if err != nil && outcome(err) != "cannot check" {
				t.Fatalf("right password: %v", err)
			}
			if got := get(t, base+"/token.php?do=home", proxy.sent()); !strings.Contains(got, tt.want) {
				t.Errorf("after the check the home page says %q, want %q in it", got, tt.want)
			}
		})
	}
}
