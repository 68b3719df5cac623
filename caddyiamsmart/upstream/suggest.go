package upstream

import (
	"strings"

	"caddyiamsmart.example/caddyiamsmart/spelling"
)

// nearest returns the placeholder that was most likely meant by name, or "".
// Upper case, hyphens and a missing "iamsmart." cost nothing.
func nearest(name string) string {
	wanted := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	if !strings.HasPrefix(wanted, "iams") {
		wanted = "iamsmart." + wanted
	}
	var names []string
	for _, p := range placeholders {
		names = append(names, p.name)
	}
	return spelling.Nearest(wanted, names...)
}
