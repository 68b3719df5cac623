package accounts

import (
	"slices"
	"strings"
)

// StateOf reads a column that says whether an account may be used: 1, true, t, y,
// yes, on, active, enabled and ok, in any case, are [Active], and everything
// else, also nothing, is [Closed].
func StateOf(value string) State {
	if slices.Contains([]string{"1", "true", "t", "y", "yes", "on", "active", "enabled", "ok"}, strings.ToLower(value)) {
		return Active
	}
	return Closed
}
