package pages

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The only scripts of the pages: showScript toggles a password, waitScript looks
// again while somebody answers in the app. A page has one of them at most.
var (
	//go:embed templates/show.js
	showScript string
	//go:embed templates/wait.js
	waitScript string
)

// scriptSource is what lets a script, and no other, run.
func scriptSource(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Write draws a page and answers with it. All headers are set here, none on
// another page's account: not cached, not framed (but FrameLogin, by its own
// origin), no script but ours, not indexed. An unknown language becomes the
// site's own; a page that cannot be drawn becomes a short 500, never half a page.
func (p *Pages) Write(w http.ResponseWriter, lang Language, status int, page Page) {
	if !known(string(lang)) {
		lang = p.Choose("", "")
	}
	var body bytes.Buffer
	if err := p.draw(&body, lang, page); err != nil || status < 200 || status > 599 {
		setHeaders(w.Header(), plan{})
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		// Nobody is left to tell: the status says it.
		_, _ = w.Write([]byte("500 internal error\n"))
		return
	}
	setHeaders(w.Header(), page.plan())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser may have gone
}

func (p *Pages) draw(body *bytes.Buffer, lang Language, page Page) error {
	if page == nil {
		return errors.New("drawing page: there is none")
	}
	plan := page.plan()
	return p.templates[plan.template].ExecuteTemplate(body, "layout", view{
		voice:   p.voices[lang],
		lang:    lang,
		pages:   p,
		now:     time.Now(),
		Page:    page,
		Common:  plan.common,
		Framed:  plan.framed,
		Forgets: plan.starts && !plan.stays,
		script:  plan.script,
	})
}

func setHeaders(header http.Header, plan plan) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy(plan))
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Referrer-Policy", "same-origin")
	if plan.common.SecretAddress {
		header.Set("Referrer-Policy", "origin") // with no-referrer browsers would send forms without their Origin
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Robots-Tag", "noindex")
	header.Set("X-Frame-Options", "DENY")
	if plan.framed {
		header.Set("X-Frame-Options", "SAMEORIGIN")
	}
}

// policy is the Content-Security-Policy of a page. Where a form starts iAM
// Smart there is no form-action: Chromium applies it to the redirects that
// follow, and they lead to another host.
func policy(plan plan) string {
	parts := []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'"}
	if plan.framed {
		parts = append(parts, "frame-ancestors 'self'")
	} else {
		parts = append(parts, "frame-ancestors 'none'")
	}
	if plan.script != "" {
		parts = append(parts, "script-src "+scriptSource(plan.script))
	}
	if !plan.starts {
		parts = append(parts, "form-action 'self'")
	}
	return strings.Join(parts, "; ")
}
