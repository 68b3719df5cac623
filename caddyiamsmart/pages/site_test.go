package pages_test

import (
	"strings"
	"testing"

	"caddyiamsmart.example/caddyiamsmart/pages"
)

// Given a mistake in the configuration, when the pages are made, then that fails
// and the error names the value.
func TestNewRefuses(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\nrest")
	for name, c := range map[string]struct {
		site pages.Site
		want string
	}{
		"long service":         {pages.Site{Service: strings.Repeat("院", 121)}, "service"},
		"service with newline": {pages.Site{Service: "a\nb"}, "service"},
		"service with bidi":    {pages.Site{Service: "a\u202eb"}, "service"},
		"long home":            {pages.Site{Home: strings.Repeat("院", 121)}, "home"},
		"home with newline":    {pages.Site{Home: "a\nb"}, "home"},
		"contact not UTF-8":    {pages.Site{Contact: "\xff"}, "contact"},
		"privacy over http":    {pages.Site{Privacy: "http://example.com"}, "privacy"},
		"privacy as script":    {pages.Site{Privacy: "javascript:alert(1)"}, "privacy"},
		"privacy without host": {pages.Site{Privacy: "https:///p"}, "privacy"},
		"privacy with a user":  {pages.Site{Privacy: "https://user:secret@example.com/"}, "privacy"},
		"prefix without slash": {pages.Site{Prefix: "iamsmart"}, "prefix"},
		"prefix with end":      {pages.Site{Prefix: "/iamsmart/"}, "prefix"},
		"prefix root":          {pages.Site{Prefix: "/"}, "prefix"},
		"prefix climbing":      {pages.Site{Prefix: "/a/.."}, "prefix"},
		"prefix of a host":     {pages.Site{Prefix: "//evil.example"}, "prefix"},
		"language":             {pages.Site{Language: "fr"}, "language"},
		"logo without type":    {pages.Site{Logo: png}, "logo"},
		"type without logo":    {pages.Site{LogoType: "image/png"}, "logo"},
		"logo of another type": {pages.Site{Logo: png, LogoType: "image/svg+xml"}, "logo"},
		"logo that is a page":  {pages.Site{Logo: []byte("<html>"), LogoType: "image/png"}, "logo"},
		"logo too large":       {pages.Site{Logo: make([]byte, 256<<10+1), LogoType: "image/png"}, "logo"},
	} {
		_, err := pages.New(c.site)
		if err == nil || !strings.Contains(err.Error(), "checking "+c.want) {
			t.Errorf("%s: %v, want an error about %s", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats a password: %v", name, err)
		}
	}
}

// Given what an operator may well write, when the pages are made, then it works.
func TestNewAccepts(t *testing.T) {
	for _, site := range []pages.Site{
		{}, {Service: "  Records  "}, {Prefix: "/sso/v1.0"}, {Language: "browser"},
		{Service: strings.Repeat("院", 120), Home: " 松柏安老院 ", Contact: "院長 2345 6789（內線 12）"},
		{Logo: []byte("\x89PNG\r\n\x1a\nrest"), LogoType: "image/png"},
		{Logo: []byte("<?xml version=\"1.0\"?>\n" + logo), LogoType: "image/svg+xml"},
	} {
		if _, err := pages.New(site); err != nil {
			t.Errorf("%+v: %v", site, err)
		}
	}
}
