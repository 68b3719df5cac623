package form

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// page is what a browser would know of a page without running its script.
type page struct {
	url     *url.URL
	base    *url.URL // what addresses in the page are relative to
	charset string   // by its WHATWG name
	text    string   // the source, in UTF-8
	data    *data    // nil where the answer is not said to be JSON
	forms   []*form
	loose   []*control // that belong to no form
	links   []string   // as they are written
}

// form is one form element with the controls that belong to it.
type form struct {
	id, action, method, enctype, acceptCharset string
	controls                                   []*control
}

// control is an element that a form may submit.
type control struct {
	tag, kind   string // kind: the type attribute of an input or button
	name, value string
	checked     bool
	disabled    bool
	oneTime     bool // autocomplete says that it takes a one-time code
	multiple    bool // a select that takes several options
	list        bool // a select that shows several, and so chooses none by itself
	options     []*option
	override    map[string]string // a submit button's formaction and the like
}

type option struct {
	value              string // from the attribute, where valued
	valued             bool
	text               strings.Builder
	selected, disabled bool
}

// submitted is what stands for the option in a submission.
func (o *option) submitted() string {
	if o.valued {
		return o.value
	}
	return strings.Join(strings.Fields(o.text.String()), " ")
}

func readPage(u *url.URL, body []byte, contentType string) *page {
	encoding, name, _ := charset.DetermineEncoding(body, contentType)
	decoded, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		decoded = body
	}
	p := &page{url: u, base: u, charset: name}
	if isJSON(contentType) { // is UTF-8, whatever else it says
		decoded, p.charset, p.data = body, "utf-8", readData(body)
	}
	p.text = strings.ToValidUTF8(string(decoded), "\uFFFD")
	newPageReader(p).read()
	return p
}

// resolve returns the full address of a reference in the page, without
// fragment, or nil if it is none.
func (p *page) resolve(reference string) *url.URL {
	u, err := p.base.Parse(strings.Trim(reference, " \t\r\n\f"))
	if err != nil {
		return nil
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u
}

// loginForm returns the first form that holds both fields ready to be filled
// in, or nil. A search box or a language switch beside it has only one.
func (p *page) loginForm(user, password string) *form {
	for _, f := range p.forms {
		if u, pw := f.field(user), f.field(password); u != nil && pw != nil {
			return f
		}
	}
	return nil
}

// holdsLogin tells whether the page still asks for both, in whatever state: it
// is what must be gone after a login, so it is the wider reading.
func (p *page) holdsLogin(user, password string) bool {
	holds := func(controls []*control) bool {
		var u, pw bool
		for _, c := range controls {
			u = u || c.name == user && c.fillable()
			pw = pw || c.name == password && c.fillable()
		}
		return u && pw
	}
	for _, f := range p.forms {
		if holds(f.controls) {
			return true
		}
	}
	return holds(p.loose)
}

// asksPassword tells whether the page asks for any password.
func (p *page) asksPassword() bool {
	return slices.ContainsFunc(p.loose, (*control).isPassword) ||
		slices.ContainsFunc(p.forms, func(f *form) bool { return slices.ContainsFunc(f.controls, (*control).isPassword) })
}

// field returns the first control of the name that a person could fill in.
func (f *form) field(name string) *control {
	for _, c := range f.controls {
		if c.name == name && !c.disabled && c.fillable() {
			return c
		}
	}
	return nil
}

func (c *control) fillable() bool {
	if c.tag == "textarea" || c.tag == "select" {
		return true
	}
	if c.tag != "input" {
		return false
	}
	switch c.kind {
	case "hidden", "checkbox", "radio", "file", "submit", "image", "reset", "button":
		return false
	}
	return true
}

// submits tells whether a click on the control submits its form.
func (c *control) submits() bool {
	switch c.tag {
	case "button":
		return c.kind != "button" && c.kind != "reset"
	case "input":
		return c.kind == "submit" || c.kind == "image"
	}
	return false
}

// submitter returns the button that the Enter key would press, or nil.
func (f *form) submitter() *control {
	for _, c := range f.controls {
		if c.submits() && !c.disabled {
			return c
		}
	}
	return nil
}

// attribute returns the first attribute of the name, as browsers do, and
// whether there is one.
func attribute(t html.Token, name string) (string, bool) {
	for _, a := range t.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}
