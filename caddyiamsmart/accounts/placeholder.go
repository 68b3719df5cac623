package accounts

import (
	"fmt"
	"regexp"
)

// settled are the placeholders that are known when a configuration is loaded.
var settled = regexp.MustCompile(`\{(?:env|file)\.[^{}]*\}`)

// early is a form that Caddy makes of {file.name} in a site block, before a
// module sees it.
var early = regexp.MustCompile(`\{http\.request\.uri\.path\.file\.[^{}]*\}`)

// Replacer is what resolves one placeholder, such as Caddy's.
type Replacer interface {
	ReplaceOrErr(placeholder string, errOnEmpty, errOnUnknown bool) (string, error)
}

// Placeholders lists the {env.*} and {file.*} in a setting.
func Placeholders(value string) []string { return settled.FindAllString(value, -1) }

// Resolve puts the values of {env.*} and {file.*} into a setting, each by itself:
// other braces ({username}, {1,64}) have a meaning of their own. An empty value is
// an error, for it means an unset variable or an unreadable file. Errors name the
// placeholder and no value.
func Resolve(with Replacer, value string) (string, error) {
	if found := early.FindString(value); found != "" {
		return "", fmt.Errorf("%s is a placeholder of a request; to read a file, write its absolute path: {file./path/to/file}", found)
	}
	var failed error
	resolved := settled.ReplaceAllStringFunc(value, func(placeholder string) string {
		text, err := with.ReplaceOrErr(placeholder, true, true)
		if err != nil || text == "" {
			failed = fmt.Errorf("%s is empty: the variable is not set, or the file is missing, empty or not readable", placeholder)
		}
		return text
	})
	if failed != nil {
		return "", failed
	}
	return resolved, nil
}

// Settings resolves one setting after the other and keeps the first error, which
// names its option.
type Settings struct {
	With Replacer
	Err  error
}

// Text is [Resolve] of an option's value.
func (s *Settings) Text(option, value string) string {
	text, err := Resolve(s.With, value)
	if err != nil && s.Err == nil {
		s.Err = fmt.Errorf("%s: %w", option, err)
	}
	return text
}
