package pages_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

func fetch(p *pages.Pages, method, name string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	p.ServeAsset(answer, httptest.NewRequest(method, "https://records.example.com/gate/iam/assets/x", nil), name)
	return answer
}

// Given a page, when the browser fetches what it refers to, then it gets it, may
// keep it for ever, and cannot take it for something else.
func TestAssetsOfAPage(t *testing.T) {
	p := newPages(t, sites["full"])
	d := parse(t, write(t, p, pages.English, pages.Login{}).Body.String())
	for address, want := range map[string]struct{ kind, holds string }{
		value(d.where("link", "rel", "stylesheet")[0], "href"): {"text/css; charset=utf-8", "overflow-wrap: break-word"},
		value(d.all("img")[0], "src"):                          {"image/svg+xml", logo},
	} {
		name, ok := strings.CutPrefix(address, "/gate/iam/assets/")
		if !ok {
			t.Fatalf("asset at %q", address)
		}
		answer := fetch(p, "GET", name)
		header := answer.Header()
		if answer.Code != 200 || header.Get("Content-Type") != want.kind || !strings.Contains(answer.Body.String(), want.holds) {
			t.Errorf("%s: %d %s", name, answer.Code, header.Get("Content-Type"))
		}
		if !strings.Contains(header.Get("Cache-Control"), "immutable") || header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: headers %v", name, header)
		}
		if head := fetch(p, "HEAD", name); head.Code != 200 || head.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d with %d bytes", name, head.Code, head.Body.Len())
		}
		if post := fetch(p, "POST", name); post.Code != 405 || post.Header().Get("Allow") == "" {
			t.Errorf("POST %s: %d", name, post.Code)
		}
	}
}

// Given a page from which the next person logs in, when the browser has shown it,
// then it has been told to forget what it holds of the last person's; other
// sites cannot tell it so.
func TestPagesThatStartALoginMakeTheBrowserForget(t *testing.T) {
	everyPage(t, func(t *testing.T, site pages.Site, lang pages.Language, s sample, answer *httptest.ResponseRecorder) {
		prefix := "/iamsmart"
		if site.Prefix != "" {
			prefix = site.Prefix
		}
		links := parse(t, answer.Body.String()).where("link", "href", prefix+"/assets/forget.css")
		stays := false // whoever is here stays logged in
		switch s.page.(type) {
		case pages.Account, pages.StepUp:
			stays = true
		}
		if (len(links) == 1) != (s.starts && !stays) {
			t.Errorf("%d links to it; a login starts here: %t", len(links), s.starts)
		}
	})
	p := newPages(t, pages.Site{})
	for site, want := range map[string]string{"": `"cache"`, "same-origin": `"cache"`, "same-site": "", "cross-site": "", "none": ""} {
		r := httptest.NewRequest("GET", "https://records.example.com/iamsmart/assets/forget.css", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		answer := httptest.NewRecorder()
		p.ServeAsset(answer, r, "forget.css")
		if got := answer.Header().Get("Clear-Site-Data"); answer.Code != 200 || got != want || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("from %q: %d, Clear-Site-Data %q, want %q", site, answer.Code, got, want)
		}
	}
}

// Given a name that no page refers to, when it is asked for, then it is 404 and not kept.
func TestUnknownAssets(t *testing.T) {
	p := newPages(t, pages.Site{})
	for _, name := range []string{"", "/", "style.css", "style-0000000000000000.css", "../write.go", "logo-", "templates/style.css"} {
		answer := fetch(p, "GET", name)
		if answer.Code != 404 || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d, %s", name, answer.Code, answer.Header().Get("Cache-Control"))
		}
	}
}

// Given an old browser, when it reads the style sheet, then it meets nothing that it needs and does not know.
func TestStyleSheetIsForOldBrowsers(t *testing.T) {
	p := newPages(t, pages.Site{})
	d := parse(t, write(t, p, pages.English, pages.Login{}).Body.String())
	sheet := fetch(p, "GET", strings.TrimPrefix(value(d.where("link", "rel", "stylesheet")[0], "href"), "/iamsmart/assets/")).Body.String()
	for _, modern := range []string{":has(", ":is(", ":where(", "var(", "@layer", "@container", "display: grid", "gap:", "&", "url(", "@import", "clamp("} {
		if strings.Contains(sheet, modern) {
			t.Errorf("uses %s", modern)
		}
	}
}
