package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// LoginPlace says where in the app's own login page something is put.
type LoginPlace struct {
	tag, id, class string // none of them: behind the first form with a password field
}

// The reasons why a page stays as it is.
var (
	ErrNoPlace  = errors.New("it has no form with a password field, or no element that the selector names and that can hold a link")
	ErrEncoding = errors.New("its character encoding is none in which a link can be written")
)

// NewLoginPlace reads a selector: "#id", ".class", "tag" or "tag.class". The empty one is
// behind the end of the first form with a password field; others are behind the start of
// the first element that they name.
func NewLoginPlace(selector string) (LoginPlace, error) {
	p := LoginPlace{}
	rest, isID := strings.CutPrefix(selector, "#")
	if isID {
		p.id = rest
	} else if tag, class, has := strings.Cut(selector, "."); has {
		if p.tag, p.class = tag, class; class == "" {
			rest = " " // refused below
		}
	} else {
		p.tag = selector
	}
	p.tag = strings.ToLower(p.tag)
	if selector != "" && (rest == "" || strings.ContainsAny(rest, " \t,>+~*[]():#\"'\\") || strings.Contains(p.class, ".") || isID && strings.Contains(p.id, ".")) {
		return LoginPlace{}, fmt.Errorf("'%s' is no selector that is known here; expected #id, .class, tag or tag.class", selector)
	}
	if holdsNoLink(p.tag) {
		return LoginPlace{}, fmt.Errorf("'%s' can hold no link; name an element around it", p.tag)
	}
	return p, nil
}

// holdsNoLink names the elements in which a link would be lost, read as something else, or
// stand within another one.
func holdsNoLink(tag string) bool {
	switch tag {
	case "html", "head", "title", "meta", "link", "base", "script", "style", "noscript", "template", "textarea", "select", "option", "optgroup", "datalist",
		"a", "button", "iframe", "frameset", "frame", "noframes", "noembed", "object", "video", "audio", "canvas", "svg", "math", "xmp", "plaintext":
		return true
	}
	return false
}

// Insert returns the page with ASCII text in its place, and the value of the attribute
// lang of its root for whoever makes that text. No other byte is changed: the page is
// read as it lies there, in whatever encoding it has. The error is [ErrNoPlace] or
// [ErrEncoding].
func (p LoginPlace) Insert(page []byte, contentType string, text func(lang string) string) ([]byte, error) {
	if !asciiInside(page, contentType) {
		return nil, ErrEncoding
	}
	at, lang, ok := p.find(page)
	if !ok {
		return nil, ErrNoPlace
	}
	put := text(lang)
	whole := make([]byte, 0, len(page)+len(put))
	whole = append(append(whole, page[:at]...), put...)
	return append(whole, page[at:]...), nil
}

// asciiInside tells whether the bytes of tags are those of ASCII, and stand for nothing
// else: then tags are found, and a link can be put in, without decoding.
func asciiInside(page []byte, contentType string) bool {
	_, name, _ := charset.DetermineEncoding(page, contentType)
	switch name {
	case "utf-8", "big5", "gbk", "gb18030", "euc-jp", "euc-kr", "shift_jis", "macintosh", "koi8-r", "koi8-u", "ibm866", "x-user-defined":
		return true
	}
	return strings.HasPrefix(name, "windows-") || strings.HasPrefix(name, "iso-8859-")
}

// find walks over the tags. What stands in scripts, styles, comments, text fields and
// templates is no part of the page.
func (p LoginPlace) find(page []byte) (at int, lang string, ok bool) {
	in := html.NewTokenizer(bytes.NewReader(page))
	in.SetMaxBuf(0)
	form, password, templates := false, false, 0
	for {
		kind := in.Next()
		if kind == html.ErrorToken {
			return 0, "", false
		}
		raw := in.Raw()
		if !bytes.HasPrefix(page[at:], raw) {
			return 0, "", false // the tokenizer has read another page than the one that is there
		}
		at += len(raw)
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			continue
		}
		token := in.Token()
		switch {
		case token.Data == "template" && kind == html.StartTagToken:
			templates++
		case token.Data == "template" && kind == html.EndTagToken:
			templates = max(templates-1, 0)
		}
		if templates > 0 {
			continue
		}
		switch {
		case kind == html.EndTagToken:
			if token.Data == "form" {
				if form && password && p == (LoginPlace{}) {
					return at, lang, true
				}
				form, password = false, false
			}
		case token.Data == "html" && lang == "":
			lang = attribute(token, "lang")
		case p.names(token):
			return at, lang, true
		case token.Data == "form" && !form:
			form = true
		case token.Data == "input" && form && strings.EqualFold(attribute(token, "type"), "password"):
			password = true
		}
	}
}

// names tells whether the selector names an element, one that can hold a link or has one
// behind it.
func (p LoginPlace) names(token html.Token) bool {
	switch {
	case holdsNoLink(token.Data):
		return false
	case p.id != "":
		return attribute(token, "id") == p.id
	case p.tag == "" && p.class == "":
		return false
	case p.tag != "" && p.tag != token.Data:
		return false
	case p.class == "":
		return true
	}
	for _, class := range strings.Fields(attribute(token, "class")) {
		if class == p.class {
			return true
		}
	}
	return false
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}
