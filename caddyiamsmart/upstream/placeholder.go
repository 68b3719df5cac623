package upstream

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// placeholder is a name that a template may hold in braces.
type placeholder struct {
	name      string
	value     func(*Identity) string // nil for an attribute, which may have several
	profile   bool                   // iAM Smart is asked for it, which costs the person an approval
	attribute string                 // of the account's record, in lower case
}

// short is the name without what all names begin with.
func (p *placeholder) short() string { return strings.TrimPrefix(p.name, ownPrefix) }

// values are what stands for it in the headers of id; none where nothing is known.
func (p *placeholder) values(id *Identity) []string {
	if p.attribute != "" {
		if values := id.Attributes[p.attribute]; slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			return values
		}
		return nil
	}
	if value := p.value(id); value != "" {
		return []string{value}
	}
	return nil
}

const (
	accountPlaceholder = "iamsmart.account"
	openIDPlaceholder  = "iamsmart.open_id"
	ownPrefix          = "iamsmart."
	maxChoices         = 8 // in one pair of braces
	attributePrefix    = accountPlaceholder + "."
	maxAttributeName   = 64 // bytes
)

var placeholders = []placeholder{
	{name: accountPlaceholder, value: func(id *Identity) string { return id.Account }},
	{name: "iamsmart.person", value: func(id *Identity) string { return id.Person }},
	{name: "iamsmart.name.en", value: func(id *Identity) string { return id.NameEN }, profile: true},
	{name: "iamsmart.name.zh", value: func(id *Identity) string { return id.NameZH }, profile: true},
	{name: "iamsmart.birth_date", value: func(id *Identity) string { return id.BirthDate }, profile: true},
	{name: "iamsmart.gender", value: func(id *Identity) string { return id.Gender }, profile: true},
	{name: "iamsmart.user_type", value: func(id *Identity) string { return id.UserType }},
	{name: "iamsmart.login_time", value: loginTime},
	{name: "iamsmart.link_method", value: func(id *Identity) string { return id.LinkMethod }},
	{name: "iamsmart.realm", value: func(id *Identity) string { return id.Realm }},
	{name: "iamsmart.app", value: func(id *Identity) string { return id.App }},
	{name: openIDPlaceholder, value: func(id *Identity) string { return id.OpenID }},
}

func loginTime(id *Identity) string {
	if id.LoginTime.IsZero() {
		return ""
	}
	return id.LoginTime.UTC().Format(time.RFC3339)
}

// findChoices reads what stands in braces: a placeholder, and behind bars, without
// what all names begin with, those that are taken where the ones before have no value.
func findChoices(text string) (choices []*placeholder, err error) {
	for i, name := range strings.Split(text, "|") {
		if i > 0 {
			if strings.HasPrefix(name, ownPrefix) {
				return nil, fmt.Errorf("placeholder {%s}: leave out %q behind a bar", text, ownPrefix)
			}
			name = ownPrefix + name
		}
		field, err := findPlaceholder(name)
		switch {
		case err != nil && strings.Contains(text, "|"):
			return nil, fmt.Errorf("placeholder {%s}: %w", text, err)
		case err != nil:
			return nil, err
		case slices.ContainsFunc(choices, func(p *placeholder) bool { return p.name == field.name }):
			return nil, fmt.Errorf("placeholder {%s}: %s stands there twice", text, field.short())
		case i == maxChoices:
			return nil, fmt.Errorf("a placeholder has at most %d names between bars", maxChoices)
		}
		choices = append(choices, field)
	}
	return choices, nil
}

func findPlaceholder(name string) (*placeholder, error) {
	if attribute, ok := strings.CutPrefix(name, attributePrefix); ok {
		return attributePlaceholder(name, strings.ToLower(attribute))
	}
	for i := range placeholders {
		if placeholders[i].name == name {
			return &placeholders[i], nil
		}
	}
	if near := nearest(name); near != "" {
		return nil, fmt.Errorf("unknown placeholder {%s}; did you mean {%s}?", name, near)
	}
	known := make([]string, len(placeholders))
	for i, p := range placeholders {
		known[i] = "{" + p.name + "}"
	}
	return nil, fmt.Errorf("unknown placeholder {%s}; there are %s and {%s<attribute>}", name, strings.Join(known, ", "), attributePrefix)
}

// attributePlaceholder is one of an attribute of the account's record.
func attributePlaceholder(name, attribute string) (*placeholder, error) {
	if attribute == "" || len(attribute) > maxAttributeName || strings.ContainsFunc(attribute, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != ';'
	}) {
		return nil, fmt.Errorf("placeholder {%s}: an attribute has a name of up to %d letters, digits and _ - ;", name, maxAttributeName)
	}
	return &placeholder{name: name, attribute: attribute}, nil
}
