package upstream

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// template is a parsed header template, a list of literals and placeholders. It
// is put together once: a value that looks like a placeholder stays what it is.
type template []part

type part struct {
	literal string         // used where there are no choices
	choices []*placeholder // the first that has a value is taken
}

func (p part) takesAccount() bool {
	return slices.ContainsFunc(p.choices, func(f *placeholder) bool { return f.name == accountPlaceholder })
}

// values are those of the first choice that has any.
func (p part) values(id *Identity) []string {
	for _, field := range p.choices {
		if values := field.values(id); len(values) > 0 {
			return values
		}
	}
	return nil
}

// usesAccount tells whether the value may hold the account's name, if only in the
// place of something else. An app that reads it takes what it finds there for an
// account, so the header is held to the rules of one whatever it holds.
func (t template) usesAccount() bool { return slices.ContainsFunc(t, part.takesAccount) }

// fields are all placeholders of the template.
func (t template) fields() (fields []*placeholder) {
	for _, p := range t {
		fields = append(fields, p.choices...)
	}
	return fields
}

// limit is how many bytes the value may have.
func (t template) limit() int {
	if t.usesAccount() {
		return maxAccountBytes
	}
	return maxValueBytes
}

// render returns the texts for id: one, or one for each value of an attribute that
// has several. Where one placeholder has no value the whole has none: "dept-" would
// be a statement of its own, and a false one.
func (t template) render(id *Identity, e *encoding) (texts []string, reason string) {
	texts = []string{""}
	for _, p := range t {
		values := []string{p.literal}
		if len(p.choices) > 0 {
			values = p.values(id)
		}
		switch {
		case len(values) == 0:
			return nil, ""
		case len(values) > 1 && len(texts) > 1:
			return nil, "two of its placeholders have several values"
		case len(values) > maxValues:
			return nil, fmt.Sprintf("it has %d values, and may have %d", len(values), maxValues)
		case slices.Contains(values, ""):
			return nil, "one of its values is empty"
		}
		if p.takesAccount() {
			for _, value := range values {
				if reason := accountFault(value, e); reason != "" {
					return nil, reason
				}
			}
		}
		texts = product(texts, values)
	}
	return texts, ""
}

// product puts each of the ends behind each of the texts.
func product(texts, ends []string) []string {
	all := make([]string, 0, len(texts)*len(ends))
	for _, text := range texts {
		for _, end := range ends {
			all = append(all, text+end)
		}
	}
	return all
}

func parseTemplate(text string, e *encoding) (template, error) {
	var parsed template
	var literal strings.Builder
	for text != "" {
		if skipped, rest, escaped := cutEscape(text); escaped {
			if skipped == '{' && strings.HasPrefix(rest, ownPrefix) {
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
		choices, err := findChoices(name)
		if err != nil {
			return nil, err
		}
		parsed = appendLiteral(parsed, &literal)
		parsed = append(parsed, part{choices: choices})
		text = rest
	}
	parsed = appendLiteral(parsed, &literal)
	return parsed, checkLiterals(parsed, e)
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
func checkLiterals(parsed template, e *encoding) error {
	if len(parsed) == 0 {
		return errors.New("the template is empty")
	}
	var whole, literals strings.Builder
	for _, p := range parsed {
		if len(p.choices) > 0 {
			whole.WriteByte('x') // stands for a value, which has no outer blanks
			continue
		}
		whole.WriteString(p.literal)
		literals.WriteString(p.literal)
	}
	if reason := textFault(whole.String(), e); reason != "" {
		return fmt.Errorf("the template cannot be sent: %s", reason)
	}
	encoded, reason := e.bytesOf(literals.String())
	if reason != "" {
		return fmt.Errorf("the template cannot be sent: %s", reason)
	}
	if limit := parsed.limit(); len(encoded) > limit {
		return fmt.Errorf("the template holds %d bytes of literals, and a value may have %d", len(encoded), limit)
	}
	return nil
}
