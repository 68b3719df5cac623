package servertest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

func get(t *testing.T, address string) string {
	t.Helper()
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Given a folder with a script, when it is served, then the script runs, and
// after the test nothing listens any more.
func TestPHPServesAFolder(t *testing.T) {
	var base string
	t.Run("while the test runs", func(t *testing.T) {
		root := t.TempDir()
		script := filepath.Join(root, "hello.php")
		if err := os.WriteFile(script, []byte(`<?php echo "Hello ", 6 * 7, " ", $_SERVER["REQUEST_URI"];`), 0o600); err != nil {
			t.Fatal(err)
		}
		base = servertest.PHP(t, root, "")
		if got := get(t, base+"/hello.php"); got != "Hello 42 /hello.php" {
			t.Errorf("the script said %q", got)
		}
		routed := servertest.PHP(t, root, script)
		if got := get(t, routed+"/any/where"); got != "Hello 42 /any/where" {
			t.Errorf("the router said %q", got)
		}
	})
	if base == "" {
		return // skipped inside, with the reason
	}
	if resp, err := http.Get(base + "/hello.php"); err == nil {
		resp.Body.Close()
		t.Error("the server still answers after its test")
	}
}

// Given the installed DokuWiki, when it is started, then it serves the pages
// that it was given, to anybody, and not its set-up.
func TestDokuWikiServesItsPages(t *testing.T) {
	base, users := servertest.DokuWiki(t)
	if len(users) != 2 || users["alice"] == "" || users["bob"] == "" {
		t.Errorf("users = %d, want alice and bob with passwords", len(users))
	}
	page := get(t, base+"/doku.php?id=start")
	for _, want := range []string{"Care records", "do=login"} {
		if !strings.Contains(page, want) {
			t.Errorf("the start page lacks %q", want)
		}
	}
}

// Given entries, when a directory is started with them, then it answers at both
// of its addresses, and gives a stranger nothing.
func TestSlapdServesItsEntries(t *testing.T) {
	d := servertest.Slapd(t, "dn: ou=staff,dc=example,dc=com\nobjectClass: organizationalUnit\nou: staff\n")
	pem, err := os.ReadFile(d.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	for who, want := range map[string]int{d.Reader: 1, d.Admin: 1, "": 0} {
		for _, url := range []string{d.URL, d.SecureURL} {
			c, err := ldapv3.DialURL(url, ldapv3.DialWithTLSConfig(config))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if url == d.URL {
				if err := c.StartTLS(config); err != nil {
					t.Fatal(err)
				}
			}
			if who != "" {
				if err := c.Bind(who, d.Password); err != nil {
					t.Fatal(err)
				}
			}
			found, _ := c.Search(&ldapv3.SearchRequest{BaseDN: d.Suffix, Scope: ldapv3.ScopeWholeSubtree, Filter: "(ou=staff)"})
			if len(found.Entries) != want {
				t.Errorf("%q at %s finds %d entries, want %d", who, url, len(found.Entries), want)
			}
		}
	}
}
