package file

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"caddyiamsmart.example/caddyiamsmart/accounts"
	"caddyiamsmart.example/caddyiamsmart/accounts/hash"
)

const (
	maxKey     = 256 // bytes
	maxDisplay = 128 // characters
)

// What is known of the columns. Every other one is an attribute.
var known = []string{"key", "name", "hash", "salt", "state", "hkic_hash", "display_name"}

// table is a list of accounts that was found to be in order. It never changes.
type table struct {
	column map[string]int // name, in lower case → place
	rows   []Row
	byName map[string]int // folded name → place in rows
	byKey  map[string]int
	byHKIC map[string][]int // text of the hash

	poor      int   // rows whose hash cannot be used
	firstPoor error // what is wrong with the first of them, with its line
}

// readTable reads the text of a file. Errors are as those of [ReadSheet]; they
// repeat no name, number or hash.
func readTable(text []byte, hashes *hash.Checker) (*table, error) {
	sheet, err := ReadSheet(text)
	if err != nil {
		return nil, err
	}
	if text[len(text)-1] != '\n' {
		return nil, errors.New("its last line does not end, so the list may be cut; if it is whole, add a line end")
	}
	t := &table{column: make(map[string]int), byName: make(map[string]int), byKey: make(map[string]int), byHKIC: make(map[string][]int)}
	if err := t.columns(sheet.Columns); err != nil {
		return nil, err
	}
	if len(sheet.Rows) == 0 {
		return nil, errors.New("it holds no account")
	}
	t.rows = sheet.Rows
	for i, row := range t.rows {
		for j, field := range row.Fields {
			row.Fields[j] = strings.TrimSpace(field)
			for _, column := range []string{"name", "key"} { // " admin" may be another account than admin
				if place, has := t.column[column]; has && place == j && row.Fields[j] != field && row.Fields[j] != "" {
					return nil, fmt.Errorf("line %d, column '%s': it begins or ends with a blank, without which it may be another's; "+
						"mend it, or take the line out", row.Line, column)
				}
			}
		}
		if err := t.add(i, hashes); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// columns reads the first row. Until it is known to be what names the columns, it
// may be a person's, and nothing of it is repeated.
func (t *table) columns(names []string) error {
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := t.column[name]; twice {
			return fmt.Errorf("line 1, column %d: an earlier column has the same name; rename one of them", i+1)
		}
		t.column[name] = i
	}
	if _, has := t.column["name"]; !has {
		return errors.New("line 1: there is no column 'name'; the first line is to name the columns, and this one is required")
	}
	for i, name := range names {
		switch name = strings.ToLower(strings.TrimSpace(name)); {
		case name == "" || utf8.RuneCountInString(name) > 64 || strings.ContainsFunc(name, accounts.Unseen):
			return fmt.Errorf("line 1, column %d: it has no name, one of more than 64 characters, or one with a character that nobody sees; name it, or take it out", i+1)
		case name != "hkic_hash" && holdsHKIC(name):
			return fmt.Errorf("line 1, column '%s': numbers of identity cards do not stand here in clear; `caddy iamsmart hkic hash` makes the column hkic_hash of it", name)
		case slices.Contains([]string{"password", "passwd", "pass", "pwd", "密碼"}, name):
			return fmt.Errorf("line 1, column '%s': if it holds hashes, call it 'hash'; passwords in clear must not stand here, so take it out and change them", name)
		}
	}
	return nil
}

// holdsHKIC tells from a column's name that numbers of identity cards stand in it.
func holdsHKIC(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, name)
	return strings.HasPrefix(letters, "hkic") || strings.HasPrefix(letters, "hkid") ||
		strings.Contains(letters, "身份證") || strings.Contains(letters, "身分證")
}

func (t *table) add(i int, hashes *hash.Checker) error {
	at := func(column, format string, args ...any) error {
		return fmt.Errorf("line %d, column '%s': %s", t.rows[i].Line, column, fmt.Sprintf(format, args...))
	}
	name, folded := t.field(i, "name"), fold(t.field(i, "name"))
	if err := accounts.CheckName(name); err != nil {
		return at("name", "%v; mend it, or take the line out", err)
	}
	if folded == "" {
		return at("name", "nothing of it can be read; mend it, or take the line out")
	}
	if other, twice := t.byName[folded]; twice {
		return at("name", "the name stands in line %d too, as far as people can tell; make them differ", t.rows[other].Line)
	}
	t.byName[folded] = i

	if _, has := t.column["key"]; has {
		key := t.field(i, "key")
		other, twice := t.byKey[key]
		switch {
		case key == "":
			return at("key", "it is empty; give every account its own, or take the column out")
		case len(key) > maxKey:
			return at("key", "it is longer than %d bytes", maxKey)
		case twice:
			return at("key", "the key stands in line %d too; each belongs to one account", t.rows[other].Line)
		}
		t.byKey[key] = i
	}
	if utf8.RuneCountInString(t.field(i, "display_name")) > maxDisplay {
		return at("display_name", "it is longer than %d characters", maxDisplay)
	}
	switch number := t.field(i, "hkic_hash"); {
	case number == "":
	case accounts.IsHKICHash(number):
		t.byHKIC[number] = append(t.byHKIC[number], i)
	case accounts.LooksLikeHKIC(number):
		return at("hkic_hash", "a number stands here in clear; make hashes with `caddy iamsmart hkic hash`, and delete other copies of this file")
	default:
		return at("hkic_hash", "this is no hash as `caddy iamsmart hkic hash` makes it: hkic1: and 43 characters")
	}
	if stored := t.stored(i); stored.Hash != "" {
		if err := hashes.Usable(stored); err != nil {
			if t.poor++; t.firstPoor == nil {
				t.firstPoor = at("hash", "%v", err)
			}
		}
	}
	return nil
}

// field is "" where the column is not there.
func (t *table) field(i int, column string) string {
	if place, has := t.column[column]; has {
		return t.rows[i].Fields[place]
	}
	return ""
}

func (t *table) stored(i int) hash.Stored {
	return hash.Stored{Hash: t.field(i, "hash"), Salt: t.field(i, "salt")}
}

func (t *table) record(i int, hashes *hash.Checker) accounts.Record {
	record := accounts.Record{
		Account:    accounts.Account{Name: t.field(i, "name"), Key: t.field(i, "key"), DisplayName: t.field(i, "display_name")},
		Attributes: make(map[string][]string),
		Stamp:      hashes.Stamp(t.stored(i)),
	}
	if _, has := t.column["state"]; has {
		record.State = accounts.StateOf(t.field(i, "state"))
	}
	for name, place := range t.column {
		if value := t.rows[i].Fields[place]; !slices.Contains(known, name) && value != "" {
			record.Attributes[name] = []string{value}
		}
	}
	return record
}

// fold makes one of all spellings of a name that the gate takes for the same
// account, so that no two rows share one.
func fold(name string) string {
	folded := cases.Fold().String(norm.NFKC.String(strings.TrimSpace(name)))
	// Lower case after it: cases.Fold turns the two cases of a Cherokee letter
	// into each other.
	return strings.TrimSpace(norm.NFKC.String(strings.ToLower(folded)))
}
