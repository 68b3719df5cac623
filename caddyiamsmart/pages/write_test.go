package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// Given any page, when it is sent, then its headers keep it from being cached,
// framed, scripted or indexed by others.
func TestHeaders(t *testing.T) {
	everyPage(t, func(t *testing.T, _ pages.Site, lang pages.Language, s sample, answer *httptest.ResponseRecorder) {
		framing, ancestors := "DENY", "frame-ancestors 'none'"
		if s.framed() {
			framing, ancestors = "SAMEORIGIN", "frame-ancestors 'self'"
		}
		for name, want := range map[string]string{
			"Content-Type":               "text/html; charset=utf-8",
			"Content-Language":           string(lang),
			"Cache-Control":              "no-store",
			"Cross-Origin-Opener-Policy": "same-origin",
			"X-Frame-Options":            framing,
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"X-Robots-Tag":               "noindex",
		} {
			if got := answer.Header().Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		want := []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", ancestors}
		if scripts := parse(t, answer.Body.String()).all("script"); len(scripts) == 1 {
			sum := sha256.Sum256([]byte(scripts[0].FirstChild.Data))
			want = append(want, "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		}
		if !s.starts {
			want = append(want, "form-action 'self'")
		}
		if got := answer.Header().Get("Content-Security-Policy"); got != strings.Join(want, "; ") {
			t.Errorf("policy\n%s\nwant\n%s", got, strings.Join(want, "; "))
		}
	})
}

// Given what cannot be drawn or sent, when it is asked for, then the answer is a
// plain 500 with the same protection, and no half page.
func TestWhatCannotBeDrawnIs500(t *testing.T) {
	p := newPages(t, pages.Site{})
	for name, c := range map[string]struct {
		status int
		page   pages.Page
	}{
		"no page":          {200, nil},
		"impossible code":  {7, pages.Login{}},
		"code without end": {1000, pages.Login{}},
	} {
		answer := httptest.NewRecorder()
		p.Write(answer, pages.English, c.status, c.page)
		if answer.Code != 500 || answer.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Header().Get("Content-Type"))
		}
		if strings.Contains(answer.Body.String(), "<") || answer.Header().Get("X-Frame-Options") != "DENY" || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: unprotected: %v %s", name, answer.Header(), answer.Body)
		}
	}
}

// Given a status and a language, when a page is sent, then it has them; an unknown
// language becomes the site's own.
func TestStatusAndLanguage(t *testing.T) {
	p := newPages(t, pages.Site{Language: "zh-CN"})
	answer := httptest.NewRecorder()
	p.Write(answer, "fr", 401, pages.Login{})
	if answer.Code != 401 || answer.Header().Get("Content-Language") != "zh-CN" {
		t.Errorf("%d %s, want 401 zh-CN", answer.Code, answer.Header().Get("Content-Language"))
	}
}

// Given many visitors at once, when each gets another page, then none sees another's.
func TestManyAtOnce(t *testing.T) {
	p := newPages(t, pages.Site{})
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			account := strings.Repeat("x", i+1)
			answer := httptest.NewRecorder()
			p.Write(answer, everyLanguage[i%3], 200, pages.Linked{Account: account, Continue: "/"})
			if !strings.Contains(answer.Body.String(), "<bdi>"+account+"</bdi>") {
				t.Errorf("visitor %d saw another's page", i)
			}
		})
	}
	wait.Wait()
}
