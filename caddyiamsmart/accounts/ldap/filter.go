package ldap

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	ldapv3 "github.com/go-ldap/ldap/v3"
)

const (
	namePlace = "{username}"
	maxFilter = 4096 // bytes
)

// filter is a filter for entries with the places where a name is compared.
type filter struct {
	text       string
	attributes []string // compared with the name; lower case, each once
}

// parseFilter reads a filter in which each {username} is all of the value of an
// equality, and in which no entry is found but by one of them.
func parseFilter(text string) (filter, error) {
	places := strings.Count(text, namePlace)
	switch {
	case places == 0:
		return filter{}, errors.New("expected a filter with {username}, such as (uid={username})")
	case len(text) > maxFilter:
		return filter{}, errors.New("the filter is over 4096 bytes")
	}
	mark := rand.Text() // stands for nothing else in the filter, escaped or not
	compiled, err := ldapv3.CompileFilter(strings.ReplaceAll(text, namePlace, mark))
	if err != nil {
		return filter{}, errors.New("this is no LDAP filter; are all brackets in pairs, as in (&(objectClass=person)(uid={username}))?")
	}
	w := filterWalk{mark: mark}
	needed := w.needs(compiled)
	switch {
	case w.found != places:
		return filter{}, fmt.Errorf("%s has to be all of the value of an equality, as in (uid=%s), and not inside (!…)", namePlace, namePlace)
	case !needed:
		return filter{}, fmt.Errorf("the filter finds entries whatever the name is; put (&…) around the comparison with %s and the rest", namePlace)
	}
	return filter{text: text, attributes: w.attributes}, nil
}

// filterWalk looks for the mark of the name in a compiled filter.
type filterWalk struct {
	mark       string
	found      int
	attributes []string
}

// needs tells whether whatever the filter finds was compared with the name.
func (w *filterWalk) needs(p *ber.Packet) bool {
	switch p.Tag {
	case ldapv3.FilterAnd:
		needed := false
		for _, c := range p.Children {
			needed = w.needs(c) || needed
		}
		return needed
	case ldapv3.FilterOr:
		needed := len(p.Children) > 0
		for _, c := range p.Children {
			needed = w.needs(c) && needed
		}
		return needed
	case ldapv3.FilterEqualityMatch:
		return w.compares(p)
	}
	return false
}

func (w *filterWalk) compares(p *ber.Packet) bool {
	if len(p.Children) != 2 || p.Children[1].Value != w.mark {
		return false
	}
	name, _ := p.Children[0].Value.(string)
	name = strings.ToLower(name)
	if !attributeName.MatchString(name) {
		return false
	}
	w.found++
	if !slices.Contains(w.attributes, name) {
		w.attributes = append(w.attributes, name)
	}
	return true
}

// named finds the entry of a name.
func (f filter) named(username string) string {
	return strings.ReplaceAll(f.text, namePlace, ldapv3.EscapeFilter(username))
}

// anybody finds the entries of all names.
func (f filter) anybody() string { return strings.ReplaceAll(f.text, namePlace, "*") }

// with finds those of anybody's entries that have the value.
func (f filter) with(attribute, value string) string {
	return "(&" + f.anybody() + "(" + attribute + "=" + ldapv3.EscapeFilter(value) + "))"
}

// having finds those of anybody's entries that have the attribute.
func (f filter) having(attribute string) string {
	return "(&" + f.anybody() + "(" + attribute + "=*))"
}
