package form

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

var (
	errGET = errors.New("the form is sent by GET, which would put the password into an address")
	// errCharacter means that what was typed cannot be written in the charset
	// of the form. A browser would send a numeric reference instead, which is
	// another name or password than the person means.
	errCharacter = errors.New("it has a character that the app's page cannot hold")
)

// entry is one name and value of a form's data set.
type entry struct {
	name, value string
	typed       bool // by the person, and so never replaced
	file        bool // an empty file input
}

// submission returns the request that a browser sends for the form when its
// first button is pressed, with the typed values in the fields of those names.
func (p *page) submission(f *form, typed map[string]string) (request, error) {
	button := f.submitter()
	said := func(attribute, byForm string) string {
		if button != nil {
			if value, ok := button.override["form"+attribute]; ok {
				return value
			}
		}
		return byForm
	}

	target := p.url // an empty action means the page itself, whatever its base
	if action := said("action", f.action); strings.TrimSpace(action) != "" {
		target = p.resolve(action)
	}
	if target == nil {
		return request{}, errAddress
	}
	set, name := p.encoding(f)
	entries := f.entries(button, typed, name)

	if !strings.EqualFold(said("method", f.method), http.MethodPost) {
		return getSubmission(p, target, set, entries)
	}
	return postSubmission(p, target, said("enctype", f.enctype), set, entries)
}

func getSubmission(p *page, target *url.URL, set encoding.Encoding, entries []entry) (request, error) {
	for _, e := range entries {
		if e.typed {
			return request{}, errGET
		}
	}
	query, err := urlEncode(set, entries)
	if err != nil {
		return request{}, err
	}
	u := *target
	u.RawQuery = query
	return request{method: http.MethodGet, url: &u, referer: p.url}, nil
}

func postSubmission(p *page, target *url.URL, enctype string, set encoding.Encoding, entries []entry) (request, error) {
	r := request{method: http.MethodPost, url: target, referer: p.url}
	switch strings.ToLower(enctype) {
	case "multipart/form-data":
		body, contentType, err := multipartEncode(set, entries)
		r.body, r.contentType = body, contentType
		return r, err
	case "text/plain":
		return r, errors.New("the form is sent as text/plain, in which names and values cannot be told apart")
	default:
		body, err := urlEncode(set, entries)
		r.body, r.contentType = []byte(body), "application/x-www-form-urlencoded"
		return r, err
	}
}

// encoding returns the charset in which the form is sent: the first known one
// of accept-charset, else that of the page, and UTF-8 for those that no form
// is sent in.
func (p *page) encoding(f *form) (encoding.Encoding, string) {
	for _, label := range append(strings.Fields(f.acceptCharset), p.charset) {
		set, err := htmlindex.Get(label)
		if err != nil {
			continue
		}
		name, err := htmlindex.Name(set)
		if err != nil || strings.HasPrefix(name, "utf-") || name == "replacement" {
			break
		}
		return set, name
	}
	return unicode.UTF8, "utf-8"
}

// entries builds the form's data set in the order of the page.
func (f *form) entries(button *control, typed map[string]string, charset string) []entry {
	fields := make(map[*control]string, len(typed))
	for name, value := range typed {
		if c := f.field(name); c != nil {
			fields[c] = value
		}
	}
	var entries []entry
	for _, c := range f.controls {
		if value, ok := fields[c]; ok {
			entries = append(entries, entry{name: c.name, value: value, typed: true})
			continue
		}
		if !c.disabled {
			entries = append(entries, c.entries(c == button, charset)...)
		}
	}
	return entries
}

// entries returns what the control adds to the data set; pressed says whether
// it is the button that submits.
func (c *control) entries(pressed bool, charset string) []entry {
	switch {
	case c.tag == "input" && c.kind == "image" && pressed:
		prefix := ""
		if c.name != "" {
			prefix = c.name + "."
		}
		return []entry{{name: prefix + "x", value: "0"}, {name: prefix + "y", value: "0"}}
	case c.name == "":
		return nil
	case c.tag == "select":
		return c.chosen()
	case c.tag == "button", c.submits(), c.kind == "button", c.kind == "reset":
		if !pressed {
			return nil
		}
	case c.kind == "checkbox" || c.kind == "radio":
		if !c.checked {
			return nil
		}
	case c.kind == "file":
		return []entry{{name: c.name, file: true}}
	case c.kind == "hidden" && strings.EqualFold(c.name, "_charset_"):
		return []entry{{name: c.name, value: charset}}
	}
	return []entry{{name: c.name, value: c.value}}
}

// chosen returns the selected options: all of them where the select takes
// several, else the last, and the first that can be chosen where none is
// selected.
func (c *control) chosen() []entry {
	var first *option
	var selected []entry
	for _, o := range c.options {
		if o.disabled {
			continue
		}
		if first == nil {
			first = o
		}
		if o.selected {
			selected = append(selected, entry{name: c.name, value: o.submitted()})
		}
	}
	switch {
	case len(selected) == 0 && first != nil && !c.list:
		return []entry{{name: c.name, value: first.submitted()}}
	case len(selected) > 1 && !c.multiple:
		return selected[len(selected)-1:]
	}
	return selected
}

// written returns the entry's name and value in the charset. What the page
// itself holds is written as browsers do, with numeric references for missing
// characters; what was typed is refused instead.
func (e entry) written(set encoding.Encoding) (name, value string, err error) {
	lenient := encoding.HTMLEscapeUnsupported(set.NewEncoder())
	if name, err = lenient.String(crlf(e.name)); err != nil {
		return "", "", errors.New("writing the form: a character that cannot be written")
	}
	if e.typed {
		if value, err = set.NewEncoder().String(e.value); err != nil {
			return "", "", errCharacter
		}
		return name, value, nil
	}
	if value, err = lenient.String(crlf(e.value)); err != nil {
		return "", "", errors.New("writing the form: a character that cannot be written")
	}
	return name, value, nil
}

func urlEncode(set encoding.Encoding, entries []entry) (string, error) {
	var b strings.Builder
	for i, e := range entries {
		name, value, err := e.written(set)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteByte('&')
		}
		percent(&b, name)
		b.WriteByte('=')
		percent(&b, value)
	}
	return b.String(), nil
}

// percent writes s as application/x-www-form-urlencoded in the URL standard's
// set, which differs from [url.QueryEscape] in * and ~.
func percent(b *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '*', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}

// inHeader escapes a name for the header of a multipart part, as the HTML
// standard does.
var inHeader = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

func multipartEncode(set encoding.Encoding, entries []entry) (body []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, e := range entries {
		name, value, err := e.written(set)
		if err != nil {
			return nil, "", err
		}
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + inHeader.Replace(name) + `"`
		if e.file {
			disposition += `; filename=""`
			header.Set("Content-Type", "application/octet-stream")
		}
		header.Set("Content-Disposition", disposition)
		part, err := w.CreatePart(header)
		if err != nil {
			return nil, "", fmt.Errorf("writing the form: %w", err)
		}
		if _, err := part.Write([]byte(value)); err != nil {
			return nil, "", fmt.Errorf("writing the form: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("writing the form: %w", err)
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

// crlf gives line ends the form in which browsers send them.
func crlf(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}
