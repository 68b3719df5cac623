package upstream_test

import (
	"net/http"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestWhereAWebsocketMayBeOpened(t *testing.T) {
	ours := upstream.NewOrigins("https://Records.example.com", "https://wards.example.com:443", "http://localhost:8080")
	for name, c := range map[string]struct {
		h    http.Header
		want bool
	}{
		"ours":                         {http.Header{"Origin": {"https://records.example.com"}}, true},
		"ours with the port it has":    {http.Header{"Origin": {"https://records.example.com:443"}}, true},
		"listed with the port":         {http.Header{"Origin": {"https://wards.example.com"}}, true},
		"listed with its own port":     {http.Header{"Origin": {"http://localhost:8080"}}, true},
		"a program that is none":       {http.Header{}, true},
		"without, the browser vouches": {http.Header{"Sec-Fetch-Site": {"same-origin"}}, true},
		"without, from a sibling":      {http.Header{"Sec-Fetch-Site": {"same-site"}}, false},
		"without, from elsewhere":      {http.Header{"Sec-Fetch-Site": {"cross-site"}}, false},
		"of a sibling":                 {http.Header{"Origin": {"https://notes.example.com"}}, false},
		"of the parent":                {http.Header{"Origin": {"https://example.com"}}, false},
		"of another port":              {http.Header{"Origin": {"https://records.example.com:8443"}}, false},
		"of another scheme":            {http.Header{"Origin": {"http://records.example.com"}}, false},
		"that begins like ours":        {http.Header{"Origin": {"https://records.example.com.evil.example"}}, false},
		"that ends like ours":          {http.Header{"Origin": {"https://evil-records.example.com"}}, false},
		"with a user":                  {http.Header{"Origin": {"https://records.example.com@evil.example"}}, false},
		"with a path":                  {http.Header{"Origin": {"https://records.example.com/"}}, false},
		"of port 80 with TLS":          {http.Header{"Origin": {"https://records.example.com:80"}}, false},
		"hidden":                       {http.Header{"Origin": {"null"}}, false},
		"empty":                        {http.Header{"Origin": {""}}, false},
		"two":                          {http.Header{"Origin": {"https://records.example.com", "https://evil.example"}}, false},
		"two in a line":                {http.Header{"Origin": {"https://records.example.com https://evil.example"}}, false},
	} {
		if got := ours.Allow(&http.Request{Header: c.h}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
