package pages_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

func slip() pages.Slip {
	return pages.Slip{
		Name: "陳大文", Code: "k7m2qx-9 hd4pT", Address: "https://records.example.com", Service: "Records",
		Valid: time.Date(2026, 12, 9, 7, 5, 0, 0, time.UTC),
	}
}

// Given a link code, when its slip is made, then paper and terminal say the same
// in three languages, with the code in groups.
func TestSlipSaysWhatToDo(t *testing.T) {
	var paper strings.Builder
	if err := pages.WriteSlip(&paper, slip()); err != nil {
		t.Fatal(err)
	}
	d := parse(t, paper.String())
	for kind, got := range map[string]string{"paper": body(d), "terminal": pages.SlipText(slip())} {
		for _, want := range []string{
			"陳大文", "k7m2-qx9h-d4pT", "https://records.example.com",
			"9 December 2026, 3:05 pm HKT", "one use", "I have a link code", "Give it to nobody.",
			"有效至 2026年12月9日 下午3:05", "選「我有連結碼」。", "切勿交給他人。", "选“我有连结码”。",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q:\n%s", kind, want, got)
			}
		}
	}
	for _, lang := range everyLanguage {
		if n := len(d.where("section", "lang", string(lang))); n != 1 {
			t.Errorf("%d parts in %s", n, lang)
		}
	}
	for _, name := range []string{"script", "link", "img", "iframe", "form"} {
		if len(d.all(name)) > 0 {
			t.Errorf("the paper has <%s>, and should need nothing", name)
		}
	}
}

// Given hostile values, when a slip is made, then they stay text on paper, and
// move nothing in a terminal.
func TestSlipOfHostileValues(t *testing.T) {
	for name, v := range hostile {
		var paper strings.Builder
		s := pages.Slip{Name: v, Code: "ABCD" + v, Address: v, Service: v}
		if err := pages.WriteSlip(&paper, s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d := parse(t, paper.String())
		if len(d.all("script"))+len(d.all("img"))+len(d.all("a")) > 0 || len(d.all("h1")) != 1 {
			t.Errorf("%s: the paper lost its shape", name)
		}
		for kind, got := range map[string]string{"paper": paper.String(), "terminal": pages.SlipText(s)} {
			if found := strings.IndexAny(got, unsafe); found >= 0 {
				t.Errorf("%s: %s holds %q", name, kind, got[found:found+3])
			}
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Given no code, or nowhere to write, when a slip is made, then that is an error
// and not an empty slip.
func TestSlipFails(t *testing.T) {
	var paper strings.Builder
	for _, code := range []string{"", " - "} {
		s := slip()
		s.Code = code
		if err := pages.WriteSlip(&paper, s); err == nil || paper.Len() > 0 || pages.SlipText(s) != "" {
			t.Errorf("code %q: %v, %d bytes", code, err, paper.Len())
		}
	}
	if err := pages.WriteSlip(full{}, slip()); err == nil {
		t.Error("a full disk is no error")
	}
}
