package caddyiamsmart_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
)

var update = flag.Bool("update", false, "write the JSON of the good files in testdata/adapt anew")

// ruler stands between a Caddyfile and what is expected of it: the JSON of a
// good one, the error of a bad one.
const ruler = "\n----------\n"

// fileAndLine is what every error about the text must hold.
var fileAndLine = regexp.MustCompile(`(, at Caddyfile:[1-9][0-9]*$|^Caddyfile:[1-9][0-9]*: )`)

// adapt does what `caddy adapt` does.
func adapt(text string) (config []byte, warnings []caddyconfig.Warning, err error) {
	return caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
}

// adaptCases reads testdata/adapt.
func adaptCases(t *testing.T, kind string) map[string][2]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "adapt", kind+"_*.caddyfiletest"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s files: %v", kind, err)
	}
	cases := make(map[string][2]string)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text, want, ok := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), ruler)
		if !ok {
			t.Fatalf("%s has no line of ten dashes", file)
		}
		cases[file] = [2]string{text + "\n", strings.TrimSpace(want)}
	}
	return cases
}

func TestAdaptGoodCaddyfiles(t *testing.T) {
	for file, c := range adaptCases(t, "good") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			config, warnings, err := adapt(c[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range warnings {
				t.Errorf("warning: %s", w)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, config, "", "\t"); err != nil {
				t.Fatal(err)
			}
			if *update {
				text := strings.TrimSuffix(c[0], "\n") + ruler + got.String() + "\n"
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want, got := strings.Split(c[1], "\n"), strings.Split(got.String(), "\n"); !slices.Equal(want, got) {
				t.Errorf("the JSON differs from line %d on; if that is meant, run with -update\n%s", differ(want, got), strings.Join(got, "\n"))
			}
		})
	}
}

// differ is the number of the first line that two texts do not share.
func differ(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i + 1
		}
	}
	return min(len(a), len(b)) + 1
}

func TestAdaptBadCaddyfilesAreReportedByFileAndLine(t *testing.T) {
	for file, c := range adaptCases(t, "bad") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if !fileAndLine.MatchString(c[1]) {
				t.Errorf("the expected error names no file and line: %s", c[1])
			}
			_, _, err := adapt(c[0])
			if err == nil {
				t.Fatalf("adapts, but was expected to fail with\n%s", c[1])
			}
			if !strings.Contains(err.Error(), c[1]) {
				t.Errorf("error:\n%v\nwant:\n%s", err, c[1])
			}
		})
	}
}

// TestAdaptKnowsEveryOption holds the good files to the whole grammar: each word
// that the documentation of an unmarshaler shows at a line's beginning stands in
// one of them, and each word is known to the unmarshaler.
func TestAdaptKnowsEveryOption(t *testing.T) {
	used := make(map[string]bool)
	for _, c := range adaptCases(t, "good") {
		for line := range strings.Lines(c[0]) {
			if fields := strings.Fields(line); len(fields) > 0 {
				used[fields[0]] = true
			}
		}
	}
	documented := 0
	for _, f := range house(t) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "UnmarshalCaddyfile" || f.test {
				continue
			}
			for _, word := range grammar(fn.Doc.Text()) {
				documented++
				if !used[word] {
					t.Errorf("%s: no good file in testdata/adapt uses '%s'", f.at(fn), word)
				}
			}
		}
	}
	if documented < 30 {
		t.Errorf("only %d options were found in the documentation", documented)
	}
}

// grammar lists the first words of the lines of a doc comment's code blocks,
// without the outermost: that is the directive's own name.
func grammar(doc string) []string {
	var words []string
	for line := range strings.Lines(doc) {
		indented := strings.TrimLeft(line, "\t ")
		if indented == line || len(strings.Fields(line)) == 0 || !strings.HasPrefix(line, "\t\t") && !strings.HasPrefix(line, "\t    ") {
			continue
		}
		if word := strings.Fields(line)[0]; word != "}" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}
