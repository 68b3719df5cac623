package form

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// pageReader reads a page in one pass over its tokens.
//
// It does not build a tree, for two reasons. Which form a control belongs to is
// decided by the parser's form pointer and not by the tree: in a table, where
// old apps put their login, a form is no ancestor of its inputs. And a pass
// over tokens takes linear time and no depth, whatever a page holds.
type pageReader struct {
	page      *page
	open      *form // the form pointer of the HTML standard
	owned     []owned
	fieldsets []fieldset
	inert     int      // depth of template and datalist, which submit nothing
	choice    *control // the select that is open
	option    *option  // its option that is open
	area      *control // the textarea whose text comes next
	based     bool     // a base element was seen; later ones do not count
}

// owned is a control with what decides its form once all forms are known.
type owned struct {
	control *control
	form    *form  // by the form pointer
	id      string // by the form attribute, which wins
	byID    bool
}

// fieldset switches all its controls off, but for those in its first legend;
// around says whether something outside of it does so already.
type fieldset struct{ disabled, around, inLegend, hadLegend bool }

func newPageReader(p *page) *pageReader { return &pageReader{page: p} }

func (r *pageReader) read() {
	tokens := html.NewTokenizer(strings.NewReader(r.page.text))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end; the text is in memory, so nothing else
			r.assign()
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(tokens.Token())
		case html.EndTagToken:
			r.end(tokens.Token().Data)
		case html.TextToken:
			r.text(tokens.Token().Data)
		}
	}
}

func (r *pageReader) start(t html.Token) {
	r.area = nil
	switch t.Data {
	case "template", "datalist":
		r.inert++
	case "base":
		r.startBase(t)
	case "a", "area":
		if href, ok := attribute(t, "href"); ok && r.inert == 0 {
			r.page.links = append(r.page.links, href)
		}
	case "form":
		r.startForm(t)
	case "fieldset":
		_, disabled := attribute(t, "disabled")
		r.fieldsets = append(r.fieldsets, fieldset{disabled: disabled, around: r.switchedOff()})
	case "legend":
		if n := len(r.fieldsets); n > 0 && !r.fieldsets[n-1].hadLegend {
			r.fieldsets[n-1].inLegend, r.fieldsets[n-1].hadLegend = true, true
		}
	case "input", "button", "select", "textarea":
		r.startControl(t)
	case "option":
		r.startOption(t)
	case "optgroup":
		r.option = nil
	}
}

func (r *pageReader) end(tag string) {
	r.area = nil
	switch tag {
	case "template", "datalist":
		r.inert = max(0, r.inert-1)
	case "form":
		if r.inert == 0 {
			r.open = nil
		}
	case "fieldset":
		if n := len(r.fieldsets); n > 0 {
			r.fieldsets = r.fieldsets[:n-1]
		}
	case "legend":
		if n := len(r.fieldsets); n > 0 {
			r.fieldsets[n-1].inLegend = false
		}
	case "select":
		r.choice, r.option = nil, nil
	case "option", "optgroup":
		r.option = nil
	}
}

func (r *pageReader) text(s string) {
	if r.area != nil {
		s = strings.TrimPrefix(s, "\r")
		r.area.value = strings.TrimPrefix(s, "\n")
		r.area = nil
	}
	if r.option != nil {
		r.option.text.WriteString(s)
	}
}

func (r *pageReader) startBase(t html.Token) {
	href, ok := attribute(t, "href")
	if !ok || r.based || r.inert > 0 {
		return
	}
	r.based = true
	if u := r.page.resolve(href); u != nil {
		r.page.base = u
	}
}

func (r *pageReader) startForm(t html.Token) {
	if r.open != nil || r.inert > 0 {
		return // a form in a form is none
	}
	f := new(form)
	f.id, _ = attribute(t, "id")
	f.action, _ = attribute(t, "action")
	f.method, _ = attribute(t, "method")
	f.enctype, _ = attribute(t, "enctype")
	f.acceptCharset, _ = attribute(t, "accept-charset")
	r.page.forms = append(r.page.forms, f)
	r.open = f
}

func (r *pageReader) startControl(t html.Token) {
	if r.inert > 0 {
		return
	}
	c := &control{tag: t.Data}
	kind, _ := attribute(t, "type")
	c.kind = strings.ToLower(kind)
	c.name, _ = attribute(t, "name")
	value, valued := attribute(t, "value")
	c.value = value
	if !valued && (c.kind == "checkbox" || c.kind == "radio") {
		c.value = "on"
	}
	_, c.checked = attribute(t, "checked")
	complete, _ := attribute(t, "autocomplete")
	c.oneTime = slices.Contains(strings.Fields(strings.ToLower(complete)), "one-time-code")
	_, c.disabled = attribute(t, "disabled")
	c.disabled = c.disabled || r.switchedOff()
	if c.submits() {
		c.override = overrides(t)
	}
	switch c.tag {
	case "select":
		_, c.multiple = attribute(t, "multiple")
		size, _ := attribute(t, "size")
		c.list = c.multiple || size != "" && size != "0" && size != "1"
		r.choice, r.option = c, nil
	case "textarea":
		c.value = ""
		r.area = c
	}
	id, byID := attribute(t, "form")
	r.owned = append(r.owned, owned{control: c, form: r.open, id: id, byID: byID})
}

// overrides are the attributes by which a button changes what its form says.
func overrides(t html.Token) map[string]string {
	found := make(map[string]string)
	for _, name := range []string{"formaction", "formmethod", "formenctype"} {
		if value, ok := attribute(t, name); ok {
			found[name] = value
		}
	}
	return found
}

func (r *pageReader) startOption(t html.Token) {
	if r.choice == nil {
		return
	}
	o := new(option)
	o.value, o.valued = attribute(t, "value")
	_, o.selected = attribute(t, "selected")
	_, o.disabled = attribute(t, "disabled")
	r.choice.options = append(r.choice.options, o)
	r.option = o
}

func (r *pageReader) switchedOff() bool {
	if len(r.fieldsets) == 0 {
		return false
	}
	inner := r.fieldsets[len(r.fieldsets)-1]
	return inner.around || inner.disabled && !inner.inLegend
}

// assign gives each control to its form, which may come after it in the page.
func (r *pageReader) assign() {
	byID := make(map[string]*form)
	for _, f := range r.page.forms {
		if f.id != "" && byID[f.id] == nil {
			byID[f.id] = f
		}
	}
	for _, o := range r.owned {
		owner := o.form
		if o.byID {
			owner = byID[o.id]
		}
		if owner == nil {
			r.page.loose = append(r.page.loose, o.control)
			continue
		}
		owner.controls = append(owner.controls, o.control)
	}
}
