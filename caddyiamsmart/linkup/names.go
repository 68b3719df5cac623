package linkup

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SameName tells whether the name of an account's record is that of a person, whose
// names in English and Chinese iAM Smart vouches for. Of the record's name it is
// enough that one of them is in it: the Chinese one letter for letter, or every word
// of the English one, in any order and case and with any marks between. A name that
// is not known is the same as no other.
func SameName(record, english, chinese string) bool {
	record = Fold(record)
	if zh := characters(Fold(chinese)); zh != "" && characters(record) == zh {
		return true
	}
	words := nameWords(Fold(english))
	if len(words) == 0 {
		return false
	}
	have := nameWords(record)
	for _, word := range words {
		i := slices.Index(have, word)
		if i < 0 {
			return false
		}
		have = slices.Delete(have, i, i+1)
	}
	return true
}

// nameWords are the words of a name, without accents and marks.
func nameWords(name string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	return strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
}

// characters are the Chinese characters of a name.
func characters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Han, r) {
			return r
		}
		return -1
	}, name)
}
