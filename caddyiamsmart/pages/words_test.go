package pages

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// The three languages say the same things: same keys, same placeholders.
func TestLanguagesAgree(t *testing.T) {
	if len(words) != len(languages) {
		t.Fatalf("%d languages have words, want %d", len(words), len(languages))
	}
	for lang, said := range words {
		for key, text := range said {
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s %s is empty or padded", lang, key)
			}
			if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
				t.Errorf("%s %s has a broken placeholder: %s", lang, key, text)
			}
			for _, other := range languages {
				translated, ok := words[other][key]
				if !ok {
					t.Errorf("%s has %s, %s has not", lang, key, other)
				} else if !slices.Equal(placeholders(text), placeholders(translated)) {
					t.Errorf("%s: %s has %v, %s has %v", key, lang, placeholders(text), other, placeholders(translated))
				}
			}
		}
	}
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// Every message is used by a template or by Go, and every one that they use is there.
func TestEveryMessageIsUsed(t *testing.T) {
	sources := readSources(t)
	for key := range english {
		if name := strings.TrimSuffix(key, unnamed); !strings.Contains(sources, `"`+name+`"`) {
			t.Errorf("nothing uses %s", key)
		}
	}
	for _, use := range regexp.MustCompile(`\.(?:Say|Plain|Title) "([^"]+)"`).FindAllStringSubmatch(sources, -1) {
		if _, ok := english[use[1]]; !ok {
			t.Errorf("a template says %s, which is no message", use[1])
		}
	}
	for _, file := range []string{"problem.go", "view_link.go", "fields.go"} {
		for _, use := range regexp.MustCompile(`"([a-z]+\.[a-z.]+)"`).FindAllStringSubmatch(readFile(t, os.DirFS("."), file), -1) {
			if _, ok := english[use[1]]; !ok {
				t.Errorf("%s says %s, which is no message", file, use[1])
			}
		}
	}
}

// readSources is all that can use a message: the templates, and the Go files but the words.
func readSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		names, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.HasPrefix(name, "words_") && !strings.HasSuffix(name, "_test.go") {
				all.WriteString(readFile(t, os.DirFS("."), name))
			}
		}
	}
	return all.String()
}

func readFile(t *testing.T, folder fs.FS, name string) string {
	t.Helper()
	content, err := fs.ReadFile(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Each Chinese keeps to its own characters and quotation marks: Big5 and GB 2312
// do not hold the other's.
func TestChineseIsNotMixed(t *testing.T) {
	for key, text := range traditionalChinese {
		if _, err := traditionalchinese.Big5.NewEncoder().String(text); err != nil || strings.ContainsAny(text, "“”") {
			t.Errorf("zh-HK %s is not traditional Chinese: %s (%v)", key, text, err)
		}
	}
	for key, text := range simplifiedChinese {
		if _, err := simplifiedchinese.HZGB2312.NewEncoder().String(text); err != nil || strings.ContainsAny(text, "「」") {
			t.Errorf("zh-CN %s is not simplified Chinese: %s (%v)", key, text, err)
		}
	}
}

// A time reads as people in Hong Kong read it, whatever zone it comes in.
func TestClock(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 7, 14, hour, minute, 0, 0, hongKong) }
	noon := at(12, 0)
	for _, c := range []struct {
		lang Language
		at   time.Time
		want string
	}{
		{English, at(15, 5).UTC(), "3:05 pm HKT"},
		{English, at(0, 7), "12:07 am HKT"},
		{English, at(12, 0), "12:00 pm HKT"},
		{English, at(24, 1), "12:01 am HKT on 15 July"},
		{TraditionalChinese, at(15, 5).In(time.FixedZone("", -7*3600)), "下午3:05"},
		{TraditionalChinese, at(12, 0), "下午12:00"},
		{SimplifiedChinese, at(11, 59), "上午11:59"},
		{SimplifiedChinese, at(0, 0), "上午12:00"},
		{SimplifiedChinese, at(24+9, 30), "7月15日上午9:30"},
		{TraditionalChinese, at(15, 5).AddDate(1, 0, 0), "7月14日下午3:05"},
	} {
		if got := c.lang.clock(c.at, noon); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.lang, c.at, got, c.want)
		}
	}
}

// A message that is not there, or lacks a value, is an error and not a gap.
func TestMissingWords(t *testing.T) {
	v := newVoice(Site{}, English)
	for _, bad := range [][]string{{"no.such.key"}, {"ref"}, {"ref", "ref"}, {"ref", "other", "x"}} {
		if text, err := v.Say(bad[0], bad[1:]...); err == nil {
			t.Errorf("%v: said %q", bad, text)
		}
	}
}
