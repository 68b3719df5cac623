//go:build race

package form

// worstPage is small under the race detector, which makes reading ten times
// slower; the time is held without it.
const worstPage = maxBody / 16
