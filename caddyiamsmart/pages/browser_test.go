package pages_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"caddyiamsmart.example/caddyiamsmart/pages"
	"github.com/chromedp/chromedp"
)

// browse starts a private headless Chromium, or skips where none is installed.
func browse(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("IAMSMART_TEST_SERVERS") == "required" {
			t.Fatal("Chromium is required here and not installed")
		}
		t.Skip("Chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); quit() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// serve shows list[n] in a language at /<language>/<n>.
func serve(t *testing.T, p *pages.Pages, list []pages.Page) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/iamsmart/assets/"); ok {
			p.ServeAsset(w, r, name)
			return
		}
		lang, number, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if n, err := strconv.Atoi(number); err == nil && n < len(list) {
			p.Write(w, pages.Language(lang), 200, list[n])
			return
		}
		p.Write(w, pages.English, 404, pages.Problem{Kind: pages.NotFound})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// measure reports what a reader would stumble over: a page that scrolls
// sideways, type under 18 px, a target under 44 px, a style sheet that did not come.
const measure = `(function () {
  var found = [], root = document.documentElement;
  document.querySelectorAll("details").forEach(function (n) { n.open = true; });
  if (getComputedStyle(document.querySelector("main")).backgroundColor !== "rgb(255, 255, 255)") { found.push("no style sheet"); }
  if (root.scrollWidth > root.clientWidth) { found.push("scrolls sideways: " + root.scrollWidth + " > " + root.clientWidth); }
  document.querySelectorAll("body *:not(script)").forEach(function (n) {
    var size = parseFloat(getComputedStyle(n).fontSize);
    if (n.tagName !== "INPUT" && size < 18) { found.push(n.tagName + " has type of " + size + " px"); }
  });
  document.querySelectorAll("button, a.button, a.second, a.more, footer a, summary, input:not([type=hidden]):not([type=checkbox])").forEach(function (n) {
    var box = n.getBoundingClientRect();
    if (box.height < 44 || box.width < 44) { found.push(n.tagName + " " + n.className + " is " + box.width + " x " + box.height); }
  });
  document.querySelectorAll("main .iamsmart").forEach(function (n) {
    var width = n.getBoundingClientRect().width;
    if (width < 180 || width > 320) { found.push("official button is " + width + " px wide"); }
  });
  return found;
})()`

// Given a small phone, an old PC or type at twice its size, when any page is
// opened, then all of it can be read and pressed.
func TestPagesFitTheScreen(t *testing.T) {
	list := hostilePages(hostile["long"])
	for _, s := range samples() {
		if !strings.HasSuffix(s.name, "as notice") && !strings.HasSuffix(s.name, "empty") {
			list = append(list, still(s.page))
		}
	}
	ctx := browse(t)
	address := serve(t, newPages(t, pages.Site{Service: "Shatin Pine Residential Care Records", Privacy: "https://example.com/p"}), list)
	for _, screen := range []struct {
		width int64
		zoom  string
		lang  pages.Language
	}{{320, "", pages.TraditionalChinese}, {1280, "", pages.SimplifiedChinese}, {360, "200%", pages.English}} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(screen.width, 780)); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for n, page := range list {
			kind := fmt.Sprintf("%T", page)
			if seen[kind] && screen.width != 320 {
				continue // the smallest screen tells of the rest
			}
			seen[kind] = true
			found, err := look(ctx, fmt.Sprintf("%s/%s/%d", address, screen.lang, n), screen.zoom)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				t.Errorf("%d px %s, %s, %T %d: %s", screen.width, screen.zoom, screen.lang, page, n, f)
			}
		}
	}
}

// still is a page that stays until it has been looked at.
func still(page pages.Page) pages.Page {
	if waiting, ok := page.(pages.Waiting); ok {
		waiting.Refresh = 60
		return waiting
	}
	return page
}

// axeFile is axe-core, as `npm ci` in .ci installs it.
const axeFile = "../../.ci/node_modules/axe-core/axe.min.js"

const runAxe = `axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })
  .then(function (result) { return result.violations.map(function (v) {
    return v.id + ": " + v.nodes.map(function (n) { return n.html + " " + n.failureSummary; }).join("; ");
  }); })`

// Given any page, when axe-core examines it, then it finds nothing against WCAG 2.2 AA.
func TestPagesPassAxe(t *testing.T) {
	rules, err := os.ReadFile(axeFile)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("IAMSMART_TEST_SERVERS") != "required" {
		t.Skip("axe-core is not installed (npm ci in .ci)")
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []pages.Page
	seen := map[string]bool{}
	for _, s := range samples() {
		kind := s.kind
		if strings.HasPrefix(kind, "problem") {
			kind = "problem" // they are all made alike
		}
		if !seen[kind] {
			seen[kind] = true
			list = append(list, still(s.page))
		}
	}
	ctx := browse(t)
	address := serve(t, newPages(t, pages.Site{Service: "Records", Privacy: "https://example.com/p"}), list)
	for n, page := range list {
		if err := chromedp.Do(ctx, chromedp.Navigate(fmt.Sprintf("%s/en/%d", address, n))); err != nil {
			t.Fatal(err)
		}
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](string(rules)+";"+runAxe, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%T: %v", page, err)
		}
		for _, f := range found {
			t.Errorf("%T %d: %s", page, n, f)
		}
	}
}

// look opens a page, enlarges its text, and measures it.
func look(ctx context.Context, address, zoom string) ([]string, error) {
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		return nil, err
	}
	if zoom != "" {
		enlarge := fmt.Sprintf(`document.documentElement.style.fontSize = "calc(%s * 1.125)"`, zoom)
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](enlarge)); err != nil {
			return nil, err
		}
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](measure))
}

// Given a password field, when the person asks to see it, then it shows; and it
// is hidden again before the form is sent, whatever the strict policy says.
func TestShowPassword(t *testing.T) {
	ctx := browse(t)
	address := serve(t, newPages(t, pages.Site{}), []pages.Page{pages.LinkForm{Token: "t", UserField: "f1", PasswordField: "f2"}})
	kind := chromedp.Evaluate[string](`document.getElementById("f2").type`)
	steps := []struct {
		name string
		do   chromedp.Action[chromedp.Void]
		want string
	}{
		{"opened", chromedp.Navigate(address + "/en/0"), "password"},
		{"toggled", chromedp.Click(`#shown`, chromedp.NodeVisible), "text"},
		{"toggled back", chromedp.Click(`#shown`), "password"},
		{"toggled again", chromedp.Click(`#shown`), "text"},
		{"sent", chromedp.Evaluate[chromedp.Void](`(function () {
			var form = document.getElementById("f2").form;
			form.addEventListener("submit", function (e) { e.preventDefault(); });
			document.getElementById("f1").value = document.getElementById("f2").value = "x";
			form.querySelector("button").click();
		})()`), "password"},
	}
	for _, step := range steps {
		if err := chromedp.Do(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got, err := chromedp.Run(ctx, kind); err != nil || got != step.want {
			t.Errorf("%s: the field is %q, want %q (%v)", step.name, got, step.want, err)
		}
	}
}
