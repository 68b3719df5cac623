package main

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"caddyiamsmart.example/cmd/demo/records"
)

// TestProbeFindsTheBlockOfTheDemonstration: an operator who knows nothing but
// the address of the records application and a login gets the very block with
// which the demonstration runs.
func TestProbeFindsTheBlockOfTheDemonstration(t *testing.T) {
	users := records.Users()
	application, err := records.New(users)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(application)
	defer server.Close()

	command := &cobra.Command{Use: "iamsmart"}
	caddycmd.Commands()["iamsmart"].CobraFunc(command)
	var block, talk bytes.Buffer
	command.SetOut(&block)
	command.SetErr(&talk)
	command.SetIn(strings.NewReader(users[0].Name + "\n" + users[0].Password + "\n"))
	command.SetArgs([]string{"accounts", "probe", "--lang", "en", server.URL + "/login"})
	if err := command.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, talk.String())
	}

	found := "\t\t" + strings.ReplaceAll(strings.TrimSpace(block.String()), "\n", "\n\t\t") + "\n"
	if found = strings.ReplaceAll(found, server.URL, "{{.Records}}"); !strings.Contains(caddyfileText, found) {
		t.Errorf("the demonstration does not run with\n%s", found)
	}
	for _, u := range users {
		if text := block.String() + talk.String(); strings.Contains(text, u.Password) || strings.Contains(text, u.FullName) {
			t.Errorf("a password or a person's name is shown:\n%s", text)
		}
	}
}
