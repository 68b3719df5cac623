// Package spelling finds the word that was meant. Every reader of configuration
// uses it, so it lies below all other packages.
package spelling

import "strings"

// maxWord bounds what is compared, in bytes; nobody means an option that long.
const maxWord = 64

// Nearest returns the word that found is at most two typing errors away from,
// not counting case, or "". The first of several equals wins.
func Nearest(found string, words ...string) string {
	if len(found) > maxWord {
		return ""
	}
	best, distance := "", 3
	for _, w := range words {
		if n := edits(strings.ToLower(found), w); n < distance && n < len(w) {
			best, distance = w, n
		}
	}
	return best
}

// Hint is a remark for the end of an error message, or "".
func Hint(found string, words ...string) string {
	if word := Nearest(found, words...); word != "" {
		return " (did you mean '" + word + "'?)"
	}
	return ""
}

// edits is how many bytes to insert, delete or change to make b of a
// (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
