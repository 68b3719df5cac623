package caddyiamsmart_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// strangers are the packages that no program for production may contain.
func strangers(deps []string) []string {
	var found []string
	for _, dep := range deps {
		if dep == "testing" || strings.HasPrefix(dep, module+"/caddyiamsmart/simulator") ||
			strings.HasPrefix(dep, module+"/caddyiamsmart/servertest") {
			found = append(found, dep)
		}
	}
	return found
}

func TestHouseCaddyContainsNoSimulatorAndNoTestCode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-deps", "./cmd/caddy")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing what cmd/caddy contains: %v", err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"/caddyiamsmart/session") {
		t.Fatalf("cmd/caddy does not contain the gate; it has %d packages", len(deps))
	}
	if found := strangers(deps); len(found) > 0 {
		t.Errorf("cmd/caddy contains %q", found)
	}
	bad := []string{"testing", module + "/caddyiamsmart/simulator", module + "/caddyiamsmart/servertest"}
	if found := strangers(append(bad, "net/http", "testing/fstest")); !slices.Equal(found, bad) {
		t.Errorf("of %q only %q were seen", bad, found)
	}
}

// topFaults compares the top level of the repository with what it is to be. A
// program that `go build` left there, named like its command, is passed over.
func topFaults(entries, commands []string) []string {
	must := []string{"caddyiamsmart", "cmd", "Caddyfile.example", "go.mod", "go.sum", "README.md", "LICENSE"}
	may := []string{"examples"}
	var faults []string
	for _, name := range must {
		if !slices.Contains(entries, name) {
			faults = append(faults, fmt.Sprintf("%s is missing", name))
		}
	}
	for _, name := range entries {
		built := slices.Contains(commands, strings.TrimSuffix(name, ".exe"))
		if !slices.Contains(must, name) && !slices.Contains(may, name) && !built && !strings.HasPrefix(name, ".") {
			faults = append(faults, fmt.Sprintf("%s does not belong there", name))
		}
	}
	return faults
}

func TestHouseTopLevelIsFixed(t *testing.T) {
	names := func(dir string) (names []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	for _, fault := range topFaults(names(".."), names("../cmd")) {
		t.Errorf("top level of the repository: %s", fault)
	}

	good := []string{".git", "caddyiamsmart", "cmd", "caddy", "Caddyfile.example", "go.mod", "go.sum", "README.md", "LICENSE", "examples"}
	if faults := topFaults(good, []string{"caddy"}); len(faults) > 0 {
		t.Errorf("what belongs there is held against it: %q", faults)
	}
	bad := topFaults(append(good[:3:3], "docs", "Makefile"), []string{"caddy"})
	for _, want := range []string{"LICENSE is missing", "docs does not belong", "Makefile does not belong"} {
		if !strings.Contains(strings.Join(bad, "; "), want) {
			t.Errorf("not seen: %s; only %q", want, bad)
		}
	}
}

// SECURITY.md names the tests that hold each promise. They are there.
func TestHouseSecurityNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("../.github/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for _, f := range house(t) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test {
				there[fn.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 50 {
		t.Errorf("SECURITY.md names %d tests only", len(names))
	}
	for _, name := range names {
		if !there[name[1]] {
			t.Errorf("SECURITY.md names %s, and there is no such test", name[1])
		}
	}
}

// Whoever looks for an event in the audit trail finds it in the README.
func TestHouseREADMENamesEachEventOfTheTrail(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range house(t) {
		if f.test || f.dir != rootDir && f.dir != rootDir+"/linkup" {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(strings.ToLower(spec.Names[0].Name), "event") {
				return true
			}
			if word, ok := spec.Values[0].(*ast.BasicLit); ok && word.Kind == token.STRING {
				seen++
				if !bytes.Contains(readme, []byte(strings.ReplaceAll(word.Value, `"`, "`"))) {
					t.Errorf("the README does not name the event %s", word.Value)
				}
			}
			return true
		})
	}
	if seen < 19 {
		t.Errorf("only %d events were seen", seen)
	}
}
