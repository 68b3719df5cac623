package upstream

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// WellKnownAppCookies are the cookies by which the usual frameworks know people
// between one request and the next: their sessions, and what keeps a login
// beside one.
var WellKnownAppCookies = []string{
	"PHPSESSID",
	"JSESSIONID*", // Jenkins and Tomcat's single sign-on add to it
	"ASPSESSIONID*", "ASP.NET_SessionId", ".ASPXAUTH", ".AspNet.ApplicationCookie*", ".AspNet.Cookies*",
	".AspNetCore.Session", ".AspNetCore.Cookies*", ".AspNetCore.Identity.*", // a long one goes on in C1, C2, …
	"sessionid",                          // Django
	"_session_id", "remember_user_token", // Rails, and Devise beside it
	"*_session", "*-session", "remember_web_*", // Rails and Laravel, with the app's name
	"connect.sid", "session", "session.sig", "express:sess*", // Express
	"DokuWiki", "DW*", // its session, and the login that it remembers
}

// maxAppCookieName bounds the name of a cookie in the configuration, in bytes.
const maxAppCookieName = 128

// AppCookies are names of cookies by which an app knows people. A nil one holds
// no name.
type AppCookies struct {
	exact   map[string]bool // folded, as the starred ones are
	starred []starred
}

// starred is a name with a star, which stands for any text or none.
type starred struct{ before, after string }

func (p starred) fits(name []byte) bool {
	return len(name) >= len(p.before)+len(p.after) &&
		string(name[:len(p.before)]) == p.before && string(name[len(name)-len(p.after):]) == p.after
}

// NewAppCookies reads names as an operator writes them: that of a cookie, or one
// with a star for any text in it. No names give nil. The gate's own cookies,
// which begin with prefix, cannot be among them.
//
// A name also stands for its other spellings: some servers take a cookie of
// another case for it (ASP.NET), turn blanks, dots and brackets into '_' (PHP),
// or decode escapes. Whoever may send one spelling could else send another.
func NewAppCookies(names []string, prefix string) (*AppCookies, error) {
	if len(names) == 0 {
		return nil, nil
	}
	c := &AppCookies{exact: make(map[string]bool)}
	for _, name := range names {
		if err := checkAppCookie(name, prefix); err != nil {
			return nil, fmt.Errorf("'%s': %w", name, err)
		}
		before, after, star := strings.Cut(name, "*")
		p := starred{string(foldCookie(nil, before)), string(foldCookie(nil, after))}
		switch {
		case p.before == "" && !star, len(p.before)+len(p.after) < 2 && star:
			return nil, fmt.Errorf("'%s': too short: nearly every cookie would be meant", name)
		case !star:
			c.exact[p.before] = true
		case !slices.Contains(c.starred, p):
			c.starred = append(c.starred, p)
		}
	}
	return c, nil
}

func checkAppCookie(name, prefix string) error {
	switch {
	case len(name) > maxAppCookieName:
		return errors.New("the name is longer than 128 characters")
	case !isToken(strings.ReplaceAll(name, ":", "_")) || strings.Contains(name, "%"):
		return errors.New("this is no name of a cookie; write it as the browser shows it, without its value")
	case strings.Count(name, "*") > 1:
		return errors.New("a name has one star at most")
	case bearsPrefix(name, prefix):
		return errors.New("this is a cookie of the gate, which the app never sees")
	}
	return nil
}

// named tells whether a server might read, in the piece of a Cookie line, one of
// these names and a value. A piece without '=' has no value.
func (c *AppCookies) named(piece string) bool {
	if c == nil {
		return false
	}
	name, _, found := strings.Cut(fromName(piece), "=")
	if !found {
		return false
	}
	var buf [64]byte
	folded := foldCookie(buf[:0], strings.TrimRight(name, " \t\""))
	if c.exact[string(folded)] {
		return true
	}
	for _, p := range c.starred {
		if p.fits(folded) {
			return true
		}
	}
	return false
}

// hidden tells whether a server that parts cookies at commas or blanks, as old
// ones of Java and Python do, might find one of these names within another
// cookie.
func (c *AppCookies) hidden(pair string) bool {
	if c == nil || !strings.ContainsFunc(strings.Trim(pair, " \t"), parts) {
		return false
	}
	name := "" // of the piece before, to which a '=' behind blanks belongs
	for piece := range strings.FieldsFuncSeq(pair, parts) {
		if c.named(piece) || piece[0] == '=' && c.named(name+piece) {
			return true
		}
		name = piece
	}
	return false
}

// parts tells whether some server ends a cookie there: at commas and blanks, of
// which it may know more than others do.
func parts(r rune) bool { return r == ',' || r <= ' ' || r >= 0x7f }

// foldCookie appends to out the form of a cookie's name in which the spellings
// are equal that some server takes for one another. What is no printable ASCII
// goes: some servers trim blanks of Unicode and of Latin-1, and no name holds it.
func foldCookie(out []byte, name string) []byte {
	blanks := 0 // that count only where something follows
	for i := 0; i < len(name); i++ {
		c := name[i]
		if decoded, ok := escapedByte(name[i:]); ok {
			c = decoded
			i += 2
		}
		switch {
		case c == 0:
			return out // to a server in C the name ends here
		case c >= 0x7f, len(out) == 0 && (beginsNoName(c) || c == '+'):
			continue
		case c <= ' ' || c == '+':
			blanks++
			continue
		case c == '.' || c == '[':
			c = '_'
		default:
			c = lowerASCII(c)
		}
		for ; blanks > 0; blanks-- {
			out = append(out, '_')
		}
		out = append(out, c)
	}
	return out
}
