package accounts_test

import (
	"errors"
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// variables resolves as Caddy does: an unknown or empty one is an error.
type variables map[string]string

func (v variables) ReplaceOrErr(placeholder string, _, _ bool) (string, error) {
	if value, ok := v[placeholder]; ok {
		return value, nil
	}
	return "", errors.New("the library's own words")
}

// Given a setting, when it is resolved, then variables and files stand in it, and
// all other braces are as they were.
func TestSettingsAreResolved(t *testing.T) {
	known := variables{"{env.HOST}": "directory.example", "{file./run/secret}": "s3cret {env.HOST}", "{env.EMPTY}": ""}
	for value, want := range map[string]string{
		"ldaps://{env.HOST}:636":           "ldaps://directory.example:636",
		"(uid={username})":                 "(uid={username})",
		`^[a-z]{1,64}$`:                    `^[a-z]{1,64}$`,
		"{file./run/secret}":               "s3cret {env.HOST}", // once
		"{env.HOST}{env.HOST}":             "directory.exampledirectory.example",
		"{env.EMPTY}":                      "option: {env.EMPTY} is empty",
		"a{file./none}b":                   "option: {file./none} is empty",
		"{http.request.uri.path.file.dsn}": "option: {http.request.uri.path.file.dsn} is a placeholder of a request; to read a file, write its absolute path",
	} {
		s := accounts.Settings{With: known}
		got := s.Text("option", value)
		if s.Err != nil {
			got = s.Err.Error()
		}
		if got != want && !(s.Err != nil && strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	s := accounts.Settings{With: known}
	s.Text("first", "{env.NONE}")
	s.Text("second", "{env.EMPTY}")
	if s.Err == nil || !strings.HasPrefix(s.Err.Error(), "first: ") {
		t.Errorf("the first error is %v", s.Err)
	}
}
