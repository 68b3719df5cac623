package sql

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	digits  = regexp.MustCompile(`^[0-9]+$`)
	numeric = regexp.MustCompile(`^[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?`)
)

// isCoerced tells whether a database that compares numbers may have made the
// account's name of what was typed: 007, 7.0 and, to MySQL, 7abc are 7 then, and
// abc is 0. So many spellings of one account would evade the count of tries.
func isCoerced(typed, name string) bool {
	typed = strings.TrimSpace(typed)
	if before, _, _ := strings.Cut(typed, "@"); before == name || !digits.MatchString(name) {
		return false
	}
	is, err := strconv.ParseFloat(name, 64)
	if err != nil {
		return true
	}
	taken, _ := strconv.ParseFloat(numeric.FindString(typed), 64) // 0 where there is no number
	return taken == is
}
