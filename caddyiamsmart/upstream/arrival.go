package upstream

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShowBytes writes what stands in a header so that a person can read it: as it is
// where it is printable text, else with escapes; and, where it is not all ASCII, in
// hexadecimal.
func ShowBytes(value string) (text, hexadecimal string) {
	text = value
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		quoted := strconv.Quote(value)
		text = quoted[1 : len(quoted)-1]
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf }) {
		hexadecimal = fmt.Sprintf("% x", value)
	}
	return text, hexadecimal
}

// ArrivalPage is a page that shows the head of a request as it arrived, line by
// line, for an administrator who points a proxy at it. Nothing of it is markup.
func ArrivalPage(head []byte) []byte {
	var page bytes.Buffer
	page.WriteString("<!DOCTYPE html><html lang=en><meta charset=utf-8><title>What arrived</title><h1>What arrived</h1><pre>")
	for line := range strings.Lines(string(head)) {
		text, hexadecimal := ShowBytes(strings.TrimRight(line, "\r\n"))
		page.WriteString(html.EscapeString(text))
		if hexadecimal != "" {
			fmt.Fprintf(&page, "\n    <small>%s</small>", hexadecimal)
		}
		page.WriteByte('\n')
	}
	page.WriteString("</pre></html>\n")
	return page.Bytes()
}
