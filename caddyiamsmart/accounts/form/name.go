package form

import (
	"errors"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName     = 64   // characters of an account's name
	maxTyped    = 256  // bytes of a typed name
	maxPassword = 1024 // bytes
)

// plainName matches the names of which only one spelling is possible but for
// case. For any other the app may know an account under another spelling than
// the typed one.
var plainName = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

// refuseTyped refuses what need not or must not reach the app.
func (s *settings) refuseTyped(username, password string) error {
	switch {
	case username == "":
		return wrong("the name is empty")
	case password == "":
		return wrong("the password is empty")
	case len(username) > maxTyped:
		return wrong("the name is too long")
	case len(password) > maxPassword:
		return wrong("the password is too long")
	case !clean(username):
		return wrong("the name holds a control character or is not UTF-8")
	case !clean(password):
		return wrong("the password holds a control character or is not UTF-8")
	case s.account == nil && !plainName.MatchString(username):
		return wrong("the name is more than 64 ASCII letters, digits and . _ - @, and no account pattern says what the app calls it")
	}
	return nil
}

func clean(typed string) bool {
	return utf8.ValidString(typed) && !strings.ContainsFunc(typed, unicode.IsControl)
}

// asked is the name that the app is asked about. Where no account pattern says
// what the app calls it, the spelling that the app says yes to is the one that
// goes upstream: where case matters to it, Admin's password opens no admin.
func (s *settings) asked(typed string) string {
	if s.account == nil {
		return strings.ToLower(typed) // plain ASCII, by refuseTyped
	}
	return typed
}

// accountName returns the name that goes upstream: the app's own word for who
// is logged in, where it is asked, else the name that it said yes to.
func (s *settings) accountName(asked string, told *page) (string, error) {
	if s.account == nil {
		return asked, nil
	}
	found := s.account.FindStringSubmatch(told.text)
	if found == nil {
		return "", s.cannot("reading the account's name", errors.New("the account pattern does not match the page"))
	}
	name := found[0]
	if len(found) > 1 {
		name = found[1]
	}
	name = strings.TrimSpace(html.UnescapeString(name))
	switch {
	case name == "":
		return "", s.cannot("reading the account's name", errors.New("it is empty"))
	case utf8.RuneCountInString(name) > maxName:
		return "", s.cannot("reading the account's name", errors.New("it is longer than 64 characters"))
	case strings.ContainsFunc(name, unseen):
		return "", s.cannot("reading the account's name", errors.New("it holds a character that cannot be seen or read"))
	}
	return name, nil
}

// unseen tells the characters that no name needs and that make two names look
// alike, and the one that stands for bytes that could not be read.
func unseen(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// holds tells whether the source of the page holds the text.
func (p *page) holds(text string) bool { return strings.Contains(p.text, text) }
