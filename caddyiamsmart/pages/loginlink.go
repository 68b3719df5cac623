package pages

import (
	"fmt"
	"html"
	"strings"
)

// LoginLink is a link to the login page under prefix, with the official words and the
// link for more, to stand in a page of the app: ASCII alone, so that it reads the same in
// whatever encoding that has. Lang is the language that the app's page names; where it
// names none, it is that of the site.
func (p *Pages) LoginLink(lang, prefix string) string {
	language := p.Choose("", lang)
	if lang != "" {
		language = fromHeader(lang)
	}
	said := p.voices[language]
	words := func(key string) string {
		text, err := said.Plain(key)
		if err != nil {
			return ""
		}
		return ascii(text)
	}
	return fmt.Sprintf(`<p lang="%s"><a href="%s/login">%s</a> <a href="%s" target="_blank" rel="noopener">%s</a></p>`,
		language, prefix, words("start.button"), language.moreInfo(), words("start.more"))
}

// ascii writes what is not ASCII by numbers.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range html.EscapeString(text) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "&#%d;", r)
	}
	return b.String()
}
