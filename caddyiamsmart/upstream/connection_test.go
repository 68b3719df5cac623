package upstream_test

import (
	"net/http"
	"slices"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/upstream"
)

func TestT06T07ConnectionCannotNameAHeaderOfTheGate(t *testing.T) {
	for _, c := range []struct {
		name       string
		sent, want []string
	}{
		{"usual", []string{"keep-alive"}, []string{"keep-alive"}},
		{"usual pair stays as it came", []string{"keep-alive,  Upgrade"}, []string{"keep-alive,  Upgrade"}},
		{"several lines in order", []string{"close", "te"}, []string{"close", "te"}},
		{"named beside close", []string{"close, X-Iam-User"}, []string{"close"}},
		{"lower case", []string{"x-iam-user,close"}, []string{"close"}},
		{"alone", []string{"X-Iam-User"}, nil},
		{"with a websocket", []string{"Upgrade, X-Iam-User"}, []string{"Upgrade"}},
		{"several lines", []string{"Upgrade", "X-Iam-User", "\tTE ,X-Iam-Person"}, []string{"Upgrade, TE"}},
		{"framing headers", []string{"Cookie, Host, Content-Length, Authorization"}, nil},
		{"quoted", []string{`"X-Iam-User"`}, nil},
		{"empty options", []string{",, X-Iam-User ,"}, nil},
		{"look-alike letter", []string{"\u212aeep-alive"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{Body: http.NoBody, Header: http.Header{"Connection": slices.Clone(c.sent)}}
			upstream.NewScrubber([]string{"X-Iam-User"}).Scrub(r)
			if got := r.Header["Connection"]; !slices.Equal(got, c.want) {
				t.Errorf("Connection = %q, want %q", got, c.want)
			}
			if _, found := r.Header["Connection"]; found && c.want == nil {
				t.Error("an empty Connection is left")
			}
		})
	}
}
