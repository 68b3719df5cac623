package pages

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

type clockFunc func(time.Time) string

// view is what a template sees: the page, and how to speak about it.
type view struct {
	voice
	lang    Language
	pages   *Pages
	now     time.Time
	Page    Page
	Common  Common
	Framed  bool
	Forgets bool // the next person can log in here, so nobody's pages are to be kept
	script  string
}

// entry is one language of the language switch.
type entry struct {
	Tag, Label string
	Current    bool
}

// Lang is the tag for the lang attribute.
func (v view) Lang() string { return string(v.lang) }

// Languages are the entries of the language switch.
func (v view) Languages() []entry {
	var list []entry
	for _, l := range languages {
		list = append(list, entry{string(l), l.label(), l == v.lang})
	}
	return list
}

// Brand is the name of the service where the operator gave one.
func (v view) Brand() string { return v.pages.site.Service }

// Privacy, Style, Forget and Logo are addresses; empty where there is nothing.
func (v view) Privacy() string { return v.pages.site.Privacy }
func (v view) Style() string   { return v.pages.style }
func (v view) Forget() string  { return v.pages.site.Prefix + "/assets/" + forgetName }
func (v view) Logo() string    { return v.pages.logo }

// MoreInfo is the official site of iAM Smart in the language of the page.
func (v view) MoreInfo() string { return v.lang.moreInfo() }

// Endpoint is the path of one of the gate's own endpoints.
func (v view) Endpoint(name string) string { return v.pages.site.Prefix + "/" + name }

// Title is a heading as the window's title: followed by the service, if named.
func (v view) Title(key string) (string, error) {
	title, err := v.Plain(key)
	if err != nil || v.Brand() == "" || strings.Contains(title, v.Brand()) {
		return title, err
	}
	return title + " – " + v.Brand(), nil
}

// Clock writes a time of day.
func (v view) Clock(t time.Time) string { return v.lang.clock(t, v.now) }

// Day writes a date, and Stamp a date with the time of day.
func (v view) Day(t time.Time) string   { return v.lang.day(t) }
func (v view) Stamp(t time.Time) string { return v.lang.stamp(t) }

// Clean makes a value fit for an input field.
func (v view) Clean(value string) string { return clean(value) }

// Script is the text that the policy knows by its hash.
func (v view) Script() template.JS { return template.JS(v.script) }

// Left says how many tries there are; nothing where that is not known.
func (v view) Left(tries int) (template.HTML, error) {
	switch {
	case tries < 1:
		return "", nil
	case tries == 1:
		return v.Say("link.left.one")
	}
	return v.Say("link.left", "n", strconv.Itoa(tries))
}

// Heading is the title key of a problem.
func (v view) Heading(p Problem) string { return p.title() }

// Lines are the sentences about a problem.
func (v view) Lines(p Problem) ([]template.HTML, error) {
	return v.sayAll(p.lines(v.Clock, v.pages.site.Codes))
}

// Causes are the points of the list below them.
func (v view) Causes(p Problem) ([]template.HTML, error) { return v.sayAll(p.causes()) }

func (v view) sayAll(lines []line) ([]template.HTML, error) {
	var said []template.HTML
	for _, l := range lines {
		text, err := v.Say(l.key, l.values...)
		if err != nil {
			return nil, err
		}
		said = append(said, text)
	}
	return said, nil
}

// Local keeps a path on this host. What a browser could read as another host
// or another scheme, after it has dropped tabs and turned backslashes, becomes "/".
func (v view) Local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return "/"
	}
	return path
}
