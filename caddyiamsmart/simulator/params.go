package simulator

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// parameters are the members of a clear text. Each is taken out by its name; the first mistake found stays, and what is left at the
// end is unknown to the call.
type parameters struct {
	members map[string]json.RawMessage
	err     error
}

func readParameters(clear []byte) *parameters {
	members, err := parseObject(clear)
	if err != nil {
		return &parameters{err: ruleFieldsJSON.broken("the clear text is no proper JSON object: %v", err)}
	}
	return &parameters{members: members}
}

func (p *parameters) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parameters) take(name string) (raw json.RawMessage, there bool) {
	raw, there = p.members[name]
	delete(p.members, name)
	return raw, there
}

// text is a required string of at most longest characters.
func (p *parameters) text(name string, longest int) string {
	raw, there := p.take(name)
	if !there {
		p.note(ruleFieldMissing.broken("%s is missing", name))
		return ""
	}
	return p.checkText(name, raw, longest)
}

// optional is a string that may be left out, but not be empty.
func (p *parameters) optional(name string, longest int) string {
	raw, there := p.take(name)
	if !there {
		return ""
	}
	return p.checkText(name, raw, longest)
}

func (p *parameters) checkText(name string, raw json.RawMessage, longest int) string {
	value, ok := stringValue(raw)
	switch {
	case !ok:
		p.note(ruleFieldType.broken("%s is no string", name))
	case value == "":
		p.note(ruleFieldEmpty.broken("%s is empty", name))
	case utf8.RuneCountInString(value) > longest:
		p.note(ruleFieldLength.broken("%s has %d characters, more than %d", name, utf8.RuneCountInString(value), longest))
	}
	return value
}

// flag is a boolean that may be left out.
func (p *parameters) flag(name string) (value bool) {
	if raw, there := p.take(name); there && (json.Unmarshal(raw, &value) != nil || raw[0] == 'n') {
		p.note(ruleFieldType.broken("%s is no boolean", name))
	}
	return value
}

// number is a whole number from 0 to largest that may be left out.
func (p *parameters) number(name string, largest int) (value int) {
	raw, there := p.take(name)
	if !there {
		return 0
	}
	if json.Unmarshal(raw, &value) != nil || raw[0] == 'n' || value < 0 || value > largest {
		p.note(ruleFieldType.broken("%s is no whole number from 0 to %d", name, largest))
	}
	return value
}

// list is a list of names, each known and there once; required or not, but never empty.
func (p *parameters) list(name string, known []string, required bool) (values []string) {
	raw, there := p.take(name)
	if !there {
		if required {
			p.note(ruleFieldMissing.broken("%s is missing", name))
		}
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		p.note(ruleFieldType.broken("%s is no list", name))
		return nil
	}
	for _, item := range items {
		value, ok := stringValue(item)
		if !ok {
			p.note(ruleFieldType.broken("%s holds something that is no string", name))
			return nil
		}
		if !slices.Contains(known, value) || slices.Contains(values, value) {
			p.note(ruleListedField.broken("%s holds %q, unknown or twice", name, clip(value)))
			return nil
		}
		values = append(values, value)
	}
	return values
}

// end is the first mistake, or that something is left which the call does not know.
func (p *parameters) end() error {
	if p.err != nil {
		return p.err
	}
	for name := range p.members {
		return ruleFieldUnknown.broken("the call does not know %q", clip(name))
	}
	return nil
}

// oneOf is a string that may be left out, one of words.
func (p *parameters) oneOf(name string, words ...string) string {
	value := p.optional(name, maxText)
	if value != "" && !slices.Contains(words, value) {
		p.note(ruleFieldValue.broken("%s is %q, not one of %s", name, clip(value), strings.Join(words, ", ")))
	}
	return value
}
