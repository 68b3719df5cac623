package caddyiamsmart_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"software.sslmate.com/src/go-pkcs12"
)

// exampleDirs are the folders that Caddyfile.example names; a test puts folders
// of its own in their place.
var exampleDirs = []string{"/etc/caddy/", "/var/lib/caddy/", "/var/log/caddy/"}

// exampleEnvironment is what Caddyfile.example wants of the environment.
var exampleEnvironment = map[string]string{
	"IAMSMART_API_BASE":  "https://api.example.com/api/v1",
	"IAMSMART_WEB_BASE":  "https://www.example.com/api/v1",
	"IAMSMART_CLIENT_ID": "0123456789abcdef",
}

func readExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../Caddyfile.example")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// newExample sets up a machine as the example's comments describe it, in a
// folder of the test, and gives the example as it reads there.
func newExample(t *testing.T) (text, dir string) {
	t.Helper()
	dir = t.TempDir()
	text = readExample(t)
	for _, folder := range exampleDirs {
		if !strings.Contains(text, folder) {
			t.Errorf("the example no longer names %s", folder)
		}
		text = strings.ReplaceAll(text, folder, dir+folder)
		if err := os.MkdirAll(dir+folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if found := regexp.MustCompile(`(?m)^[^#]*[ .](/(?:etc|var|run|srv|home|opt)/\S*)`).FindStringSubmatch(text); found != nil {
		t.Fatalf("the example names %s, for which the test has no folder", found[1])
	}

	own := &world{t: t, Dir: dir + "/etc/caddy/iamsmart"}
	if err := os.Mkdir(own.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	own.credentials()
	own.write("client_secret", []byte("a secret with a line end\n"))
	own.write("encipherment.password", []byte("a password with a line end\n"))
	own.write("encipherment.p12", pkcs12Of(t, filepath.Join(own.Dir, "encipherment.pem"), "a password with a line end"))
	for name, value := range exampleEnvironment {
		t.Setenv(name, value)
	}
	return text, own.Dir
}

// pkcs12Of packs a PEM file with certificate and key.
func pkcs12Of(t *testing.T, file, password string) []byte {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	packed, err := pkcs12.Modern.Encode(pair.PrivateKey, certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// validate does what `caddy validate` does: everything but start.
func validate(t *testing.T, text string) error {
	t.Helper()
	adapted, warnings, err := adapt(text)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		t.Errorf("warning: %s", w)
	}
	return validateJSON(t, adapted)
}

func validateJSON(t *testing.T, text []byte) error {
	t.Helper()
	config := new(caddy.Config)
	if err := caddy.StrictUnmarshalJSON(text, config); err != nil {
		return err
	}
	return caddy.Validate(config)
}

func TestExampleIsValid(t *testing.T) {
	// Given a machine that has the files and variables that the example names,
	text, _ := newExample(t)
	// when it is validated, then Caddy accepts it.
	if err := validate(t, text); err != nil {
		t.Fatal(err)
	}
}

func TestExampleIsFormatted(t *testing.T) {
	text := []byte(readExample(t))
	if formatted := caddyfile.Format(text); !bytes.Equal(formatted, text) {
		t.Errorf("caddy fmt would change Caddyfile.example to:\n%s", formatted)
	}
}

func TestExampleNamesEachFileThatItNeeds(t *testing.T) {
	for _, file := range []string{"client_secret", "encipherment.p12", "encipherment.password"} {
		text, dir := newExample(t)
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		if err := validate(t, text); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

func TestExampleNamesEachVariableThatItNeeds(t *testing.T) {
	named := make(map[string]bool)
	for _, found := range regexp.MustCompile(`\{env\.([^}]+)\}`).FindAllStringSubmatch(readExample(t), -1) {
		named[found[1]] = true
	}
	for name := range named {
		if _, known := exampleEnvironment[name]; !known {
			t.Errorf("the example needs %s, which the test does not set", name)
		}
	}
	for name := range exampleEnvironment {
		text, _ := newExample(t)
		t.Setenv(name, "")
		if err := validate(t, text); err == nil || !strings.Contains(err.Error(), "{env."+name+"}") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// TestExampleKeepsNoSecret: an example is copied as it is.
func TestExampleKeepsNoSecret(t *testing.T) {
	for line := range strings.Lines(readExample(t)) {
		fields := strings.Fields(line)
		secret := len(fields) > 1 && fields[0] == "client_secret" || len(fields) > 2 && fields[0] == "encipherment_cert"
		if value := fields; secret && !strings.HasPrefix(value[len(value)-1], "{file./") {
			t.Errorf("a secret that is no file: %s", line)
		}
	}
}

// TestExampleLogKeepsTheCodeOut runs a Caddy with the access log of the example: what
// comes back from iAM Smart in an address is not written down.
func TestExampleLogKeepsTheCodeOut(t *testing.T) {
	text, dir := newExample(t)
	begin := strings.LastIndex(text, "\tlog {") // of the site; the global one goes to the journal
	block, _, ok := strings.Cut(text[max(begin, 0):], "\n\t}\n")
	if begin < 0 || !ok {
		t.Fatal("the example has no log block")
	}
	address := fmt.Sprintf("http://localhost:%d", freePort(t))
	config, _, err := adapt(fmt.Sprintf("{\n\tadmin off\n\tpersist_config off\n\tstorage file_system %s\n}\n%s {\n%s\n\t}\n\trespond ok\n}\n",
		filepath.Join(dir, "storage"), address, block))
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(config, true); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, address+"/iamsmart/callback?code=codeThatIsALogin&state=stateOfIt&lang=en", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Referer", address+"/iamsmart/callback?code=codeThatIsALogin")
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err := errors.Join(err, caddy.Stop()); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()

	logged, err := os.ReadFile(filepath.Join(dir, "..", "..", "..", "var/log/caddy/records.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(logged), "code=REDACTED") || !strings.Contains(string(logged), "lang=en") {
		t.Errorf("the request is not in the log:\n%s", logged)
	}
	if strings.Contains(string(logged), "codeThatIsALogin") || strings.Contains(string(logged), "stateOfIt") {
		t.Errorf("the log holds the code:\n%s", logged)
	}
}

// TestExampleOfReadmeAdapts reads every Caddyfile in the README that is whole.
func TestExampleOfReadmeAdapts(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, block := range caddyfilesOf(string(readme)) {
		if !strings.HasPrefix(block, "{") {
			continue // a part of one, shown beside the text
		}
		whole++
		if _, _, err := adapt(block); err != nil {
			t.Errorf("%v:\n%s", err, block)
		}
		if formatted := caddyfile.Format([]byte(block)); string(formatted) != block {
			t.Errorf("caddy fmt would change:\n%s\nto:\n%s", block, formatted)
		}
	}
	if whole == 0 {
		t.Error("the README shows no whole Caddyfile")
	}
}

var fenced = regexp.MustCompile("(?ms)^```caddyfile\\s*\n(.*?)^```")

func caddyfilesOf(markdown string) []string {
	var blocks []string
	for _, found := range fenced.FindAllStringSubmatch(strings.ReplaceAll(markdown, "\r\n", "\n"), -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

func TestExampleReaderFindsTheBlocksOfAReadme(t *testing.T) {
	got := caddyfilesOf("# A\n\n```sh\n{\n```\n\n```caddyfile\n{\n}\n```\ntext\n```caddyfile\na.example.com\n```\n")
	if len(got) != 2 || got[0] != "{\n}\n" || got[1] != "a.example.com\n" {
		t.Errorf("found %q", got)
	}
}
