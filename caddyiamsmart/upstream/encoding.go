package upstream

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/traditionalchinese"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// encoding is how a text becomes the bytes of a header.
type encoding struct {
	name   string
	remedy string // where a text cannot be encoded
	// escapes tells that nothing of the text stands in the header but letters,
	// digits and signs at which no list is split: a comma is none any more.
	escapes        bool
	encode, decode func(string) (string, error)
}

// Encodings are the names that a HeaderSpec may have as its Encoding. The first
// is the default.
func Encodings() []string {
	names := make([]string, len(encodings))
	for i, e := range encodings {
		names[i] = e.name
	}
	return names
}

const narrow = "; utf8, base64, percent and rfc8187 can hold it"

// Big5 is that of browsers (https://encoding.spec.whatwg.org/#big5) with the Hong
// Kong supplement of 2008 for both ways. What has been added to the supplement
// since has no Big5 code at all.
var encodings = []encoding{
	{name: "utf8", encode: asItIs, decode: asItIs},
	{name: "latin1", remedy: narrow,
		encode: func(s string) (string, error) { return charmap.ISO8859_1.NewEncoder().String(s) },
		decode: func(s string) (string, error) { return charmap.ISO8859_1.NewDecoder().String(s) }},
	{name: "big5", remedy: narrow,
		encode: func(s string) (string, error) { return traditionalchinese.Big5.NewEncoder().String(s) },
		decode: func(s string) (string, error) { return traditionalchinese.Big5.NewDecoder().String(s) }},
	{name: "base64", escapes: true,
		encode: func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil },
		decode: func(s string) (string, error) {
			text, err := base64.StdEncoding.Strict().DecodeString(s)
			return string(text), err
		}},
	{name: "percent", escapes: true,
		encode: func(s string) (string, error) { return escape(s, "-._~"), nil }, // RFC 3986, section 2.3
		decode: url.PathUnescape},
	{name: "rfc8187", escapes: true,
		encode: func(s string) (string, error) { return extValue + escape(s, "!#$&+-.^_`|~"), nil }, // attr-char
		decode: func(s string) (string, error) { return url.PathUnescape(strings.TrimPrefix(s, extValue)) }},
}

// extValue begins a value of RFC 8187, section 3.2, without a language.
const extValue = "UTF-8''"

func asItIs(s string) (string, error) { return s, nil }

// escape writes all bytes but ASCII letters, digits and those of keep as %XX.
func escape(text, keep string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; foldedByte[c] != 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func findEncoding(name string) (*encoding, error) {
	if name == "" {
		return &encodings[0], nil
	}
	for i := range encodings {
		if encodings[i].name == name {
			return &encodings[i], nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q; expected one of: %s%s", name, strings.Join(Encodings(), ", "), spelling.Hint(name, Encodings()...))
}

// bytesOf encodes a text, or tells why that cannot be done without loss. What was
// encoded is read back, because an encoder may put something else in the place of
// what it does not know.
func (e *encoding) bytesOf(text string) (encoded, reason string) {
	encoded, err := e.encode(text)
	if err == nil {
		var back string
		if back, err = e.decode(encoded); err == nil && back == text {
			return encoded, ""
		}
	}
	return "", e.name + " does not have every character of the text" + e.remedy
}

// makesSigns tells whether bytes of the encoded text look like signs that the text
// does not hold. The second byte of a Big5 character may be that of a backslash
// (許, 功, 蓋), a bar or an at sign.
func (e *encoding) makesSigns(text, encoded string) bool {
	return !e.escapes && signs(text) != signs(encoded)
}

func signs(text string) (n int) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x80 && foldedByte[c] == 0 {
			n++
		}
	}
	return n
}
