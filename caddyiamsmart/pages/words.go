package pages

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
)

// texts are the messages of one language by their keys. Placeholders are
// {names}: {service}, {contact} and {home} come from Site, the others from the page. A
// key that ends in ".unnamed" replaces its namesake where Site has no Service
// and "this service" would not fit the grammar.
type texts map[string]string

var words = map[Language]texts{
	TraditionalChinese: traditionalChinese,
	SimplifiedChinese:  simplifiedChinese,
	English:            english,
}

const unnamed = ".unnamed"

// voice speaks one language for one site.
type voice struct {
	texts   texts
	service string
	contact string
	home    string
	named   bool
}

func newVoice(site Site, lang Language) voice {
	v := voice{texts: words[lang], service: site.Service, contact: site.Contact, home: site.Home, named: site.Service != ""}
	if v.service == "" {
		v.service = v.texts["default.service"]
	}
	if v.contact == "" {
		v.contact = v.texts["default.contact"]
	}
	if v.home == "" {
		v.home = v.texts["default.home"]
	}
	return v
}

// Say puts values into a message and returns HTML: each value is escaped and
// stands in a <bdi>, so that its direction cannot reorder the sentence.
func (v voice) Say(key string, values ...string) (template.HTML, error) {
	text, err := v.fill(key, values, template.HTMLEscapeString, func(value string) string {
		return "<bdi>" + template.HTMLEscapeString(clean(value)) + "</bdi>"
	})
	return template.HTML(text), err
}

// Plain is Say for titles and attributes: text, to be escaped by the template.
func (v voice) Plain(key string, values ...string) (string, error) {
	keep := func(text string) string { return text }
	return v.fill(key, values, keep, clean)
}

// fill replaces the placeholders of a message in one pass, so that a value
// which looks like a placeholder stays as it is.
func (v voice) fill(key string, values []string, literal, value func(string) string) (string, error) {
	rest, ok := v.find(key)
	if !ok {
		return "", fmt.Errorf("finding message %q: no such key", key)
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(literal(before))
		if !found {
			return out.String(), nil
		}
		name, tail, _ := strings.Cut(after, "}")
		content, ok := v.value(name, values)
		if !ok {
			return "", fmt.Errorf("filling message %q: no value for {%s}", key, name)
		}
		out.WriteString(value(content))
		rest = tail
	}
}

func (v voice) find(key string) (string, bool) {
	if !v.named {
		if text, ok := v.texts[key+unnamed]; ok {
			return text, true
		}
	}
	text, ok := v.texts[key]
	return text, ok
}

func (v voice) value(name string, values []string) (string, bool) {
	switch name {
	case "service":
		return v.service, true
	case "contact":
		return v.contact, true
	case "home":
		return v.home, true
	}
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] == name {
			return values[i+1], true
		}
	}
	return "", false
}

// clean makes a value from elsewhere fit to be shown: what is invisible and
// could reorder or break the text around it becomes U+FFFD, which is seen.
func clean(value string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(value, string(unicode.ReplacementChar)))
}
