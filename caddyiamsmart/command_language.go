package caddyiamsmart

import (
	"fmt"
	"os"
	"strings"
	"unicode"
)

// phrase is what a command says, in both of its languages: a missing one does
// not compile. Values stand in it by their number, as %[1]s, so that each
// language has its own order.
type phrase struct{ en, zh string }

// said is a phrase with its values.
type said struct {
	phrase
	values []any
}

func (p phrase) of(values ...any) said { return said{p, values} }

func (s said) in(l language) string { return l.say(s.phrase, s.values) }

// language is one that the commands speak.
type language int

const (
	english language = iota
	chinese
)

func (l language) say(p phrase, values []any) string {
	text := p.en
	if l == chinese {
		text = p.zh
	}
	if !strings.Contains(text, "%") {
		return text
	}
	words := make([]any, len(values))
	for i, value := range values {
		switch value := value.(type) {
		case phrase:
			words[i] = l.say(value, nil)
		case said:
			words[i] = value.in(l)
		default:
			words[i] = value
		}
	}
	return fmt.Sprintf(text, words...)
}

// languageOf is what was asked for or, where nothing was, what the terminal is
// set to.
func languageOf(asked string) (language, error) {
	switch asked {
	case "":
	case "en":
		return english, nil
	case "zh-HK":
		return chinese, nil
	default:
		return english, fmt.Errorf("unknown language '%s'; expected en or zh-HK", asked)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := os.Getenv(name); locale != "" {
			if strings.HasPrefix(locale, "zh_HK") || strings.HasPrefix(locale, "zh_TW") {
				return chinese, nil
			}
			return english, nil
		}
	}
	return english, nil
}

// printable keeps what a file's or an answer's text may hold from steering the terminal.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || !unicode.IsPrint(c) && c != ' ' {
			return ' '
		}
		return c
	}, text)
}
