package caddyiamsmart_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/iamsmart"
)

// Given the README's table of the protocol's options, then its rows are those of
// the list that the parser goes by: no more, no fewer, in the same words.
func TestReadmeHasTheProtocolsOptions(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n#### `protocol`")
	if !found {
		t.Fatal("the README has no section about 'protocol'")
	}
	section, _, _ = strings.Cut(section, "\n##")
	var want []string
	for _, o := range iamsmart.Options() {
		want = append(want, fmt.Sprintf("| `%s` | `%s` | %s |", o.Name, strings.Join(o.Values, "`, `"), o.Text))
	}
	rows := regexp.MustCompile("(?m)^\\| `[a-z_]+` \\|.*$").FindAllString(section, -1)
	if !slices.Equal(rows, want) {
		t.Errorf("the table of the README is\n%s\nthe list says\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range iamsmart.Functions() {
		if !strings.Contains(section, "`"+string(f)+"`") {
			t.Errorf("the README does not name the function %s", f)
		}
	}
}
