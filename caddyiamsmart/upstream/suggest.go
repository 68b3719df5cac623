package upstream

import "strings"

// nearest returns the placeholder that was most likely meant by name, or "".
// At most three letters may differ, and upper case, hyphens and a missing
// "iamsmart." cost nothing.
func nearest(name string) string {
	const far = 4
	if len(name) > maxNameBytes {
		return ""
	}
	wanted := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	if !strings.HasPrefix(wanted, "iams") {
		wanted = "iamsmart." + wanted
	}
	best, distance := "", far
	for _, p := range placeholders {
		if d := editDistance(wanted, p.name); d < distance {
			best, distance = p.name, d
		}
	}
	return best
}

// editDistance is the number of bytes to insert, delete or change to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
