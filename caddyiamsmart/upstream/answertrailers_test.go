package upstream_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestT13TrailersSetNoCookies(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []string // Set-Cookie lines in the headers
		announce []string
		announced,
		set []string
	}{
		{"nothing announced", []string{"a=1"}, nil, nil, []string{"a=1"}},
		{"others announced", nil, []string{"X-Sum,Y"}, []string{"X-Sum,Y"}, nil},
		{"among others", []string{"a=1", "b=2"}, []string{"X-Sum, set-cookie ,Y", "Set-Cookie2"}, []string{"X-Sum", "Y"}, []string{"a=1", "b=2"}},
		{"alone", nil, []string{"Set-Cookie"}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{"X-Sum": {"42"}}
			if c.lines != nil {
				h["Set-Cookie"] = slices.Clone(c.lines)
			}
			if c.announce != nil {
				h["Trailer"] = slices.Clone(c.announce)
			}
			set := upstream.AnnounceNoCookies(h)
			if !slices.Equal(h["Trailer"], c.announced) || !slices.Equal(set, c.set) {
				t.Errorf("announced are %q, set are %q", h["Trailer"], set)
			}
			want := h.Clone()

			h.Add("Set-Cookie", "late=1")
			h.Add("Set-Cookie2", "late=1")
			h["Trailer:Set-Cookie"], h["Trailer:set-cookie2"], h["Trailer:X-Late"] = []string{"late=1"}, []string{"late=1"}, []string{"1"}
			want["Trailer:X-Late"] = []string{"1"}
			if upstream.DropCookieTrailers(h, set); !maps.EqualFunc(h, want, slices.Equal) {
				t.Errorf("left are %q, want %q", h, want)
			}
		})
	}
}
