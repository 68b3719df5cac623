package form

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// maxValue bounds each value that an account is opened with, in bytes.
const maxValue = 1024

// OpenAccount implements [accounts.Opener]. It takes at most twenty seconds,
// however slow the app is. A value of more than 1024 bytes, or with a control
// character in it, is refused as wrong without asking the app, and so is an empty
// user name or password where the form takes one.
func (r *Registration) OpenAccount(ctx context.Context, values map[string]string) error {
	if err := r.refuse(values); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return notAsked(r.set.cannot("waiting for a place", accounts.PlainCause(ctx.Err())))
	}
	b := newBrowser(r.set.url)
	defer b.close()
	err := r.open(ctx, b, values)
	if errors.Is(err, accounts.ErrCannotCheck) && !b.posted {
		return notAsked(err)
	}
	return err
}

func (r *Registration) refuse(values map[string]string) error {
	for key, value := range values {
		known := slices.ContainsFunc(valueNames, func(v struct{ placeholder, key string }) bool { return v.key == key })
		switch {
		case !known:
			return notAsked(r.set.cannot("filling in the registration form", fmt.Errorf("there is no value %q", key)))
		case len(value) > maxValue:
			return wrong(key + " is too long")
		case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
			return wrong(key + " holds a control character or is not UTF-8")
		}
	}
	for _, key := range []string{"username", "password"} {
		uses := func(f filling) bool { return f.text.uses(key) }
		if values[key] == "" && slices.ContainsFunc(r.fields, uses) {
			return wrong(key + " is empty")
		}
	}
	return nil
}

// open makes one visit: read the page, fill in its form, send it, judge.
func (r *Registration) open(ctx context.Context, b *browser, values map[string]string) error {
	shown, err := b.get(ctx, r.set.url, nil)
	if err != nil {
		return r.set.cannot("reading the registration page", err)
	}
	if inTrouble(shown.status) {
		return r.set.cannot("reading the registration page", fmt.Errorf("the app answered with status %d", shown.status))
	}
	f := shown.page.formWith(r.names())
	if f == nil {
		return r.set.cannot("reading the registration page", fmt.Errorf(
			"no form with the fields %q in it (status %d)", r.names(), shown.status))
	}
	filled, err := r.fill(shown.page, f, values)
	switch {
	case errors.Is(err, errCharacter):
		return wrong(err.Error())
	case err != nil:
		return r.set.cannot("filling in the registration form", err)
	}
	before := b.jar.snapshot()
	o, err := r.set.submit(ctx, b, filled)
	if err != nil {
		return r.set.cannot("submitting the registration form", err)
	}
	o.changed = b.jar.changedSince(before)
	switch verdict, reason := r.set.opened(o, o.final.page.asksFor(r.names())); verdict {
	case yes:
		return nil
	case no:
		return wrong(reason)
	default:
		return r.set.cannot("judging the registration", errors.New(reason))
	}
}

// fill returns the request that sends the form with the values in it.
func (r *Registration) fill(p *page, f *form, values map[string]string) (request, error) {
	typed := make(map[string]string)
	for _, field := range r.fields {
		text := field.text.render(values)
		if c := f.field(field.name); c != nil && c.tag != "select" {
			typed[field.name] = text
			continue
		}
		if text != "" && !f.choose(field.name, text) { // else the page's own choice stays
			return request{}, fmt.Errorf("the field %q has no such choice", field.name)
		}
	}
	filled, err := p.submission(f, typed)
	if err == nil && filled.method != http.MethodPost {
		err = errGET
	}
	return filled, err
}

// ticked tells the controls that are chosen with a click.
func (c *control) ticked() bool {
	return c.tag == "input" && (c.kind == "checkbox" || c.kind == "radio")
}

// choices are the tick boxes and choices of the name that a person could click.
func (f *form) choices(name string) []*control {
	var found []*control
	for _, c := range f.controls {
		if c.name == name && !c.disabled && c.ticked() {
			found = append(found, c)
		}
	}
	return found
}

// choose does what a click does: it takes the one option, choice or tick box that
// has the value. It returns false, and changes nothing, if there is none.
func (f *form) choose(name, value string) bool {
	if c := f.field(name); c != nil {
		at := slices.IndexFunc(c.options, func(o *option) bool { return !o.disabled && o.submitted() == value })
		if at < 0 {
			return false
		}
		for i, o := range c.options {
			o.selected = i == at
		}
		return true
	}
	choices := f.choices(name)
	at := slices.IndexFunc(choices, func(c *control) bool { return c.value == value })
	if at < 0 {
		return false
	}
	for i, c := range choices {
		c.checked = i == at || c.checked && c.kind == "checkbox"
	}
	return true
}
