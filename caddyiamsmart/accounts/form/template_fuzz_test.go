package form

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Whatever stands in a template, it is refused or read, and values go in as they
// are.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{iamsmart.username}", `\{x\}\\{iamsmart.email}`, "a{", "}", `\`, "{}", "{{iamsmart.username}}", "{iamsmart.name.zh}{iamsmart.name.en}"} {
		f.Add(seed, "{iamsmart.password}")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		if strings.Contains(text, "{env.") || strings.Contains(text, "{file.") || value == "" {
			return
		}
		parsed, err := parseTemplate(caddy.NewReplacer(), text)
		if err != nil {
			return
		}
		values := make(map[string]string)
		for _, v := range valueNames {
			values[v.key] = value
		}
		literals, n := 0, 0
		for _, p := range parsed {
			if p.key != "" {
				n++
			}
			literals += len(p.literal)
		}
		if got := parsed.render(values); len(got) != literals+n*len(value) || strings.Count(got, value) < n {
			t.Fatalf("%q with %q became %q", text, value, got)
		}
	})
}
