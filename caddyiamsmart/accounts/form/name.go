package form

import (
	"fmt"
	"strings"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// refuseTyped refuses what need not or must not reach the app.
func (s *settings) refuseTyped(username, password string) error {
	if err := accounts.RefuseTyped(username, password); err != nil {
		return err
	}
	if s.account == nil {
		_, err := accounts.Plain(username)
		return err
	}
	if s.asked(username) == "" {
		return fmt.Errorf("%w: the name is blank", accounts.ErrWrong)
	}
	return nil
}

// asked is the name that the app is asked about. Where no account pattern says
// what the app calls it, the spelling that the app says yes to is the one that
// goes upstream: where case matters to it, Admin's password opens no admin.
func (s *settings) asked(typed string) string {
	if s.account == nil {
		return strings.ToLower(typed) // plain ASCII, by refuseTyped
	}
	return strings.TrimSpace(typed) // as NameIn does with what the page says: " admin" is not admin's to prove
}

// accountName returns the name that goes upstream: the app's own word for who
// is logged in, where it is asked, else the name that it said yes to.
func (s *settings) accountName(asked string, told *page) (string, error) {
	if s.account == nil {
		return asked, nil
	}
	name, err := accounts.NameIn(s.account, told.text)
	if err != nil {
		return "", s.cannot("reading the account's name", err)
	}
	return name, nil
}

// holds tells whether the source of the page holds the text.
func (p *page) holds(text string) bool { return strings.Contains(p.text, text) }
