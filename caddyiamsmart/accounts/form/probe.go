package form

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Probe is a look at an app's login page by whoever sets the gate up, to find
// what a block of this kind has to say for it. It visits the app as a check
// does, with the same bounds.
//
// The order is: [Look], [Probe.Forms], [Probe.Use], [Probe.Compare],
// [Probe.Confirm]. A *[Finding] as an error says why this kind cannot use the
// page; any other error, that the app did not answer.
type Probe struct {
	set   settings // address and fields; no rules
	shown *answer  // the login page, as a stranger sees it
	view  *view
}

// SeenForm is a form as the page has it.
type SeenForm struct {
	Method, Action string
	Fields         []SeenField
	// User and Password are the fields that a login would fill in; both are ""
	// if the form is no login form.
	User, Password string
}

// SeenField is a field of a form. Its value is nobody's business.
type SeenField struct{ Name, Type string }

// Look reads the login page.
func Look(ctx context.Context, address string) (*Probe, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Finding{BadAddress, "url: not an address"} // the cause would repeat it
	}
	p := &Probe{set: settings{url: u}}
	if err := p.set.validateURL(); err != nil {
		return nil, &Finding{BadAddress, err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime-logoutTime)
	defer cancel()
	b := newBrowser(u)
	defer b.close()
	p.shown, err = b.get(ctx, u, nil)
	switch {
	case errors.Is(err, errElsewhere) && p.shown != nil:
		return nil, &Finding{Elsewhere, originOf(p.shown.location)}
	case err != nil:
		return nil, fmt.Errorf("reading the login page: %w", err)
	case inTrouble(p.shown.status):
		return nil, fmt.Errorf("reading the login page: the app answered with status %d", p.shown.status)
	case p.shown.asksFor != "" && p.shown.status == http.StatusUnauthorized:
		scheme, _, _ := strings.Cut(p.shown.asksFor, " ")
		return nil, &Finding{HTTPLogin, scheme}
	}
	p.view = p.shown.page.view()
	return p, nil
}

// Charset is that of the page, by its WHATWG name.
func (p *Probe) Charset() string { return p.shown.page.charset }

// Forms lists the forms of the page, in its order.
func (p *Probe) Forms() []SeenForm {
	var seen []SeenForm
	for _, f := range p.shown.page.forms {
		s := SeenForm{Method: "GET", Action: p.shownAction(f)}
		if strings.EqualFold(f.method, http.MethodPost) {
			s.Method = http.MethodPost
		}
		for _, c := range f.controls {
			s.Fields = append(s.Fields, SeenField{c.name, c.seenType()})
		}
		if user, password := f.loginFields(); user != nil {
			s.User, s.Password = user.name, password.name
		}
		seen = append(seen, s)
	}
	return seen
}

func (p *Probe) shownAction(f *form) string {
	if strings.TrimSpace(f.action) == "" {
		return shownAddress(p.shown.url)
	}
	u := p.shown.page.resolve(f.action)
	switch {
	case u == nil, u.Scheme != "http" && u.Scheme != "https":
		return "(script)"
	case !sameOrigin(p.set.url, u):
		return originOf(u) + shownAddress(u)
	}
	return shownAddress(u)
}

func (c *control) seenType() string {
	switch {
	case c.tag != "input" && (c.tag != "button" || c.kind == ""):
		return c.tag
	case c.kind == "":
		return "text"
	}
	return c.kind
}

// loginFields returns the fields to fill in, if the form asks for one password
// and something before it: the last field that a name can be typed into, else
// a list to choose it from.
func (f *form) loginFields() (user, password *control) {
	var list *control
	for _, c := range f.controls {
		switch {
		case c.disabled || c.name == "" || !c.fillable():
		case c.isPassword() && password != nil:
			return nil, nil // a form to register with, or for a new password
		case c.isPassword():
			password = c
		case password != nil: // what comes after it is no user name
		case c.tag == "input":
			user = c
		case c.tag == "select":
			list = c
		}
	}
	if user == nil {
		user = list
	}
	if user == nil || password == nil {
		return nil, nil
	}
	return user, password
}

func (c *control) isPassword() bool { return c.tag == "input" && c.kind == "password" }

// Missing says why the page has no form that could be the login form.
func (p *Probe) Missing() *Finding {
	page := p.shown.page
	scripted := slices.ContainsFunc(page.loose, (*control).isPassword)
	for _, f := range page.forms {
		nameless := func(c *control) bool { return c.isPassword() && c.name == "" }
		scripted = scripted || slices.ContainsFunc(f.controls, nameless)
	}
	switch {
	case scripted: // outside of a form, or without a name: only script can send it
		return &Finding{Kind: Scripted}
	case len(p.view.next(page)) > 0:
		if u := page.resolve(p.view.next(page)[0]); u != nil {
			return &Finding{Framed, originOf(u) + shownAddress(u)}
		}
		return &Finding{Kind: NoForm}
	case builtByScript.MatchString(page.text) && strings.TrimSpace(p.view.script) != "":
		return &Finding{Kind: Scripted}
	case p.shown.status >= http.StatusBadRequest:
		return &Finding{NoPage, strconv.Itoa(p.shown.status)}
	}
	return &Finding{Kind: NoForm}
}

// Use takes the form that holds both fields, and returns what is worth knowing
// of it. The error is a *[Finding] if this kind cannot use it.
func (p *Probe) Use(user, password string) ([]Finding, error) {
	p.set.userField, p.set.passwordField = user, password
	f := p.shown.page.loginForm(user, password)
	if f == nil || user == password {
		return nil, &Finding{Kind: NoFields}
	}
	r, err := p.shown.page.submission(f, map[string]string{user: "name", password: "password"})
	switch {
	case errors.Is(err, errGET):
		return nil, &Finding{Kind: SentByGET}
	case err != nil:
		return nil, &Finding{Unsendable, err.Error()}
	case r.url.Scheme != "http" && r.url.Scheme != "https":
		return nil, &Finding{Kind: Scripted}
	case !sameOrigin(p.set.url, r.url):
		return nil, &Finding{SentAway, originOf(r.url)}
	}
	return p.weigh(f)
}

// weigh looks for what a form cannot show: a captcha, and script.
func (p *Probe) weigh(f *form) ([]Finding, error) {
	further := f.further(p.set.userField, p.set.passwordField)
	script := p.view.script + p.view.inputs
	pictured := captchaWord.MatchString(p.view.inputs) || captchaWord.MatchString(p.view.text())
	switch {
	case captchaWidget.MatchString(script):
		return nil, &Finding{Captcha, captchaWidget.FindString(script)}
	case len(further) > 0 && pictured:
		return nil, &Finding{Captcha, further[0].name}
	case p.view.handled && cryptWord.MatchString(p.view.script):
		return nil, &Finding{Hashed, cryptWord.FindString(p.view.script)}
	}

	var notes []Finding
	if p.set.url.Scheme == "http" && !loopback(p.set.url.Hostname()) {
		notes = append(notes, Finding{Kind: InClear})
	}
	for _, c := range further {
		notes = append(notes, Finding{ThirdField, c.name})
	}
	if p.view.handled {
		notes = append(notes, Finding{Kind: Handled})
	}
	if p.shared() {
		notes = append(notes, Finding{Kind: FormsAlike})
	}
	return notes, nil
}

// further are the empty fields beside the two, to be filled in by a person.
func (f *form) further(user, password string) []*control {
	var found []*control
	for _, c := range f.controls {
		if c.tag == "input" && c.fillable() && !c.disabled && c.name != "" && c.name != user && c.name != password && c.value == "" {
			found = append(found, c)
		}
	}
	return found
}

// shared tells whether a second form has both fields too.
func (p *Probe) shared() bool {
	n := 0
	for _, f := range p.shown.page.forms {
		if f.field(p.set.userField) != nil && f.field(p.set.passwordField) != nil {
			n++
		}
	}
	return n > 1
}
