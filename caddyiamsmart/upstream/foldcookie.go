package upstream

// unseen is a byte of a cookie's name that some servers drop: they trim blanks
// of Unicode and of Latin-1, and no name holds what is no ASCII.
const unseen = 0x7f

// foldCookie appends to out the form of a cookie's name in which the spellings
// are equal that some server takes for one another.
func foldCookie(out []byte, name string) []byte {
	blanks := 0 // that count only where something follows
	for name != "" {
		c, n := cookieByte(name)
		name = name[n:]
		switch {
		case c == 0:
			return out // to a server in C the name ends here
		case c == unseen, len(out) == 0 && passedOver(c):
			continue
		case c == ' ':
			blanks++
			continue
		}
		for ; blanks > 0; blanks-- {
			out = append(out, '_')
		}
		out = append(out, c)
	}
	return out
}

// passedOver tells whether some server passes over a byte before a name. A dollar
// sign was once that of an attribute.
func passedOver(c byte) bool { return c == '$' || beginsNoName(c) }

// cookieByte reads the character at the front of a cookie's name, and how many
// bytes it takes: an escape is decoded, a letter is small, dots and opening
// brackets are '_', a control is a blank.
func cookieByte(s string) (c byte, n int) {
	c, n = s[0], 1
	if c == '%' {
		c, n = cookieEscape(s)
	}
	switch {
	case c == 0:
	case c <= ' ' || c == '+':
		c = ' '
	case c >= unseen:
		c = unseen
	case c == '.' || c == '[':
		c = '_'
	default:
		c = lowerASCII(c)
	}
	return c, n
}

// cookieEscape reads %XX and %uXXXX, which Perl and old servers of Microsoft
// know. What is no escape is a percent sign.
func cookieEscape(s string) (c byte, n int) {
	if c, ok := escapedByte(s); ok {
		return c, 3
	}
	if len(s) < 6 || s[1] != 'u' && s[1] != 'U' {
		return '%', 1
	}
	code := 0
	for _, digit := range []byte(s[2:6]) {
		value := hexDigit(digit)
		if value < 0 {
			return '%', 1
		}
		code = code<<4 | value
	}
	return byte(min(code, unseen)), 6
}
