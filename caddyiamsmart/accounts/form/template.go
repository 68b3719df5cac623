package form

import (
	"errors"
	"fmt"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// template is what is typed into one field of a registration form: literals and
// values. It is put together once: a value that looks like a placeholder stays
// what it is.
type template []part

type part struct {
	literal string // used where key is ""
	key     string // of the values that an account is opened with
}

// valueNames are the placeholders, without braces, and the keys of their values.
var valueNames = []struct{ placeholder, key string }{
	{"iamsmart.username", "username"},
	{"iamsmart.password", "password"},
	{"iamsmart.name.en", "name_en"},
	{"iamsmart.name.zh", "name_zh"},
	{"iamsmart.birth_date", "birth_date"},
	{"iamsmart.gender", "gender"},
	{"iamsmart.mobile", "mobile"},
	{"iamsmart.email", "email"},
}

// uses tells whether the template has a value in it.
func (t template) uses(key string) bool {
	for _, p := range t {
		if p.key == key {
			return true
		}
	}
	return false
}

// render is what is typed. Where one value is missing, nothing is.
func (t template) render(values map[string]string) string {
	var b strings.Builder
	for _, p := range t {
		text := p.literal
		if p.key != "" {
			if text = values[p.key]; text == "" {
				return ""
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// parseTemplate reads a template, in which `\{`, `\}` and `\\` stand for the
// second character. What {env.*} and {file.*} stand for is not read again.
func parseTemplate(with accounts.Replacer, text string) (template, error) {
	var parsed template
	literal := func(s string) {
		if n := len(parsed); n > 0 && parsed[n-1].key == "" {
			parsed[n-1].literal += s
			return
		}
		parsed = append(parsed, part{literal: s})
	}
	for text != "" {
		if len(text) > 1 && text[0] == '\\' && strings.ContainsRune(`{}\`, rune(text[1])) {
			literal(text[1:2])
			text = text[2:]
			continue
		}
		if text[0] != '{' {
			literal(text[:1])
			text = text[1:]
			continue
		}
		name, rest, closed := strings.Cut(text[1:], "}")
		if !closed {
			return nil, errors.New(`a placeholder has no closing brace; write "\{" for a literal brace`)
		}
		text = rest
		if whole := "{" + name + "}"; len(accounts.Placeholders(whole)) > 0 || strings.HasPrefix(name, "http.request.uri.path.file.") {
			resolved, err := accounts.Resolve(with, whole)
			if err != nil {
				return nil, err
			}
			literal(resolved)
			continue
		}
		key, err := valueKey(name)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, part{key: key})
	}
	return parsed, nil
}

func valueKey(name string) (string, error) {
	var plain, known []string
	for _, v := range valueNames {
		if v.placeholder == name {
			return v.key, nil
		}
		plain, known = append(plain, v.placeholder), append(known, "{"+v.placeholder+"}")
	}
	meant := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	if !strings.HasPrefix(meant, "iams") {
		meant = "iamsmart." + strings.TrimPrefix(meant, "person.")
	}
	if near := spelling.Nearest(meant, plain...); near != "" {
		return "", fmt.Errorf("unknown placeholder {%s}; did you mean {%s}?", name, near)
	}
	return "", fmt.Errorf("unknown placeholder {%s}; there are %s", name, strings.Join(known, ", "))
}
