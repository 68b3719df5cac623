package sql

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const maxStatement = 8 << 10 // bytes

// statement is one SELECT of the operator's, with the driver's own parameter for
// what is bound.
type statement struct {
	text  string
	times int // how often the value is bound
}

// args are the arguments of the statement, all of them the one value.
func (st statement) args(value string) []any {
	args := make([]any, st.times)
	for i := range args {
		args[i] = value
	}
	return args
}

// quotes end what they begin, on any of the databases, except that ' " and ` may
// stand twice within, which comes to the same as ending and beginning anew.
var quotes = map[rune]rune{'\'': '\'', '"': '"', '`': '`', '[': ']'}

// changes are words of statements that do more than read.
var changes = []string{"insert", "update", "delete", "merge", "into", "exec", "execute", "call", "create", "alter", "drop", "truncate",
	"grant", "revoke", "set", "copy", "attach", "pragma"}

// parse reads a statement and puts the driver's parameter where {bound} stands.
// It knows as much of SQL as it takes to tell what is in quotes from what is not,
// and refuses what would make that a guess: comments, backslashes, more than one
// statement, and parameters of the operator's own.
func (d driver) parse(text, bound string) (statement, error) {
	want := "{" + bound + "}"
	text = strings.TrimSpace(text)
	first, _, _ := strings.Cut(text, " ")
	switch {
	case text == "":
		return statement{}, fmt.Errorf("expected a SELECT with %s in it", want)
	case len(text) > maxStatement:
		return statement{}, errors.New("the statement is too long")
	case strings.ContainsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || unicode.IsControl(r) && !unicode.IsSpace(r) }):
		return statement{}, errors.New("the statement holds a character that nobody sees")
	case !slices.Contains([]string{"select", "with"}, strings.ToLower(strings.TrimSpace(first[:min(len(first), 6)]))):
		return statement{}, errors.New("expected a statement that begins with SELECT or WITH")
	}
	var out strings.Builder
	times := 0
	for rest := text; rest != ""; {
		r := []rune(rest[:min(len(rest), 4)])[0]
		if end, quoted := quotes[r]; quoted && !(r == '[' && d.arrays) {
			n := strings.IndexRune(rest[1:], end)
			if n < 0 {
				return statement{}, fmt.Errorf("a %c is missing at the end of what it begins", r)
			}
			inside := rest[1 : 1+n]
			if strings.Contains(inside, want) {
				return statement{}, fmt.Errorf("%s stands in quotes; leave them out, the database puts none of its own", want)
			}
			if strings.ContainsAny(inside, `{}\`) {
				return statement{}, errors.New("braces and backslashes have no place in a statement")
			}
			out.WriteString(rest[:n+2])
			rest = rest[n+2:]
			continue
		}
		if strings.HasPrefix(rest, want) {
			if isPattern(out.String()) {
				return statement{}, fmt.Errorf("%s is compared as a pattern, in which %% would stand for every name; compare it by =", want)
			}
			times++
			out.WriteString(d.parameter)
			rest = rest[len(want):]
			continue
		}
		if err := d.refuse(rest, want); err != nil {
			return statement{}, err
		}
		n := wordLength(rest)
		if word := strings.ToLower(rest[:n]); slices.Contains(changes, word) {
			return statement{}, fmt.Errorf("found '%s': a statement here only reads", word)
		}
		n = max(n, len(string(r)))
		out.WriteString(rest[:n])
		rest = rest[n:]
	}
	if times == 0 {
		return statement{}, fmt.Errorf("%s is missing in it", want)
	}
	if d.numbered {
		return statement{out.String(), 1}, nil
	}
	return statement{out.String(), times}, nil
}

var (
	comparison = regexp.MustCompile(`=|~|\b(?:select|where|and|or|on|when|then|having|like|ilike|rlike|regexp|similar|glob|match)\b`)
	patterns   = []string{"~", "like", "ilike", "rlike", "regexp", "similar", "glob", "match"}
)

// isPattern tells whether what follows the text is compared as a pattern.
func isPattern(before string) bool {
	found := comparison.FindAllString(strings.ToLower(before), -1)
	return len(found) > 0 && slices.Contains(patterns, found[len(found)-1])
}

// refuse looks at what begins outside of quotes.
func (d driver) refuse(rest, want string) error {
	switch {
	case rest[0] == '{' || rest[0] == '}':
		return fmt.Errorf("braces stand for nothing here but in %s", want)
	case rest[0] == ';':
		return errors.New("a ; is not needed after the one statement, and a second is not accepted")
	case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*") || rest[0] == '#':
		return errors.New("comments are not accepted in it")
	case rest[0] == '\\' || rest[0] == '$' || rest[0] == '@' || rest[0] == '?':
		return fmt.Errorf("'%c' is not accepted outside of quotes; what is bound is written %s", rest[0], want)
	}
	return nil
}

// wordLength is how long the word is that text begins with, or 0.
func wordLength(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n < 0 {
		return len(text)
	}
	return n
}
