package pages

import "golang.org/x/text/language"

// Language is one of the three languages of the pages, written as a BCP 47 tag.
type Language string

// The languages that every page comes in.
const (
	TraditionalChinese Language = "zh-HK"
	SimplifiedChinese  Language = "zh-CN"
	English            Language = "en"
)

// byBrowser is the value of Site.Language that lets Accept-Language decide.
const byBrowser = "browser"

// maxAcceptLanguage bounds the header that is parsed, in bytes; real ones have fewer than 100.
const maxAcceptLanguage = 512

// languages is the order of the language switch, and of the matcher's tags:
// its first is what a browser gets that asks for none of the three.
var languages = []Language{TraditionalChinese, SimplifiedChinese, English}

var matcher = language.NewMatcher([]language.Tag{
	language.MustParse(string(TraditionalChinese)),
	language.MustParse(string(SimplifiedChinese)),
	language.MustParse(string(English)),
})

// label is how a language names itself on its button.
func (l Language) label() string {
	switch l {
	case SimplifiedChinese:
		return "简体中文"
	case English:
		return "English"
	}
	return "繁體中文"
}

// moreInfo is the official site in the language: where "More info" must lead.
func (l Language) moreInfo() string {
	switch l {
	case SimplifiedChinese:
		return "https://www.iamsmart.gov.hk/sc/"
	case English:
		return "https://www.iamsmart.gov.hk/en/"
	}
	return "https://www.iamsmart.gov.hk/tc/"
}

// known tells whether text is exactly the tag of one of the three.
func known(text string) bool {
	for _, l := range languages {
		if text == string(l) {
			return true
		}
	}
	return false
}

// Choose picks the language of an answer. What the person chose before
// (remembered, the value of the language cookie) comes first, then what the
// operator configured; acceptLanguage, the request header, counts only where
// the operator left it to the browser. Anything unreadable counts as absent.
func (p *Pages) Choose(remembered, acceptLanguage string) Language {
	if known(remembered) {
		return Language(remembered)
	}
	if p.site.Language != byBrowser {
		return Language(p.site.Language)
	}
	return fromHeader(acceptLanguage)
}

func fromHeader(header string) Language {
	if header == "" || len(header) > maxAcceptLanguage {
		return languages[0]
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return languages[0]
	}
	// One at a time: of "zh-TW,zh;q=0.9", which browsers here send, the matcher
	// would take the second as the better match, and with it the other Chinese.
	for _, tag := range tags {
		if _, index, confidence := matcher.Match(tag); confidence != language.No {
			return languages[index]
		}
	}
	return languages[0]
}
