//go:build !race

package form

// worstPage is the longest page that is read, in bytes.
const worstPage = maxBody
