package form

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// view is what a person sees of a page, and what its script says. A check needs
// none of it; it is for finding rules.
type view struct {
	runs    []run    // the visible text, between one tag and the next
	links   []anchor // in the order of the page, as page.links
	leads   []string // addresses that a browser loads by itself: frames, a refresh
	alerts  []string // what script says in a box
	jumps   []string // where script leads
	script  string   // all of it, and the addresses of what is loaded
	inputs  string   // the attributes of fields and images, for their words
	handled bool     // something is to happen when a form is sent
}

// run is a piece of text as the source writes it, and where it begins there.
type run struct {
	text  string
	begin int
}

// anchor is a link: its address as it is written, and what it says.
type anchor struct{ href, text string }

const maxLead = 200 // bytes of an address or sentence in a script

var (
	scriptAlert  = regexp.MustCompile(`\balert\(\s*["']([^"'\r\n]{1,200})["']`)
	scriptJump   = regexp.MustCompile(`\blocation(?:\.href)?\s*=\s*["']([^"'\r\n]{1,200})["']|\blocation\.(?:replace|assign)\(\s*["']([^"'\r\n]{1,200})["']`)
	scriptSubmit = regexp.MustCompile(`(?i)addEventListener\(\s*["']submit|\bonsubmit\b|\.submit\(|\.on\(\s*["']submit`)
	refreshTo    = regexp.MustCompile(`(?i)^\s*[0-9.]+\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']{1,200})`)
)

func (p *page) view() *view {
	r := viewReader{view: new(view)}
	tokens := html.NewTokenizer(strings.NewReader(p.text))
	for at := 0; ; {
		kind := tokens.Next()
		raw := string(tokens.Raw())
		switch kind {
		case html.ErrorToken:
			r.endLink()
			r.view.script = r.script.String()
			r.view.inputs = r.inputs.String()
			return r.view
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(tokens.Token())
		case html.EndTagToken:
			r.end(tokens.Token().Data)
		case html.TextToken:
			r.text(raw, at)
		}
		at += len(raw)
	}
}

type viewReader struct {
	view           *view
	within         string // the element whose text is not shown, or ""
	link           *anchor
	said           strings.Builder // by the link
	script, inputs strings.Builder
}

// unshown are the elements whose content is no visible text.
var unshown = map[string]bool{
	"script": true, "style": true, "title": true, "noscript": true, "noframes": true, "textarea": true,
	"template": true, "iframe": true, "option": true, "xmp": true, "noembed": true,
}

func (r *viewReader) start(t html.Token) {
	if unshown[t.Data] && t.Type == html.StartTagToken {
		r.within = t.Data
	}
	if _, ok := attribute(t, "onsubmit"); ok {
		r.view.handled = true
	}
	switch t.Data {
	case "a", "area":
		r.endLink()
		if href, ok := attribute(t, "href"); ok {
			r.link = &anchor{href: href}
		}
	case "frame", "iframe":
		r.lead(t, "src")
	case "meta":
		if how, _ := attribute(t, "http-equiv"); strings.EqualFold(how, "refresh") {
			content, _ := attribute(t, "content")
			if to := refreshTo.FindStringSubmatch(content); to != nil {
				r.view.leads = append(r.view.leads, to[1])
			}
		}
	case "script":
		src, _ := attribute(t, "src")
		r.script.WriteString(src + "\n")
	case "img", "input", "button":
		r.words(t)
	case "div", "span":
		class, _ := attribute(t, "class")
		key, _ := attribute(t, "data-sitekey")
		r.inputs.WriteString(class + " " + key + "\n")
	}
}

func (r *viewReader) lead(t html.Token, name string) {
	if src, ok := attribute(t, name); ok && src != "" && len(src) <= maxLead {
		r.view.leads = append(r.view.leads, src)
	}
}

// words keeps what an image or a field says of itself.
func (r *viewReader) words(t html.Token) {
	for _, name := range []string{"id", "class", "name", "alt", "src", "placeholder", "title", "aria-label"} {
		value, _ := attribute(t, name)
		r.inputs.WriteString(value + " ")
		if name == "alt" && r.link != nil {
			r.said.WriteString(value)
		}
	}
	r.inputs.WriteByte('\n')
}

func (r *viewReader) end(tag string) {
	if tag == r.within {
		r.within = ""
	}
	if tag == "a" {
		r.endLink()
	}
}

func (r *viewReader) endLink() {
	if r.link != nil {
		r.link.text = strings.Join(strings.Fields(html.UnescapeString(r.said.String())), " ")
		r.view.links = append(r.view.links, *r.link)
	}
	r.link = nil
	r.said.Reset()
}

func (r *viewReader) text(raw string, at int) {
	if r.within == "script" {
		r.scriptText(raw)
	}
	if r.within != "" {
		return
	}
	if r.link != nil {
		r.said.WriteString(raw)
	}
	if trimmed := strings.TrimSpace(raw); trimmed != "" {
		r.view.runs = append(r.view.runs, run{trimmed, at + strings.Index(raw, trimmed)})
	}
}

func (r *viewReader) scriptText(source string) {
	r.script.WriteString(source + "\n")
	for _, found := range scriptAlert.FindAllStringSubmatch(source, -1) {
		r.view.alerts = append(r.view.alerts, found[1])
	}
	for _, found := range scriptJump.FindAllStringSubmatch(source, -1) {
		r.view.jumps = append(r.view.jumps, found[1]+found[2])
	}
	r.view.handled = r.view.handled || scriptSubmit.MatchString(source)
}

// text is all that can be read on the page, boxes of its script included.
func (v *view) text() string {
	var b strings.Builder
	for _, r := range v.runs {
		b.WriteString(r.text + "\n")
	}
	return b.String() + strings.Join(v.alerts, "\n")
}

// next are the addresses that follow the page without a click. What a script
// leads to counts only on a page that is there for nothing else: elsewhere it
// may be what a button does.
func (v *view) next(p *page) []string {
	if len(v.links) == 0 && len(p.forms) == 0 && len(v.text()) < maxLead {
		return append(v.leads[:len(v.leads):len(v.leads)], v.jumps...)
	}
	return v.leads
}
