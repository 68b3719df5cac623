package upstream

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// placeholder is a name that a template may hold in braces.
type placeholder struct {
	name      string
	value     func(*Identity) string
	profile   bool   // iAM Smart is asked for it, which costs the person an approval
	attribute string // of the account's record, in lower case
}

// short is the name without what all names begin with.
func (p *placeholder) short() string { return strings.TrimPrefix(p.name, "iamsmart.") }

const (
	accountPlaceholder = "iamsmart.account"
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
}

func loginTime(id *Identity) string {
	if id.LoginTime.IsZero() {
		return ""
	}
	return id.LoginTime.UTC().Format(time.RFC3339)
}

// template is a parsed header template, a list of literals and placeholders. It
// is put together once: a value that looks like a placeholder stays what it is.
type template []part

type part struct {
	literal string       // used where field is nil
	field   *placeholder // nil for a literal
}

func (t template) usesAccount() bool {
	for _, p := range t {
		if p.field != nil && p.field.name == accountPlaceholder {
			return true
		}
	}
	return false
}

// render returns the text for id. Where one placeholder has no value the whole
// has none: "dept-" would be a statement of its own, and a false one.
func (t template) render(id *Identity) string {
	var b strings.Builder
	for _, p := range t {
		text := p.literal
		if p.field != nil {
			if text = p.field.value(id); text == "" {
				return ""
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

func parseTemplate(text string) (template, error) {
	var parsed template
	var literal strings.Builder
	for text != "" {
		if skipped, rest, escaped := cutEscape(text); escaped {
			if skipped == '{' && strings.HasPrefix(rest, "iamsmart.") {
				return nil, errors.New(`"\{" is a literal brace, so no placeholder begins there; write "\\{" for a backslash before a placeholder`)
			}
			literal.WriteByte(skipped)
			text = rest
			continue
		}
		if text[0] != '{' {
			literal.WriteByte(text[0])
			text = text[1:]
			continue
		}
		name, rest, closed := strings.Cut(text[1:], "}")
		if !closed {
			return nil, errors.New(`a placeholder has no closing brace; write "\{" for a literal brace`)
		}
		field, err := findPlaceholder(name)
		if err != nil {
			return nil, err
		}
		parsed = appendLiteral(parsed, &literal)
		parsed = append(parsed, part{field: field})
		text = rest
	}
	parsed = appendLiteral(parsed, &literal)
	return parsed, checkLiterals(parsed)
}

// cutEscape cuts `\{`, `\}` or `\\` off the front of text.
func cutEscape(text string) (escaped byte, rest string, ok bool) {
	if len(text) < 2 || text[0] != '\\' || !strings.ContainsRune(`{}\`, rune(text[1])) {
		return 0, text, false
	}
	return text[1], text[2:], true
}

func appendLiteral(parsed template, literal *strings.Builder) template {
	if literal.Len() == 0 {
		return parsed
	}
	parsed = append(parsed, part{literal: literal.String()})
	literal.Reset()
	return parsed
}

// checkLiterals finds the mistakes of an operator at load that would otherwise
// fail each request.
func checkLiterals(parsed template) error {
	if len(parsed) == 0 {
		return errors.New("the template is empty")
	}
	size := 0
	var whole strings.Builder
	for _, p := range parsed {
		if p.field == nil {
			size += len(p.literal)
			whole.WriteString(p.literal)
			continue
		}
		whole.WriteByte('x') // stands for a value, which has no outer blanks
	}
	limit := maxValueBytes
	if parsed.usesAccount() {
		limit = maxAccountBytes
	}
	if size > limit {
		return fmt.Errorf("the template holds %d bytes of literals, and a value may have %d", size, limit)
	}
	if reason := textFault(whole.String()); reason != "" {
		return fmt.Errorf("the template cannot be sent: %s", reason)
	}
	return nil
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
	return &placeholder{name: name, attribute: attribute, value: func(id *Identity) string { return strings.Join(id.Attributes[attribute], "\n") }}, nil
}
