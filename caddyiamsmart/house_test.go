package caddyiamsmart_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tests in this file hold the plan of the house: which package may know
// which. The plan is data, so that a new package has to be put into it.

const (
	module   = "caddyiamsmart.example"
	rootDir  = "caddyiamsmart"
	kindsDir = rootDir + "/accounts/" // one package per kind of accounts below
	hashDir  = kindsDir + "hash"      // no kind, but what several of them need
	freshDir = rootDir + "/store/storetest"
)

// Levels: imports run from a higher level to a lower one.
const (
	ground = iota + 1
	middle
	root
	command
)

var levels = map[string]int{
	"accounts": ground, "store": ground, "iamsmart": ground,
	"linkup": middle, "session": middle, "upstream": middle, "pages": middle,
	rootDir: root,
}

// Outbuildings import nothing of the house. Which files may import them:
var outbuildings = map[string]func(goFile) bool{
	"spelling":   func(goFile) bool { return true },
	"routes":     func(f goFile) bool { return f.dir == rootDir }, // fences in the JSON of Caddy's own handlers
	"servertest": func(f goFile) bool { return f.test },
	"simulator":  func(f goFile) bool { return f.test || f.unit() == "cmd/demo" || f.unit() == "cmd/simulator" },
}

// Fences say where a foreign package may be imported.
var fences = []struct {
	prefix string
	tests  bool // holds for tests too
	open   func(goFile) bool
	why    string
}{
	{"github.com/caddyserver/", true, shell, "only the root package and the kinds of accounts know Caddy"},
	{"go.uber.org/zap", false, shell, "inner packages return errors and do not log"},
	{"log", false, shell, "inner packages return errors and do not log"},
	{"database/sql", false, holdsRows, "only the store and the kinds of accounts speak SQL"},
	{"modernc.org/sqlite", false, holdsRows, "only the store and the kinds of accounts speak SQL"},
	{"github.com/pressly/goose", false, holdsRows, "only the store and the kinds of accounts speak SQL"},
	{"github.com/go-crypt/", true, func(f goFile) bool { return f.dir == hashDir }, "only accounts/hash knows how hashes are made"},
	{"testing", false, func(f goFile) bool { return f.unit() == "servertest" || f.dir == freshDir }, "programs do not contain test code"},
	{module + "/" + freshDir, false, func(goFile) bool { return false }, "programs do not contain test code"},
}

func shell(f goFile) bool {
	return f.dir == rootDir || isKind(f.dir) || levelOf(f.dir) == command
}

func holdsRows(f goFile) bool { return f.unit() == "store" || isKind(f.dir) }

func isKind(dir string) bool { return strings.HasPrefix(dir, kindsDir) && dir != hashDir }

// goFile is one file of the module.
type goFile struct {
	dir, name string // slashes, below the module's folder
	test      bool
	*ast.File
	fset *token.FileSet
}

// unit is the part of the house that a file belongs to: "session", "cmd/demo".
func (f goFile) unit() string { return unitOf(f.dir) }

func (f goFile) at(n ast.Node) string {
	return fmt.Sprintf("%s/%s:%d", f.dir, f.name, f.fset.Position(n.Pos()).Line)
}

func unitOf(dir string) string {
	parts := strings.Split(dir, "/")
	switch {
	case len(parts) == 1:
		return dir
	case parts[0] == rootDir:
		return parts[1]
	}
	return parts[0] + "/" + parts[1]
}

// levelOf is 0 for what has no level: outbuildings and what is not planned.
func levelOf(dir string) int {
	if strings.HasPrefix(dir, "cmd/") || strings.HasPrefix(dir, "examples/") {
		return command
	}
	if dir == rootDir || strings.HasPrefix(dir, rootDir+"/") {
		return levels[unitOf(dir)]
	}
	return 0
}

func parseGo(t *testing.T, file, text string) goFile {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return goFile{path.Dir(file), path.Base(file), strings.HasSuffix(file, "_test.go"), parsed, fset}
}

// house parses every Go file of the module.
func house(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go":
			return nil
		}
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err == nil {
			files = append(files, parseGo(t, file, string(text)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, f := range files {
		dirs = append(dirs, f.dir)
	}
	for _, must := range []string{rootDir, "caddyiamsmart/session", "caddyiamsmart/accounts/form", "cmd/caddy"} {
		if !slices.Contains(dirs, must) {
			t.Fatalf("the walk did not come to %s; it saw %q", must, slices.Compact(dirs))
		}
	}
	return files
}

// importFaults says what is wrong with the imports of a file.
func importFaults(f goFile) []string {
	var faults []string
	if _, out := outbuildings[f.unit()]; !out && levelOf(f.dir) == 0 {
		faults = append(faults, fmt.Sprintf("%s: this folder has no place in the plan of the house", f.dir))
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // it would not compile
		}
		why := foreignFault(f, imported)
		if to, own := strings.CutPrefix(imported, module+"/"); own {
			why = ownFault(f, to)
		}
		if why != "" {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", f.at(spec), imported, why))
		}
	}
	return faults
}

func foreignFault(f goFile, imported string) string {
	for _, fence := range fences {
		within := imported == strings.TrimSuffix(fence.prefix, "/") ||
			strings.HasPrefix(imported, strings.TrimSuffix(fence.prefix, "/")+"/")
		if within && (!f.test || fence.tests) && !fence.open(f) {
			return fence.why
		}
	}
	return ""
}

func ownFault(f goFile, to string) string {
	below, unit := levelOf(to), unitOf(to)
	mayImport, out := outbuildings[unit]
	_, fromOut := outbuildings[f.unit()]
	switch {
	case f.dir == to: // a test of its own package
		return ""
	case out && !mayImport(f):
		return unit + " is not for this package"
	case out:
		return ""
	case fromOut:
		return f.unit() + " shares no code with the house"
	case f.unit() == unit:
		return familyFault(f, to)
	case below >= levelOf(f.dir):
		return "imports run down, and a sibling does not import a sibling"
	case isKind(to) && levelOf(f.dir) < root:
		return "a kind of accounts brings Caddy with it"
	}
	return ""
}

// familyFault: a child may import its parent folder, and a kind of accounts the
// hashes; of commands, the parent its children.
func familyFault(f goFile, to string) string {
	if strings.HasPrefix(f.dir, to+"/") || to == hashDir && isKind(f.dir) || levelOf(f.dir) == command && strings.HasPrefix(to, f.dir+"/") {
		return ""
	}
	return "of one family only a child imports its parent"
}

func TestHouseImportsRunOneWay(t *testing.T) {
	for _, f := range house(t) {
		for _, fault := range importFaults(f) {
			t.Error(fault)
		}
	}
}

func TestHouseImportRulesSeeEachViolation(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		want           string // of the fault; "" for what is allowed
	}{
		{"cmd/caddy/x.go", module + "/caddyiamsmart", ""},
		{"cmd/bench/x.go", module + "/caddyiamsmart/upstream", ""},
		{"cmd/demo/x.go", module + "/cmd/demo/records", ""},
		{"cmd/demo/x.go", module + "/cmd/simulator/words", "imports run down"},
		{"caddyiamsmart/x.go", module + "/caddyiamsmart/session", ""},
		{"caddyiamsmart/x.go", module + "/caddyiamsmart/accounts/form", ""},
		{"caddyiamsmart/x.go", module + "/cmd/demo/records", "imports run down"},
		{"caddyiamsmart/x.go", module + "/caddyiamsmart/simulator", "simulator is not for"},
		{"caddyiamsmart/x_test.go", module + "/caddyiamsmart/simulator", ""},
		{"cmd/demo/x.go", module + "/caddyiamsmart/simulator", ""},
		{"cmd/simulator/x.go", module + "/caddyiamsmart/simulator", ""},
		{"cmd/caddy/x.go", module + "/caddyiamsmart/simulator", "simulator is not for"},
		{"caddyiamsmart/iamsmart/x.go", module + "/caddyiamsmart/simulator", "simulator is not for"},
		{"caddyiamsmart/simulator/x.go", module + "/caddyiamsmart/iamsmart", "shares no code"},
		{"caddyiamsmart/x.go", module + "/caddyiamsmart/servertest", "servertest is not for"},
		{"caddyiamsmart/pages/x_test.go", module + "/caddyiamsmart/servertest", ""},
		{"caddyiamsmart/session/x.go", module + "/caddyiamsmart/store", ""},
		{"caddyiamsmart/session/x.go", module + "/caddyiamsmart/spelling", ""},
		{"caddyiamsmart/spelling/x.go", module + "/caddyiamsmart/store", "shares no code"},
		{"caddyiamsmart/x.go", module + "/caddyiamsmart/routes", ""},
		{"caddyiamsmart/session/x.go", module + "/caddyiamsmart/routes", "routes is not for"},
		{"caddyiamsmart/routes/x.go", module + "/caddyiamsmart/upstream", "shares no code"},
		{"caddyiamsmart/routes/x_test.go", "github.com/caddyserver/caddy/v2", "know Caddy"},
		{"caddyiamsmart/session/x.go", module + "/caddyiamsmart/pages", "sibling"},
		{"caddyiamsmart/session/x_test.go", module + "/caddyiamsmart/pages", "sibling"},
		{"caddyiamsmart/store/x.go", module + "/caddyiamsmart/accounts", "sibling"},
		{"caddyiamsmart/store/x.go", module + "/caddyiamsmart/session", "imports run down"},
		{"caddyiamsmart/store/x.go", module + "/caddyiamsmart", "imports run down"},
		{"caddyiamsmart/accounts/form/x.go", module + "/caddyiamsmart/accounts", ""},
		{"caddyiamsmart/accounts/x.go", module + "/caddyiamsmart/accounts/form", "only a child"},
		{"caddyiamsmart/accounts/ldap/x.go", module + "/caddyiamsmart/accounts/form", "only a child"},
		{"caddyiamsmart/linkup/x.go", module + "/caddyiamsmart/accounts/form", "brings Caddy"},
		{"caddyiamsmart/accounts/sql/x.go", module + "/caddyiamsmart/accounts/hash", ""},
		{"caddyiamsmart/accounts/x.go", module + "/caddyiamsmart/accounts/hash", "only a child"},
		{"caddyiamsmart/accounts/hash/x.go", module + "/caddyiamsmart/accounts/form", "only a child"},
		{"caddyiamsmart/accounts/hash/x.go", "github.com/caddyserver/caddy/v2", "know Caddy"},
		{"caddyiamsmart/accounts/hash/x.go", "database/sql", "speak SQL"},
		{"caddyiamsmart/accounts/hash/x.go", "github.com/go-crypt/x/bcrypt", ""},
		{"caddyiamsmart/accounts/sql/x.go", "github.com/go-crypt/x/bcrypt", "how hashes are made"},
		{"caddyiamsmart/util/x.go", "strings", "no place in the plan"},
		{"tools/x.go", "strings", "no place in the plan"},
		{"caddyiamsmart/x.go", "github.com/caddyserver/caddy/v2", ""},
		{"caddyiamsmart/accounts/form/x.go", "github.com/caddyserver/caddy/v2", ""},
		{"caddyiamsmart/accounts/x.go", "github.com/caddyserver/caddy/v2", "know Caddy"},
		{"caddyiamsmart/session/x.go", "github.com/caddyserver/caddy/v2", "know Caddy"},
		{"caddyiamsmart/session/x_test.go", "github.com/caddyserver/certmagic", "know Caddy"},
		{"caddyiamsmart/store/x.go", "go.uber.org/zap", "do not log"},
		{"caddyiamsmart/store/x.go", "go.uber.org/zap/zapcore", "do not log"},
		{"caddyiamsmart/pages/x.go", "log", "do not log"},
		{"caddyiamsmart/pages/x.go", "log/slog", "do not log"},
		{"caddyiamsmart/pages/x.go", "logic.example/log", ""},
		{"caddyiamsmart/pages/x_test.go", "log", ""},
		{"caddyiamsmart/x.go", "database/sql", "speak SQL"},
		{"caddyiamsmart/x_test.go", "database/sql", ""},
		{"caddyiamsmart/store/x.go", "modernc.org/sqlite/lib", ""},
		{"caddyiamsmart/accounts/sql/x.go", "database/sql", ""},
		{"caddyiamsmart/session/x.go", "testing", "test code"},
		{"caddyiamsmart/servertest/x.go", "testing", ""},
	} {
		f := parseGo(t, c.file, fmt.Sprintf("package x\n\nimport %q\n", c.imported))
		got := strings.Join(importFaults(f), "\n")
		if c.want == "" && got != "" || c.want != "" && (!strings.Contains(got, c.want) || !strings.Contains(got, path.Dir(c.file))) {
			t.Errorf("%s imports %s: got %q, want %q", c.file, c.imported, got, c.want)
		}
	}
}
