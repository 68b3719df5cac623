package form

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"caddyiamsmart.example/caddyiamsmart/accounts"
)

// block writes the configuration as [Form.UnmarshalCaddyfile] reads it, with the
// words of the gate's option before it and further lines, such as comments, at
// its end. It fails for what a Caddyfile cannot hold.
func (f *Form) block(further ...string) (string, error) {
	w := blockWriter{}
	w.text.WriteString("accounts form " + w.word(f.URL) + " {\n")
	w.line("fields", f.UserField, f.PasswordField)
	for _, r := range f.Success {
		if r.Not {
			w.line("success", "not", r.Sign, r.Value)
		} else {
			w.line("success", r.Sign, r.Value)
		}
	}
	for _, stated := range f.statedRules() {
		for _, r := range *stated.rules {
			w.line(stated.option, r.Sign, r.Value)
		}
	}
	if f.Confirm != nil {
		w.line("confirm", f.Confirm.Path, f.Confirm.Text)
	}
	if f.Account != "" {
		w.line("account", f.Account)
	}
	if f.Logout != "" {
		w.line("logout", f.Logout)
	}
	for _, line := range further {
		w.text.WriteString("\t" + line + "\n")
	}
	w.text.WriteString("}\n")
	return w.text.String(), w.err
}

type blockWriter struct {
	text strings.Builder
	err  error
}

func (w *blockWriter) line(option string, words ...string) {
	w.text.WriteString("\t" + option)
	for _, word := range words {
		w.text.WriteString(" " + w.word(word))
	}
	w.text.WriteString("\n")
}

// word writes a word as it is, in quotes, or in backquotes.
func (w *blockWriter) word(s string) string {
	switch {
	case !writable(s):
		w.err = errors.New("writing the block: a value that a Caddyfile cannot hold")
		return ""
	case !strings.ContainsFunc(s, unbare):
		return s
	case !strings.Contains(s, `"`) && !strings.HasSuffix(s, `\`):
		return `"` + s + `"`
	}
	return "`" + s + "`"
}

// unbare tells the characters for which a word is put in quotes.
func unbare(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\"#{}\\()[]<>^*+|'", r)
}

// writable tells whether a Caddyfile can hold the word as it is: in one line,
// without what it or a setting would replace, and without what nobody sees.
func writable(s string) bool {
	for _, replaced := range []string{"`", "{$", "{env.", "{file."} {
		if strings.Contains(s, replaced) {
			return false
		}
	}
	return s != "" && !strings.ContainsFunc(s, accounts.Unseen) && strings.TrimSpace(s) == s
}

// readBlock reads what block has written.
func readBlock(text string) (*Form, error) {
	tokens, err := caddyfile.Tokenize([]byte(text), "block")
	if err != nil {
		return nil, fmt.Errorf("reading the block: %w", err)
	}
	d := caddyfile.NewDispenser(tokens)
	d.Next() // the option "accounts"
	f := new(Form)
	if err := f.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return f, nil
}
