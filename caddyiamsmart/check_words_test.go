package caddyiamsmart_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"caddyiamsmart.example/caddyiamsmart"
)

var (
	placed = regexp.MustCompile(`%(\[\d\])?[a-z]`)
	inTurn = regexp.MustCompile(`%[a-z]`)
)

// phraseFaults says what is wrong with the words of the report in a file.
func phraseFaults(f goFile) (faults []string, phrases, kinds int) {
	text := func(e ast.Expr) string {
		quoted, _ := literalText(e)
		return quoted
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		switch {
		case isIdent(lit.Type, "phrase") && len(lit.Elts) == 2:
			phrases++
			en, zh := text(lit.Elts[0]), text(lit.Elts[1])
			a, b := placed.FindAllString(en, -1), placed.FindAllString(zh, -1)
			slices.Sort(a)
			slices.Sort(b)
			switch {
			case en == "" || zh == "":
				faults = append(faults, f.at(lit)+": a language is missing")
			case !slices.Equal(a, b):
				faults = append(faults, f.at(lit)+": the languages hold other values")
			case inTurn.MatchString(en + zh):
				faults = append(faults, f.at(lit)+": a value has no number")
			case strings.ContainsFunc(en, isHan):
				faults = append(faults, f.at(lit)+": the English is Chinese")
			case !strings.ContainsFunc(zh, isHan) && strings.ContainsFunc(strings.TrimPrefix(zh, "realm "), unicode.IsLetter) && zh != "realm %[1]s":
				faults = append(faults, f.at(lit)+": the Chinese is English")
			}
		case isIdent(lit.Type, "kind") && len(lit.Elts) == 3:
			kinds++
			remedy, _ := lit.Elts[2].(*ast.CompositeLit)
			if remedy != nil && (len(remedy.Elts) == 0) != isIdent(lit.Elts[0], "good") {
				faults = append(faults, f.at(lit)+": what is not in order has a remedy, and nothing else")
			}
		}
		return true
	})
	return faults, phrases, kinds
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func isHan(c rune) bool { return unicode.Is(unicode.Han, c) }

func TestCheckSaysEverythingInBothLanguages(t *testing.T) {
	phrases, kinds := 0, 0
	for _, f := range house(t) {
		if f.dir != rootDir || f.test {
			continue
		}
		faults, p, k := phraseFaults(f)
		phrases, kinds = phrases+p, kinds+k
		for _, fault := range faults {
			t.Error(fault)
		}
	}
	if phrases < 100 || kinds < 50 {
		t.Errorf("only %d phrases and %d kinds were seen", phrases, kinds)
	}

	for text, want := range map[string]string{
		`phrase{"a", ""}`:                              "is missing",
		`phrase{"a %[1]s", "中"}`:                       "other values",
		`phrase{"a %s", "中 %s"}`:                       "no number",
		`phrase{"中", "中"}`:                             "the English is Chinese",
		`phrase{"hello", "hello"}`:                     "the Chinese is English",
		`kind{fault, phrase{"a", "中"}, phrase{}}`:      "has a remedy",
		`kind{good, phrase{"a", "中"}, phrase{"", ""}}`: "is missing",
	} {
		faults, _, _ := phraseFaults(parseGo(t, "caddyiamsmart/x.go", "package x\n\nvar _ = "+text+"\n"))
		if !strings.Contains(strings.Join(faults, "\n"), want) {
			t.Errorf("%s: %q, want %q", text, faults, want)
		}
	}
}

// Given what the terminal is set to, or what is asked for, then the report is in
// that language.
func TestCheckSpeaksTheLanguageOfTheTerminal(t *testing.T) {
	for _, c := range []struct {
		asked, all, messages, lang string
		chinese                    bool
	}{
		{"", "", "", "", false},
		{"", "", "", "zh_HK.UTF-8", true},
		{"", "", "", "zh_TW.UTF-8", true},
		{"", "", "", "zh_CN.UTF-8", false},
		{"", "", "C", "zh_HK.UTF-8", false},
		{"", "zh_HK", "C", "en_US.UTF-8", true},
		{"en", "zh_HK", "zh_HK", "zh_HK", false},
		{"zh-HK", "C", "", "", true},
	} {
		for name, value := range map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang} {
			t.Setenv(name, value)
		}
		chinese, err := caddyiamsmart.SpeaksChinese(c.asked)
		if err != nil || chinese != c.chinese {
			t.Errorf("%+v: %t, %v", c, chinese, err)
		}
	}
	if _, err := caddyiamsmart.SpeaksChinese("fr"); err == nil || !strings.Contains(err.Error(), "'fr'; expected en or zh-HK") {
		t.Errorf("fr: %v", err)
	}
}

// Given long findings with addresses, when they are broken into lines, then a
// line has at most so many columns, nothing is lost, and an address stays whole.
func TestCheckBreaksLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"short", []string{"short"}},
		{"one two three four", []string{"one two", "three four"}},
		{"https://records.example.com/iamsmart/callback is long", []string{"https://records.example.com/iamsmart/callback", "is long"}},
		{"一二三四五六七", []string{"一二三四五", "六七"}},
		{"一二三四五。六七", []string{"一二三四", "五。六七"}},
		{"一二三四（五）", []string{"一二三四", "（五）"}},
		{"設定 file.txt 不能讀", []string{"設定", "file.txt", "不能讀"}},
		{"", []string{""}},
	} {
		if got := caddyiamsmart.Broken(c.text, 10); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}

// Given an environment file, then it is read as Caddy reads it.
func TestCheckReadsEnvironmentFiles(t *testing.T) {
	got, err := caddyiamsmart.ParseEnvfile(strings.NewReader("# comment\n\nA=1\nexport B=two words # comment\nC=\"three\nlines\nof it\"\nD='with \\' in it'\nE=\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"A": "1", "B": "two words", "C": "three\nlines\nof it", "D": "with \\' in it", "E": ""} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, text := range []string{"s3cret", "=s3cret", "A = s3cret", "A= s3cret", "A b=s3cret"} {
		_, err := caddyiamsmart.ParseEnvfile(strings.NewReader("A=1\n" + text))
		if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCheckOfTheExample: what people copy has no faults, once its files, its
// application and its iAM Smart are there.
func TestCheckOfTheExample(t *testing.T) {
	b := newBench(t)
	text, _ := newExample(t)
	t.Setenv("IAMSMART_API_BASE", b.Sim+"/api/v1")
	t.Setenv("IAMSMART_WEB_BASE", b.Sim+"/api/v1")
	form, n := strings.ReplaceAll(text, "127.0.0.1:8080", b.App), strings.Count(text, "127.0.0.1:8080")
	if n != 2 {
		t.Fatalf("the example names its application %d times", n)
	}
	form = strings.Replace(form, "fields username password", "fields user pass", 1)
	adapted, _, err := adapt(form)
	if err != nil {
		t.Fatal(err)
	}
	report, code := b.checkJSON("en", adapted)
	if code != 0 {
		t.Errorf("exit code %d, found:\n%s", code, strings.Join(bad(report), "\n"))
	}
}

// The README tells the exit codes that the command has.
func TestCheckIsInTheReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{0, 1, caddyiamsmart.ExitWarnings, caddyiamsmart.ExitFaults} {
		if !strings.Contains(string(text), "| `"+strconv.Itoa(code)+"` | ") {
			t.Errorf("the exit code %d is not there", code)
		}
	}
}
