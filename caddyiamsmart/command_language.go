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
	return fmt.Sprintf(text, values...)
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

// printable keeps what an answer's text may hold from steering the terminal.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || !unicode.IsPrint(c) && c != ' ' {
			return ' '
		}
		return c
	}, text)
}
