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
	// Jenkins and Tomcat's single sign-on add to the first; Spring Security
	"JSESSIONID*", "remember-me",
	// a long one of ASP.NET Core goes on in C1, C2, …
	"ASPSESSIONID*", "ASP.NET_SessionId", ".ASPXAUTH", ".AspNet.ApplicationCookie*", ".AspNet.Cookies*",
	".AspNetCore.Session", ".AspNetCore.Cookies*", ".AspNetCore.Identity.*",
	// Django, Odoo, Perl, ColdFusion
	"sessionid", "session_id", "CGISESSID", "CFID", "CFTOKEN",
	// Rails with the app's name, and Devise beside it
	"_session_id", "*_session", "remember_user_token",
	// Laravel with the app's name, Symfony
	"*-session", "remember_web_*", "REMEMBERME",
	// Express, Koa
	"connect.sid", "connect.sid.sig", "session", "session.sig", "express:sess*", "koa.sess*", "koa:sess*",
	// Drupal and WordPress, with a hash of the site, and Moodle
	"SESS*", "SSESS*", "wordpress_*", "MoodleSession*",
	// DokuWiki's session, and the login that it remembers
	"DokuWiki", "DW*",
}

// maxAppCookieName bounds the name of a cookie in the configuration, in bytes.
const maxAppCookieName = 128

// AppCookies are names of cookies by which an app knows people. A nil one holds
// no name.
type AppCookies struct {
	exact   map[string]bool // folded, as the starred ones are
	longest int             // bytes of the longest exact one
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
// or decode escapes. Whoever may send one spelling could else send another. And
// it stands for itself behind __Host-, __Secure- and their like, which tell
// browsers how to keep a cookie.
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
			c.longest = max(c.longest, len(p.before))
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

// named tells whether the name of a pair is one of these, and has a value. A
// pair without '=' has none.
func (c *AppCookies) named(pair string) bool {
	if c == nil {
		return false
	}
	name, _, found := strings.Cut(fromName(pair), "=")
	if !found {
		return false
	}
	var buf [64]byte
	return c.are(foldCookie(buf[:0], toNameEnd(name)))
}

// are tells whether a folded name is one of these.
func (c *AppCookies) are(name []byte) bool {
	bare := withoutPrefix(name)
	return c.fit(name) || len(bare) < len(name) && c.fit(bare)
}

func (c *AppCookies) fit(name []byte) bool {
	if len(name) <= c.longest && c.exact[string(name)] {
		return true
	}
	for _, p := range c.starred {
		if p.fits(name) {
			return true
		}
	}
	return false
}

// withoutPrefix is a folded name without what tells browsers how to keep it.
func withoutPrefix(name []byte) []byte {
	if len(name) < 2 || name[0] != '_' || name[1] != '_' {
		return name
	}
	for _, prefix := range [...]string{"__host-http-", "__http-", "__host-", "__secure-"} {
		if len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix {
			return name[len(prefix):]
		}
	}
	return name
}
