package pages

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"time"
)

//go:embed templates/style.css
var styleSheet []byte

// asset is a file that the pages refer to. Its name holds a hash of its
// content, so a browser may keep it for ever.
type asset struct {
	content []byte
	kind    string
}

// forgetName is a file with nothing in it that matters but its header, see
// serveForget. Pages from which a login starts refer to it.
const forgetName = "forget.css"

// addAssets names the files and remembers where the pages find them.
func (p *Pages) addAssets() {
	p.style = p.addAsset("style", ".css", asset{styleSheet, "text/css; charset=utf-8"})
	if len(p.site.Logo) == 0 {
		return
	}
	extension := ".png"
	if p.site.LogoType == typeSVG {
		extension = ".svg"
	}
	p.logo = p.addAsset("logo", extension, asset{bytes.Clone(p.site.Logo), p.site.LogoType})
}

func (p *Pages) addAsset(stem, extension string, a asset) string {
	sum := sha256.Sum256(a.content)
	name := stem + "-" + hex.EncodeToString(sum[:8]) + extension
	p.assets[name] = a
	return p.site.Prefix + "/assets/" + name
}

// ServeAsset answers GET and HEAD of <prefix>/assets/<name>: the style sheet,
// where there is one the logo, and what makes the browser forget. Any other name is 404, any other method 405.
func (p *Pages) ServeAsset(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	// A logo is the operator's file; opened by itself it still must not run script.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	a, found := p.assets[name]
	if !found && name != forgetName {
		header.Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Cache-Control", "no-store")
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if name == forgetName {
		serveForget(w, r)
		return
	}
	header.Set("Content-Type", a.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}

// serveForget makes the browser forget the pages of the application that it
// holds for the Back button. Chromium holds them although they are no-store, and
// also when the session cookie has gone since (seen with version 156); the next
// person at the PC would see them. It drops them when this header comes; but not
// when it comes with the very page that follows, since the last page is put by
// only then. So it comes with a file that the page needs after that. Another
// site that fetches the file shall not empty the cache.
func serveForget(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "" || site == "same-origin" {
		w.Header().Set("Clear-Site-Data", `"cache"`)
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}
