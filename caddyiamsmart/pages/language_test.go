package pages_test

import (
	"slices"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// Given what a person chose, what the operator set and what the browser wants,
// when a page is due, then they count in that order.
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		configured, remembered, header string
		want                           pages.Language
	}{
		{"", "", "en", "zh-HK"},
		{"", "en", "", "en"},
		{"en", "", "zh-HK", "en"},
		{"en", "zh-CN", "zh-HK", "zh-CN"},
		{"en", "fr", "zh-HK", "en"},
		{"en", "EN", "", "en"},
		{"zh-CN", "<script>", "", "zh-CN"},
		{"browser", "", "", "zh-HK"},
		{"browser", "zh-CN", "en", "zh-CN"},
		{"browser", "", "en-GB,en;q=0.9", "en"},
		{"browser", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
		{"browser", "", "zh-Hans-HK", "zh-CN"},
		{"browser", "", "zh-SG", "zh-CN"},
		{"browser", "", "zh-TW,zh;q=0.9", "zh-HK"},
		{"browser", "", "zh-Hant", "zh-HK"},
		{"browser", "", "zh-MO,en;q=0.5", "zh-HK"},
		{"browser", "", "yue-HK", "zh-HK"},
		{"browser", "", "tl,en;q=0.7", "en"},
		{"browser", "", "xx-invalid-\x00", "zh-HK"},
		{"browser", "", "*", "zh-HK"},
		{"browser", "", "zh-TW", "zh-HK"},
		{"browser", "", "zh-HK,zh;q=0.9,en;q=0.8", "zh-HK"},
		{"browser", "", "fr,zh-TW;q=0.9,zh;q=0.8,en;q=0.7", "zh-HK"},
		{"browser", "", "en;q=0.5,zh-CN;q=0.9", "zh-CN"},
		{"browser", "", "fr", "zh-HK"},
		{"browser", "", "en," + strings.Repeat("fr,", 400), "zh-HK"},
	} {
		if got := newPages(t, pages.Site{Language: c.configured}).Choose(c.remembered, c.header); got != c.want {
			t.Errorf("configured %q, remembered %q, header %.30q: %s, want %s", c.configured, c.remembered, c.header, got, c.want)
		}
	}
}

// Whatever a client sends, the choice is one of the three, and a remembered one stands.
func FuzzChoose(f *testing.F) {
	f.Add("", "zh-TW,zh;q=0.9,en;q=0.8")
	f.Add("en", "de;q=1.5, *;q=")
	f.Add("zh-HK ", "x-klingon, i-hak, zh-min-nan, art-lojban")
	f.Add("\xff", strings.Repeat("a-", 200))
	f.Add("zh-CN", "en-u-rg-gbzzzz-t-und-cyrl-x-1;q=0.0001")
	p, err := pages.New(pages.Site{Language: "browser"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remembered, header string) {
		got := p.Choose(remembered, header)
		if !slices.Contains(everyLanguage, got) {
			t.Fatalf("chose %q", got)
		}
		if slices.Contains(everyLanguage, pages.Language(remembered)) && got != pages.Language(remembered) {
			t.Fatalf("chose %q though %q was remembered", got, remembered)
		}
	})
}
