package pages

import (
	"embed"
	"fmt"
	"html/template"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templateNames are the pages; each file of the name defines "title" and "main"
// for the layout that all share.
var templateNames = []string{
	"login", "direct", "frame", "logoutask", "loggedout", "problem",
	"choice", "linkform", "codeform", "hkicask", "waiting", "confirm", "linked", "undone", "stepup", "resume",
	"registerask", "registerreview", "registerstatus",
	"picker", "account", "unlinked",
}

// Pages draws the pages of one site. It is safe for use by many goroutines.
type Pages struct {
	site      Site
	voices    map[Language]voice
	templates map[string]*template.Template
	assets    map[string]asset
	style     string // path of the style sheet
	logo      string // path of the logo, or empty
}

// New makes the pages of a site. It fails where a value of the site is out of
// its bounds (see Site), and names the value.
func New(site Site) (*Pages, error) {
	site, err := site.checked()
	if err != nil {
		return nil, err
	}
	templates, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	p := &Pages{site: site, voices: map[Language]voice{}, templates: templates, assets: map[string]asset{}}
	for _, lang := range languages {
		p.voices[lang] = newVoice(site, lang)
	}
	p.addAssets()
	return p, nil
}

func parseTemplates() (map[string]*template.Template, error) {
	shared, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("parsing shared templates: %w", err)
	}
	parsed := map[string]*template.Template{}
	for _, name := range templateNames {
		page, err := shared.Clone()
		if err == nil {
			page, err = page.ParseFS(templateFiles, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("parsing template %s: %w", name, err)
		}
		parsed[name] = page
	}
	return parsed, nil
}
