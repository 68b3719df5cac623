package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// state is what keeps an account with a right password out of the app.
type state string

const (
	passwordExpired state = "the app asks for a new password first"
	secondFactorDue state = "the app asks for a second factor"
)

// stated is the state that the rules of the configuration name, or "".
func (s *settings) stated(o outcome) state {
	holds := func(r Rule) bool { return r.holds(o) }
	switch {
	case slices.ContainsFunc(s.expired, holds):
		return passwordExpired
	case slices.ContainsFunc(s.secondFactor, holds):
		return secondFactorDue
	}
	return ""
}

// looks is the state that the final page looks like, where no rules say how to
// tell it. On a page with the login form in it these fields belong to that, or
// to somebody who has no account yet.
func (s *settings) looks(o outcome) state {
	switch {
	case o.form:
		return ""
	case len(s.expired) == 0 && o.final.page.asksNewPassword():
		return passwordExpired
	case len(s.secondFactor) == 0 && o.final.page.asksCode():
		return secondFactorDue
	}
	return ""
}

// asksNewPassword tells whether a form of the page asks for two passwords or
// more, as those to change or repeat one do.
func (p *page) asksNewPassword() bool {
	asks := func(controls []*control) bool {
		n := 0
		for _, c := range controls {
			if c.isPassword() {
				n++
			}
		}
		return n >= 2
	}
	return asks(p.loose) || slices.ContainsFunc(p.forms, func(f *form) bool { return asks(f.controls) })
}

// asksCode tells whether the page asks for a one-time code: by what the field
// says of itself or, where no password is asked for, by the field's name.
func (p *page) asksCode() bool {
	named := !p.asksPassword()
	asks := func(c *control) bool {
		return c.tag == "input" && (c.oneTime || named && c.fillable() && codeName(c.name))
	}
	return slices.ContainsFunc(p.loose, asks) ||
		slices.ContainsFunc(p.forms, func(f *form) bool { return slices.ContainsFunc(f.controls, asks) })
}

var (
	camel    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	nameSeam = regexp.MustCompile(`[^a-z0-9]+`)
	// Between hyphens: the words of a name, which may be parts of a longer name.
	codeWords = regexp.MustCompile(`-(?:(?:h|t)?otp(?:-?code)?|mfa(?:-?code|-?token)?|(?:2|t)fa(?:-?code)?|(?:two|2)-?(?:factor|step)(?:-?code)?|` +
		`one-?time-?(?:code|pass(?:word|code)?)|(?:token|auth|authenticator|authentication|verification|verify|sms)-?code)-`)
)

// codeName tells the names that fields for a one-time code have: otp, mfaCode,
// two_factor[code], verification-code.
func codeName(name string) bool {
	if len(name) > maxFieldName {
		return false
	}
	name = strings.ToLower(camel.ReplaceAllString(name, "$1-$2"))
	return codeWords.MatchString("-" + nameSeam.ReplaceAllString(name, "-") + "-")
}

const maxFieldName = 200 // bytes of a field's name that is looked at

// mayNotBeUsed tells a state of the account.
func (s *settings) mayNotBeUsed(found state) error {
	return fmt.Errorf("%w: %s: %s", accounts.ErrState, s.where(), found)
}
