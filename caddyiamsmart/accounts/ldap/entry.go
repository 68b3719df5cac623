package ldap

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	ldapv3 "github.com/go-ldap/ldap/v3"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

const (
	maxKey   = 256     // bytes
	maxShown = 256     // bytes of a name for pages
	maxValue = 8 << 10 // bytes of an attribute, all its values together
)

// account reads who an entry is. Its errors are ErrCannotCheck or ErrUnusable:
// an entry that cannot be named or told from others is nobody.
func (s *settings) account(e *ldapv3.Entry) (accounts.Account, error) {
	names := e.GetEqualFoldAttributeValues(s.name)
	switch {
	case len(names) == 0:
		return accounts.Account{}, cannot(fmt.Errorf("the entry has no %s, or the service account may not read it", s.name))
	case len(names) > 1:
		return accounts.Account{}, fmt.Errorf("%w: the entry has several values of %s; name an attribute with one by 'name'", accounts.ErrUnusable, s.name)
	}
	if err := accounts.CheckName(names[0]); err != nil {
		return accounts.Account{}, cannot(fmt.Errorf("reading the account's name from %s: %w", s.name, err))
	}
	key, err := s.keyOf(e)
	if err != nil {
		return accounts.Account{}, cannot(fmt.Errorf("reading the account's key from %s: %w", s.key, err))
	}
	return accounts.Account{Name: names[0], Key: key, DisplayName: displayName(e)}, nil
}

// keyOf returns the entry's immutable key.
func (s *settings) keyOf(e *ldapv3.Entry) (string, error) {
	values := e.GetEqualFoldRawAttributeValues(s.key)
	switch {
	case len(values) == 0 && !s.keyMust:
		return "", nil
	case len(values) != 1:
		return "", fmt.Errorf("%d values of it, expected one", len(values))
	case isGUID(s.key):
		return guidText(values[0])
	}
	key := string(values[0])
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, accounts.Unseen) {
		return "", errors.New("it is empty, over 256 bytes, or no text")
	}
	return key, nil
}

func displayName(e *ldapv3.Entry) string {
	for _, attribute := range []string{"displayName", "cn"} {
		name := strings.TrimSpace(e.GetEqualFoldAttributeValue(attribute))
		if name != "" && len(name) <= maxShown && !strings.ContainsFunc(name, accounts.Unseen) {
			return name
		}
	}
	return ""
}

// record reads all that the directory says of an entry.
func (s *settings) record(e *ldapv3.Entry) (accounts.Record, error) {
	account, err := s.account(e)
	if err != nil {
		return accounts.Record{}, err
	}
	r := accounts.Record{Account: account, State: stateOf(e), Stamp: stampOf(e)}
	for _, name := range s.attributes {
		values := valuesOf(e, name)
		if len(values) == 0 {
			continue
		}
		if r.Attributes == nil {
			r.Attributes = make(map[string][]string)
		}
		r.Attributes[name] = values
	}
	return r, nil
}

// valuesOf returns the values of an attribute: none where there is too much, or
// what is no text in one line.
func valuesOf(e *ldapv3.Entry, name string) []string {
	var values []string
	size := 0
	for _, raw := range e.GetEqualFoldRawAttributeValues(name) {
		value := string(raw)
		if isGUID(name) {
			value, _ = guidText(raw)
		}
		size += len(value) + 1
		if value == "" || size > maxValue || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return nil
		}
		values = append(values, value)
	}
	return values
}
