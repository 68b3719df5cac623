package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// face is what a person sees of a page, and what they cannot see.
type face struct {
	URL      string `json:"url"`
	Status   int    `json:"status"`
	Lang     string `json:"lang"`
	Heading  string `json:"heading"`
	Text     string `json:"text"`
	HTML     string `json:"html"`
	Sideways int    `json:"sideways"` // pixels that do not fit the width
	Kind     string `json:"kind"`     // the same for two pages that differ in nothing to be seen
}

const readFace = `(function () {
  var root = document.documentElement, entry = performance.getEntriesByType("navigation")[0];
  var heading = document.querySelector("h1"), copy = root.cloneNode(true);
  copy.querySelectorAll("input[type=hidden]").forEach(function (n) { n.removeAttribute("value"); });
  copy.querySelectorAll("p.field *").forEach(function (n) { ["id", "name", "for"].forEach(function (a) { n.removeAttribute(a); }); });
  copy.querySelectorAll(".ref, .ends").forEach(function (n) { n.textContent = ""; });
  return {
    url: location.href, status: entry ? entry.responseStatus : 0, lang: root.lang,
    heading: heading ? heading.innerText : "", text: document.body ? document.body.innerText : "",
    html: root.outerHTML, sideways: root.scrollWidth - root.clientWidth, kind: copy.outerHTML
  };
})()`

// look reads the page that is there.
func (b *tab) look() face {
	b.t.Helper()
	f, err := eval[face](b, readFace)
	if err != nil {
		b.t.Fatalf("reading the page: %v", err)
	}
	return f
}

// see expects one of the gate's own pages: its status, its heading in the
// person's language, and that it can be used by everybody. It is photographed
// under its name, and examined, unless it was met before.
func (b *tab) see(status int, name string) face {
	b.t.Helper()
	want := b.s.voice.headings[name]
	f := b.look()
	if want == "" || f.Heading != want || f.Status != status || f.Lang != b.s.voice.tag {
		b.t.Fatalf("met a page with the status %d, the language %q and the heading %q; want %d, %q, %q (%s)\n%s",
			f.Status, f.Lang, f.Heading, status, b.s.voice.tag, want, name, b.snapshot())
	}
	b.examine(name, f)
	return f
}

// says expects words on the page.
func (b *tab) says(f face, words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !strings.Contains(f.Text, word) {
			b.t.Errorf("the page %q does not say %q:\n%s", f.Heading, word, f.Text)
		}
	}
}

func (b *tab) examine(name string, f face) {
	b.t.Helper()
	if f.Sideways > 0 {
		b.t.Errorf("%s, %s: %d px do not fit the width", name, b.dev.name, f.Sideways)
	}
	if b.s.met[b.dev.name+f.Kind] {
		return
	}
	b.s.met[b.dev.name+f.Kind] = true
	b.photograph(name)
	tree := must(b, page.GetFrameTree, cdp.Empty{})
	b.accessible(name, tree.FrameTree.Frame.ID)
}

// photograph keeps a picture of the page.
func (b *tab) photograph(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("photographing %s: %v", name, err)
	}
	b.s.pictured++
	file := filepath.Join(b.s.pictures, fmt.Sprintf("%02d-%s-%s.png", b.s.pictured, name, b.dev.name))
	if err := os.WriteFile(file, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// axeFile is axe-core, as `npm ci` in .ci installs it.
const axeFile = "../../.ci/node_modules/axe-core/axe.min.js"

// axe reads the rules of accessibility; nothing where they are not installed.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(axeFile)
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("IAMSMART_TEST_SERVERS") == "required" {
			t.Fatal("axe-core is not installed (npm ci in .ci), and IAMSMART_TEST_SERVERS is required")
		}
		t.Log("accessibility is not examined: axe-core is not installed (npm ci in .ci)")
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const runAxe = `axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })
  .then(function (result) {
    return JSON.stringify({ passes: result.passes.length, violations: result.violations.map(function (v) {
      return v.id + " (" + v.help + "): " + v.nodes.map(function (n) { return n.html + " " + n.failureSummary; }).join("; ");
    }) });
  })`

// accessible examines a page, or a frame of it. The rules run in a world of
// their own, which the page's policy does not bind and the page cannot see.
func (b *tab) accessible(name string, frame cdp.FrameID) {
	b.t.Helper()
	if b.s.axe == "" {
		return
	}
	world := must(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "axe"})
	yes := true
	run := func(expression string) []byte {
		b.t.Helper()
		answer := must(b, runtime.Evaluate, runtime.EvaluateParams{
			Expression: expression, ContextID: world.ExecutionContextID, AwaitPromise: &yes, ReturnByValue: &yes,
		})
		if answer.ExceptionDetails != nil {
			b.t.Fatalf("examining %s: %v", name, answer.ExceptionDetails)
		}
		return answer.Result.Value
	}
	run(b.s.axe + "; true")
	var text string
	var result struct {
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal(run(runAxe), &text); err != nil {
		b.t.Fatalf("examining %s: %v", name, err)
	}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		b.t.Fatalf("examining %s: %v", name, err)
	}
	if result.Passes < 5 {
		b.t.Errorf("%s: only %d rules were applied", name, result.Passes)
	}
	for _, v := range result.Violations {
		b.t.Errorf("%s, %s, %s: %s", name, b.s.voice.tag, b.dev.name, v)
	}
}

// work expects a page of the application, with the name of a person.
func (b *tab) work(path, fullName string) face {
	b.t.Helper()
	f := b.look()
	greeting, err := eval[string](b, `(document.getElementById("greeting") || document.body).innerText`)
	if err != nil || greeting != fullName || f.Status != http.StatusOK || f.URL != b.s.gate+path {
		b.t.Fatalf("at %s (%d) the application greets %q, want %q at %s (%v)\n%s",
			f.URL, f.Status, greeting, fullName, path, err, b.snapshot())
	}
	if f.Sideways > 0 {
		b.t.Errorf("%s, %s: %d px do not fit the width", path, b.dev.name, f.Sideways)
	}
	return f
}
