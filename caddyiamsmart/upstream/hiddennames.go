package upstream

import "strings"

// maxSpelled bounds how far before a '=' a name is looked for, in bytes: that of
// the longest name with each of its bytes escaped.
const maxSpelled = 6 * maxAppCookieName

// hidden tells whether some server might find one of these names, and a value,
// within a pair. Old ones of Java and Python part cookies at commas and blanks;
// others pass over what is no name (Tomcat), go on behind a quoted value
// (Undertow, WebOb), or try again one byte further where they could not read a
// pair (ASP.NET Core). So a name may stand before any '=', and begin behind
// whatever is no part of names.
func (c *AppCookies) hidden(pair string) bool {
	if c == nil {
		return false
	}
	pair = strings.TrimRight(pair, "= \t\"") // the end of base64 is no value
	for begin := 0; ; {
		sign := strings.IndexByte(pair[begin:], '=')
		if sign < 0 {
			return false
		}
		text := toNameEnd(pair[begin : begin+sign])
		if (begin > 0 || holdsEnd(text)) && c.endIn(text) {
			return true
		}
		begin += sign + 1
	}
}

// holdsEnd tells whether a name may begin within text, and not only at its front.
func holdsEnd(text string) bool {
	for i := 1; i < len(text); i++ {
		if mayBegin(text, i) {
			return true
		}
	}
	return false
}

// endIn tells whether text ends in one of these names. It reads the text once,
// since a client may send much of it.
func (c *AppCookies) endIn(text string) bool {
	var (
		buf    [maxSpelled]byte
		begins [maxSpelled]bool // where in out a name may begin
		out    = buf[:0]
		begin  = true
		blanks = 0
	)
	if len(text) > maxSpelled {
		text, begin = text[len(text)-maxSpelled:], false
	}
	for i := 0; i < len(text); {
		b, n := cookieByte(text[i:])
		begin = begin || mayBegin(text, i)
		i += n
		switch b {
		case 0: // to a server in C the name ends here
			if c.areAny(out, begins[:]) {
				return true
			}
			out, blanks, begin = out[:0], 0, false
		case unseen:
		case ' ':
			blanks++
		default:
			for ; blanks > 0; blanks-- {
				begins[len(out)] = false
				out = append(out, '_')
			}
			begins[len(out)] = begin
			out = append(out, b)
			begin = begin && passedOver(b)
		}
	}
	return c.areAny(out, begins[:])
}

// areAny tells whether text from a place where a name may begin is one of these.
func (c *AppCookies) areAny(text []byte, begins []bool) bool {
	for i := range text {
		if begins[i] && c.are(text[i:]) {
			return true
		}
	}
	return false
}

// mayBegin tells whether to some server a name may begin at text[i]: at the
// front, behind what no name holds, and behind a date, which is a value of its
// own to WebOb and old Pythons.
func mayBegin(text string, i int) bool {
	return i == 0 || inNoName[text[i-1]] || i >= 3 && text[i-3:i] == "GMT"
}

// inNoName holds the bytes that are no part of a cookie's name.
var inNoName = func() (table [256]bool) {
	for c := range table {
		table[c] = c <= ' ' || c >= 0x7f
	}
	for _, c := range []byte(`"(),/:<=>?@[\]{}`) {
		table[c] = true
	}
	return table
}()

// toNameEnd is text up to where a name that stands at its end is over: some
// servers take blanks and quotes from behind it.
func toNameEnd(text string) string {
	for text != "" {
		if c := text[len(text)-1]; c > ' ' && c < 0x7f && c != '"' {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}
