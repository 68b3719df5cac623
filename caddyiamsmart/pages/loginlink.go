package pages

import (
	"fmt"
	"html"
	"strings"
)

// LoginLink is a link to the login page at address, with the official words and the link
// for more, to stand in a page of the app: ASCII alone, so that it reads the same in
// whatever encoding that has; a whole address with a target, since the page's <base> would
// bend others. It stands in an element of its own. Lang is the language that the app's
// page names; where it names none, it is that of the site.
func (p *Pages) LoginLink(element, lang, address string) string {
	language := p.Choose("", "")
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
	return fmt.Sprintf(`<%[1]s lang="%[2]s"><a href="%[3]s" target="_top">%[4]s</a> <a href="%[5]s" target="_blank" rel="noopener">%[6]s</a></%[1]s>`,
		element, language, html.EscapeString(address), words("start.button"), language.moreInfo(), words("start.more"))
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
