package upstream

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"time"
)

// HeaderSpec is one identity header as the operator configures it.
type HeaderSpec struct {
	// Name of the header, sent in its canonical form.
	Name string
	// Template holds literals and placeholders: {iamsmart.account},
	// {iamsmart.account.<attribute>}, {iamsmart.person}, {iamsmart.name.en},
	// {iamsmart.name.zh}, {iamsmart.birth_date}, {iamsmart.gender},
	// {iamsmart.user_type}, {iamsmart.login_time}, {iamsmart.link_method},
	// {iamsmart.realm}, {iamsmart.app}. `\{` and `\}` are literal braces, `\\` is
	// a backslash.
	Template string
	// Required makes a header without a value an error instead of leaving the
	// header out. A header that uses {iamsmart.account} is always required.
	Required bool
}

// Identity is what is known of a linked person when a session begins.
type Identity struct {
	Account    string    // the name in the app, as its own record spells it
	Person     string    // the stable pseudonym of the person for this app
	UserType   string    // as iAM Smart names it
	LinkMethod string    // the way in which the link was made
	Realm      string    // name of the realm
	App        string    // name of the app
	LoginTime  time.Time // rendered as RFC 3339 in UTC

	// Attributes are those of the account's own record, by their names in lower
	// case, with their values.
	Attributes map[string][]string
	// What iAM Smart said of the person; empty where it was not asked.
	NameEN, NameZH, BirthDate, Gender string
}

// Headers are the identity headers of one gate. They never change.
type Headers struct {
	list []header
}

type header struct {
	name     string
	template template
	required bool
}

// NewHeaders checks the specs and returns the headers they describe. It refuses
// a name that is no header name, one that HTTP or the gate needs for itself, two
// names that an app could take for one, and a template with anything but
// literals and known placeholders. The error names the header and the remedy.
func NewHeaders(specs []HeaderSpec) (*Headers, error) {
	h := &Headers{list: make([]header, 0, len(specs))}
	seen := make(map[string]string, len(specs))
	for _, spec := range specs {
		if err := checkName(spec.Name); err != nil {
			return nil, fmt.Errorf("reading header %q: %w", spec.Name, err)
		}
		folded := Fold(spec.Name)
		if first, twice := seen[folded]; twice {
			return nil, fmt.Errorf("reading header %q: apps cannot tell it from %q, which is mapped already", spec.Name, first)
		}
		seen[folded] = spec.Name
		parsed, err := parseTemplate(spec.Template)
		if err != nil {
			return nil, fmt.Errorf("reading header %q: %w", spec.Name, err)
		}
		h.list = append(h.list, header{
			name:     textproto.CanonicalMIMEHeaderKey(spec.Name),
			template: parsed,
			required: spec.Required,
		})
	}
	return h, nil
}

// Names returns the canonical names, in the order of the configuration: what a
// Scrubber of this gate must know.
func (h *Headers) Names() []string {
	names := make([]string, len(h.list))
	for i, hd := range h.list {
		names[i] = hd.name
	}
	return names
}

// ProfileFields are the placeholders that take what iAM Smart says of a person, of
// all templates, each once: name.en, name.zh, birth_date, gender.
func (h *Headers) ProfileFields() []string {
	var fields []string
	for _, hd := range h.list {
		for _, p := range hd.template {
			if p.field != nil && p.field.profile && !slices.Contains(fields, p.field.short()) {
				fields = append(fields, p.field.short())
			}
		}
	}
	return fields
}

// Attributes are the attributes of the account's record that the templates take,
// each once.
func (h *Headers) Attributes() []string {
	var names []string
	for _, hd := range h.list {
		for _, p := range hd.template {
			if p.field != nil && p.field.attribute != "" && !slices.Contains(names, p.field.attribute) {
				names = append(names, p.field.attribute)
			}
		}
	}
	return names
}

// Render computes the headers of one person. Call it once per session and keep
// the result. The error is a *HeaderError: with it the request must not pass.
func (h *Headers) Render(id Identity) (Rendered, error) {
	var r Rendered
	for _, hd := range h.list {
		value, reason := hd.render(&id)
		switch {
		case reason != "":
			return Rendered{}, &HeaderError{Header: hd.name, Reason: reason}
		case value == "":
			r.absent = append(r.absent, hd.name)
		default:
			r.names = append(r.names, hd.name)
			r.values = append(r.values, value)
		}
	}
	return r, nil
}

// render returns the value, or why there can be none. An empty value without a
// reason leaves the header out.
func (h *header) render(id *Identity) (value, reason string) {
	account := h.template.usesAccount()
	if account {
		if reason := accountFault(id.Account); reason != "" {
			return "", reason
		}
	}
	value = h.template.render(id)
	switch {
	case value != "" && account:
		return value, valueFault(value, maxAccountBytes)
	case value != "":
		return value, valueFault(value, maxValueBytes)
	case h.required || account:
		return "", "it is required and has no value"
	}
	return "", ""
}

// Rendered holds the finished headers of one person. One Rendered may stamp any
// number of requests at once; the zero value stamps nothing.
type Rendered struct {
	names, values []string // equal in length
	absent        []string // mapped, but without a value for this person
}

// Stamp writes the headers. It replaces what stands under a mapped name and
// removes mapped names that have no value. Each call hands out memory of its
// own, so that whatever a later handler does to one request's values, by
// appending or in place, stays with that request.
func (r Rendered) Stamp(header http.Header) {
	for _, name := range r.absent {
		delete(header, name)
	}
	if len(r.names) == 0 {
		return
	}
	own := make([]string, len(r.values))
	copy(own, r.values)
	for i, name := range r.names {
		header[name] = own[i : i+1 : i+1]
	}
}
