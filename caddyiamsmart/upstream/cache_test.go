package upstream_test

import (
	"net/http"
	"slices"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestPagesOfALinkedPersonAreNotKept(t *testing.T) {
	const html = "text/html; charset=big5"
	for _, c := range []struct {
		name    string
		header  http.Header
		control []string
	}{
		{"page", http.Header{"Content-Type": {html}}, []string{"no-store"}},
		{"page in capitals", http.Header{"Content-Type": {" Text/HTML"}}, []string{"no-store"}},
		{"xhtml", http.Header{"Content-Type": {"application/xhtml+xml"}}, []string{"no-store"}},
		{"page that asks to be kept", http.Header{"Content-Type": {html}, "Cache-Control": {"public, max-age=60", "s-maxage=1"}}, []string{"no-store"}},
		{"second type is a page", http.Header{"Content-Type": {"text/plain", html}}, []string{"no-store"}},
		{"no type", http.Header{}, []string{"no-store"}},
		{"no type, with length", http.Header{"Etag": {"x"}, "Content-Length": {"5"}}, []string{"no-store"}},
		{"type that browsers guess", http.Header{"Content-Type": {"*/*"}}, []string{"no-store"}},
		{"type that is none", http.Header{"Content-Type": {"html"}}, []string{"no-store"}},
		{"not modified", http.Header{"Etag": {"x"}, "Cache-Control": {"max-age=5"}}, []string{"max-age=5"}},
		{"not modified, public", http.Header{"Last-Modified": {"x"}, "Cache-Control": {"public"}}, []string{"private"}},
		{"picture", http.Header{"Content-Type": {"image/png"}}, nil},
		{"picture with an age", http.Header{"Content-Type": {"image/png"}, "Cache-Control": {"max-age=60", "immutable"}}, []string{"max-age=60", "immutable"}},
		{"public picture", http.Header{"Content-Type": {"image/png"}, "Cache-Control": {"Public, max-age=60"}}, []string{"private, max-age=60"}},
		{"shared age", http.Header{"Content-Type": {"image/png"}, "Cache-Control": {"max-age=60,S-MaxAge=9"}}, []string{"private, max-age=60"}},
		{"already private", http.Header{"Content-Type": {"text/css"}, "Cache-Control": {"private", "public"}}, []string{"private"}},
		{"private for some headers only", http.Header{"Content-Type": {"text/css"}, "Cache-Control": {`public, private="X-A, public"`}}, []string{`private, private="X-A, public"`}},
		{"quoted word", http.Header{"Content-Type": {"text/css"}, "Cache-Control": {`x="public, s-maxage=1"`}}, []string{`x="public, s-maxage=1"`}},
		{"quote without end", http.Header{"Content-Type": {"text/css"}, "Cache-Control": {`x="a, public`}}, []string{`private, x="a`}},
		{"escaped quote", http.Header{"Content-Type": {"text/css"}, "Cache-Control": {`x="\", public", public`}}, []string{`private, x="\", public"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			upstream.NoStoreHTML(c.header)
			if got := c.header["Cache-Control"]; !slices.Equal(got, c.control) {
				t.Errorf("Cache-Control = %q, want %q", got, c.control)
			}
		})
	}
}

func TestAnswersWithoutContentStayOutOfSharedCaches(t *testing.T) {
	for _, c := range []struct{ came, goes []string }{
		{nil, nil},
		{[]string{"no-cache"}, []string{"no-cache"}},
		{[]string{"public, max-age=60"}, []string{"private, max-age=60"}},
	} {
		h := http.Header{"Cache-Control": c.came}
		upstream.KeepPrivate(h)
		if got := h["Cache-Control"]; !slices.Equal(got, c.goes) {
			t.Errorf("%q goes out as %q, want %q", c.came, got, c.goes)
		}
	}
}
