package caddyiamsmart_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/text/encoding/traditionalchinese"

	"caddyiamsmart.example/caddyiamsmart/servertest"
)

// Given login pages as old applications have them, when a real browser shows them, then the
// link reads right in whatever encoding they have, stands where it can be seen, leads to the
// gate whatever <base> says, leaves the page's own elements where they were, and axe-core
// finds nothing in it that is against WCAG 2.2 AA.
func TestTheLinkInARealBrowser(t *testing.T) {
	rules, err := os.ReadFile("../.ci/node_modules/axe-core/axe.min.js")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("IAMSMART_TEST_SERVERS") != "required" {
		t.Skip("axe-core is not installed (npm ci in .ci)")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx := servertest.Chromium(t)
	big5, err := traditionalchinese.Big5.NewEncoder().String(`<html lang=zh-Hant><meta charset=big5><title>t</title><h1>許功蓋</h1>` + ownLogin + `<p>許功蓋`)
	if err != nil {
		t.Fatal(err)
	}
	const english = `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>t</title>`
	for name, c := range map[string]struct{ selector, page, words, parent string }{
		"Big5":              {"", big5, "智方便登入", "BODY"},
		"a base elsewhere":  {"", english + `<base href="http://127.0.0.2/x/" target=menu>` + ownLogin, "Login with iAM Smart", "BODY"},
		"within a table":    {"", english + `<table><tr><td>` + ownLogin + `</table>`, "Login with iAM Smart", "TD"},
		"between rows":      {"", english + `<table>` + ownLogin + `<tr><td>x</table>`, "Login with iAM Smart", "BODY"},
		"within a sentence": {"p.hint", english + `<p class=hint>Staff only.</p>`, "Login with iAM Smart", "P"},
		"within the form":   {"form", english + ownLogin, "Login with iAM Smart", "FORM"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, site{Gate: "mode optional\nbutton /signin " + c.selector + "\n"})
			w.legacy.Answer = func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				_, _ = rw.Write([]byte(c.page))
			}
			v := &victim{t: t, w: w, ctx: ctx}
			v.opens("/signin")
			if strings.Contains(c.page, "charset=big5") && strings.Count(v.text(), "許功蓋") != 2 {
				t.Errorf("the page's own words are %s", v.text())
			}
			const link = `document.querySelector(":is(p, span)[lang] > a")`
			if words := runs[string](v, link+".innerText"); words != c.words {
				t.Errorf("the link says %q", words)
			}
			if parent := runs[string](v, link+".parentNode.parentNode.tagName"); parent != c.parent {
				t.Errorf("it stands in %s", parent)
			}
			if n := runs[int](v, `document.querySelectorAll("p:empty").length`); n != 0 {
				t.Errorf("%d paragraphs were torn", n)
			}
			for _, fault := range do(v, chromedp.Evaluate[[]string](string(rules)+`; axe.run(":is(p, span)[lang]", { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })
				.then(function (result) { return result.violations.map(function (v) { return v.id + ": " + v.nodes[0].html; }); })`, chromedp.EvalAwaitPromise)) {
				t.Errorf("axe-core: %s", fault)
			}
			do(v, chromedp.Click(chromedp.CSS(":is(p, span)[lang] > a")))
			do(v, chromedp.WaitVisible(chromedp.CSS("form.start button.iamsmart")))
			if at := runs[string](v, "location.href"); at != w.Gate+"/iamsmart/login" {
				t.Errorf("it leads to %s", at)
			}
		})
	}
}
