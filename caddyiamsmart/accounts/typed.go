package accounts

import (
	"errors"
	"fmt"
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

// RefuseTyped refuses what need not or must not reach a source: an empty name
// or password, more than 256 bytes of a name or 1024 of a password, control
// characters, and what is not UTF-8. The error wraps [ErrWrong] and repeats
// nothing of it.
func RefuseTyped(username, password string) error {
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
	}
	return nil
}

func clean(typed string) bool {
	return utf8.ValidString(typed) && !strings.ContainsFunc(typed, unicode.IsControl)
}

func wrong(reason string) error { return fmt.Errorf("%w: %s", ErrWrong, reason) }

// plainName matches the names of which only one spelling is possible but for
// case. For any other a source may know an account under another spelling than
// the typed one.
var plainName = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

// Plain returns the one name that a source without a record of its own may be
// asked about, and that may go upstream as it was typed: in lower case, of at
// most 64 ASCII letters, digits and . _ - @. The error wraps [ErrWrong].
func Plain(username string) (string, error) {
	if !plainName.MatchString(username) {
		return "", wrong("the name is more than 64 ASCII letters, digits and . _ - @, and no account pattern says what the app calls it")
	}
	return strings.ToLower(username), nil
}

// NameIn returns the name of an account that stands in the source of a page of
// the app: the first group of the pattern, or all of it where it has no group,
// as a browser shows it. It fails where the pattern does not match or the name
// cannot go upstream; the error repeats nothing of the page.
func NameIn(pattern *regexp.Regexp, page string) (string, error) {
	found := pattern.FindStringSubmatch(page)
	if found == nil {
		return "", errors.New("the account pattern does not match the page")
	}
	name := found[0]
	if len(found) > 1 {
		name = found[1]
	}
	name = strings.Trim(html.UnescapeString(name), " \t\r\n\f") // what a page puts around it; others are a part of the name
	if err := CheckName(name); err != nil {
		return "", err
	}
	return name, nil
}

// CheckName returns an error if a name that a source gave cannot go upstream:
// it is empty, longer than 64 characters, begins or ends with a blank, which
// applications take away and so take " admin" for admin, or has a character that
// nobody sees.
// The error does not repeat the name and wraps nothing.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("it is empty")
	case utf8.RuneCountInString(name) > maxName:
		return errors.New("it is longer than 64 characters")
	case strings.TrimSpace(name) != name:
		return errors.New("it begins or ends with a blank")
	case strings.ContainsFunc(name, Unseen):
		return errors.New("it holds a character that cannot be seen or read")
	}
	return nil
}

// Unseen tells the characters that no name needs and that make two names look
// alike, and the one that stands for bytes that could not be read.
func Unseen(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
