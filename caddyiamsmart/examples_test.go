package caddyiamsmart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleOf is the site of a folder of examples, with its very Caddyfile, before its
// application.
func exampleOf(t *testing.T, folder string) site {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../examples", folder, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	opening, rest, ok := strings.Cut(string(text), "{\n")
	if !ok || opening != "" {
		t.Fatal("the Caddyfile does not begin with its global options")
	}
	return site{
		Caddyfile: "{\n\tadmin off\n\tpersist_config off\n\tstorage file_system {$CADDY_STORAGE}\n\tlog {\n\t\tlevel DEBUG\n\t\toutput file {$CADDY_LOG}\n\t}\n" + rest,
		Env: map[string]string{
			"CADDY_STORAGE": "{{.Dir}}/caddy", "CADDY_LOG": "{{.Dir}}/caddy.log", "STORE": "{{.Dir}}/iamsmart.db",
			"IAMSMART_API_BASE": "{{.SimURL}}/api/v1", "IAMSMART_WEB_BASE": "{{.SimURL}}/api/v1",
			"IAMSMART_CLIENT_ID": "{{.ClientID}}", "IAMSMART_SECRET": "{{.Dir}}/secret", "IAMSMART_CERT": "{{.Dir}}/encipherment.pem",
			"PUBLIC_URL": "{{.Gate}}", "APP": "{{.AppHost}}",
		},
	}
}
